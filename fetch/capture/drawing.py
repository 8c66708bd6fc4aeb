"""The picture itself: what stretch of the page is drawn, and how."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
from typing import Any

import msgspec
from PIL import Image

from domain.captures import MAX_PICTURE, MAX_PIXELS, CaptureFormat, CaptureRequest
from domain.errors import ForageError
from fetch.browser.visit import Exhausted, Visit

DRAW_S = 20.0  # the largest picture takes three seconds on an idle machine
MAX_WEBP = 16_383  # pixels, high or wide: the format holds no more
CSS_INCH = 96.0
A4 = (8.27, 11.69)  # inches
MAX_PDF_INCHES = 200.0  # readers show no longer page


class CannotDraw(ForageError):
    """The browser gave no picture."""


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of the page, in CSS pixels from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """The page's whole size and what of it is seen. `zoom`: how many pixels of the viewport a CSS pixel takes, under 1
    where a page that is not made for small screens is shown small."""

    content: Stretch
    seen: Stretch
    zoom: float


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    image: bytes
    width: int
    height: int
    notes: tuple[str, ...] = ()


async def metrics_of(visit: Visit) -> Metrics:
    told = await visit.send("Page.getLayoutMetrics")
    content, seen = told["cssContentSize"], told["cssVisualViewport"]
    return Metrics(
        content=Stretch(0, 0, content["width"], content["height"]),
        seen=Stretch(seen["pageX"], seen["pageY"], seen["clientWidth"], seen["clientHeight"]),
        zoom=seen.get("scale", 1) or 1,
    )


async def draw(visit: Visit, request: CaptureRequest, scale: float, stretch: Stretch | None) -> Picture:
    """A picture of `stretch`, with a pixel for each CSS pixel of the viewport; of what is seen where it is None.
    `scale` is how many pixels the screen has for each. Raises CannotDraw, Exhausted, and what a visit raises."""
    notes: tuple[str, ...] = ()
    params: dict[str, Any] = {"format": _CALLED.get(request.format, request.format.value)}
    if request.format is CaptureFormat.PNG:
        # Half the time of the whole picture is its packing: the same pixels in a third more bytes take a quarter less.
        params["optimizeForSpeed"] = True
    if request.format.has_quality:
        params["quality"] = request.quality
    if stretch is not None or scale != 1:
        metrics = await metrics_of(visit)
        wanted = stretch or metrics.seen
        side = (MAX_WEBP if request.format is CaptureFormat.WEBP else MAX_PICTURE) / metrics.zoom
        if not wanted.width or not wanted.height:
            raise Exhausted("It went elsewhere while it was measured.")
        width = min(wanted.width, side)
        height = min(wanted.height, side, MAX_PIXELS / (width * metrics.zoom**2))
        if height < wanted.height or width < wanted.width:
            shown = f"{width:.0f}x{height:.0f}"
            notes = (f"Of {wanted.width:.0f}x{wanted.height:.0f} px the picture shows the first {shown}.",)
        params |= {
            "captureBeyondViewport": stretch is not None,
            "clip": {
                "x": wanted.x,
                "y": wanted.y,
                "width": width,
                "height": height,
                "scale": metrics.zoom / scale,
            },
        }
    async with asyncio.timeout(DRAW_S):
        told = await visit.send("Page.captureScreenshot", params)
    image = _decoded(told)
    size = size_of(image)
    return Picture(image=image, width=size[0], height=size[1], notes=notes)


async def print_pdf(visit: Visit, request: CaptureRequest, width: int) -> Picture:
    """A PDF: pages of A4, or one long one where the full page is asked for. Raises like `draw`."""
    notes: tuple[str, ...] = ()
    params: dict[str, Any] = {"printBackground": True}
    if request.full_page:
        metrics = await metrics_of(visit)
        # A little more than its height, or a rounded pixel makes a second page.
        height = min(metrics.content.height + 1, MAX_PDF_INCHES * CSS_INCH, MAX_PICTURE)
        if metrics.content.height > height:
            notes = (f"The page is {metrics.content.height:.0f} px high: the pdf goes on after {height:.0f} px.",)
        paper = (width / CSS_INCH, height / CSS_INCH)
        margins = dict.fromkeys(("marginTop", "marginBottom", "marginLeft", "marginRight"), 0)
        params |= margins
    else:
        paper = A4
        params["preferCSSPageSize"] = True
    params |= {"paperWidth": paper[0], "paperHeight": paper[1]}
    async with asyncio.timeout(DRAW_S):
        told = await visit.send("Page.printToPDF", params)
    return Picture(
        image=_decoded(told), width=round(paper[0] * CSS_INCH), height=round(paper[1] * CSS_INCH), notes=notes
    )


_CALLED = {CaptureFormat.JPG: "jpeg"}


def _decoded(told: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(told["data"])
    except (binascii.Error, KeyError):
        raise CannotDraw from None


def size_of(image: bytes) -> tuple[int, int]:
    """Width and height of a picture, by its head alone. Raises CannotDraw."""
    try:
        with Image.open(io.BytesIO(image), formats=("PNG", "JPEG", "WEBP")) as opened:
            return opened.size
    except (OSError, ValueError, Image.DecompressionBombError):
        raise CannotDraw from None
