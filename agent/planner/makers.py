"""Who made the things that a goal wants, or whom they are at: authors, brands, employers."""

from __future__ import annotations

import re

import msgspec

from agent.planner.catalogue import EntityType
from agent.planner.either import OR
from agent.planner.goal_text import GoalText
from agent.planner.negation import negation_before, opposite
from agent.planner.where import PLACE_NAME
from domain.place_names import country_of
from domain.plans import Comparison, Condition

_MADE = r"(?:(?:written|directed|made|sung|painted|produced|composed)\s+)?"
_WORDS = rf"{PLACE_NAME}(?:\s+{PLACE_NAME})*"
_ONE_OF = rf"({_WORDS}(?:\s+(?i:{OR})\s+{_WORDS})*)(?=[\s,;.!?\ue000-\uf8ff]|$)"
# "De" and "di" before one name are as often of a place or a subject: "libros de Madrid".
_FULL_NAME = re.compile(rf"\b(?:de|di)\s+({PLACE_NAME}(?:\s+{PLACE_NAME})+)(?=[\s,;.!?]|$)")
_BY = re.compile(rf"\b(?i:{_MADE}(?:by|von|par|por|da|van|av|af))\s+{_ONE_OF}")
_FROM = re.compile(rf"\b(?i:{_MADE}(?:from|by|von|de|par|di|da|por|van|od|firmy|от|av|af))\s+{_ONE_OF}")
_AT = re.compile(rf"\b(?i:at|bei|chez|bij)\s+{_ONE_OF}")
_MAKERS = {
    "author": (_FULL_NAME, _BY),
    "authors": (_FULL_NAME, _BY),
    "artist": (_FULL_NAME, _BY),
    "director": (_FULL_NAME, _BY),
    "brand": (_FROM,),
    "company": (_AT,),
    "organization": (_AT,),
}


def take_makers(text: GoalText, kind: EntityType, language: str, unsaid: list[str]) -> tuple[Condition, ...]:
    """Where things of this kind have a maker. Words that deny it so that no condition says it, and countries, are added
    to `unsaid`."""
    field = next((name for name in kind.fields if name in _MAKERS), "")
    matches = (pattern.search(text.rest) for pattern in _MAKERS.get(field, ()))
    match = next((each for each in matches if each), None)
    if match is None:
        return ()
    names = re.split(rf"\s+{OR}\s+", match[1].rstrip(".,"), flags=re.I)
    denied_from = negation_before(text.rest, match.start(), language)
    words = text.cut(match.start() if denied_from is None else denied_from, match.end())
    condition = None if any(map(country_of, names)) else _made_by(field, names, words)
    if condition is not None and denied_from is not None:
        condition = opposite(condition, words)
    if condition is None:
        unsaid.append(words)
        return ()
    return (condition,)


def _made_by(field: str, names: list[str], words: str) -> Condition:
    first, *others = (Condition(field=field, comparison=Comparison.CONTAINS, value=name) for name in names)
    return msgspec.structs.replace(first, text=words, alternatives=tuple(others))
