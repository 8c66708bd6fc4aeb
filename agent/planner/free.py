"""Things that a goal wants for nothing: "free entry", "gratis Konzerte"."""

from __future__ import annotations

import re

from agent.planner.cuts import Cut, cut_of
from domain.plans import Comparison

_FREE_WORDS = (
    "free (?:entry|admission|entrance|tickets?|of charge|to (?:enter|visit|attend))|"
    "(?:entry|admission|entrance) is free|no (?:entry|entrance|admission) fees?|freie[mnr]? eintritt|"
    "eintritt(?: ist)? frei|entrées? (?:libre|gratuite)s?|entrada (?:libre|gratuita|gratis)|"
    "ingresso (?:libero|gratuito)|gratis toegang"
)
# What "free" is said of: a "free event" costs nothing, "free software" and "free range eggs" are something else.
_VISITED = (
    "events?|concerts?|museums?|exhibitions?|workshops?|webinars?|courses?|classes|tours?|festivals?|lectures?|"
    "meetups?|"
    "konzerte?n?|veranstaltungen|museen|kurse|ausstellungen|concerti|corsi|musei|mostre"
)
_FREE = (
    rf"\b(?:with |mit |avec |con )?(?:{_FREE_WORDS})\b",
    rf"\b(?:free|kostenlose[nr]?|gratuite?s?|gratuit[oai]s?|gratis)\s+(?=(?:[\w-]+ ){{0,2}}(?:{_VISITED})\b)",
    r"(?<=\bor )free\b(?=\s|$)",
    r"(?<=\w) (?:gratuite?s?|gratuit[oai]s?|kostenlos|gratis)(?=\s|$)",
)


def wished_free(text: str, field: str) -> Cut | None:
    """`field` is what such things call their price."""
    for pattern in _FREE:
        if match := re.search(pattern, text, re.I):
            return cut_of(match, field, Comparison.EQUAL, 0.0)
    return None
