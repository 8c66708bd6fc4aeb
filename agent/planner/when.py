"""Dates that a goal limits its things to."""

from __future__ import annotations

import re

from agent.planner.cuts import Cut, cut_of, unread
from agent.planner.either import MARK
from domain.dates import MONTHS
from domain.plans import Comparison, Condition

# Whole names alone: "mar" and "set" are words of their own in a goal.
_SHORT = frozenset({"may", "mai", "mei", "maj"})
LONG_MONTHS = frozenset(name for name in MONTHS if len(name) > 3 or name in _SHORT)
_MONTH = "|".join(sorted(map(re.escape, LONG_MONTHS), key=len, reverse=True))
BARE_MONTH = re.compile(
    rf"\b(?:open(?:ing)?\s+)?(?:in|during|im|en|nel|in|em|au mois de|à)\s+(?:{_MONTH})\b"
    rf"(?!(?:\s+(?:de|del|di))?\s+\d{{4}})"
    rf"(?:\s+(?:or|and|oder|und|ou|et|o|y|e|of|en)\s+(?:{_MONTH})\b(?:\s+\d{{4}})?)?",
    re.I,
)
_YEAR = r"(?:19|20)\d\d"
_ORDINAL = r"(?:st|nd|rd|th|er|º|\.)?"
_OF = r"(?:\s+(?:of|de|del|di))?"
# From the most to the least: a day, a month, a year.
_DATED = (
    rf"\d{{4}}(?:-\d\d){{0,2}}(?![\d-])|\d{{1,2}}{_ORDINAL}{_OF}\s+(?:{_MONTH})\b,?{_OF}\s+{_YEAR}|"
    rf"(?:{_MONTH})\s+\d{{1,2}}{_ORDINAL},?\s+{_YEAR}|(?:{_MONTH}){_OF}\s+{_YEAR}"
)
# Which year is meant is not said.
_YEARLESS = rf"(?:\d{{1,2}}{_ORDINAL}{_OF}\s+(?:{_MONTH})|(?:{_MONTH})(?:\s+\d{{1,2}}{_ORDINAL})?)\b"
_DAY = rf"(?:the\s+)?(?P<day>{_DATED}|{_YEARLESS})(?![\w-])"
_EVENTS = "founded|opened|built|established|launched|born"  # a date that has its own name among a thing's fields
_WHEN = (
    rf"(?:(?P<event>{_EVENTS}|posted|published|released|filed|added|made|held|dated|created|updated|decided|"
    rf"taking place|"
    r"starting|from)\s+)?"
)
_SINCE = (
    "since|newer than|starting(?: on| from)?|seit|depuis|desde(?: el)?|dal|sinds|ab(?: dem)?|dès|à partir d[eu]|"
    "a partir del?|от|с"
)
_BEFORE = "before|until|older than|earlier than|vor(?: dem)?|avant|antes de|prima del|voor|przed|до"
_MONTH_OR_YEAR = rf"{_YEAR}(?:-\d\d)?|(?:{_MONTH}){_OF}\s+{_YEAR}"
_DATES = (
    (rf"\b{_WHEN}(?:on\s+or\s+after|on\s+or\s+later\s+than)\s+{_DAY}", Comparison.AT_LEAST),
    (rf"\b{_WHEN}(?:on\s+or\s+before|no\s+later\s+than)\s+{_DAY}", Comparison.AT_MOST),
    (rf"\b{_WHEN}not? (?:earlier|older) than\s+{_DAY}", Comparison.AT_LEAST),
    (rf"\b{_WHEN}not? (?:later|newer|younger) than\s+{_DAY}", Comparison.AT_MOST),
    (
        rf"\b{_WHEN}(?:after|later than|nach(?: dem)?|après|después del?|dopo(?: il)?|na|после)\s+{_DAY}",
        Comparison.GREATER,
    ),
    (
        rf"\b{_WHEN}(?:{_SINCE})\s+{_DAY}(?: onwards?)?",
        Comparison.AT_LEAST,
    ),
    (
        rf"\b{_WHEN}(?:{_BEFORE})\s+{_DAY}",
        Comparison.LESS,
    ),
    # "in 2024", "on 5 May 2026": the date begins with it.
    (
        rf"\b{_WHEN}(?:in|during|from|of|im jahr|im|en|nel|em)\s+(?P<day>{_MONTH_OR_YEAR})\b",
        Comparison.EQUAL,
    ),
    (rf"\b{_WHEN}(?:on|am|le|el|il|op|em)\s+(?=\d|{_MONTH}){_DAY}", Comparison.EQUAL),
)
_RANGE = re.compile(
    rf"\b{_WHEN}(?:between|from|zwischen|vom|von|entre|de|tra|dal|tussen)\s+(?P<first>{_DATED}|{_YEARLESS}|\d{{1,2}}{_ORDINAL}(?=\D+\d))\s*"
    rf"(?:and|to|until|-|–|bis(?: zum)?|und|à|et|a|y|e|al|en|tot)\s*(?P<last>{_DATED}|{_YEARLESS})(?![\w-])",
    re.I,
)

