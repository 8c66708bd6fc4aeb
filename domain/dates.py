"""Find dates and times of day in text.

A few patterns find nearly every date a thousand times faster than a general parser, which is asked only after them
(in `domain.normal`), and only about text that was chosen for a date.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import NamedTuple

from domain.locales import Locale, locale_of, ordered_tag, tag_of_page

EARLIEST_YEAR = 1000  # a "year" below is a number
LATEST_YEAR = 2100
TWO_DIGIT_PIVOT = 50  # 49 is 2049, 50 is 1950
LONGEST_MONTH = 31  # days
MAX_DATES = 50  # in one text: a text with more is a page, not a value

# Names and abbreviations by month, January first: English, German, French, Spanish, Italian, Dutch, Portuguese,
# Polish, Russian, Swedish, Danish, Norwegian, Czech, Turkish, Ukrainian, Finnish, Greek, Romanian, Hungarian, Catalan.
# Abbreviations that are common words stay out.
_MONTH_NAMES = """
    jan january januar janvier janv enero ene gennaio gen januari janeiro stycznia styczeń января январь янв ledna \
        ocak jänner січня tammikuuta ιανουαρίου ianuarie január gener
    feb february februar février fevrier févr fév febrero febbraio febbr februari fevereiro fev lutego luty февраля \
        февраль фев února şubat лютого \
        helmikuuta φεβρουαρίου februarie február febrer
    mar march märz maerz mär mars marzo maart mrt março marca marzec марта март marts března mart mrz березня \
        maaliskuuta μαρτίου martie március març
    apr april avril avr abril abr aprile kwietnia kwiecień апреля апрель апр dubna nisan квітня huhtikuuta \
        απριλίου aprilie április
    may mai mayo maggio mag mei maio maja maj мая май května mayıs травня toukokuuta μαΐου május maig
    jun june juni juin junio giugno giu junho czerwca czerwiec июня июнь июн června haziran червня kesäkuuta \
        ιουνίου iunie június juny
    jul july juli juillet juil julio luglio lug julho lipca lipiec июля июль июл července temmuz липня \
        heinäkuuta ιουλίου iulie július juliol
    aug august août aout agosto ago augustus sierpnia sierpień августа август авг augusti srpna ağustos \
        серпня elokuuta αυγούστου augusztus agost
    sep sept september septembre septiembre settembre setembro septiembre sett września wrzesień сентября сентябрь \
        сен září eylül вересня syyskuuta σεπτεμβρίου septembrie szeptember
    oct october oktober octobre octubre ottobre ott outubro października październik октября октябрь окт okt října \
        ekim жовтня lokakuuta οκτωβρίου octombrie október
    nov november novembre noviembre novembro listopada listopad ноября ноябрь ноя kasım \
        листопада marraskuuta νοεμβρίου noiembrie
    dec december dezember dez décembre decembre déc diciembre dic dicembre dezembro grudnia grudzień декабря декабрь \
        дек desember prosince aralık грудня joulukuuta δεκεμβρίου decembrie desembre
