"""Find typed values in text, each with its place. One set of recognisers serves every source and every step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from domain.amounts import INTEGER, NUMBER, SCALE
from domain.dates import find_dates
from domain.fields import FieldKind
from domain.invisible import has_invisible, visible, visible_places
from domain.money import find_price
from domain.stock_words import stock_answered, stock_said
from domain.times_of_day import moment_at

MAX_TEXT = 600  # characters looked at: a longer text is prose, its values are not its own

Recogniser = Callable[[str, str], "Span | None"]


class Span(NamedTuple):
    """`text` is what a reader sees at `start`:`end`: the part of a text that is the value."""

    text: str
    start: int
    end: int


_PHONE = re.compile(
    r"(?<![\w.,/$€£-])(?:tel:)?(?:\+|00)?\(?\d{1,4}\)?"
    r"(?:[ \u00a0\u2009\u202f.\-/\u2010-\u2015()]{0,3}\d{1,4}){2,7}(?![\w/]|[.,]\d)"
)
SHORTEST_PHONE, LONGEST_PHONE = 7, 15  # digits: less is an extension or a house number, E.164 allows no more
_NEXT_PHONE = re.compile(r"\s/\s|\s(?=\+)|(?<=\d)\s(?=\()")
_VANITY = re.compile(
    r"(?<![\w-])(?:\+?1[ .-]?)?\(?8(?:00|33|44|55|66|77|88)\)?[ .-]?[A-Z]{2,7}(?:-?[A-Z\d]{2,7})?(?![\w-])"
)
_VANITY_LETTERS = (7, 8)  # characters behind the prefix: a switch takes seven, a word may be one longer
# What stands before the number of a fax machine, a book, an account or an order.
_OF_OTHERS = re.compile(
    r"(?:\b(?:tele)?fax(?:[\s-]?(?:no|nr|number|nummer))?|телефакс|факс|ファックス|\bFx?[.:]|\bisbn(?:-1[03])?|\bissn|"
    r"\biban|\bvat(?: no)?|\border(?: (?:no|number))?|\bsire[nt]|\b(?:ean|gtin|upc))\s?[.:#]*\s*[-–]?\s*\Z",
    re.I,
)
OTHERS_WINDOW = 24  # characters before a number
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"\bhttps?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]|\bwww\.[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\"']*)?", re.I)
_IDENTIFIER = re.compile(
    r"(?<![\w/.$€£-])(?=[A-Z0-9:.\-/–]*(?: -)?\d)(?:[A-Z]{1,5}(?: ?-|[. ])?)?\d[\dA-Z]*(?:[-–:./][A-Z0-9]+)*"
    r"(?:-[A-Z]{1,4})*(?![\w])",
    re.I,
)
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_YEARS = re.compile(r"(?:1[89]|20)\d\d\s?[-–/]\s?(?:1[89]|20)\d\d|\d{7,8}")
_CLOCK = r"(?:[01]?\d|2[0-4])[:.][0-5]\d"
_NOT_IDENTIFIER = re.compile(  # a plain decimal is an amount or a rating, whatever else stands beside it
    rf"{_CLOCK}[-–]{_CLOCK}|\d{{1,2}}:[0-5]\d|"  # hours
    r"\d{1,4}\.\d{1,2}|\d+(?:st|nd|rd|th|am|pm|h|kg|g|ml|l|cm|mm|km|mb|gb|kb|px|min|[ap]\.m)",
    re.I,
)
FILE_NAME = re.compile(r"\S+\.(?:pdf|docx?|rtf|odt|wpd|xlsx?|csv|pptx?|txt|html?|aspx?|zip|jpe?g|png|gif|webp)", re.I)
_RATING = re.compile(
    r"(?<![\d.,])(?P<value>\d{1,2}(?:[.,]\d{1,2})?)\s*(?:/\s*(?:5|10)(?!\d)|(?:out of|von|sur|de|su|van|z)\s+(?:5|10)\b"
    r"|(?:-|\s)?stars?\b|\s?(?:★|⭐)|(?:-|\s)?(?:sterne|étoiles|estrellas|stelle|sterren|estrelas))"
    r"|^\s*(?P<bare>[0-5][.,]\d{1,2}|10|[6-9][.,]\d)\s*(?:\(|$)",
    re.I,
)
_NUMBER = re.compile(rf"(?<![\w.,'’-])[-−+]?{NUMBER}(?:{SCALE})?", re.I)
_INTEGER = re.compile(rf"(?<![\w.,'’-])[-−+]?(?:{INTEGER}(?:{SCALE})?|{NUMBER}{SCALE})", re.I)
_BOOLEAN = re.compile(r"\s*(?:true|false)\s*", re.I)  # as data answer a question; a bare 1 may count anything
_ISO_DURATION = re.compile(
    r"\bP(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?\b"
)
HOUR_WORDS = "h|hrs?|hours?|std|stunden?|heures?|horas?|or[ae]|uur|godz|godzin[ay]?|час(?:а|ов)?|ч|時間|小时"
MINUTE_WORDS = "m|min|mins|minute|minutes|minuten|minutos?|minut[oaiy]?|minuti|минут[аы]?|мин|分|分钟"
DAY_WORDS = "d|days?|tag|tage|jours?|d[ií]as?|giorn[oi]|dag|dagen|dias?|dni|dzień|дн(?:я|ей)|день|日|天"
_COUNT = r"(?:\d+(?:[.,/]\d+)?|\d+\s\d/\d|[¼½¾]|\d+\s?[¼½¾])"
# Said twice, in full for who listens and short for who looks: "2 hours hrs".
_UNIT_AGAIN = rf"(?:\s(?:{DAY_WORDS}|{HOUR_WORDS}|{MINUTE_WORDS})(?![a-zà-ÿ])\.?)?"
DURATION_PART = re.compile(
    rf"(?P<n>{_COUNT})\s*(?:-|\s)?(?:(?P<d>{DAY_WORDS})|(?P<h>{HOUR_WORDS})|(?P<m>{MINUTE_WORDS}))(?![a-zà-ÿ])\.?"
    rf"{_UNIT_AGAIN}",
    re.I,
)
_DURATION = re.compile(
    rf"(?<![\w.,]){DURATION_PART.pattern}(?:(?:\s|,|and|und|et|y|e|en)*"
    rf"{_COUNT}\s*(?:-|\s)?(?:{HOUR_WORDS}|{MINUTE_WORDS})?(?![a-zà-ÿ])\.?{_UNIT_AGAIN}){{0,2}}",
    re.I,
)
_CLOCK_DURATION = re.compile(r"(?<![\d:])\d{1,3}:[0-5]\d(?::[0-5]\d)?(?![\d:])")


def _by(pattern: re.Pattern[str]) -> Recogniser:
    def recognise_by(text: str, tag: str) -> Span | None:
        del tag
        match = pattern.search(text)
        return Span(match[0].strip(), match.start(), match.end()) if match else None

    return recognise_by


def _find_price(text: str, tag: str) -> Span | None:
    price = find_price(text, tag)
    return Span(price.text, price.start, price.end) if price else None


def _find_date(text: str, tag: str) -> Span | None:
    dates = find_dates(text, tag)
    if not dates:
        return None
    _, end = moment_at(text, dates[0])
    return Span(text[dates[0].start : end], dates[0].start, end)


def _find_phone(text: str, tag: str) -> Span | None:
    del tag
    for match in _each_phone(text):
        if _OF_OTHERS.search(text, max(0, match.start() - OTHERS_WINDOW), match.start()):
            continue
        digits = sum(map(str.isalnum, match[0]))
        is_years = _YEARS.fullmatch(match[0].strip()) is not None
        if SHORTEST_PHONE <= digits <= LONGEST_PHONE and not is_years and not find_dates(match[0]):
            return Span(match[0].strip(), match.start(), match.end())
    return None


def _each_phone(text: str) -> Iterator[re.Match[str]]:
    """Numbers in digits, then those that spell a word: "1-800-FLOWERS". Of several in one run, the first."""
    for match in _PHONE.finditer(text):
        is_run = sum(map(str.isdigit, match[0])) > LONGEST_PHONE
        cut = _NEXT_PHONE.search(text, match.start() + SHORTEST_PHONE, match.end()) if is_run else None
        first = _PHONE.search(text[: cut.start()], match.start()) if cut else None
        yield first or match
    for match in _VANITY.finditer(text):
        if sum(map(str.isalnum, match[0])) - _prefix(match[0]) in _VANITY_LETTERS:
            yield match


def _prefix(vanity: str) -> int:
    return 4 if vanity.lstrip("+")[:1] == "1" else 3


def _find_identifier(text: str, tag: str) -> Span | None:
    """The text's most telling code: one with inner punctuation before a plain number, the first of equals."""
    del tag
    dates = find_dates(text)
    best: tuple[int, Span] | None = None
    for match in _IDENTIFIER.finditer(text):
        code = match[0]
        digits = sum(map(str.isdigit, code))
        if digits < 2 or not 3 <= len(code) <= 40 or _YEAR.fullmatch(code) or _NOT_IDENTIFIER.fullmatch(code):
            continue
        if FILE_NAME.fullmatch(code):
            continue
        if any(date.start <= match.start() < date.end for date in dates):
            continue
        quality = 2 if "-" in code or ":" in code or "–" in code else 1
        if best is None or quality > best[0]:
            best = quality, Span(code, match.start(), match.end())
    return best[1] if best else None


