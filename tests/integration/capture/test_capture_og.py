"""Open Graph images in a real browser: all of the text is on them, in every layout and script."""

from __future__ import annotations

import io

import msgspec
import pytest
from PIL import Image

from domain.captures import CaptureRequest
from domain.egress import EgressPolicy
from domain.og import OgImage, OgLayout, Theme
from fetch.fetcher import FetchConfig
from fetch.offload import InlineOffload
from fetch.open import open_fetcher
from services.og_images import NOT_FITTED, _told, request_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONGEST = {
    "wide": ("W" * 150, "W" * 300),
    "cjk": ("界" * 150, "界" * 300),
    "emoji": ("👩‍👩‍👧‍👦" * 20, "🎉" * 300),
    "arabic": ("الكتابة من اليمين " * 8, "وصف " * 75),
    "tall": ("བོད་ཡིག་" * 18, "မြန်မာ" * 50),
    "words": ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and more", "short"),
}
# Told through the notes: where any text leaves its place or the image, by the boxes that were really drawn.
INSIDE = """
const range = document.createRange();
const place = document.querySelector('.words').getBoundingClientRect();
for (const text of document.querySelectorAll('h1, p')) {
  range.selectNodeContents(text);
  for (const box of range.getClientRects()) {
    // Letters of tall scripts are higher than their lines.
    const [up, down] = [place.top - box.top, box.bottom - place.bottom];
    const aside = box.left < place.left - 1 || box.right > place.right + 1;
    if (aside || up > 24 || down > 24 || box.top < 8 || box.bottom > 622) throw new Error('text: it does not fit');
  }
}
"""


async def drawn(chromium: str, requests: list[CaptureRequest]) -> list[tuple[Image.Image, tuple[str, ...]]]:
    config = FetchConfig(policy=EgressPolicy(), browser_path=chromium, per_host_delay_s=0.0)
    pictures = []
    async with open_fetcher(config, InlineOffload()) as fetcher:
        for request in requests:
            result = await fetcher.capture(request, "a" * 32, 25.0)
            assert result.ok, result.detail
            pictures.append((Image.open(io.BytesIO(result.image)).convert("RGB"), result.notes))
    return pictures


@pytest.mark.parametrize("layout", OgLayout)
async def test_the_longest_texts_fit_in_every_layout(chromium: str, layout: OgLayout):
    requests = []
    for title, description in LONGEST.values():
        request = request_of(OgImage(title=title[:150], description=description[:300], layout=layout))
        requests.append(msgspec.structs.replace(request, script=request.script + INSIDE))
    for name, (picture, notes) in zip(LONGEST, await drawn(chromium, requests), strict=True):
        assert picture.size == (1200, 630)
        assert NOT_FITTED not in [_told(note) for note in notes], name
        assert notes == (), name


async def test_colours_layouts_and_themes_are_seen(chromium: str):
    title = OgImage(title="My Article Title", description="A short description here")
    replaced = msgspec.structs.replace
    images = [
        replaced(title, bg_color="#0f172a", text_color="#ffffff"),
        replaced(title, theme=Theme.DARK),
        *(replaced(title, layout=layout) for layout in OgLayout),
    ]
    given, dark, *layouts = [picture for picture, _ in await drawn(chromium, [request_of(image) for image in images])]
    assert given.getpixel((1190, 10)) == (15, 23, 42)
    assert (255, 255, 255) in {colour for _, colour in given.getcolors(1 << 20) or ()}
    assert dark.getpixel((1190, 10)) == (15, 23, 42)
    assert len({picture.tobytes() for picture in layouts}) == len(OgLayout)


async def test_what_callers_write_is_seen_as_text(chromium: str):
    tagged = OgImage(title="<b>x</b>", description="<img src=x>")
    plain = OgImage(title="x", description="")
    pictures = [picture for picture, _ in await drawn(chromium, [request_of(tagged), request_of(plain)])]
    assert pictures[0].tobytes() != pictures[1].tobytes()
