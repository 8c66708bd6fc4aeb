"""Pictures compared pixel by pixel, as an eye would: brightness counts for more than colour, and edges that are only
smoothed in another way count for nothing.

The measure is that of Kotsarenko and Ramos, "Measuring perceived color difference using YIQ NTSC transmission color
space in mobile applications"; what is anti-aliasing is told after Vyšniauskas, "Anti-aliased pixel and intensity slope
detector". Both are what pixelmatch uses, here on whole bands of rows at once, in integers: the same on every machine.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image

from domain.diffs import Comparison, Mask
from domain.errors import InvalidInput

MAX_PIXELS = 70_000_000  # 4,000 x 16,384 and a little: more is no picture of ours
BAND = 64  # rows: the arrays of a band stay in a processor's cache
_HALO = 2  # rows around a band that its neighbours' neighbours are in
# Of red, green and blue in brightness and the two colour axes, times 100,000.
_Y = (29_890, 58_662, 11_448)
_I = (59_597, -27_417, -32_180)
_Q = (21_147, -52_262, 31_115)
_SCALE = 100_000.0
_WEIGHTS = (0.5053, 0.299, 0.1957)
_LARGEST = 35_215.0  # the measure's greatest value; black and white have 93 % of it
_AROUND = [(dy, dx) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dy, dx) != (0, 0)]
_FLAT = 2  # equal neighbours: with more of them a pixel is part of an area, not of an edge
# The picture of a comparison has a palette: 26 faint greys of the first picture, then what is told of pixels.
_GREYS = 26
_DIFFERS, _SMOOTHED, _MASKED = _GREYS, _GREYS + 1, _GREYS + 2
_PALETTE = [level for grey in range(_GREYS) for level in [255 - _GREYS + 1 + grey] * 3]
_PALETTE += [255, 0, 0, 255, 200, 0, 200, 210, 225]

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.int32]]


def compare(first: bytes, second: bytes, threshold: float, masks: Sequence[Mask] = ()) -> tuple[Comparison, bytes]:
    """How two pictures differ, and a PNG that shows where: red what differs, yellow what is only smoothed.

    `threshold` is from 0, where the least difference counts, to 1. Raises InvalidInput where one is no picture.
    """
    one, two = decode(first), decode(second)
    height, width = max(one.shape[0], two.shape[0]), max(one.shape[1], two.shape[1])
    visible = _visible(height, width, masks)
    only = _covered(one, height, width) ^ _covered(two, height, width)
    one, two = _on_canvas(one, height, width), _on_canvas(two, height, width)
    shown = _pale(one)
    differing = 0
    for top in range(0, height, BAND):
        rows = slice(top, min(top + BAND, height))
        differs, smoothed = _band(one, two, rows, threshold)
        differs = (differs | only[rows]) & visible[rows]
        smoothed &= visible[rows] & ~only[rows]
        differing += int(np.count_nonzero(differs))
        shown[rows][smoothed] = _SMOOTHED
        shown[rows][differs] = _DIFFERS
    shown[~visible] = _MASKED
    told = Comparison(pixels=differing, compared=int(np.count_nonzero(visible)), width=width, height=height)
    return told, _png(shown)


def decode(picture: bytes) -> Pixels:
    """A picture as rows of red, green, blue; what is transparent is on white. Raises InvalidInput."""
    try:
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise InvalidInput("The picture is too large to be compared.")
            if image.has_transparency_data:
                above = image.convert("RGBA")
                white = Image.new("RGBA", above.size, (255, 255, 255, 255))
                return np.asarray(Image.alpha_composite(white, above).convert("RGB"))
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise InvalidInput("This is no picture that can be compared.") from fault


def _visible(height: int, width: int, masks: Iterable[Mask]) -> Flags:
    visible = np.ones((height, width), dtype=np.bool_)
    for mask in masks:
        visible[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width] = False
    return visible


def _covered(picture: Pixels, height: int, width: int) -> Flags:
    covered = np.zeros((height, width), dtype=np.bool_)
    covered[: picture.shape[0], : picture.shape[1]] = True
    return covered


def _on_canvas(picture: Pixels, height: int, width: int) -> Pixels:
    if picture.shape[:2] == (height, width):
        return picture
    canvas = np.full((height, width, 3), 255, dtype=np.uint8)
    canvas[: picture.shape[0], : picture.shape[1]] = picture
    return canvas


def _band(one: Pixels, two: Pixels, rows: slice, threshold: float) -> tuple[Flags, Flags]:
    """Which pixels of some rows differ, and which would but for anti-aliasing."""
    here_one, here_two = one[rows], two[rows]
    none = np.zeros(here_one.shape[:2], dtype=np.bool_)
    if np.array_equal(here_one, here_two):
        return none, none
    over = _distance(here_one, here_two) > _LARGEST * threshold * threshold
    if not over.any():
        return none, none
    around_one, around_two = _with_halo(one, rows), _with_halo(two, rows)
    areas = _in_areas(around_one) & _in_areas(around_two)
    edges = _on_edge(around_one, areas) | _on_edge(around_two, areas)
    return over & ~edges, over & edges


def _distance(one: Pixels, two: Pixels) -> np.ndarray[Any, np.dtype[np.float32]]:
    apart = one.astype(np.int32) - two.astype(np.int32)
    total = np.zeros(apart.shape[:2], dtype=np.float32)
    for weight, axis in zip(_WEIGHTS, (_Y, _I, _Q), strict=True):
        along = _along(apart, axis).astype(np.float32) * np.float32(1 / _SCALE)
        total += np.float32(weight) * along * along
    return total


def _along(pixels: Numbers, axis: tuple[int, int, int]) -> Numbers:
    return pixels[..., 0] * axis[0] + pixels[..., 1] * axis[1] + pixels[..., 2] * axis[2]


def _with_halo(picture: Pixels, rows: slice) -> Pixels:
    """The rows with two more pixels on each side; past the picture's edge, its outermost ones again."""
    top, bottom = max(0, rows.start - _HALO), min(picture.shape[0], rows.stop + _HALO)
    above, below = _HALO - (rows.start - top), _HALO - (bottom - rows.stop)
    return np.pad(picture[top:bottom], ((above, below), (_HALO, _HALO), (0, 0)), mode="edge")


