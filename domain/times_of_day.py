"""Find times of day in text, and the moment that a date and the time behind it tell.

By themselves only a clock's forms, halves of the day and words are times. Behind a date an hour alone is one as well,
where a word says so that no language uses for how long something takes ("20 Uhr"), or that stands before it ("ore 21").
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from domain.dates import FoundDate

DOORS_WINDOW = 16  # characters before a time that say so
TIME_WINDOW = 30  # characters between a date and its time: " | Wednesday, starting at "
FIRST_OF_AFTERNOON = 13  # an hour from which a clock of 24 hours is meant

_NOON = "noon|midday|mittag|midi|mediodía|mezzogiorno|meio-dia"
_MIDNIGHT = "midnight|mitternacht|minuit|medianoche|mezzanotte|meia-noite"
_HALF = r"[ap]\.?\s?m\b\.?"
_CLOCK = (
    rf"(?P<h>\d{{1,2}})(?:[:.h](?P<min>\d{{2}}))?(?::(?P<s>\d{{2}}))?:?\s*(?P<half>{_HALF})?"
    r"(?P<hours>\s*(?:uhr|uur)\b)?(?:\s*h\b)?"
)
TIME = re.compile(
    rf"\b(?:12\s)?(?:(?P<noon>{_NOON})|(?P<midnight>{_MIDNIGHT}))\b"
    rf"|(?<![\d:.,$€£/-])(?:{_CLOCK})(?![\d:/]|[.,]\d)",
    re.I,
)
_TO_HALF = re.compile(rf"\s?(?:[–—-]|to|until)\s?(?P<h>\d{{1,2}})(?:[:.]\d\d)?\s?(?P<half>{_HALF})", re.I)
_AFTER_DATE = re.compile(
    r"(?:\s*(?:[|,;@–-]|at|um|ab|às|à|as|om|alle|ore|ora|a las|kl\.?|klo|godz\.?|в|о|г\.|года|from|"
    r"starting|start|time:?|doors(?: open)?|einlass|"
    r"\(?(?!mid)[a-zäéû]{2,9}day\)?|\([^\W\d_]{1,4}\.?\)|[a-z]{2,3}\b\.?|r\.))*[\s,:]*",
    re.I,
)
_HOUR_BEHIND_DATE = re.compile(
    r"(?P<half>午前|午後|오전|오후|上午|下午)?\s?(?P<h>\d{1,2})\s?"
    r"(?:heures?|horas?|h|時|시|点)\s?(?:(?P<min>\d{2})(?:分|분)?)?(?![\w:.]\d|[^\W\d_])",
    re.I,
)
_LED_HOUR = re.compile(
    r"\b(?:ore|ora|alle|a las|à|às|kl\.?|klo|godz\.?|в|ab|um|om)\s(?P<h>\d{1,2})(?![\d:.,h])"
    r"(?P<late>\sde la (?:tarde|noche))?",
    re.I,
)
_ISO_TIME = re.compile(r"[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*(Z|[+-]\d{2}(?::?\d{2})?))?(?!\d)")
_COMPACT_TIME = re.compile(r"T(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}(?::?\d{2})?)?(?!\d)")
_DOORS = re.compile(r"\b(?:doors(?: open)?|einlass|portes|puertas|porte|deuren)(?: at| ab| um)?\s*:?\s*\Z", re.I)
_STARTS = re.compile(
    r"\b(?:shows?|starts?|begins?|concert|music|film|curtain|beginn|konzert|début|concierto|inicio|inizio|concerto|"
    r"aanvang|início)(?: at| um| à| a las| alle| às)?\s*:?\s*\Z",
    re.I,
)
_FIRST_HALF = frozenset({"a", "午前", "오전", "上午"})


class FoundTime(NamedTuple):
    time: dt.time
    start: int
    end: int


def is_of_doors(text: str, time: FoundTime) -> bool:
    """Whether a time is when people are let in: what they come for begins later."""
    return _DOORS.search(text, max(0, time.start - DOORS_WINDOW), time.start) is not None


def is_of_start(text: str, time: FoundTime) -> bool:
    """Whether a time is when something begins, by the word before it."""
    return _STARTS.search(text, max(0, time.start - DOORS_WINDOW), time.start) is not None


def find_times(text: str) -> list[FoundTime]:
    """Times of day. A bare number is none: a time has minutes, a half of the day, or is a word."""
    found: list[FoundTime] = []
    for match in TIME.finditer(text):
        time = _time_of(match)
        if time is not None:
            found.append(FoundTime(time, match.start(), match.end()))
    return found


def _time_of(match: re.Match[str]) -> dt.time | None:
    if match["noon"] or match["midnight"]:
        return dt.time(12 if match["noon"] else 0)
    half = (match["half"] or "").lower()[:1] or _half_of_range(match)
    if not half and not match["min"] and not match["hours"]:
        return None
    return _clock(int(match["h"]), int(match["min"] or 0), half)


def _half_of_range(match: re.Match[str]) -> str:
    """The half of the day that the end of a range tells of its start: "7-9 pm", "11:30 - 1:30 pm"."""
    end = _TO_HALF.match(match.string, match.end())
    if end is None or match["hours"]:
        return ""
    first, last, half = int(match["h"]) % 12, int(end["h"]) % 12, end["half"].lower()[0]
    if int(match["h"]) > 12:
        return ""
    return half if first <= last else {"p": "a", "a": "p"}[half]


def _clock(hour: int, minute: int, half: str) -> dt.time | None:
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (0 if half in _FIRST_HALF else 12)
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def moment_at(text: str, date: FoundDate) -> tuple[str, int]:
    """A found date in ISO 8601, with the time that follows it closely, if one does, and where the moment ends."""
    day = date.date.isoformat()
    rest = text[date.end : date.end + TIME_WINDOW + 12]
    iso = _ISO_TIME.match(rest) or _COMPACT_TIME.match(rest)
    if iso is not None and int(iso[1]) < 24 and int(iso[2]) < 60:
        return f"{day}T{iso[1]}:{iso[2]}:{iso[3] or '00'}{_zone(iso[4] or '')}", date.end + iso.end()
    gap = _AFTER_DATE.match(rest)
    found = _behind_date(rest, gap.end() if gap else 0)
    return (f"{day}T{found.time.isoformat()}", date.end + found.end) if found is not None else (day, date.end)


def _begun(rest: str, doors: FoundTime) -> FoundTime:
    """The time at which begins what the doors are opened for, where it is told behind theirs."""
    later = (time for time in find_times(rest) if time.start >= doors.end)
    return next((time for time in later if is_of_start(rest, time)), doors)


def _zone(spelled: str) -> str:
    """ "+0200", "+02" and "Z" as "+02:00" and "+00:00"."""
    zone = spelled.replace("Z", "+00:00").replace(":", "")
    return f"{zone[:3]}:{zone[3:] or '00'}" if zone else ""


def _behind_date(rest: str, at: int) -> FoundTime | None:
    """The time at a place that follows a date."""
    hour = _HOUR_BEHIND_DATE.match(rest, at)
    if hour is not None:
        time = _clock(int(hour["h"]), int(hour["min"] or 0), hour["half"] or "")
        return FoundTime(time, hour.start(), hour.end()) if time is not None else None
    match = TIME.match(rest, at)
    time = _time_of(match) if match is not None else None
    if match is not None and time is not None:
        found = FoundTime(time, match.start(), match.end())
        return _begun(rest, found) if is_of_doors(rest, found) else found
    led = _LED_HOUR.search(rest, 0, at + 24)
    if led is None or led.start("h") != at:
        return None
    time = _clock(int(led["h"]), 0, "p" if led["late"] else "")
    is_sure = time is not None and time.hour >= FIRST_OF_AFTERNOON
    return FoundTime(time, at, led.end()) if time is not None and is_sure else None
