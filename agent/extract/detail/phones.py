"""The telephone number of a page's thing: what is called one, or what its links call, whatever their words are."""

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
_CALLED = (
    "//*[@itemprop='telephone' or contains(concat(' ',@class,' '),' tel ') or contains(@class,'phone') "
    "or contains(@class,'telefon') or contains(concat(' ',@class,' '),' telephone ')]"
)
_FRAME = frozenset({"footer", "header", "nav", "aside"})
_WHOLE = frozenset({"body", "main", "article"})
_MAKER = re.compile(
    r"\b(?:web ?-?sites?|web ?-?design|sites?|page|design(?:ed)?|made|built|powered|created|developed) "
    r"(?:and \w+ )?by\b|"
    r"\bweb ?-?design\b|\b(?:site|réalis\w+|création|conception) (?:réalisé )?(?:par|web|du site)\b|"
    r"\b(?:web|sitio|diseño|desarroll\w+|sito|realizzat\w+|siti|strona|realizacja|projekt|umsetzung|gestaltung|"
    r"realisation)(?: web)?\s*(?::|por|di|da|przez|von|by)|\bwebsite (?:door|von|gemaakt)|"
    r"制作\s*[:：]|сайт (?:сделан|разработ)|разработка сайт",
    re.I,
)
MAX_LINE = 120  # characters around a link that say who made the site
_FAX = re.compile(r"\b(?:tele)?fax\b|факс", re.I)


def shown_phone(scene: Scene, field: Field) -> FoundValue | None:
    """The number that is called a phone, else that of the page's links: of its own part before that of its frame."""
    return _called(scene, field) or _linked(scene, field)


def _called(scene: Scene, field: Field) -> FoundValue | None:
    for element in scene.root.xpath(_CALLED)[:MAX_LINKS]:
        text = short_text(element, MAX_WORDS)
        if not text or _is_of_frame(element) or scene.elsewhere.is_told(element) or _FAX.search(text):
            continue
        normal = normalise(text, field, locale=scene.locale)
        if normal is not None and not _FAX.search(element.get("class") or ""):
            return FoundValue(raw=normal.raw, value=normal.value, method=Method.DETAIL, source_path=xpath_of(element))
    return None


def _linked(scene: Scene, field: Field) -> FoundValue | None:
    """The number of the links, where all call the same: of several, none is sure to be the thing's own."""
    own: dict[str, FoundValue] = {}
    framed: dict[str, FoundValue] = {}
    for link in scene.root.xpath(_LINKS)[:MAX_LINKS]:
        found = _number_of(link, field, scene.locale)
        if found is not None and not _is_fax(link) and not _is_of_maker(link):
            (framed if _is_of_frame(link) else own).setdefault(str(found.value), found)
    numbers = own or framed
    return next(iter(numbers.values())) if len(numbers) == 1 else None


def _is_of_frame(element: lxml.html.HtmlElement) -> bool:
    return any(up.tag in _FRAME for up in element.iterancestors())


def _is_of_maker(link: lxml.html.HtmlElement) -> bool:
    """Whether the line around a number is of who made the site."""
    around = link.getparent()
    if around is None or around.tag in _WHOLE:
        return False
    return bool(_MAKER.search(short_text(around, MAX_LINE)))


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