def _in_areas(pixels: Pixels) -> Flags:
    """Of the pixels but for the outermost ones: which have more than two neighbours of the very same colour."""
    wide = pixels.astype(np.int32)
    packed = (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
    here = packed[1:-1, 1:-1]
    equal = np.zeros(here.shape, dtype=np.int8)
    for shift in _AROUND:
        equal += _shifted(packed, shift) == here
    return equal > _FLAT


def _on_edge(pixels: Pixels, areas: Flags) -> Flags:
    """Which pixels look anti-aliased: between a darker and a brighter neighbour, the darkest or the brightest of which
    is part of an area in both pictures."""
    brightness = _along(pixels[1:-1, 1:-1].astype(np.int32), _Y)
    here = brightness[1:-1, 1:-1]
    darkest, brightest = np.zeros_like(here), np.zeros_like(here)
    dark_area, bright_area = np.zeros(here.shape, np.bool_), np.zeros(here.shape, np.bool_)
    equal = np.zeros(here.shape, dtype=np.int8)
    for shift in _AROUND:
        apart = here - _shifted(brightness, shift)
        area = _shifted(areas, shift)
        equal += apart == 0
        darker, brighter = apart < darkest, apart > brightest
        np.copyto(dark_area, area, where=darker)
        np.copyto(bright_area, area, where=brighter)
        np.minimum(darkest, apart, out=darkest)
        np.maximum(brightest, apart, out=brightest)
    between = (darkest < 0) & (brightest > 0) & (equal <= _FLAT)
    return between & (dark_area | bright_area)


def _shifted(values: Any, shift: tuple[int, int]) -> Any:
    """The neighbours in one direction of all but the outermost ones."""
    dy, dx = shift
    return values[1 + dy : values.shape[0] - 1 + dy, 1 + dx : values.shape[1] - 1 + dx]


def _pale(picture: Pixels) -> Pixels:
    """The picture in faint grey, as places in the palette."""
    grey = Image.fromarray(picture).convert("L")
    return np.array(grey.point([level * _GREYS // 256 for level in range(256)]))


def _png(places: Pixels) -> bytes:
    image = Image.fromarray(places, mode="P")
    image.putpalette(_PALETTE)
    written = io.BytesIO()
    # Flat colours pack well at any level, and the lowest is five times as fast as the default.
    image.save(written, format="PNG", compress_level=1)
    return written.getvalue()
