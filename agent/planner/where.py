"""Where a goal wants its things to be, and where not."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from agent.planner import lexicon
from agent.planner.catalogue import UNKNOWN, EntityType
from agent.planner.goal_text import GoalText
from agent.planner.negation import NOT_ONLY, ONLY, denial
from agent.planner.when import LONG_MONTHS
from domain.fields import FieldKind, make_field
from domain.place_names import country_of, is_region

_CAPITAL = "A-ZÀ-ÖØ-ÞŁŚŹŻĆŃĘĄŠŽČŘĎŤŇŐŰİŞĞА-ЯЁІЇЄҐ"
PLACE_NAME = rf"(?:[{_CAPITAL}][\w'’.-]*)"
_PLACE_LINK = r"(?:of|de|la|del|am|an der|upon|and|y|et|und)(?=\s+[A-ZÀ-ÖØ-Þ])"
# Before a capital they mean a place in a goal too short to tell its language: "museos en Madrid".
_FOREIGN = "en|à|au|im|bei|em|op|at"
# "musées de Marseille": in these languages a place follows its thing so, where the thing is one that has a place.
_OF_A_PLACE = re.compile(rf"\b(?:de|d'|di|do|da)\s*({PLACE_NAME}(?:[\s-]{PLACE_NAME})*)[\s?.!]*$")
_FROM_A_PLACE = re.compile(rf"\b(?:from|aus|z|ze|из)\s+({PLACE_NAME}(?:[\s-]{PLACE_NAME})*)[\s?.!]*$")
_ROMANCE = frozenset({"es", "fr", "it", "pt"})
_OUTSIDE = (
    r"outside(?:\s+of)?|außerhalb(?:\s+von)?|ausserhalb(?:\s+von)?|en dehors d[eu]|hors d[eu]|fuera de|fuori d[ai]|"
    r"buiten|fora d[eo]"
)
_NAME = rf"{PLACE_NAME}(?:(?:\s+|-)(?:{PLACE_NAME}|(?:of|de|la|del|am|upon)(?=\s+[A-ZÀ-ÖØ-Þ])))*"
_OR_WORDS = {
    "de": "oder|bzw",
    "es": "o|u",
    "fr": "ou",
    "it": "o|oppure",
    "nl": "of",
    "pl": "lub|albo",
    "pt": "ou",
    "ru": "или",
}
_AND_WORDS = {
    "de": "und|sowie",
    "es": "y|e",
    "fr": "et",
    "it": "e|ed",
    "nl": "en",
    "pl": "i|oraz",
    "pt": "e",
    "ru": "и",
}
MAX_PLACES = 8
_AND_ALSO = r"(?i:,?\s+(?:and|or|nor|und|oder|noch|et|ou|ni|y|o|e|en|of)\s+(?:(?:in|à|en|a|em)\s+)?)"
_BEING = rf"(?:\s+(?:\w+ly|{ONLY}))?(?:\s+(?:be|being|están?|sono|est|estão|ficam?|located|based|située?s?))?"


class Elsewhere(NamedTuple):
    """A place that things must not be in, and the goal's words for it."""

    place: str
    words: str


@cache
def place_pattern(language: str) -> re.Pattern[str]:
    """A preposition and capitalised words: a place, as goals with capitals write it; or several, joined."""
    prepositions = f"(?i:{lexicon.prepositions(language)}|{_FOREIGN})"
    also = rf"(?i:{_either(language)}|{_both(language)})(?:\s+{prepositions})?(?:\s+the)?(?=\s+[^\W\d_a-zß-öø-ÿ])"
    return re.compile(
        rf"\b{prepositions}\s+(?:the\s+)?"
        rf"({PLACE_NAME}(?:(?:,?\s+|-|\s*/\s*)(?:{PLACE_NAME}|{_PLACE_LINK}|{also}))*)"
    )


def _either(language: str) -> str:
    return f"or|{_OR_WORDS[language]}" if language in _OR_WORDS else "or"


def _both(language: str) -> str:
    return f"and|&|{_AND_WORDS[language]}" if language in _AND_WORDS else "and|&"


def places_of(location: str, language: str = "en") -> tuple[str, ...]:
    """Each place that is wanted, one being enough: "Hull or Leeds". "And" joins places and stands in names ("Tyne and
    Wear"): the whole is a place as well."""
    if country_of(location):
        return (location,)
    found: list[str] = []
    before = rf"(?:(?:{lexicon.prepositions(language)})\s+)?"
    for part in re.split(rf"\s*,?\s+(?:{_either(language)})\s+{before}|\s*/\s*", location, flags=re.I):
        joined = re.split(rf"\s*,?\s+(?:{_both(language)})\s+{before}", part, flags=re.I)
        found += [part] * (len(joined) > 1 and "," not in part) + joined
    return tuple(dict.fromkeys(name for each in found for name in _listed(each, found) if name))[:MAX_PLACES]


def _listed(name: str, beside: list[str]) -> list[str]:
    """ "Berlin, Hamburg" before "or Munich" are two; "Austin, Texas" before "or Portland, Oregon" is one, as is a town
    with its state or country."""
    parts = [part.strip(" .") for part in name.split(",")]
    is_list = len(beside) > 1 and len(parts) > 1 and not beside[-1].count(",") and not is_region(parts[-1])
    return parts if is_list else [name.strip(" ,.")]


