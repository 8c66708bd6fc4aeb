"""Who wrote it: one name or several, from the page's data, its meta tags, or its byline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import lxml.html
import msgspec

from agent.extract.detail.scene import Scene
from agent.extract.detail.short_text import short_text
from agent.extract.detail.structured import as_list, of_entities, of_metas
from agent.extract.reading import FoundValue
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from domain.fields import Field
from domain.folding import fold
from domain.normal import normalise
from fetch.dom import visible_text

MAX_BYLINE = 80  # characters: a longer line is a sentence
MAX_LOOKED = 20  # elements that are called a byline
MAX_WORDS = 5  # of one name
MAX_CHILDREN = 3  # of an element that is a byline by its words alone
MAX_SHARED = 160  # characters that stand between the writers of one thing at most, with their names

_BYLINE = re.compile(
    r"^(?:(?:written |posted |recipe |words |story |text |published )?by|von|par|por|di|door|af|av|"
    r"autor(?:en|zy|es|i)?|auteurs?|autore|автор(?:ы)?|著者|文|作者|記者)(?:\s*[:：]\s*|\s+)(?P<name>\S.{1,60})$",
    re.I,
)
_CALLED = "//*[@rel='author' or @itemprop='author' or contains(@class,'author') or contains(@class,'byline')]"
# What joins the names of several; a word that joins stands between two spaces, save where the script has none.
_JOINTS = re.compile(
    r"\s*[,;&、，]\s*(?:(?:and|und|et|y|e|en|i|og|och)\s+)?|\s+(?:and|und|et|y|e|en|i|og|och|и|with|mit|avec)\s+"
)
_HANDLE = re.compile(r"@\w+")  # an account, which may be the site's
_NO_NAME = re.compile(
    r"\b(?:reporters?|editors?|correspondents?|staff|writers?|chef|ph\.?d|m\.?d|jr|sr|esq|inc|ltd|llc|gmbh|team|"
    r"redaktion|redacción|redazione|rédaction|redactie|redakcja|journalist\w*|producer|contributors?|freelance|news)\b",
    re.I,
)


def authors_of(scene: Scene, field: Field) -> FoundValue | None:
    """All who wrote it, as a list where one is asked, else in one text. Of several sources, the first that names
    somebody."""
    wanted = msgspec.structs.replace(field, many=True)
    told = of_entities(scene, wanted) or of_metas(scene, wanted)
    named = [item for item in told.items if not _HANDLE.fullmatch(item.raw.strip())] if told is not None else []
    return _all_of(_distinct(named), field, told) if told is not None and named else None


def shown_authors(scene: Scene, field: Field) -> FoundValue | None:
    """The byline's names."""
    found = _distinct(tuple(_called(scene)) or tuple(islice(_by_words(scene), 1)))
    return _all_of(found, field, found[0]) if found else None


def in_list(found: FoundValue) -> FoundValue:
    """What stands beside a label, a name each."""
    return as_list(_distinct([one for item in found.items or (found,) for one in _apart(item)]))


def _all_of(items: Sequence[FoundValue], field: Field, told: FoundValue) -> FoundValue:
    if field.many:
        apart = as_list(_distinct([one for item in items for one in _apart(item)]))
        return msgspec.structs.replace(apart, agreeing=told.agreeing)
    first, *others = items
    if not others:
        return msgspec.structs.replace(first, agreeing=told.agreeing)
    names = [str(normal.value) for item in items if (normal := normalise(item.raw, field)) is not None]
    return msgspec.structs.replace(first, value=", ".join(names), parts=tuple(others), agreeing=told.agreeing)


def _distinct(items: Sequence[FoundValue]) -> tuple[FoundValue, ...]:
    return tuple({fold(item.raw): item for item in reversed(items)}.values())[::-1]


def _apart(item: FoundValue) -> Iterator[FoundValue]:
    """Each of the names that one text joins; the text whole where a part of it is no name of somebody."""
    names = names_in(item.raw)
    yield from (item if name == item.raw else msgspec.structs.replace(item, raw=name) for name in names)


def names_in(text: str) -> list[str]:
    """`"Ada Whitlow and Ben Carver"` names two, `"Johnson & Johnson"` and `"Whitlow, Ada"` name one."""
    parts = [part for part in _JOINTS.split(text.strip()) if part]
    names = [part for part in parts if not _NO_NAME.search(part)]
    if len(parts) < 2 or not all(map(_is_name, names)):
        return [text]
    return names if len(names) < len(parts) or len(names) > 1 else [text]


def _is_name(text: str) -> bool:
    words = text.split()
    is_spaced = any(each.isalpha() and each.upper() != each.lower() for each in text)
    if not is_spaced:  # names of East Asia have no capitals, and often no space
        return 1 < len(text) <= MAX_WORDS * 2 and not any(map(str.isdigit, text))
    return 1 < len(words) <= MAX_WORDS and words[0][0].isupper() and words[-1][0].isupper()


def _called(scene: Scene) -> Iterator[FoundValue]:
    """The first element that is called a byline, with those that stand near it and are called so too."""
    first: lxml.html.HtmlElement | None = None
    for element in scene.root.xpath(_CALLED)[:MAX_LOOKED]:
        if any(inner.get("rel") == "author" or "author" in (inner.get("class") or "") for inner in _within(element)):
            continue  # its writers are elements of their own
        text = " ".join(visible_text(element).split())
        if not 1 < len(text) <= MAX_BYLINE or scene.elsewhere.is_told(element):
            continue
        if first is not None and not _are_together(first, element):
            return
        first = element if first is None else first
        named = _BYLINE.match(text)
        raw = named["name"] if named else text
        yield FoundValue(raw=raw, method=Method.DETAIL, source_path=xpath_of(element))


def _within(element: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    return (inner for inner in element.iterdescendants() if isinstance(inner.tag, str) and short_text(inner, 60))


def _are_together(one: lxml.html.HtmlElement, other: lxml.html.HtmlElement) -> bool:
    """Whether two elements are called the same and stand in one short line."""
    if (one.tag, one.get("class"), one.get("rel")) != (other.tag, other.get("class"), other.get("rel")):
        return False
    around = next((up for up in one.iterancestors() if other in up.iterdescendants()), None)
    return around is not None and bool(short_text(around, MAX_SHARED))


def _by_words(scene: Scene) -> Iterator[FoundValue]:
    for element in scene.root.iter("p", "span", "div", "address", "a"):
        if scene.elsewhere.is_told(element) or len(element) > MAX_CHILDREN:
            continue
        if named := _BYLINE.match(short_text(element, 2 * MAX_BYLINE)[: MAX_BYLINE + 1]):
            yield FoundValue(raw=named["name"], method=Method.DETAIL, source_path=xpath_of(element))
