"""How a thing is rated, as pages show it: in words, stars, bars of stars and attributes; and by how many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import lxml.html

from agent.extract.detail.scene import Scene
from agent.extract.detail.short_text import short_text
from agent.extract.hidden import is_in_template
from agent.extract.reading import FoundValue
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from domain.stars import FIVE, TEN, Stars, stars_told

MAX_LINE = 60  # characters of a line that tells a rating or a number of them
MAX_LOOKED = 3_000  # elements
ICONS = FIVE  # in one row
AROUND = 3  # elements around stars in which the number of ratings stands

_ATTRIBUTES = ("aria-label", "title", "alt", "data-rating-text", "data-tooltip")
_NUMBERS = ("data-rating", "data-rating-value", "data-score", "data-stars", "data-average-rating", "data-rateit-value")
_CALLED = re.compile(
    r"(?<![a-z])(?:stars?(?:[-_ ]?ratings?)?(?![a-z])"
    r"|rat(?:ing|ed)|score|review|sterne?|etoile|note(?=\s?:)|bewertung)",
    re.I,
)
# What tells a rating by itself: a fraction of a scale, or stars. "4/5" may as well be the number of a picture.
_SURE = re.compile(
    r"\d[.,]\d|[★⭐]|つ星|(?:stars?|sternen?|étoiles?|estrellas?|stelle|sterren|estrelas?|gwiazd\w*|stj\w+|зв[её]зд\w*)$",
    re.I,
)
_WIDTH = re.compile(r"(?<![\w-])width\s*:\s*(\d{1,3}(?:\.\d+)?)\s*%", re.I)
_ICON = re.compile(r"(?<![a-z])(?:fa-|icon-|bi-|glyphicon-|mdi-)?star(?![a-z])", re.I)
_HALF_ICON = re.compile(r"half", re.I)
_EMPTY_ICON = re.compile(
    r"star[-_ ]?(?:o\b|empty|outline|border|off|grey|gray)|(?:empty|outline|off|inactive)\b|\bfar\b"
)
_PLAIN = re.compile(r"\d{1,2}(?:[.,]\d{1,9})?")
_COUNT = re.compile(
    r"[(\s]*(?:(?:based on|aus|sur|von|basado en|su)\s+)?(?P<count>\d{1,3}(?:[.,\s]\d{3})+|\d{1,7})\+?\s*"
    r"(?:(?:customer|verified|user|global|guest)\s+)?"
    r"(?:reviews?|ratings?|votes?|bewertung(?:en)?|rezension(?:en)?|avis|votes|évaluations?|notes|opiniones|opinión|"
    r"reseñas?|valoraciones|valoración|recensioni|recensione|valutazioni|voti|beoordeling(?:en)?|avaliaç(?:ão|ões)|"
    r"opini[aei]|ocen[ay]?|отзыв(?:а|ов)?|оцен(?:ка|ки|ок)|件のレビュー|件の評価|レビュー|件|条评论|評価)[)\s]*",
    re.I,
)


def shown_rating(scene: Scene) -> FoundValue | None:
    """The first rating on the page that is neither of another thing nor one reader's."""
    for element in _own(scene):
        found = _of_attributes(element) or _of_text(element) or _of_bar(element) or _of_icons(element)
        if found is not None:
            return found
    return None


def shown_count(scene: Scene) -> FoundValue | None:
    """By how many it is rated: a line that says no more, with the stars it may stand behind."""
    for element in _own(scene):
        text = short_text(element, MAX_LINE)
        if not any(map(str.isdigit, text)):
            continue
        behind = _behind_stars(text)
        match = _COUNT.fullmatch(behind)
        if match is not None:
            count = int(re.sub(r"\D", "", match["count"]))
            return FoundValue(
                raw=match[0].strip(" ()"), value=count, method=Method.DETAIL, source_path=xpath_of(element)
            )
    return None


def _own(scene: Scene) -> Iterator[lxml.html.HtmlElement]:
    """The elements that may tell of the thing, from its heading on."""
    begins = scene.order.get(scene.heading, 0) if scene.heading is not None else 0
    looked = 0
    for element, at in scene.order.items():
        if at < begins or not isinstance(element.tag, str) or element.tag in {"script", "style", "option"}:
            continue
        looked += 1
        if looked > MAX_LOOKED:
            return
        if not scene.elsewhere.is_told(element) and not is_in_template(element):
            yield element