def _find_duration(text: str, tag: str) -> Span | None:
    del tag
    match = _ISO_DURATION.search(text) or _DURATION.search(text) or _CLOCK_DURATION.search(text)
    return Span(match[0].strip(), match.start(), match.end()) if match else None


def _find_availability(text: str, tag: str) -> Span | None:
    del tag
    said = stock_said(text)
    if said is None and _BOOLEAN.fullmatch(text):
        return Span(text.strip(), 0, len(text))
    return Span(text[said.start : said.end], said.start, said.end) if said else None


def availability_of(text: str) -> str | None:
    """The schema.org name of a state of stock: InStock, OutOfStock or PreOrder."""
    said = stock_said(text)
    return said.state if said else stock_answered(text) or None


_RECOGNISERS: dict[FieldKind, Recogniser] = {
    FieldKind.DATE: _find_date,
    FieldKind.PRICE: _find_price,
    FieldKind.PHONE: _find_phone,
    FieldKind.EMAIL: _by(_EMAIL),
    FieldKind.IDENTIFIER: _find_identifier,
    FieldKind.RATING: _by(_RATING),
    FieldKind.NUMBER: _by(_NUMBER),
    FieldKind.INTEGER: _by(_INTEGER),
    FieldKind.DURATION: _find_duration,
    FieldKind.AVAILABILITY: _find_availability,
}
RECOGNISED = frozenset(_RECOGNISERS)  # kinds whose values can be told from any other text by their form


@lru_cache(maxsize=100_000)
def recognise(kind: FieldKind, text: str, tag: str = "") -> Span | None:
    """The first value of a kind in the first `MAX_TEXT` characters of a text; None for kinds without a form of their
    own (see `RECOGNISED`). `tag` is the page's BCP 47 language."""
    finder = _RECOGNISERS.get(kind)
    if finder is None or not text:
        return None
    text = text[:MAX_TEXT]
    if not has_invisible(text):
        return finder(text, tag)
    span, places = finder(visible(text), tag), visible_places(text)
    return Span(span.text, places[span.start], places[span.end]) if span else None


def find_url(text: str) -> Span | None:
    match = _URL.search(text)
    return Span(match[0], match.start(), match.end()) if match else None