"""
MONTHS: dict[str, int] = {
    name: number for number, names in enumerate(_MONTH_NAMES.strip().splitlines(), start=1) for name in names.split()
}
# Any word: whether it is a month is looked up, which is much faster than two hundred alternatives at every letter.
_MONTH = r"[^\W\d_]{3,11}"
_YEAR = r"(?P<y>\d{4}|['’]?\d{2})(?![\d:])"
_OF = r"(?:de |of |del |di )?"
_ORDINAL = r"(?:st|nd|rd|th|er|ère|º|°|\.)?"
# "3–5 May" and "3, 4 and 5 May" begin on the third; "Hall 3, 5 May" does not.
_RANGE = r"(?:\s?[–—]\s?|-|\s(?:to|bis|au|al|t/m|tot|till?|through|thru|do|до|по)\s)"
_AND = r"(?:\s?&\s?|,?\s(?:and|und|et|y|e|en|i|og|och|ja|și|a|и|і|та)\s)"
_LAST_DAY = rf"(?:{_RANGE}|(?:,\s?\d{{1,2}}{_ORDINAL}){{0,4}}{_AND})(?P<last>\d{{1,2}}){_ORDINAL}"

_NUMERIC_YMD = re.compile(r"(?<![\d/.-])(?P<y>\d{4})(?P<sep>[-/.])\s?(?P<m>\d{1,2})(?P=sep)\s?(?P<d>\d{1,2})(?!\d)")
_NUMERIC = re.compile(
    r"(?<![\d/.-])(?P<a>\d{1,2})(?P<sep>[-/.])\s?(?P<b>\d{1,2})(?P=sep)\s?(?P<y>\d{4}|\d{2})(?![\d/]|[-.:]\d)"
)
_MONTH_DAY = re.compile(
    rf"\b(?P<m>{_MONTH})\b\.?,?\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)"
    rf"(?:(?:{_LAST_DAY}(?=\s*,?\s*\d{{4}}))?\s*,?\s*{_YEAR})?",
    re.I,
)
_DAY_MONTH = re.compile(
    rf"(?<![\d/.:-])(?P<d>\d{{1,2}}){_ORDINAL}(?:{_LAST_DAY})?[\s-]*{_OF}(?P<m>{_MONTH})\b\.?,?[\s-]*{_OF}(?:{_YEAR})?",
    re.I,
)
_YEAR_MONTH_DAY = re.compile(
    rf"(?<![\w/.-])(?P<y>\d{{4}})[.,]?\s(?P<m>{_MONTH})\.?\s(?P<d>\d{{1,2}})(?![\d:])(?!\s*,?\s*\d{{4}})", re.I
)
_EAST_ASIAN = re.compile(
    r"(?<![년年\d])(?:(?P<y>\d{4})\s*[年년]\s*)?(?P<m>\d{1,2})\s*[月월]\s*(?P<d>\d{1,2})\s*[日일号號]"
)
_COMPACT = re.compile(
    r"(?<![\w/.-])(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?![\w.-](?<!T))"
)
_COMPACT_YEAR_LAST = re.compile(
    r"(?<![\w/.-])(?P<a>[0-3]\d)(?P<sep>)(?P<b>[0-3]\d)(?P<y>(?:19[5-9]|20[0-4])\d)(?![\w.-])"
)
_PATTERNS = (_NUMERIC_YMD, _EAST_ASIAN, _YEAR_MONTH_DAY, _MONTH_DAY, _DAY_MONTH, _NUMERIC, _COMPACT, _COMPACT_YEAR_LAST)
_IN_ORDER = frozenset({_NUMERIC, _COMPACT_YEAR_LAST})  # the page's language decides which number is the month
_DIGIT = re.compile(r"\d")
_DAY_BEFORE = re.compile(r"(?<![\d/.:-])\d{1,2}[\s-]$")

# What makes of two dates one stretch of days, and of a date the last of one that began before.
_TO = re.compile(
    r"\.?\s*(?:[–—-]|to|until|till?|through|thru|bis|au|jusqu['’]au|al|hasta(?: el)?|fino al|a|até|t/m|tot(?: en met)?|"
    r"do|do dnia|till och med|til|до|по)\s*(?:(?:the|el|le|il|den|zum)\s)?(?:[^\W\d_]{2,10}\.?,?\s)?",
    re.I,
)
_UNTIL = re.compile(
    r"(?<!\w)(?:until|till?|through|thru|ends?(?: on)?|ending|closes(?: on)?|bis|jusqu['’]au|hasta(?: el)?|fino al|até|"
    r"t/m|tot(?: en met)?|do(?: dnia)?|till och med|til|до|по)\s*:?\s*(?:(?:the|el|le|il|den|zum)\s)?"
    r"(?:[^\W\d_]{2,10}\.?,?\s+)?\Z",
    re.I,
)
UNTIL_WINDOW = 30  # characters before a date: "till och med lördag den "
SOME_LEAP_YEAR = 2000  # stands for a year that is told behind another date


class FoundDate(NamedTuple):
    """`date` lacks a year in the text when `has_year` is false: then it is the year that was passed in. `last` is the
    last of several days ("3–5 May", "5 May to 2 June"), of which `date` is the first. `is_end`: the text tells only
    that something ends then ("until 5 May")."""

    date: dt.date
    start: int
    end: int
    has_year: bool = True
    last: dt.date | None = None
    is_end: bool = False


@lru_cache(maxsize=20_000)
def find_dates(text: str, tag: str = "", year: int | None = None) -> tuple[FoundDate, ...]:
    """Dates in their order in the text. Dates without a year are found only where `year` is given to complete them.

    `tag` is the page's BCP 47 language: it decides 03/04/2024, unless one of the numbers is above 12.
    """
    if _DIGIT.search(text) is None:
        return ()
    found = _joined(text, _matched(text, locale_of(tag), year or SOME_LEAP_YEAR))
    return tuple(date for date in found if year is not None or date.has_year)


def _matched(text: str, locale: Locale, year: int) -> list[FoundDate]:
    found: list[FoundDate] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            if (
                pattern is _MONTH_DAY
                and not match["y"]
                and _DAY_BEFORE.search(text, max(0, match.start() - 4), match.start())
            ):
                continue  # "11 Jan 23": the number after the month is the year
            day = _date_of(match, pattern in _IN_ORDER, locale, year)
            if day is not None:
                last = _last_of(match, day)
                is_end = _UNTIL.search(text, max(0, match.start() - UNTIL_WINDOW), match.start()) is not None
                found.append(FoundDate(day, match.start(), match.end(), bool(match["y"]), last, is_end))
            if len(found) >= MAX_DATES:
                break
    return sorted(found, key=lambda date: date.start)


def _joined(text: str, found: list[FoundDate]) -> list[FoundDate]:
    """The dates, two with the word of a stretch between them as one with its last day. The year that is told behind the
    second is the first's, too, unless the stretch passes New Year."""
    joined: list[FoundDate] = []
    for date in found:
        first = joined[-1] if joined else None
        if first is None or first.last is not None or not _TO.fullmatch(text, first.end, date.start):
            joined.append(date)
            continue
        begin, end = first.date, date.date
        if date.has_year and not first.has_year:
            begin = _in_year(begin, end.year) or begin
            begin = (_in_year(begin, end.year - 1) or begin) if begin > end else begin
        elif begin > end and not date.has_year:
            end = _in_year(end, begin.year + 1) or end
        if begin > end:
            joined.append(date)
        else:
            is_dated = first.has_year or date.has_year
            joined[-1] = FoundDate(begin, first.start, date.end, is_dated, end, first.is_end)
    return joined


