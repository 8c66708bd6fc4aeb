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
# Polish, Russian, Swedish, Danish, Norwegian, Czech, Turkish. Abbreviations that are common words stay out.
_MONTH_NAMES = """
    jan january januar janvier janv enero ene gennaio gen januari janeiro stycznia styczeń января январь янв ledna \
        ocak jänner
    feb february februar février fevrier févr fév febrero febbraio febbr februari fevereiro fev lutego luty февраля \
        февраль фев února şubat
    mar march märz maerz mär mars marzo maart mrt março marca marzec марта март marts března mart mrz
    apr april avril avr abril abr aprile kwietnia kwiecień апреля апрель апр dubna nisan
    may mai mayo maggio mag mei maio maja maj мая май května mayıs
    jun june juni juin junio giugno giu junho czerwca czerwiec июня июнь июн června haziran
    jul july juli juillet juil julio luglio lug julho lipca lipiec июля июль июл července temmuz
    aug august août aout agosto ago augustus sierpnia sierpień августа август авг augusti srpna ağustos
    sep sept september septembre septiembre settembre setembro septiembre sett września wrzesień сентября сентябрь \
        сен září eylül
    oct october oktober octobre octubre ottobre ott outubro października październik октября октябрь окт okt října \
        ekim
    nov november novembre noviembre novembro listopada listopad ноября ноябрь ноя kasım
    dec december dezember dez décembre decembre déc diciembre dic dicembre dezembro grudnia grudzień декабря декабрь \
        дек desember prosince aralık
"""
MONTHS: dict[str, int] = {
    name: number for number, names in enumerate(_MONTH_NAMES.strip().splitlines(), start=1) for name in names.split()
}
# Any word: whether it is a month is looked up, which is much faster than two hundred alternatives at every letter.
_MONTH = r"[^\W\d_]{3,10}"
_YEAR = r"(?P<y>\d{4}|['’]?\d{2})(?![\d:])"
_OF = r"(?:de |of |del |di )?"
_ORDINAL = r"(?:st|nd|rd|th|er|ère|º|°|\.)?"
_LAST_DAY = rf"(?:\s?[–—]\s?|-|\s(?:to|bis|au|al)\s)(?P<last>\d{{1,2}}){_ORDINAL}"  # "3–5 May" begins on the third

_NUMERIC_YMD = re.compile(r"(?<![\d/.-])(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?!\d)")
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
_EAST_ASIAN = re.compile(r"(?P<y>\d{4})\s*[年년]\s*(?P<m>\d{1,2})\s*[月월]\s*(?P<d>\d{1,2})\s*[日일号號]")
_COMPACT = re.compile(r"(?<![\w/.-])(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?![\w.-])")
_COMPACT_YEAR_LAST = re.compile(
    r"(?<![\w/.-])(?P<a>[0-3]\d)(?P<sep>)(?P<b>[0-3]\d)(?P<y>(?:19[5-9]|20[0-4])\d)(?![\w.-])"
)
_PATTERNS = (_NUMERIC_YMD, _EAST_ASIAN, _MONTH_DAY, _DAY_MONTH, _NUMERIC, _COMPACT, _COMPACT_YEAR_LAST)
_IN_ORDER = frozenset({_NUMERIC, _COMPACT_YEAR_LAST})  # the page's language decides which number is the month
_DAY_BEFORE = re.compile(r"(?<![\d/.:-])\d{1,2}[\s-]$")

_CLOCK = r"(?P<h>\d{1,2})(?:[:.h](?P<min>\d{2}))?(?::(?P<s>\d{2}))?:?\s*(?P<half>[ap]\.?\s?m\b\.?)?(?:\s*(?:uhr|h\b))?"
TIME = re.compile(
    rf"(?<![\d:.,$€£/-])(?:{_CLOCK})(?![\d:/]|[.,]\d)|\b(?P<word>noon|midday|midnight|mittag|midi)\b", re.I
)
_AFTER_DATE = re.compile(
    r"(?:\s*(?:[|,;@–-]|at|um|à|om|alle|a las|kl\.?|from|starting|start|time:?|\(?[a-zäéû]{2,9}day\)?|[a-z]{2,3}\.?))*"
    r"[\s,:]*",
    re.I,
)
_ISO_TIME = re.compile(r"[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?")
TIME_WINDOW = 30  # characters between a date and its time: " | Wednesday, starting at "


class FoundDate(NamedTuple):
    """`date` lacks a year in the text when `has_year` is false: then it is the year that was passed in. `last` is the
    last of several days ("3–5 May"), of which `date` is the first."""

    date: dt.date
    start: int
    end: int
    has_year: bool = True
    last: dt.date | None = None


@lru_cache(maxsize=20_000)
def find_dates(text: str, tag: str = "", year: int | None = None) -> tuple[FoundDate, ...]:
    """Dates in their order in the text. Dates without a year are found only where `year` is given to complete them.

    `tag` is the page's BCP 47 language: it decides 03/04/2024, unless one of the numbers is above 12.
    """
    if not any(map(str.isdigit, text)):
        return ()
    locale = locale_of(tag)
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
                found.append(FoundDate(day, match.start(), match.end(), bool(match["y"]), last))
            if len(found) >= MAX_DATES:
                break
    return tuple(sorted(found, key=lambda date: date.start))


def _date_of(match: re.Match[str], numeric: bool, locale: Locale, year: int | None) -> dt.date | None:
    written = match["y"]
    if written is None:
        if year is None:
            return None
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


class FoundTime(NamedTuple):
    time: dt.time
    start: int
    end: int


def find_times(text: str) -> list[FoundTime]:
    """Times of day. A bare number is none: a time has minutes, a half of the day, or is a word."""
    found: list[FoundTime] = []
    for match in TIME.finditer(text):
        time = _time_of(match)
        if time is not None:
            found.append(FoundTime(time, match.start(), match.end()))
    return found


def _time_of(match: re.Match[str]) -> dt.time | None:
    if match["word"]:
        return dt.time(0 if match["word"].lower() == "midnight" else 12)
    half = (match["half"] or "").lower()[:1]
    if not half and not match["min"]:
        return None
    hour, minute = int(match["h"]), int(match["min"] or 0)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def moment_at(text: str, date: FoundDate) -> tuple[str, int]:
    """A found date in ISO 8601, with the time that follows it closely, if one does, and where the moment ends."""
    rest = text[date.end : date.end + TIME_WINDOW + 12]
    iso = _ISO_TIME.match(rest)
    if iso is not None and int(iso[1]) < 24 and int(iso[2]) < 60:
        zone = (iso[4] or "").replace("Z", "+00:00")
        zone = f"{zone[:3]}:{zone[3:]}" if len(zone) == 5 else zone
        return f"{date.date.isoformat()}T{iso[1]}:{iso[2]}:{iso[3] or '00'}{zone}", date.end + iso.end()
    gap = _AFTER_DATE.match(rest)
    match = TIME.match(rest, gap.end() if gap else 0)
    time = _time_of(match) if match is not None else None
    if match is None or time is None:
        return date.date.isoformat(), date.end
    return f"{date.date.isoformat()}T{time.isoformat()}", date.end + match.end()
