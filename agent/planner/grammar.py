"""A small grammar of goals: what is wanted, of what kind, where, with which fields, how many.

It reads from the outside in: each step cuts out of the text what it understood, and what is left at the end names the
kind of thing. It is good at constraints and lists of fields, fair at the rest; what it did not understand is noted.
"""

from __future__ import annotations

import re

import msgspec

from agent.planner import lexicon, where
from agent.planner.catalogue import UNKNOWN, EntityType, type_of
from agent.planner.constraints import take_conditions
from agent.planner.entity import NUMBER_WORD, as_count, entity_of
from agent.planner.goal_text import GoalText
from agent.planner.negation import NOT, negation_before, opposite
from agent.planner.when import BARE_MONTH
from agent.words import fold, singular
from domain.fields import Field, FieldKind, make_field, words_of
from domain.plans import Comparison, Condition

_URL = re.compile(r"(?:\b(?:from|on|at|of|auf|von|sur|de|en|su|da)\s+)?(https?://[^\s<>\"']+)", re.I)
_SITE = re.compile(
    r"\b(?:(?:from|on|at|of|auf|von|sur|de|en|su|da)\s+)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?=[\s,;:!?)]|\.?$)", re.I
)
_ROWS = r"(?:rows?|results?|records?|entries|items|examples|einträge|ergebnisse|résultats|resultados|risultati)"
_COUNT_BOUND = (
    r"(?:at least|minimum(?: of)?|min\.?|no fewer than|no more than|not more than|nicht mehr als|"
    r"pas plus de|no más de|up to|at most|max(?:imum)?\.?(?: of)?|limit(?:ed)?(?: to| of)?|"
    r"mindestens|höchstens|au moins|au plus|al menos|como máximo|almeno|al massimo)"
)
_COUNTS = (
    rf"[,(]?\s*\b{_COUNT_BOUND}\s+(?:the\s+)?{NUMBER_WORD}\b(?:\s+{_ROWS})?\)?",
    rf"[,(]?\s*\b(?:the\s+)?(?:top|first|best)\s+{NUMBER_WORD}\b\)?",
    rf"[,(]?\s*\b{NUMBER_WORD}\s+{_ROWS}\b\)?",
)
_PLACE_NAME = where.PLACE_NAME
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
    `is_near`: things are wanted near the location, not in it; `elsewhere`: not in these places."""

    entity: str
    type: EntityType
    fields: tuple[Field, ...] = ()
    count: int | None = None
    location: str = ""
    is_near: bool = False
    language: str = "en"
    conditions: tuple[Condition, ...] = ()
    elsewhere: tuple[where.Elsewhere, ...] = ()
    urls: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def parse_goal(goal: str) -> Parsed:
    text = GoalText(" ".join(goal.split()))
    language = lexicon.language_of(text.rest)
    urls = text.take_all(_URL, group=1)
    sites = tuple(site.lower() for site in text.take_all(_SITE, group=1))
    kind = type_of(_head(text.rest, language))
    unsaid: list[str] = []
    makers = _maker(text, kind, language, unsaid)
    taken = take_conditions(
        text.rest, _field_of(kind, FieldKind.DATE, "date"), _field_of(kind, FieldKind.PRICE, "price"), language
    )
    text.rest = lexicon.SITUATED.sub("", taken.rest)
    unsaid += taken.unsaid
    elsewhere = where.take_denied(text, goal, kind, language, unsaid)
    count = _count(text)
    phrases = [*_fields_before_of(text), *_fields_after_thing(text), *_field_phrases(text, language)]
    notes = _unchecked(text, language)
    fields, qualifiers = _fields(phrases)
    location, is_near = where.take_place(text, goal, kind, language)
    notes += _left_over(text, location if is_near else "")
    entity = entity_of(text.rest, language)
    notes += tuple(f"not checked: {phrase!r}" for phrase in (*unsaid, *qualifiers, *entity.left_out))
    kind = type_of(entity.phrase)
    parsed = Parsed(
        entity=_NO_THING.sub("", entity.phrase),
        type=kind,
        fields=_with_name(fields, kind),
        count=count or entity.count,
        location=location,
        is_near=is_near,
        language=language,
        conditions=(*makers, *taken.conditions),
        elsewhere=elsewhere,
        urls=tuple(url.rstrip(".,;:!?)") for url in urls),
        sites=sites,
        notes=notes,
    )
    return _without_demands(parsed, goal)


def _left_over(text: GoalText, near: str) -> tuple[str, ...]:
    """Notes on the place that things are wanted near, and on what stands behind the last comma that was not read."""
    notes = (f"not checked: near {near}",) if near else ()
    match = text.take(r",.+$")
    unread = match[0].strip(" ,") if match else ""
    return (*notes, f"not understood: {unread!r}") if unread else notes


_NO_THING = re.compile(r"(?:keine?[nmrs]?|aucune?s?|geen|nessun[oa]?|ning[uú]n[oa]?s?|nenhum(?:a|as|s)?)\s+", re.I)
_NOT_THING = re.compile(r"(?:no|not|none of|nicht|pas d[eu]s?|non)\s+(?:the\s+)?(?P<thing>\w+)", re.I)


def _denied_thing(goal: str) -> str:
    """The goal, where it says what is not wanted: "keine Hotels in Berlin", "no hotels". "No bake cakes" are wanted."""
    bare = lexicon.VERB.sub("", goal)
    said = _NOT_THING.match(bare)
    words = (said["thing"], singular(said["thing"].lower())) if said else ()
    return bare if _NO_THING.match(bare) or any(type_of(word) is not UNKNOWN for word in words) else ""


def _without_demands(parsed: Parsed, goal: str) -> Parsed:
    """What no thing is wanted for is no demand of the things that are."""
    denied = _denied_thing(goal)
    if not denied:
        return parsed
    notes = (*parsed.notes, f"not understood: {denied!r}")
    return msgspec.structs.replace(parsed, notes=notes, conditions=(), elsewhere=(), location="", is_near=False)


def _maker(text: GoalText, kind: EntityType, language: str, unsaid: list[str]) -> tuple[Condition, ...]:
    """Who made it, where such things have a maker. Words that deny it so that no condition says it are added to
    `unsaid`."""
    field = next((name for name in kind.fields if name in _MAKERS), "")
    match = _BY_SOMEBODY.search(text.rest) if field else None
    if match is None:
        return ()
    condition = Condition(field=field, comparison=Comparison.CONTAINS, value=match[1], text=match[0].strip())
    denied_from = negation_before(text.rest, match.start(), language)
    words = text.cut(match.start() if denied_from is None else denied_from, match.end())
    if denied_from is None:
        return (condition,)
    denied = opposite(condition, words)
    if denied is None:
        unsaid.append(words)
        return ()
    return (denied,)


def _field_phrases(text: GoalText, language: str) -> list[str]:
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
    fields = [part for part in tail if _known_field(re.sub(r"^(?:and|und|et|y|e)\s+", "", part))]
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


def _fields_after_thing(text: GoalText) -> list[str]:
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
        if _DENIED.match(phrase) or (not _known_field(phrase) and known * 2 < len(phrases)):
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


def _count(text: GoalText) -> int | None:
    for pattern in _COUNTS:
        if match := text.take(pattern):
            return as_count(match[1])
    return None


def _unchecked(text: GoalText, language: str) -> tuple[str, ...]:
    """Demands that no rule can turn into a check: they stay in the search queries."""
    notes = []
    text.rest = lexicon.VERB.sub("", text.rest)
    if match := text.take(_NEAR_ME):
        notes.append(f"not understood: {match[0]!r}, because no place is known")
    for pattern in (_RELATIVE_TIME, BARE_MONTH):
        if match := pattern.search(text.rest):
            denied_from = negation_before(text.rest, match.start(), language)
            words = text.cut(match.start() if denied_from is None else denied_from, match.end())
            notes.append(f"not checked: {words!r}")
    if (match := text.take(lexicon.CLAUSE)) and len(clause := match[0].strip(" .,;?!").split()) > 1:
        notes.append(f"not checked: {' '.join(clause)!r}")
    return tuple(notes)


def _head(text: str, language: str) -> str:
    """The entity phrase, roughly: enough to tell what kind of thing the conditions are about."""
    ends = rf"\b(?:{lexicon.prepositions(language)}|under|over|with|from|published|posted|by)\b|[,:;(]"
    return entity_of(re.split(ends, text, maxsplit=1, flags=re.I)[0], language).phrase