def _in_year(date: dt.date, year: int) -> dt.date | None:
    try:
        return date.replace(year=year)
    except ValueError:  # 29 February
        return None


def _date_of(match: re.Match[str], numeric: bool, locale: Locale, year: int) -> dt.date | None:
    written = match["y"]
    if written is None:
        full = year
    else:
        digits = written.lstrip("'’")
        full = int(digits)
        if len(digits) == 2:
            full += 2000 if full < TWO_DIGIT_PIVOT else 1900
    if numeric:
        first, second = int(match["a"]), int(match["b"])
        month_first = (locale.month_first and match["sep"] != ".") or second > 12
        month, day = (first, second) if month_first and first <= 12 else (second, first)
    else:
        name = match["m"].lower()
        month, day = (int(name) if name.isdigit() else MONTHS.get(name, 0)), _day_of(match)
    if not EARLIEST_YEAR <= full <= LATEST_YEAR:
        return None
    try:
        return dt.date(full, month, day)
    except ValueError:  # 31 April, or no date at all
        return None


def _day_of(match: re.Match[str]) -> int:
    """The first of several days; where the two do not follow each other, what stands before is no day."""
    day, last = int(match["d"]), match.groupdict().get("last")
    return int(last) if last and int(last) <= day else day


def _last_of(match: re.Match[str], first: dt.date) -> dt.date | None:
    written = match.groupdict().get("last")
    if not written or int(written) <= first.day:
        return None
    try:
        return first.replace(day=int(written))
    except ValueError:  # 28–31 February
        return None


def day_order(text: str) -> str:
    """Which of the two comes first in a page's dates of numbers alone, "mdy" or "dmy": by those that leave no doubt
    ("5/24/2016"); empty where none does or they differ."""
    orders = set()
    for match in _NUMERIC.finditer(text):
        first, second = int(match["a"]), int(match["b"])
        if (
            match["sep"] != "."
            and max(first, second) <= LONGEST_MONTH
            and max(first, second) > 12 >= min(first, second)
        ):
            orders.add("mdy" if second > 12 else "dmy")
    return orders.pop() if len(orders) == 1 else ""


def tag_by_dates(language: str, url: str, text: str) -> str:
    """A page's language and region, and the order in which its own dates show that it writes them."""
    return ordered_tag(tag_of_page(language, url), day_order(text))
