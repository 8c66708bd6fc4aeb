"""Two pictures compared: what may be asked, what came of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence

import msgspec

from domain.errors import InvalidInput

DEFAULT_THRESHOLD = 0.1
MAX_MASKS = 50
MAX_SIDE = 16_384  # pixels: no picture here is larger
COMPARABLE = frozenset({"image/png", "image/jpeg", "image/webp"})


class Mask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part that is not looked at, in pixels from the top left corner. What lies outside the pictures counts for
    nothing."""

    x: int
    y: int
    width: int
    height: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How different two pictures are. `pixels` differ, of the `compared` ones that no mask hides.

    `width` and `height` are of the smallest picture that would hold both; what only one of them has differs.
    """

    pixels: int
    compared: int
    width: int
    height: int

    @property
    def percentage(self) -> float:
        """0 to 100, with four decimals; never 0 where a pixel differs."""
        if not self.pixels:
            return 0.0
        return max(0.0001, round(100 * self.pixels / self.compared, 4))


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison that is kept. `image` names the blob of its picture, a PNG; `number` is its id."""

    number: int
    comparison: Comparison
    threshold: float
    image: str
    created_at: dt.datetime


def checked_threshold(threshold: float) -> float:
    """Raises InvalidInput."""
    if not (math.isfinite(threshold) and 0 <= threshold <= 1):
        raise InvalidInput(fields={"threshold": "between 0 and 1"})
    return float(threshold)


def checked_masks(masks: Sequence[Mask]) -> tuple[Mask, ...]:
    """The masks in one order, each once. Raises InvalidInput, naming each that is off."""
    if len(masks) > MAX_MASKS:
        raise InvalidInput(fields={"masks": f"at most {MAX_MASKS}"})
    off = [at for at, mask in enumerate(masks) if not _is_within(mask)]
    if off:
        why = f"x and y from 0, width and height from 1, all at most {MAX_SIDE}"
        raise InvalidInput(fields={f"masks[{at}]": why for at in off})
    return tuple(sorted(set(masks), key=lambda mask: (mask.y, mask.x, mask.height, mask.width)))


def _is_within(mask: Mask) -> bool:
    return (
        min(mask.x, mask.y) >= 0
        and min(mask.width, mask.height) >= 1
        and max(msgspec.structs.astuple(mask)) <= (MAX_SIDE)
    )


def diff_key(first: str, second: str, threshold: float, masks: Sequence[Mask]) -> str:
    """What a kept comparison is found by: the hashes of both pictures, in their order, and all that was asked."""
    told = (first, second, threshold, [msgspec.structs.astuple(mask) for mask in masks])
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()