@cache
def _place_in_small_letters(language: str) -> re.Pattern[str]:
    """The same at the end of a goal that has no capitals at all."""
    words = r"([\w'’.-]+(?:,?\s+[\w'’.-]+){0,3})"
    return re.compile(rf"\b(?:{lexicon.prepositions(language)})\s+(?:the\s+)?{words}\s*$", re.I)


@cache
def _denied_pattern(language: str, *, is_small: bool) -> re.Pattern[str]:
    """Of "not in York" and "outside York"; in a goal without capitals at its end alone."""
    names = r"[\w'’.-]+(?:\s+[\w'’.-]+){0,3}\s*$" if is_small else rf"{_NAME}(?:{_AND_ALSO}{_NAME})*"
    prepositions = f"{lexicon.prepositions(language)}|{_FOREIGN}"
    return re.compile(
        rf"(?i:{denial(language)}{_BEING}\s+(?P<how>{prepositions})|\bnon\s+ad?|\b(?:{_OUTSIDE}))"
        rf"\s+(?i:the\s+)?(?P<place>{names})"
    )


def take_denied(text: GoalText, goal: str, kind: EntityType, language: str, unsaid: list[str]) -> tuple[Elsewhere, ...]:
    """The places that things must not be in. Where a thing of this kind has no place, "in" says something else of it:
    such words, and those of "not near", are added to `unsaid`."""
    is_small = goal == goal.lower()
    has_place = _has_place(kind) or (kind is UNKNOWN and not is_small)
    found: list[Elsewhere] = []
    pattern = _denied_pattern(language, is_small=is_small)
    while (match := pattern.search(text.rest)) is not None:
        words = text.cut(match.start(), match.end())
        if not has_place or NOT_ONLY.search(words) or (match["how"] and lexicon.NEAR.match(match["how"])):
            unsaid.append(words)
            continue
        named = match["place"].strip(" ,.")
        places = [named] if country_of(named) else re.split(_AND_ALSO, named)
        found += [Elsewhere(place.strip(" ,."), words) for place in places]
    return tuple(found)


def take_place(text: GoalText, goal: str, kind: EntityType, language: str) -> tuple[str, bool]:
    """The place, and whether near it is meant."""
    is_small = goal == goal.lower()
    if is_small and kind is not UNKNOWN and not _has_place(kind):
        return "", False  # "courses in machine learning"
    match = _take_named(text, _place_in_small_letters(language) if is_small else place_pattern(language), kind)
    if match:
        return match[1].strip(" ,."), lexicon.NEAR.match(match[0]) is not None
    if _has_place(kind) and (match := text.take(_FROM_A_PLACE)):
        return match[1].strip(" ,."), False  # "startups from Estonia"
    match = text.take(_OF_A_PLACE) if language in _ROMANCE and _has_place(kind) else None
    return (match[1].strip(" ,.") if match else ""), False


# What people work in, study and speak, and goals say "in" of.
_SUBJECTS_WORDS = """
    python java javascript typescript sql excel rust php photoshop
    it hr ai marketing sales finance accounting banking insurance retail logistics hospitality tourism
    healthcare nursing medicine law education teaching engineering software design media advertising
    journalism construction manufacturing consulting research science technology tech gaming fintech
    biotech history literature peace art arts music theatre philosophy theology
"""
_SUBJECTS = frozenset(_SUBJECTS_WORDS.split())
_OF_SUBJECTS = re.compile(
    r"\w{3,}(?:ics|ology|istry|nomy|omics)|.+ (?:management|engineering|learning|science|sciences)"
)
_LANGUAGES_WORDS = """
    english german french spanish italian portuguese dutch polish russian japanese chinese korean arabic
    turkish swedish danish norwegian finnish greek hebrew hindi latin ukrainian czech hungarian
"""
_LANGUAGES = frozenset(_LANGUAGES_WORDS.split())


# "à vendre", "near the beach"
_OFFERED = frozenset({"vendre", "louer", "acheter"})
_WHOSE = frozenset({"their", "his", "her", "my", "our"})  # "founders in their 30s"
_SIGHTS = frozenset(
    {"beach", "sea", "lake", "river", "station", "train station", "airport", "city centre", "city center", "centre"}
)


def _is_no_place(name: str, kind: EntityType) -> bool:
    """A month or a language is none; nor is a trade, where things of this kind are in trades: "jobs in Marketing"."""
    words = name.casefold().strip(" ,.").split()
    if (
        not words
        or words[0] in LONG_MONTHS | _OFFERED | _WHOSE
        or set(words) <= _LANGUAGES
        or " ".join(words) in _SIGHTS
    ):
        return True
    is_of_address = "address" in kind.fields or kind is UNKNOWN
    return not is_of_address and (" ".join(words) in _SUBJECTS or _OF_SUBJECTS.fullmatch(" ".join(words)) is not None)


def is_placeless(kind: EntityType) -> bool:
    """A work has no address; goods have that of their seller, courses that of their school."""
    return kind is not UNKNOWN and not _has_place(kind) and kind.name not in {"Product", "Car", "Course"}


def _take_named(text: GoalText, pattern: re.Pattern[str], kind: EntityType) -> re.Match[str] | None:
    match = next((each for each in pattern.finditer(text.rest) if not _is_no_place(each[1], kind)), None)
    if match:
        text.cut(match.start(), match.end())
    return match


def _has_place(kind: EntityType) -> bool:
    return any(make_field(name).kind is FieldKind.ADDRESS for name in kind.fields)