# "the 1990s", "in den 1990er Jahren", "the '90s", "des années 90", "1990-х".
_DECADE = re.compile(
    rf"\b{_WHEN}(?:(?:in|from|of|during|aus|von|des|de|del|degli|dei|uit|van|dos|z|из)\s+)?"
    r"(?:(?:the|den|der|die|de|las?|los|les|gli|i)\s+)?(?:"
    r"(?P<full>(?:19|20)\d0)(?:['’]?s\b|er\b(?:[\s-]?jahren?\b)?|ern\b|-[хe]\b(?:\s+год\w+)?)|"
    r"(?:années|años|anni|jaren|anos|lat)\s+['’]?(?P<years>(?:19|20)?\d0)\b|"
    r"(?:(?<=the\s)['’]?|['’])(?P<short>[2-9]0)s\b|(?<=den\s)(?P<two>[2-9]0)ern\b)",
    re.I,
)
_FIRST_SHORT = 30  # "the 20s" are of this century
_BARE_YEAR = re.compile(
    rf"(?<=[^\W\d]\s)\(?(?P<year>{_YEAR})\)?(?=\s*$|\s*{MARK}|\s+(?:with|in|by|mit|avec|con|met|com|von)\b)", re.I
)


def bare_year(text: str, field: str) -> Cut | None:
    """`novels 2019`, of things that have a date. Behind a month it is no year of its own."""
    match = _BARE_YEAR.search(text) if field else None
    if match and text[: match.start()].casefold().split()[-1] in LONG_MONTHS:
        return None
    return cut_of(match, field, Comparison.EQUAL, match["year"]) if match else None


def _decade(match: re.Match[str], field: str) -> Cut:
    digits = match["full"] or match["years"] or match["short"] or match["two"]
    first = digits if len(digits) == 4 else f"{'20' if int(digits) < _FIRST_SHORT else '19'}{digits}"
    return _stretch(match, field, first, str(int(first) + 9))


def wished_date(text: str, field: str) -> Cut | None:
    """Dates without a year are cut and not read: which one is meant depends on the day of the search. `field` is empty
    where such things have no date: then that is read alone which names its own ("founded in 2020")."""
    if match := _RANGE.search(text):
        return _between(match, field)
    if match := _DECADE.search(text):
        return _decade(match, field)
    for pattern, comparison in _DATES:
        match = re.search(pattern, text, re.I)
        if match and (date := _iso(match["day"])):
            name = _field(match, field)
            return cut_of(match, name, comparison, date) if name else unread(match)
        if match:
            return unread(match)
    return None


def _field(match: re.Match[str], field: str) -> str:
    event = (match["event"] or "").lower()
    if field == "year":
        return field
    if field == "date_posted" and match[0].lower().startswith("starting"):
        return "start_date"
    return event if event in _EVENTS.split("|") else field


def _between(match: re.Match[str], field: str) -> Cut:
    """Both ends belong to it. The month and the year of the second hold for the first, where that names none."""
    last = _iso(match["last"])
    month = re.sub(r"^\d{1,2}\S*\s+", "", match["last"])
    spelled = (match["first"], f"{match['first']} {last[:4]}", f"{match['first']} {month}")
    return _stretch(match, field, next(filter(None, map(_iso, spelled)), ""), last)


def _stretch(match: re.Match[str], field: str, first: str, last: str) -> Cut:
    if not (first and last and first[:4] <= last[:4] and _field(match, field)):
        return unread(match)
    name, words = _field(match, field), match[0].strip(" ,;")
    low = Condition(field=name, comparison=Comparison.AT_LEAST, value=first, text=f"{words}: from {first}")
    high = Condition(field=name, comparison=Comparison.AT_MOST, value=last, text=f"{words}: to {last}")
    return Cut(conditions=(low, high), start=match.start(), end=match.end())


def _iso(text: str) -> str:
    """`"March 2024"` as `"2024-03"`, `"5. Mai 2026"` as `"2026-05-05"`; empty where no year is named,"
    " or no such day."""
    if re.fullmatch(r"\d{4}(?:-\d\d){0,2}", text):
        return text
    year = re.search(rf"\b{_YEAR}$", text.strip())
    month = next((MONTHS[word] for word in re.findall(r"[^\W\d_]+", text.lower()) if word in MONTHS), None)
    if year is None or month is None:
        return ""
    day = re.search(r"\b\d{1,2}(?!\d)", text[: text.rindex(year[0])])
    if day is None:
        return f"{year[0]}-{month:02d}"
    return f"{year[0]}-{month:02d}-{int(day[0]):02d}" if 1 <= int(day[0]) <= 31 else ""
