"""Dates that a goal limits its things to."""

from __future__ import annotations

import re

from agent.planner.cuts import Cut, cut_of
from domain.dates import MONTHS
from domain.plans import Comparison

# Whole names alone: "mar" and "set" are words of their own in a goal.
_MONTH = "|".join(sorted((re.escape(name) for name in MONTHS if len(name) > 3 or name == "may"), key=len, reverse=True))
BARE_MONTH = re.compile(rf"\b(?:in|during|im|en|nel|in|em|au mois de|à)\s+(?:{_MONTH})\b(?!\s+\d{{4}})", re.I)
_DAY = rf"(\d{{4}}(?:-\d\d){{0,2}}|(?:{_MONTH})\s+\d{{4}})"
_EVENTS = "founded|opened|built|established|launched|born"  # a date that has its own name among a thing's fields
_WHEN = rf"(?:({_EVENTS}|posted|published|released|filed|added|made|held|dated|created|updated|from)\s+)?"
_YEAR = r"(?:19|20)\d\d"
_DATES = (
    (rf"\b{_WHEN}not? (?:earlier|older) than\s+{_DAY}", Comparison.AT_LEAST),
    (rf"\b{_WHEN}not? (?:later|newer|younger) than\s+{_DAY}", Comparison.AT_MOST),
    (rf"\b{_WHEN}(?:after|later than|nach|après|después de|dopo(?: il)?)\s+{_DAY}", Comparison.GREATER),
    (rf"\b{_WHEN}(?:since|newer than|starting|seit|depuis|desde|dal)\s+{_DAY}(?: onwards?)?", Comparison.AT_LEAST),
    (rf"\b{_WHEN}(?:before|until|older than|earlier than|vor|avant|antes de|prima del)\s+{_DAY}", Comparison.LESS),
    # "in 2024": the date begins with it.
    (
        rf"\b{_WHEN}(?:in|during|from|of|im jahr|im|en|nel|em)\s+({_YEAR}(?:-\d\d)?|(?:{_MONTH})\s+{_YEAR})\b",
        Comparison.EQUAL,
    ),
)


def wished_date(text: str, field: str) -> Cut | None:
    for pattern, comparison in _DATES:
        match = re.search(pattern, text, re.I)
        if match:
            named = (match[1] or "").lower()
            return cut_of(match, named if named in _EVENTS.split("|") else field, comparison, _iso(match[2]))
    return None


def _iso(text: str) -> str:
    """`"March 2024"` as `"2024-03"`."""
    month, _, year = text.lower().partition(" ")
    return f"{year.strip()}-{MONTHS[month]:02d}" if month in MONTHS else text
