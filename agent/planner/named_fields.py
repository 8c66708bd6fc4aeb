"""The fields that a goal names, wherever its list of them stands."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache

from agent.planner import lexicon, where
from agent.planner.catalogue import UNKNOWN, type_of
from agent.planner.goal_text import GoalText
from agent.planner.negation import NOT
from agent.words import fold, singular
from domain.fields import Field, make_field, words_of

# What "city of ..." and the like never mean: these are told of a thing, so the thing comes after the "of".
_TOLD_OF_THINGS = frozenset({"name", "price", "phone", "email", "address", "website", "rating", "url", "opening_hours"})
_LISTS_OF = frozenset(
    {"amenities", "authors", "categories", "features", "genres", "images", "ingredients", "languages"}
)
_MANY = _LISTS_OF | {"skills", "speakers", "tags"}
_MADE_BY = frozenset({"from", "von", "de", "des", "di"})


def field_phrases(text: GoalText, language: str) -> list[str]:
    """Every phrase that names a field, cut out of the text."""
    return [*_fields_before_of(text), *_fields_after_thing(text), *_listed_fields(text, language)]


def _listed_fields(text: GoalText, language: str) -> list[str]:
    """The phrases of the goal's list of fields, however it is introduced."""
    if match := text.take(lexicon.EXPLICIT_FIELDS):
        return _split(match[1])
    if match := text.take(lexicon.TAIL):
        return _split(match[1])
    for brackets in re.finditer(r"\(([^)]{4,200})\)", text.rest):
        phrases = _split(brackets[1])
        if len(phrases) > 1 and any(map(_known_field, phrases)):
            text.take(re.escape(brackets[0]))
            return phrases
    for introduction in (r":\s+(.+)$", r"\s[-–]\s(.+)$"):
        match = re.search(introduction, text.rest)
        if match and any(map(_known_field, _split(match[1]))):
            text.take(introduction)
            return _split(match[1])
    return _phrases_after_with(text, language) or _phrases_after_commas(text)


def _phrases_after_with(text: GoalText, language: str) -> list[str]:
    """After the first "with" that is followed by a field: "with a pool and with prices" names one."""
    for introduction in lexicon.WITH.finditer(text.rest):
        tail = text.rest[introduction.end() :]
        if introduction[0].strip(" ,").isupper():
            continue  # "MIT" is an institute
        # The place may stand behind the fields: "with phone numbers in Berlin".
        place = where.place_pattern(language).search(tail)
        listed, behind = (tail[: place.start()], tail[place.start() :]) if place else (tail, "")
        phrases = _split(listed)
        if (phrases and _known_field(phrases[0])) or sum(map(_known_field, phrases)) > 1:
            text.rest = f"{text.rest[: introduction.start()]} {behind}".strip()
            return phrases
    return []


def _phrases_after_commas(text: GoalText) -> list[str]:
    """`"dentists in Berlin, name, phone"`."""
    head, *tail = (part.strip() for part in text.rest.split(","))
    fields = [part for part in tail if (phrases := _split(part)) and all(map(_known_field, phrases))]
    if not fields or len(fields) < len(tail) - 1:
        return []
    if len(fields) > 1:  # in such company "feed url" is one as well
        fields = [part for part in tail if part in fields or _ends_as_field(part)]
    text.rest = ", ".join([head, *(part for part in tail if part not in fields)])
    return [phrase for part in fields for phrase in _split(part)]


def _fields_before_of(text: GoalText) -> list[str]:
    """`"names and phone numbers of dentists"`."""
    bare = lexicon.VERB.sub("", text.rest)
    match = re.match(
        r"(?:all )?(?:the )?([^:;]{3,80}?)\s+(of|for|from|von|für|des?|di)\s+(?:all )?(?:the )?(.+)$", bare, re.I
    )
    if not match:
        return []
    phrases = _split(match[1])
    if match[2].lower() in _MADE_BY and type_of(match[1]) is not UNKNOWN and type_of(match[3]) is UNKNOWN:
        return []  # "phones from Nokia" are things
    named = {name for phrase in phrases for name in _names_of(phrase)}
    if not phrases or not named <= _TOLD_OF_THINGS | set(lexicon.CONTACT):
        return []
    text.rest = match[3]
    return phrases


def _fields_after_thing(text: GoalText) -> list[str]:
    """`"all product names and prices"`: the thing, and nothing but what is told of it."""
    bare = re.sub(r"^(?:all )?(?:the )?", "", lexicon.VERB.sub("", text.rest), flags=re.I)
    first, *others = _split(bare) or [""]
    words = first.split()
    told_of_things = _TOLD_OF_THINGS | set(lexicon.CONTACT)
    for cut in range(1, len(words) if others else 0):
        phrases = [" ".join(words[cut:]), *others]
        if {name for phrase in phrases for name in _names_of(phrase)} <= told_of_things:
            text.rest = lexicon.WITH.sub("", f"{' '.join(words[:cut])} ").strip()
            return phrases
    return []


