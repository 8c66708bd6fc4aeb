"""The telephone number that a page's links call, whatever their words are."""

from __future__ import annotations

import re
from urllib.parse import unquote

import lxml.html

from agent.extract.detail.scene import Scene
from agent.extract.detail.short_text import short_text
from agent.extract.reading import FoundValue
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from domain.fields import Field
from domain.normal import normalise

MAX_LINKS = 60  # of one page that call a number; a page with more is a directory
MAX_WORDS = 60  # characters around a link that say whose number it is

_LINKS = "//a[starts-with(@href,'tel:') or contains(@href,'wa.me/') or contains(@href,'whatsapp.com/send')]"
_CALLS = re.compile(r"tel:(?://)?(?P<number>.+)", re.I)
_CHATS = re.compile(
    r"https?://(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?(?:[^#]*&)?phone=)\+?(?P<number>\d{7,15})(?!\d)", re.I
)
_FAX = re.compile(r"\b(?:tele)?fax\b|факс", re.I)


def linked_phone(scene: Scene, field: Field) -> FoundValue | None:
    """The number of the page's links, where all call the same: of several, none is sure to be the thing's own."""
    numbers: dict[str, FoundValue] = {}
    for link in scene.root.xpath(_LINKS)[:MAX_LINKS]:
        found = _number_of(link, field, scene.locale)
        if found is not None and not _is_fax(link):
            numbers.setdefault(str(found.value), found)
    return next(iter(numbers.values())) if len(numbers) == 1 else None


def _number_of(link: lxml.html.HtmlElement, field: Field, locale: str) -> FoundValue | None:
    href = unquote(link.get("href") or "").strip()
    called = _CALLS.match(href)
    chat = None if called else _CHATS.match(href)
    told = called or chat
    if told is None:
        return None
    spelled = told["number"].strip()
    normal = normalise(f"+{spelled}" if chat else spelled, field, locale=locale)
    if normal is None:
        return None
    return FoundValue(
        raw=spelled, value=normal.value, method=Method.DETAIL, source_path=xpath_of(link), attribute="href"
    )


def _is_fax(link: lxml.html.HtmlElement) -> bool:
    around = link.getparent()
    words = short_text(around, MAX_WORDS) if around is not None else ""
    return bool(_FAX.search(words or short_text(link, MAX_WORDS)))
