"""Comparisons of screenshots as GoScreenAPI's document asks for them and answers."""

from __future__ import annotations

import base64
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.diffs import DEFAULT_THRESHOLD, MAX_MASKS, Mask
from services.diffs import Compared

MAX_ID = 64


class ComparePictures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two completed screenshots. `threshold` from 0, where the least difference counts, to 1. `masks` are parts that
    are not looked at, beyond the document."""

    request_id_1: Annotated[str, Meta(min_length=1, max_length=MAX_ID, description="The first screenshot.")]
    request_id_2: Annotated[str, Meta(min_length=1, max_length=MAX_ID, description="The second screenshot.")]
    threshold: Annotated[float, Meta(ge=0, le=1, description="Lower is more sensitive.")] = DEFAULT_THRESHOLD
    force: Annotated[bool, Meta(description="Compare anew, even where it is known how they differ.")] = False
    masks: Annotated[
        tuple[Mask, ...], Meta(max_length=MAX_MASKS, description="Rectangles in pixels from the top left corner.")
    ] = ()


class DiffOut(msgspec.Struct, frozen=True, kw_only=True):
    """`compared_size` is the smallest that holds both; what only one of them has differs. `diff_image` is a PNG."""

    status: str = "success"
    diff_id: int
    cached: bool
    diff_percentage: float
    diff_pixels: int
    compared_size: str
    threshold: float
    diff_image: str


def render_diff(compared: Compared) -> DiffOut:
    diff, told = compared.diff, compared.diff.comparison
    return DiffOut(
        diff_id=diff.number,
        cached=compared.cached,
        diff_percentage=told.percentage,
        diff_pixels=told.pixels,
        compared_size=f"{told.width}x{told.height}",
        threshold=diff.threshold,
        diff_image="data:image/png;base64," + base64.b64encode(compared.image).decode(),
    )
