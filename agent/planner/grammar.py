"""A small grammar of goals: what is wanted, of what kind, where, with which fields, how many.

It reads from the outside in: each step cuts out of the text what it understood, and what is left at the end names the
kind of thing. It is good at constraints and lists of fields, fair at the rest; what it did not understand is noted.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

from agent.planner import lexicon
from agent.planner.catalogue import EntityType, type_of
from agent.planner.constraints import BARE_MONTH, take_conditions
from agent.planner.entity import NUMBER_WORD, as_count, entity_of
from agent.words import fold, singular
from domain.fields import Field, FieldKind, make_field, words_of
from domain.plans import Comparison, Condition

_URL = re.compile(r"(?:\b(?:from|on|at|of|auf|von|sur|de|en|su|da)\s+)?(https?://[^\s<>\"']+)", re.I)
_SITE = re.compile(
    r"\b(?:(?:from|on|at|of|auf|von|sur|de|en|su|da)\s+)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?=[\s,;:!?)]|\.?$)", re.I
)
_ROWS = r"(?:rows?|results?|records?|entries|items|examples|einträge|ergebnisse|résultats|resultados|risultati)"
_COUNT_BOUND = (
    r"(?:at least|minimum(?: of)?|min\.?|no fewer than|up to|at most|max(?:imum)?\.?(?: of)?|limit(?:ed)?(?: to| of)?|"
    r"mindestens|höchstens|au moins|au plus|al menos|como máximo|almeno|al massimo)"
)
_COUNTS = (
    rf"[,(]?\s*\b{_COUNT_BOUND}\s+(?:the\s+)?{NUMBER_WORD}\b(?:\s+{_ROWS})?\)?",
    rf"[,(]?\s*\b(?:the\s+)?(?:top|first|best)\s+{NUMBER_WORD}\b\)?",
    rf"[,(]?\s*\b{NUMBER_WORD}\s+{_ROWS}\b\)?",
)
_PLACE_NAME = r"(?:[A-ZÀ-ÖØ-Þ][\w'’.-]*)"
_PLACE_LINK = r"(?:of|de|la|del|am|an der|upon|and|y|et|und)(?=\s+[A-ZÀ-ÖØ-Þ])"
# Before a capital they mean a place in a goal too short to tell its language: "museos en Madrid".
_FOREIGN = "en|à|au|im|bei|em|op|at"
# "musées de Marseille": in these languages a place follows its thing so, where the thing is one that has a place.
_OF_A_PLACE = re.compile(rf"\b(?:de|d'|di|do|da)\s*({_PLACE_NAME}(?:[\s-]{_PLACE_NAME})*)[\s?.!]*$")
_ROMANCE = frozenset({"es", "fr", "it", "pt"})
# A person who made it: "books by Ursula Le Guin".
_BY_SOMEBODY = re.compile(rf"\b(?:by|von|de|par|di|por)\s+({_PLACE_NAME}(?:\s+{_PLACE_NAME})+)(?=[\s,;.]|$)")
_MAKERS = ("author", "authors", "artist", "director")
# What "city of ..." and the like never mean: these are told of a thing, so the thing comes after the "of".
_TOLD_OF_THINGS = frozenset({"name", "price", "phone", "email", "address", "website", "rating", "url", "opening_hours"})
_LISTS_OF = frozenset(
    {"amenities", "authors", "categories", "features", "genres", "images", "ingredients", "languages"}
)
_MANY = _LISTS_OF | {"skills", "speakers", "tags"}
_NEAR_ME = re.compile(
    r"\b(?:near me|nearby|around here|in my area|in meiner nähe|près de chez moi|cerca de mí|vicino a me)\b", re.I
)
_RELATIVE_TIME = re.compile(
    r"\b(?:posted |published |released )?(?:from |in |over |within |during )?(?:the )?"
    r"(?:(?:last|past|next|this|coming) (?:\d+ )?(?:days?|weeks?|weekend|months?|years?)|today|tomorrow|yesterday)\b",
    re.I,
)


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """What a goal says. `entity` is in the singular; `fields` are those that it names, its thing's name first;
    `is_near`: things are wanted near the location, not in it."""

    entity: str
    type: EntityType
    fields: tuple[Field, ...] = ()
    count: int | None = None
    location: str = ""
    is_near: bool = False
    language: str = "en"
    conditions: tuple[Condition, ...] = ()
    urls: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def parse_goal(goal: str) -> Parsed:
    text = _Text(" ".join(goal.split()))
    language = lexicon.language_of(text.rest)
    urls = text.take_all(_URL, group=1)
    sites = tuple(site.lower() for site in text.take_all(_SITE, group=1))
    kind = type_of(_head(text.rest, language))
    makers = _maker(text, kind)
    conditions, text.rest = take_conditions(
        text.rest, _field_of(kind, FieldKind.DATE, "date"), _field_of(kind, FieldKind.PRICE, "price")
    )
    count = _count(text)
    phrases = [*_fields_before_of(text), *_fields_after_thing(text), *_field_phrases(text, language)]
    text.rest = lexicon.SITUATED.sub("", text.rest)
    notes = _unchecked(text)
    fields, qualifiers = _fields(phrases)
    location, is_near = _location(text, goal, language)
    if not location:
        location = _of_a_place(text, kind, language)
    if is_near:
        notes += (f"not checked: near {location}",)
    if match := text.take(r",.+$"):
        notes += (f"not understood: {match[0].strip(' ,')!r}",)
    entity = entity_of(text.rest, language)
    notes += tuple(f"not checked: {phrase!r}" for phrase in (*qualifiers, *entity.left_out))
    kind = type_of(entity.phrase)
    return Parsed(
        entity=entity.phrase,
        type=kind,
        fields=_with_name(fields, kind),
        count=count or entity.count,
        location=location,
        is_near=is_near,
        language=language,
        conditions=(*makers, *conditions),
        urls=tuple(url.rstrip(".,;:!?)") for url in urls),
        sites=sites,
        notes=notes,
    )


def _maker(text: _Text, kind: EntityType) -> tuple[Condition, ...]:
    """Who made it, where such things have a maker."""
    field = next((name for name in kind.fields if name in _MAKERS), "")
    match = text.take(_BY_SOMEBODY) if field else None
    if match is None:
        return ()
    return (Condition(field=field, comparison=Comparison.CONTAINS, value=match[1], text=match[0].strip()),)


class _Text:
    """What is not yet understood of the goal."""

    def __init__(self, rest: str) -> None:
        self.rest = rest

    def take(self, pattern: re.Pattern[str] | str) -> re.Match[str] | None:
        match = re.search(pattern, self.rest, 0 if isinstance(pattern, re.Pattern) else re.I)
        if match:
            self.rest = " ".join(f"{self.rest[: match.start()]} {self.rest[match.end() :]}".split())
        return match

    def take_all(self, pattern: re.Pattern[str], group: int = 0) -> tuple[str, ...]:
        found = []
        while (match := self.take(pattern)) is not None:
            found.append(match[group])
        return tuple(found)


def _field_phrases(text: _Text, language: str) -> list[str]:
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


def _phrases_after_with(text: _Text, language: str) -> list[str]:
    """After the first "with" that is followed by a field: "with a pool and with prices" names one."""
    for introduction in lexicon.WITH.finditer(text.rest):
        tail = text.rest[introduction.end() :]
        # The place may stand behind the fields: "with phone numbers in Berlin".
        place = _place(language).search(tail)
        listed, behind = (tail[: place.start()], tail[place.start() :]) if place else (tail, "")
        phrases = _split(listed)
        if (phrases and _known_field(phrases[0])) or sum(map(_known_field, phrases)) > 1:
            text.rest = f"{text.rest[: introduction.start()]} {behind}".strip()
            return phrases
    return []


def _phrases_after_commas(text: _Text) -> list[str]:
    """`"dentists in Berlin, name, phone"`."""
    head, *tail = (part.strip() for part in text.rest.split(","))
    fields = [part for part in tail if _known_field(re.sub(r"^(?:and|und|et|y|e)\s+", "", part))]
    if not fields or len(fields) < len(tail) - 1:
        return []
    if len(fields) > 1:  # in such company "feed url" is one as well
        fields = [part for part in tail if part in fields or _ends_as_field(part)]
    text.rest = ", ".join([head, *(part for part in tail if part not in fields)])
    return [phrase for part in fields for phrase in _split(part)]


def _fields_before_of(text: _Text) -> list[str]:
    """`"names and phone numbers of dentists"`."""
    bare = lexicon.VERB.sub("", text.rest)
    match = re.match(
        r"(?:all )?(?:the )?([^:;]{3,80}?)\s+(?:of|for|from|von|für|des?|di)\s+(?:all )?(?:the )?(.+)$", bare, re.I
    )
    if not match:
        return []
    phrases = _split(match[1])
    named = {name for phrase in phrases for name in _names_of(phrase)}
    if not phrases or not named <= _TOLD_OF_THINGS | set(lexicon.CONTACT):
        return []
    text.rest = match[2]
    return phrases


def _fields_after_thing(text: _Text) -> list[str]:
    """`"all product names and prices"`: the thing, and nothing but what is told of it."""
    bare = re.sub(r"^(?:all )?(?:the )?", "", lexicon.VERB.sub("", text.rest), flags=re.I)
    first, *others = _split(bare) or [""]
    words = first.split()
    told_of_things = _TOLD_OF_THINGS | set(lexicon.CONTACT)
    for cut in range(1, len(words) if others else 0):
        phrases = [" ".join(words[cut:]), *others]
        if {name for phrase in phrases for name in _names_of(phrase)} <= told_of_things:
            text.rest = " ".join(words[:cut])
            return phrases
    return []


def _split(listed: str) -> list[str]:
    phrases = []
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


def _known_field(phrase: str) -> bool:
    plain, key = fold(phrase), _key(phrase)
    if any(each in lexicon.FIELD_NAMES or each in lexicon.FIELD_GROUPS for each in (plain, key)):
        return True
    return bool(lexicon.FIELD_WORDS & {*plain.split(), *key.split()})


def _ends_as_field(phrase: str) -> bool:
    words = _key(phrase).split()
    return 1 < len(words) <= 3 and _known_field(words[-1])


def _fields(phrases: list[str]) -> tuple[tuple[Field, ...], list[str]]:
    """Fields by our names, and the phrases that are none. Where most phrases are fields, all are."""
    known = sum(map(_known_field, phrases))
    fields: dict[str, Field] = {}
    qualifiers = []
    for phrase in phrases:
        if not _known_field(phrase) and known * 2 < len(phrases):
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
    return (plain.replace(" ", "_")[:64],)


def _with_name(fields: tuple[Field, ...], kind: EntityType) -> tuple[Field, ...]:
    """What a thing is called is asked for even if the goal does not say so: a phone number alone is of no use."""
    if not fields or {field.name for field in fields} & {"name", "title", kind.fields[0]}:
        return fields
    return (make_field(kind.fields[0], required=True), *fields)


def _field_of(kind: EntityType, wanted: FieldKind, otherwise: str) -> str:
    return next((name for name in kind.fields if make_field(name).kind is wanted), otherwise)


def _count(text: _Text) -> int | None:
    for pattern in _COUNTS:
        if match := text.take(pattern):
            return as_count(match[1])
    return None


def _unchecked(text: _Text) -> tuple[str, ...]:
    """Demands that no rule can turn into a check: they stay in the search queries."""
    notes = []
    text.rest = lexicon.VERB.sub("", text.rest)
    if match := text.take(_NEAR_ME):
        notes.append(f"not understood: {match[0]!r}, because no place is known")
    times = (match for pattern in (_RELATIVE_TIME, BARE_MONTH) if (match := text.take(pattern)))
    notes += [f"not checked: {match[0].strip()!r}" for match in times]
    if (match := text.take(lexicon.CLAUSE)) and len(clause := match[0].strip(" .,;?!").split()) > 1:
        notes.append(f"not checked: {' '.join(clause)!r}")
    return tuple(notes)


@cache
def _place(language: str) -> re.Pattern[str]:
    """A preposition and capitalised words: a place, as goals with capitals write it."""
    return re.compile(
        rf"\b(?i:{lexicon.prepositions(language)}|{_FOREIGN})\s+(?:the\s+)?"
        rf"({_PLACE_NAME}(?:(?:,?\s+|-)(?:{_PLACE_NAME}|{_PLACE_LINK}))*)"
    )


@cache
def _place_in_small_letters(language: str) -> re.Pattern[str]:
    """The same at the end of a goal that has no capitals at all."""
    words = r"([\w'’.-]+(?:,?\s+[\w'’.-]+){0,3})"
    return re.compile(rf"\b(?:{lexicon.prepositions(language)})\s+(?:the\s+)?{words}\s*$", re.I)


def _location(text: _Text, goal: str, language: str) -> tuple[str, bool]:
    """The place, and whether near it is meant."""
    match = text.take(_place(language) if goal != goal.lower() else _place_in_small_letters(language))
    return (match[1].strip(" ,."), lexicon.NEAR.match(match[0]) is not None) if match else ("", False)


def _of_a_place(text: _Text, kind: EntityType, language: str) -> str:
    has_place = any(make_field(name).kind is FieldKind.ADDRESS for name in kind.fields)
    match = text.take(_OF_A_PLACE) if language in _ROMANCE and has_place else None
    return match[1].strip(" ,.") if match else ""


def _head(text: str, language: str) -> str:
    """The entity phrase, roughly: enough to tell what kind of thing the conditions are about."""
    ends = rf"\b(?:{lexicon.prepositions(language)}|under|over|with|from|published|posted|by)\b|[,:;(]"
    return entity_of(re.split(ends, text, maxsplit=1, flags=re.I)[0], language).phrase
