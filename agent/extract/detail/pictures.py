"""The picture of the thing: the largest that the page shows, in the largest of its sizes."""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple

import lxml.html

from agent.extract.detail.scene import Scene
from agent.extract.reading import FoundValue
from agent.extract.xpaths import xpath_of
from domain.evidence import Method

SMALL_IMAGE = 100  # pixels: icons and avatars
UNSAID = 300.0  # pixels taken for a side that the page does not tell
FARTHER_COST = 30.0  # square pixels for each element between a picture and the heading
MAX_SIZES = 40  # of one picture

_NOT_PICTURES = re.compile(r"logo|icon|sprite|avatar|pixel|spacer|placeholder|blank|badge|banner|\.svg|^data:", re.I)
_NAMED_OTHERWISE = re.compile(r"(?<![a-z])(?:logo|icon|avatar|badge|spacer)(?![a-z])", re.I)
_FRAME = frozenset({"header", "footer", "nav", "aside"})
_SIZE = re.compile(r"(?P<url>\S*[^\s,])(?:\s+(?P<size>\d+(?:\.\d+)?)(?P<unit>[wx]))?\s*(?:,(?=\s|$)|$)")
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_SINGLE = ("data-zoom-image", "data-large_image", "data-src", "data-lazy-src", "data-original", "src")


class _Picture(NamedTuple):
    attribute: str
    url: str
    width: float = 0.0
    element: lxml.html.HtmlElement | None = None


def shown_picture(scene: Scene) -> FoundValue | None:
    """The largest by its stated size; of those without one, the first after the heading."""
    best: tuple[float, _Picture] | None = None
    heading_at = scene.order.get(scene.heading, 0) if scene.heading is not None else 0
    for element in scene.root.iter("img"):
        picture = _largest(element)
        if not picture.url or _NOT_PICTURES.search(picture.url) or element in scene.elsewhere.of_others:
            continue
        if _is_of_frame(element, scene):
            continue
        width, height = (_pixels(element.get(side)) for side in ("width", "height"))
        if 0 < width < SMALL_IMAGE or 0 < height < SMALL_IMAGE:
            continue
        size = (width or UNSAID) * (height or UNSAID) - FARTHER_COST * abs(scene.order[element] - heading_at)
        if best is None or size > best[0]:
            best = size, picture
    if best is None or best[1].element is None:
        return None
    picture = best[1]
    return FoundValue(
        raw=picture.url, method=Method.DETAIL, source_path=xpath_of(best[1].element), attribute=picture.attribute
    )


def _is_of_frame(element: lxml.html.HtmlElement, scene: Scene) -> bool:
    """Whether a picture is the site's: it is called a logo, or stands in what frames the page and not the heading."""
    if _NAMED_OTHERWISE.search(f"{element.get('class') or ''} {element.get('alt') or ''} {element.get('id') or ''}"):
        return True
    held = set(scene.heading.iterancestors()) if scene.heading is not None else set()
    return any(up.tag in _FRAME and up not in held for up in element.iterancestors())


def _largest(element: lxml.html.HtmlElement) -> _Picture:
    """The largest of the sizes that a picture, and what offers other forms of it, comes in."""
    around = next(element.iterancestors("picture"), None)
    offers = list(around.iter("source")) if around is not None else []
    sized = [picture for each in (element, *offers) for picture in _sizes(each)]
    largest = max(sized, key=lambda picture: picture.width, default=None)
    if largest is not None and largest.width > 1:
        return largest
    for name in _SINGLE:
        url = (element.get(name) or "").strip()
        if url and not url.startswith("data:"):
            return _Picture(name, url, 0.0, element)
    return largest or _Picture("src", "")


def _sizes(element: lxml.html.HtmlElement) -> list[_Picture]:
    return [
        _Picture(name, match["url"], float(match["size"] or 1), element)
        for name in _SETS
        for match in islice(_SIZE.finditer(element.get(name) or ""), MAX_SIZES)
        if not match["url"].startswith("data:")
    ]


def _pixels(text: str | None) -> float:
    digits = re.match(r"\s*(\d{1,5})", text or "")
    return float(digits[1]) if digits else 0.0