def _behind_stars(text: str) -> str:
    """What a line says behind its rating: "★★★★☆ 12 reviews", "4.5 / 5 (12 reviews)"."""
    told = stars_told(text)
    return text[told.end :].lstrip(" ·|,-–") if told is not None else text


def _of_attributes(element: lxml.html.HtmlElement) -> FoundValue | None:
    for name in _ATTRIBUTES:
        raw = " ".join((element.get(name) or "").split())
        told = stars_told(raw) if 0 < len(raw) <= MAX_LINE else None
        if told is not None and _is_rating(element, raw, told):
            return _found(element, raw[: told.end], told.value, name)
    for name in _NUMBERS:
        raw = (element.get(name) or "").strip()
        number = float(raw.replace(",", ".")) if _PLAIN.fullmatch(raw) else 0.0
        if 0 < number <= TEN and not _is_asked(element):
            return _found(element, raw, number, name)
    return None


def _of_text(element: lxml.html.HtmlElement) -> FoundValue | None:
    text = short_text(element, MAX_LINE)
    told = stars_told(text) if text else None
    if told is None or (text[: told.start].strip(" :(") and not _CALLED.search(text[: told.start])):
        return None
    if not _is_rating(element, text, told):
        return None
    return _found(element, text[told.start : told.end], told.value, "text")


def _is_rating(element: lxml.html.HtmlElement, text: str, told: Stars) -> bool:
    """Whether a text tells a rating by itself, or is called one in its words, or by an element around it."""
    if _SURE.search(text[told.start : told.end]) or _CALLED.search(text[: told.start]):
        return True
    near = islice((element, *element.iterancestors()), AROUND)
    return any(_CALLED.search(f"{each.get('class') or ''} {each.get('id') or ''}") for each in near)


def _of_bar(element: lxml.html.HtmlElement) -> FoundValue | None:
    """Stars that are cut off at a width: that of all is what five are."""
    style = element.get("style") or ""
    match = _WIDTH.search(style)
    around = element.getparent()
    if match is None or around is None or not 0 < float(match[1]) <= 100:
        return None
    names = f"{element.get('class') or ''} {around.get('class') or ''}"
    if not re.search(r"(?<![a-z])(?:stars?|rating|sterne?)(?![a-z])", names, re.I) or _is_one_of_bars(element):
        return None
    value = round(float(match[1]) / 100 * FIVE, 2)
    return _found(element, match[0], value, "style")


def _is_one_of_bars(element: lxml.html.HtmlElement) -> bool:
    """Whether it is a bar of how many gave each number of stars."""
    up = element
    for _ in range(AROUND):
        up = up.getparent()
        if up is None:
            return False
        bars = (each for each in up.iter() if _WIDTH.search(each.get("style") or ""))
        if sum(1 for _ in islice(bars, 2)) > 1:
            return True
    return False


def _of_icons(element: lxml.html.HtmlElement) -> FoundValue | None:
    """Five icons in a row, that say in their classes which are full."""
    icons = [child.get("class") or "" for child in element if isinstance(child.tag, str)][: ICONS + 1]
    stars = [name for name in icons if _ICON.search(name)]
    if len(stars) != ICONS or _is_asked(element):
        return None
    full = sum(not _EMPTY_ICON.search(name) and not _HALF_ICON.search(name) for name in stars)
    halves = sum(bool(_HALF_ICON.search(name)) for name in stars)
    if full == ICONS and len(set(stars)) == 1 and not _CALLED.search(element.get("class") or ""):
        return None  # five of a kind may be a frame that a script fills
    return _found(element, stars[0], full + halves / 2, "class") if full + halves else None


def _is_asked(element: lxml.html.HtmlElement) -> bool:
    """Whether stars are there for a reader to give."""
    return next(element.iterancestors("form"), None) is not None and next(element.iter("input"), None) is not None


def _found(element: lxml.html.HtmlElement, raw: str, value: float, attribute: str) -> FoundValue:
    return FoundValue(raw=raw, value=value, method=Method.DETAIL, source_path=xpath_of(element), attribute=attribute)
