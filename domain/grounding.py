"""Find a value again in the page that is said to tell it: a mechanical check, blind to how the value was got."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote

from domain.dates import find_dates
from domain.evidence import Evidence, Layer, MatchKind, Method, Verdict
from domain.fields import Field, FieldKind
from domain.folding import FoldedText, fold, fold_with_offsets
from domain.normal import Normal, normalise
from domain.pages import Page
from domain.records import Value
from domain.times_of_day import find_times
from domain.wholeness import LINKS, NUMBERS, OF_ONE_WORD, OF_PARTS, is_whole

MAX_QUOTE = 1000  # characters; longer quotes are cut, their offsets stay
MAX_PLACES = 1000  # places tried for a value: "1" is a piece of much else in a page's source

_CSV_TYPES = frozenset({"text/csv", "application/csv"})
_WORD = re.compile(r"\w+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")

_OF_DIGITS = NUMBERS | {FieldKind.PHONE}
_ACROSS_LINES = re.compile(r"\d[\s.,'’()/-]*[\n\t][\s.,'’()/-]*\d")


class PageIndex(NamedTuple):
    """What is searched of one page, made once."""

    page_id: str
    url: str
    snapshot: str
    text: str
    html: str
    folded: FoldedText


@lru_cache(maxsize=4)  # pages are read one after another; a page is some hundred kilobytes
def index_of(page: Page) -> PageIndex:
    return PageIndex(
        page_id=page.id,
        url=page.final_url or page.url,
        snapshot=page.snapshot,
        text=_with_parted_cells(page),
        html=page.html,
        folded=fold_with_offsets(page.text),
    )


def _with_parted_cells(page: Page) -> str:
    """The page's text; in comma-separated values a line break stands for each comma that parts two cells: digits on
    both sides of it are two numbers."""
    head = page.text.partition("\n")[0]
    if page.content_type not in _CSV_TYPES or head.count(",") <= head.count(";"):
        return page.text
    return re.sub(r"\"[^\"]*\"|,", lambda match: "\n" if match[0] == "," else match[0], page.text)


class Needle(NamedTuple):
    """Words that are looked for, and what they would be read as."""

    text: str
    field: Field
    locale: str


class Place(NamedTuple):
    layer: Layer
    start: int
    end: int
    match: MatchKind


def ground(
    value: Value,
    raw: str,
    field: Field,
    page: Page,
    *,
    method: Method,
    source_path: str = "",
    layer_hint: Layer = Layer.TEXT,
    near: int = 0,
    locale: str = "",
) -> Evidence:
    """Evidence for one value (one item, where the field is a list), with the verdict of the search for it.

    `raw` is the text from which the value was read. `layer_hint` is searched first, from the offset `near` on, then
    from the start, then the other layers.
    """
    index = index_of(page)
    place = _locate(index, page, value, raw, field, layer_hint, near, locale)
    if place is not None and _is_glued(_layer_text(index, page, place.layer), raw, place, field):
        place = None
    if place is None:
        return Evidence(
            page_id=index.page_id, url=index.url, snapshot=index.snapshot, method=method, source_path=source_path
        )
    layer_text = _layer_text(index, page, place.layer)
    return Evidence(
        page_id=index.page_id,
        url=index.url,
        snapshot=index.snapshot,
        method=method,
        source_path=source_path,
        layer=place.layer,
        quote=layer_text[place.start : min(place.end, place.start + MAX_QUOTE)],
        start=place.start,
        end=place.end,
        match=place.match,
        verdict=_verdict(value, raw, field, place.match, locale),
    )


def _is_glued(text: str, raw: str, place: Place, field: Field) -> bool:
    """Whether a number is read from digits that the page shows on two lines or in two cells, and no line of the text
    from which it was read ends there."""
    return (
        field.kind in _OF_DIGITS
        and place.layer is Layer.TEXT
        and "\n" not in raw
        and _ACROSS_LINES.search(text, place.start, place.end) is not None
    )


def _layer_text(index: PageIndex, page: Page, layer: Layer) -> str:
    if layer is Layer.TEXT:
        return index.text
    return index.html if layer is Layer.HTML else "\n".join(response.body for response in page.responses)


def _verdict(value: Value, raw: str, field: Field, match: MatchKind, locale: str) -> Verdict:
    """The page says it, or says what it follows from: a relative link, two times that add up."""
    if match is MatchKind.NONE:
        return Verdict.UNSUPPORTED
    if match in {MatchKind.EXACT, MatchKind.FOLDED, MatchKind.TOKENS}:
        return Verdict.SUPPORTED
    if field.kind in LINKS:
        return Verdict.SUPPORTED if _same_link(str(value), raw) else Verdict.DERIVED
    normal = normalise(raw, field, locale=locale)
    return Verdict.SUPPORTED if normal is not None and _same(normal.value, value) else Verdict.DERIVED


def _same_link(value: str, raw: str) -> bool:
    return unquote(unescape(raw)).strip() == unquote(value)


def _same(first: object, second: object) -> bool:
    if isinstance(first, int | float) and isinstance(second, int | float):
        return abs(float(first) - float(second)) < 1e-9
    return first == second


def _locate(
    index: PageIndex, page: Page, value: Value, raw: str, field: Field, hint: Layer, near: int, locale: str
) -> Place | None:
    """The best place of a value: its raw text where that stands, else its typed form, else most of its words."""
    layers = [hint, *(layer for layer in (Layer.TEXT, Layer.HTML, Layer.RESPONSE) if layer is not hint)]
    spelled = str(value)
    is_other = not isinstance(value, str) or (value != raw and fold(value) != fold(raw))
    for layer in layers:
        place = _find_in(index, page, layer, Needle(raw, field, locale), near if layer is hint else 0)
        if place is not None:
            return place._replace(match=MatchKind.TYPED) if is_other else place
    if is_other and len(spelled) > 2:
        for layer in layers:
            place = _find_in(index, page, layer, Needle(spelled, field, locale), 0)
            if place is not None:
                return place
    return _find_typed(index, value, field, locale) or _find_words(index, raw, field)


def _find_in(index: PageIndex, page: Page, layer: Layer, needle: Needle, near: int) -> Place | None:
    if not needle.text:
        return None
    if layer is Layer.TEXT:
        return _find_in_text(index, needle, near)
    if layer is Layer.HTML:
        return _find_in_source(index.html, needle, near, layer)
    if not page.responses:
        return None
    return _find_in_source(_layer_text(index, page, layer), needle, near, layer)


def _find_in_text(index: PageIndex, needle: Needle, near: int) -> Place | None:
    start = _find_whole(index.text, needle, near)
    if start >= 0:
        return Place(Layer.TEXT, start, start + len(needle.text), MatchKind.EXACT)
    folded = fold(needle.text)
    if not folded:
        return None
    start = _find_whole(index.folded.text, needle._replace(text=folded), near)
    if start < 0:
        return None
    end = index.folded.original(start + len(folded) - 1) + 1
    return Place(Layer.TEXT, index.folded.original(start), end, MatchKind.FOLDED)


def _find_whole(text: str, needle: Needle, near: int) -> int:
    """The first place from `near` on where the needle stands whole, else from the start; -1 for none."""
    length = len(needle.text)
    for begin, stop in ((near, len(text)), (0, min(len(text), near + length))):
        at = text.find(needle.text, begin, stop)
        tries = 0
        while at >= 0 and tries < MAX_PLACES:
            if is_whole(text, at, at + length, needle.field, locale=needle.locale):
                return at
            at = text.find(needle.text, at + 1, stop)
            tries += 1
        if near == 0:
            break
    return -1


def _find_in_source(source: str, needle: Needle, near: int, layer: Layer) -> Place | None:
    """In markup and data, where "&" and quotes may be written as entities or escapes."""
    for kind, spelled in _spellings(needle.text):
        at = _find_whole(source, needle._replace(text=spelled), near)
        if at >= 0:
            return Place(layer, at, at + len(spelled), kind)
    return None


def _spellings(needle: str) -> Iterator[tuple[MatchKind, str]]:
    yield MatchKind.EXACT, needle
    seen = {needle}
    quoted = escape(needle, quote=False)
    as_json = (json.dumps(needle, ensure_ascii=ascii_alone)[1:-1] for ascii_alone in (False, True))
    others = (quoted, escape(needle), needle.replace("/", "\\/"), *as_json)
    for other in others:
        if other not in seen:
            seen.add(other)
            yield MatchKind.FOLDED, other


def _find_typed(index: PageIndex, value: Value, field: Field, locale: str) -> Place | None:
    """Another spelling of the same value in the visible text."""
    if field.kind is FieldKind.DATE and isinstance(value, str):
        for line_start, line in _lines(index.text):
            for date in find_dates(line, locale):
                if date.date.isoformat() == value[:10]:
                    return Place(Layer.TEXT, line_start + date.start, line_start + date.end, MatchKind.TYPED)
    if field.kind in NUMBERS and isinstance(value, int | float):
        for match in re.finditer(r"\d[\d.,'\u00a0\u202f]*", index.text):
            normal = normalise(match[0], field, locale=locale)
            if (
                normal is not None
                and _same(normal.value, value)
                and is_whole(index.text, match.start(), match.end(), field, locale=locale)
            ):
                return Place(Layer.TEXT, match.start(), match.end(), MatchKind.TYPED)
    if field.kind is FieldKind.PHONE and isinstance(value, str):
        for line_start, line in _lines(index.text):
            normal = normalise(line, field, locale=locale)
            if normal is not None and normal.value == value:
                at = line_start + line.find(normal.raw)
                return Place(Layer.TEXT, at, at + len(normal.raw), MatchKind.TYPED)
    return None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        if any(map(str.isdigit, line)):
            yield start, line
        start += len(line) + 1


def _find_words(index: PageIndex, raw: str, field: Field) -> Place | None:
    """All of the words, one after the other, whatever stands between them that is no word: a value that leaves a word
    out, or has one of its own, may say the contrary."""
    words = _WORD.findall(fold(raw))
    if len(words) < 3 or field.kind in OF_ONE_WORD:  # two words stand near each other by chance
        return None
    found = re.search(r"\b" + r"\W+".join(map(re.escape, words)) + r"\b", index.folded.text)
    if found is None:
        return None
    start, end = index.folded.original(found.start()), index.folded.original(found.end() - 1) + 1
    if field.kind in OF_PARTS and not is_whole(index.text, start, end, field):
        return None
    return Place(Layer.TEXT, start, end, MatchKind.TOKENS)


def recheck(evidence: Evidence, value: Value, field: Field, text: str, html: str, *, locale: str = "") -> Verdict:
    """The verdict on a stored value against the archived page: its quote must still stand at its offsets, and the value
    must follow from the quote. Response bodies are passed as `html`."""
    if evidence.start is None or evidence.end is None:
        return Verdict.UNSUPPORTED
    layer = text if evidence.layer is Layer.TEXT else html
    stretch = layer[evidence.start : evidence.end]
    if not stretch or stretch[:MAX_QUOTE] != evidence.quote:
        return Verdict.UNSUPPORTED
    return evidence.verdict if _follows(value, stretch, field, evidence, locale) else Verdict.UNSUPPORTED


def _without_escapes(source: str) -> str:
    """What markup and data say, where entities and JSON's escapes stand for characters."""
    plain = _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), source.replace("\\/", "/").replace('\\"', '"'))
    plain = plain.replace("\\n", "\n").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unescape(plain)


def _as_json(source: str) -> str:
    """What the inside of a JSON string says; the source itself where it is none."""
    try:
        return json.loads(f'"{source}"', strict=False)
    except ValueError:
        return source


def _follows(value: Value, stretch: str, field: Field, evidence: Evidence, locale: str) -> bool:
    spelled = _without_escapes(stretch)
    if fold(str(value)) in {fold(spelled), fold(_as_json(stretch))}:
        return True
    normal: Normal | None = normalise(spelled, field, base_url=evidence.url, locale=locale)
    if normal is not None and (_same(normal.value, value) or str(normal.value) == str(value)):
        return True
    if field.kind is FieldKind.DATE and isinstance(value, str):
        if any(date.date.isoformat() == value[:10] for date in find_dates(spelled, locale, int(value[:4]))):
            return True
        # The hour of a day may stand elsewhere, as evidence of its own.
        is_part = evidence.verdict is Verdict.DERIVED
        return is_part and any(time.time.isoformat() == value[11:19] for time in find_times(spelled))
    if evidence.match is MatchKind.TOKENS:
        return _WORD.findall(fold(str(value))) == _WORD.findall(fold(spelled))
    return evidence.verdict is Verdict.DERIVED and field.kind not in LINKS
