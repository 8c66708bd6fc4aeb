"""Pictures beside references of pages written for it: those in `references/`, looked at by people when they were made.

They are compared from afar, in cells of ten pixels: letters of another font stand where they stood, while a part that
is missing, moved, of another colour or drawn twice is seen. `FORAGE_WRITE_REFERENCES=1` writes them anew; look at each.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from domain.captures import CaptureRequest, Device, Theme
from domain.og import OgImage, OgLayout
from services.og_images import request_of
from services.pixels import compare

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

REFERENCES = Path(__file__).parent / "references"
CELL = 10  # pixels
APART = 70  # of 255: how far the mean of a cell may be from the reference's
STYLE = """<meta name=viewport content='width=device-width, initial-scale=1'><style>
:root { --ground: #ffffff; --ink: #1c1b22; --soft: #e3e6f0 }
@media (prefers-color-scheme: dark) { :root { --ground: #14151c; --ink: #eceef5; --soft: #333748 } }
* { box-sizing: border-box } body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 sans-serif }
header { position: sticky; top: 0; height: 60px; background: #2d3a8c; z-index: 5 }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 20px; padding: 20px }
article { background: var(--soft); height: 240px; padding: 20px } img { display: block; width: 100%; height: 120px }
.bar { background: var(--ink); height: 14px; margin-top: 16px; width: 70% }
.chat { position: fixed; right: 20px; bottom: 20px; width: 120px; height: 50px; background: #d9480f }
footer { height: 120px; background: #22242f }
</style>"""
COLOURS = ("crimson", "orange", "gold", "seagreen", "steelblue", "indigo")
CARDS = "".join(
    f"<article id=card{n}><img loading=lazy src=/{COLOURS[n % 6]}.svg?{n}><div class=bar></div></article>"
    for n in range(18)
)
COOKIES = """<div id=onetrust-consent-sdk><div style='position:fixed;inset:0;background:#000a;z-index:90'></div>
<div style='position:fixed;bottom:0;left:0;right:0;height:200px;background:white;z-index:99'>We use cookies
<button id=onetrust-accept-btn-handler>Accept</button></div></div>
<script>document.body.style.overflow = 'hidden'</script>"""
ADS = """<div class=ad-banner style='height:90px;background:red'></div>
<iframe src=/banner-ads/frame style='display:block;width:100%;height:90px;border:0;background:red'></iframe>"""
WISHES: dict[str, dict] = {
    "full-page": {"full_page": True},
    "viewport": {},
    "element": {"selector": "#card7"},
    "mobile": {"device": Device.MOBILE},
    "tablet-full": {"device": Device.TABLET, "full_page": True},
    "dark": {"theme": Theme.DARK},
    "css": {"css": "header { background: green } article:nth-child(even) { visibility: hidden }"},
    "scrolled": {"scroll_to": 600},
}


def page(more: str = "") -> str:
    return f"{STYLE}<body>{more}<header></header><main>{CARDS}</main><div class=chat></div><footer></footer>"


def opened(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image)).convert("RGB")


def alike(name: str, image: bytes, *, is_original: bool = True) -> None:
    """Fails where the picture is not what its reference shows. `is_original`: it may be written as the reference."""
    path, shown = REFERENCES / f"{name}.png", opened(image)
    if is_original and os.environ.get("FORAGE_WRITE_REFERENCES"):
        shown.quantize(48, dither=Image.Dither.NONE).save(path, optimize=True)
    with Image.open(path) as reference:
        assert shown.size == reference.size, name
        cells = (max(1, shown.width // CELL), max(1, shown.height // CELL))
        told, kept = (np.asarray(one.convert("RGB").resize(cells, Image.Resampling.BOX)) for one in (shown, reference))
    apart = np.abs(told.astype(int) - kept.astype(int)).max(axis=2)
    row, column = np.unravel_index(apart.argmax(), apart.shape)
    where = f"{name}: {apart.max()} apart at {column * CELL},{row * CELL}"
    assert apart.max() <= APART, where


@pytest.mark.parametrize("name", WISHES)
async def test_a_picture_is_what_its_reference_shows(site, capture, name):
    result = await capture(url=site.add(page()), **WISHES[name])
    assert (result.ok, result.notes) == (True, ()), result.detail
    alike(name, result.image)


@pytest.mark.parametrize(("cover", "wish"), [(COOKIES, "block_cookies"), (ADS, "block_ads")])
async def test_a_page_without_its_banners_is_the_page(site, capture, cover, wish):
    """The same reference as of the page that never had them."""
    result = await capture(url=site.add(page(cover)), full_page=True, **{wish: True})
    alike("full-page", result.image, is_original=False)
    plain = await capture(url=site.add(page(cover)), full_page=True)
    with pytest.raises(AssertionError):
        alike("full-page", plain.image, is_original=False)


@pytest.mark.parametrize("layout", OgLayout)
async def test_an_open_graph_image_is_what_its_reference_shows(capture, layout):
    image = OgImage(title="Lanterns over the harbour", description="What the winter market keeps", layout=layout)
    request = request_of(image)
    result = await capture(**{name: getattr(request, name) for name in CaptureRequest.__struct_fields__})
    assert result.notes == ()
    alike(f"og-{layout.value}", result.image)


async def test_a_comparison_is_what_its_reference_shows(site, capture):
    first, second = [
        (await capture(url=site.add(page()), css=css, width=900, height=600)).image
        for css in ("", "#card1 { background: pink } #card3 img { margin-top: 30px }")
    ]
    told, image = compare(first, second, 0.1)
    assert 0 < told.percentage < 20
    alike("diff", image)