_BUT_NOT = re.compile(rf"\s*(?:,\s*)?\b(?:but|aber|mais|pero|ma|maar|mas)\s+(?=(?:{NOT}|no)\b)", re.I)
_DENIED = re.compile(rf"(?:{NOT}|no|sin|sem)\s", re.I)


def _split(listed: str) -> list[str]:
    phrases = []
    listed = _BUT_NOT.sub(", ", listed)
    listed = re.sub(r"[\s,]+(?:and|und|et|y|e)?[\s,.]*$", "", listed)
    for part in lexicon.AND.split(listed):
        phrase = re.sub(
            r"\b(?:for each(?: one| of them)?|per record|if (?:any|available|possible)|where available)\b",
            "",
            part,
            flags=re.I,
        )
        phrase = re.sub(
            r"^(?:(?:and|the|their|its|his|her|a|an|also|of|ihre[nr]?|leurs?|sus?|i loro|il|la|le|les|los|las|el|os|as|"
            r"der|die|"
            r"das|de|het|hun)\s+)+",
            "",
            phrase.strip(" .:?!()-\"'"),
            flags=re.I,
        )
        if words_of(phrase) and len(phrase) <= 60 and len(phrase.split()) <= 5:
            phrases.append(phrase.strip())
    return phrases


def _key(phrase: str) -> str:
    return " ".join(singular(word) for word in fold(phrase).split())


# What stands before these is their value: "MIT license", "Italian cuisine".
_VALUED = frozenset({"license", "cuisine", "material", "colour", "color", "fuel", "genre"})
_WHICH = frozenset({"main", "primary", "full", "original", "exact", "software", "body", "hair", "eye"})
_BOUNDED = re.compile(
    r"(?:at least|at most|up to|more than|less than|over|under|min\.?|max\.?)\s+\d|(?!(?:19|20)\d\d\b)\d"
)


def _is_demand(phrase: str) -> bool:
    words = _key(phrase).split()
    is_value = (
        len(words) > 1 and words[-1] in _VALUED and words[0] not in _WHICH and _key(phrase) not in lexicon.FIELD_NAMES
    )
    return is_value or _BOUNDED.match(phrase.casefold()) is not None


# Words of their own that are near the name of a field.
_NO_TYPOS = frozenset("county contract prize brandy curator actor racing".split())  # noqa: SIM905
_NEAR = 0.84  # of letters in their order, of both words
_SHORTEST = 5


@cache
def _corrected(key: str) -> str:
    """The name of a field that a phrase misspells; empty where it spells one, or is near none."""
    if len(key) < _SHORTEST or key in _NO_TYPOS or key in lexicon.FIELD_NAMES or key in lexicon.FIELD_GROUPS:
        return ""
    if lexicon.FIELD_WORDS & set(key.split()) and len(key.split()) == 1:
        return ""
    near = get_close_matches(key, lexicon.FIELD_NAMES, n=1, cutoff=_NEAR)
    if near and near[0][0] == key[0] and len(near[0].split()) == len(key.split()):
        return lexicon.FIELD_NAMES[near[0]]
    return ""


def corrections(phrases: list[str]) -> tuple[str, ...]:
    """Notes on the phrases that were read as misspelt names of fields."""
    return tuple(f"{phrase!r} is taken for {name}" for phrase in phrases if (name := _corrected(_key(phrase))))


def _known_field(phrase: str) -> bool:
    plain, key = fold(phrase), _key(phrase)
    if _is_demand(phrase):
        return False
    if _corrected(key):
        return True
    if any(each in lexicon.FIELD_NAMES or each in lexicon.FIELD_GROUPS for each in (plain, key)):
        return True
    return bool(lexicon.FIELD_WORDS & {*plain.split(), *key.split()})


def _ends_as_field(phrase: str) -> bool:
    words = _key(phrase).split()
    return 1 < len(words) <= 3 and _known_field(words[-1])


def fields_of(phrases: list[str]) -> tuple[tuple[Field, ...], list[str]]:
    """Fields by our names, and the phrases that are none. Where most phrases are fields, all are."""
    known = sum(map(_known_field, phrases))
    fields: dict[str, Field] = {}
    qualifiers = []
    for phrase in phrases:
        if _DENIED.match(phrase) or _is_demand(phrase) or (not _known_field(phrase) and known * 2 < len(phrases)):
            qualifiers.append(phrase)
            continue
        for name in _names_of(phrase):
            synonyms = () if fold(phrase) == name.replace("_", " ") else (phrase.lower(),)
            many = "list" if name in _MANY else None
            fields.setdefault(name, make_field(name, many, required=True, synonyms=synonyms))
    return tuple(fields.values()), qualifiers


def _names_of(phrase: str) -> tuple[str, ...]:
    plain, key = fold(phrase), _key(phrase)
    for each in (plain, key):
        if each in lexicon.FIELD_GROUPS:
            return lexicon.FIELD_GROUPS[each]
        if each in lexicon.FIELD_NAMES:
            return (lexicon.FIELD_NAMES[each],)
    return (_corrected(key) or plain.replace(" ", "_")[:64],)
