"""How long something takes, in whole minutes."""

from __future__ import annotations

import re
from fractions import Fraction

from domain.recognise import DURATION_PART, Span

MINUTES_PER_DAY = 1440
_ISO_PART = re.compile(r"(\d+(?:\.\d+)?)([YMWDHS])")
LONGEST = 1000 * 366 * MINUTES_PER_DAY
_ENDLESS = re.compile(r"\d{10}")
_VULGAR = {"¼": Fraction(1, 4), "½": Fraction(1, 2), "¾": Fraction(3, 4)}


def duration_minutes(span: Span) -> int | None:
    """Of a duration that was recognised: ISO 8601, a clock's form, or numbers with units. None past a thousand years:
    nothing takes so long."""
    text = span.text
    if _ENDLESS.search(text):
        return None
    minutes = _minutes(text)
    return minutes if minutes <= LONGEST else None


def _minutes(text: str) -> int:
    if text[:1] == "P":
        days, _, times = text[1:].partition("T")
        per_day = {
            "Y": 365 * MINUTES_PER_DAY,
            "M": 30 * MINUTES_PER_DAY,
            "W": 7 * MINUTES_PER_DAY,
            "D": MINUTES_PER_DAY,
        }
        per_time = {"H": 60.0, "M": 1.0, "S": 1 / 60}
        total = sum(float(n) * per_day.get(unit, 0) for n, unit in _ISO_PART.findall(days))
        return round(total + sum(float(n) * per_time.get(unit, 0) for n, unit in _ISO_PART.findall(times)))
    clock = re.fullmatch(r"(\d{1,3}):(\d\d)(?::(\d\d))?", text)
    if clock:  # h:mm:ss, else h:mm: the form of times needed, not of films' lengths in m:ss
        return int(clock[1]) * 60 + int(clock[2])
    total = Fraction(0)
    unit = Fraction(0)
    end = 0
    for part in DURATION_PART.finditer(text):
        unit = Fraction(MINUTES_PER_DAY if part["d"] else 60 if part["h"] else 1)
        total += _fraction(part["n"]) * unit
        end = part.end()
    rest = re.match(r"\s*(\d{1,2})\s*$", text[end:])
    if rest and unit == 60:  # "1h30"
        total += int(rest[1])
    return round(total)


def _fraction(text: str) -> Fraction:
    total = Fraction(0)
    for part in re.findall(r"\d+/\d+|\d+(?:[.,]\d+)?|[¼½¾]", text):
        try:
            total += _VULGAR.get(part) or Fraction(part.replace(",", "."))
        except ZeroDivisionError:
            return Fraction(0)
    return total
