"""A small grammar of goals: what is wanted, of what kind, where, with which fields, how many.

It reads from the outside in: each step cuts out of the text what it understood, and what is left at the end names the
kind of thing. It is good at constraints and lists of fields, fair at the rest; what it did not understand is noted.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from agent.planner import japanese, lexicon, where
from agent.planner.abroad import parse_tongue
from agent.planner.catalogue import UNKNOWN, EntityType, type_of
from agent.planner.constraints import take_conditions
from agent.planner.courtesy import plain_digits, plainly
from agent.planner.either import OR, spaced
from agent.planner.entity import NUMBER_WORD, as_count, entity_of
from agent.planner.goal_text import GoalText
from agent.planner.leftover import unused_words
from agent.planner.makers import take_makers
from agent.planner.named_fields import corrections, field_phrases, fields_of
from agent.planner.negation import negation_before
from agent.planner.openings import ON_DAYS
from agent.planner.parsed import Parsed, date_field, field_of, with_name
from agent.planner.spelling import put_joints_right, put_right
from agent.planner.tongues import is_tongue
from agent.planner.traits import IN_STOCK, take_without
from agent.planner.when import BARE_MONTH
from agent.words import singular
from domain.fields import Field, FieldKind
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
_BOUND_COUNT = rf"[,(]?\s*\b{_COUNT_BOUND}\s+(?:the\s+)?{NUMBER_WORD}\b(?:\s+{_ROWS})?\)?"
_OF_THE_THING = (" with", " mit", " avec", " con", " met", " com", " and", " of", " for", " having", " has", " have")
_COUNTS = (
    rf"[,(]?\s*\b(?:the\s+)?(?:top|first|best)\s+{NUMBER_WORD}\b\)?",
    rf"[,(]?\s*\b{NUMBER_WORD}\s+{_ROWS}\b\)?",
)
_NEAR_ME = re.compile(
    r"\b(?:near me|nearby|around here|in my area|close to me|w pobliżu|рядом со мной|"
    r"in meiner nähe|près de chez moi|cerca de mí|vicino a me)\b",
    re.I,
)
_ORDER = re.compile(
    r"[,;]?\s*\b(?:(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?|sortiert|geordnet|triés?|triées?|ordenad[oa]s?|ordinat[ei]|"
    r"gesorteerd)\s+(?:by|nach|par|por|per|op)\s+[^,.;]+|(?:cheapest|newest|latest|oldest|best|nearest|most recent|"
    r"highest|lowest)(?: \w+)? first\b)",
    re.I,
)
_RELATIVE_TIME = re.compile(
    r"\b(?:posted |published |released )?(?:from |in |over |within |during )?(?:the )?"
    r"(?:(?:last|past|next|this|coming) (?:\d+ )?(?:days?|weeks?|weekend|months?|years?)|today|tomorrow|yesterday)\b",
    re.I,
)


def parse_goal(goal: str) -> Parsed:
    """What each part of it says; words that say nothing that the plan has are told in its notes. Never raises."""
    said = spaced(plainly(spaced(plain_digits(goal))))
    language = lexicon.language_of(said)
    joined = put_joints_right(said, language)
    plain, text = joined.goal, GoalText(joined.goal)
    urls, sites = _addresses(text)
    if is_tongue(language):
        return msgspec.structs.replace(parse_tongue(text, language), urls=urls, sites=sites)
    spelling = (*joined.notes, *_put_right(text, plain, language))
    read = _read(text, plain, language)
    parsed = msgspec.structs.replace(read, urls=urls, sites=sites, notes=(*spelling, *read.notes))
    return _accounted(_without_demands(parsed, plain), plain)


def _put_right(text: GoalText, plain: str, language: str) -> tuple[str, ...]:
    """Puts a misspelt thing right, and notes it."""
    if lexicon.is_unread(plain, language):
        return ()
    spelt = put_right(_head(text.rest, language), text.rest, language)
    if not spelt.said:
        return ()
    text.rest = re.sub(rf"\b{re.escape(spelt.said)}\b", spelt.meant, text.rest, count=1)
    return (f"{spelt.said!r} is taken for {spelt.meant!r}",)


def _read(text: GoalText, plain: str, language: str) -> Parsed:
    """From the outside in: order, demands, count, fields, place; what is left names the thing."""
    order = tuple(f"not done: {phrase.strip(' ,')!r}: results are not sorted" for phrase in text.take_all(_ORDER))
    demands = _demands(text, plain, language)
    count = _count(text, demands.kind)
    fields, unread = _named_fields(text, language)
    notes = (*order, *unread.corrected, *_unchecked(text, language))
    if lexicon.is_unread(plain, language):
        notes += ("not understood: the goal's language; it is searched for as it stands",)
    located = _place(text, plain, demands.kind, language)
    notes += _left_over(text, located)
    entity = entity_of(text.rest, language)
    notes += tuple(f"not checked: {phrase!r}" for phrase in (*demands.unsaid, *unread.qualifiers, *entity.left_out))
    kind = type_of(entity.phrase, language)
    return Parsed(
        entity=_NO_THING.sub("", entity.phrase),
        type=kind,
        fields=with_name(fields, kind),
        count=count or unread.count or entity.count,
        location=located.name or unread.place,
        is_near=located.is_near,
        offer=entity.offer,
        language=language,
        conditions=(*demands.conditions, *_of_thing(entity.phrase, demands.conditions)),
        elsewhere=demands.elsewhere,
        notes=notes,
    )


class _Demands(msgspec.Struct, frozen=True, kw_only=True):
    """What is demanded of a thing of this kind; `unsaid` are demands that no condition says."""

    kind: EntityType
    conditions: tuple[Condition, ...]
    elsewhere: tuple[where.Elsewhere, ...]
    unsaid: tuple[str, ...]


def _addresses(text: GoalText) -> tuple[tuple[str, ...], tuple[str, ...]]:
    urls = tuple(url.rstrip(".,;:!?)") for url in text.take_all(_URL, group=1))
    return urls, tuple(site.lower() for site in text.take_all(_SITE, group=1))


def _demands(text: GoalText, goal: str, language: str) -> _Demands:
    kind = type_of(_head(IN_STOCK.sub(" ", text.rest), language), language)
    unsaid: list[str] = []
    makers = take_makers(text, kind, language, unsaid)
    without = take_without(text, kind, unsaid)
    dated = date_field(kind)
    price = field_of(kind, FieldKind.PRICE, "price")
    taken = take_conditions(text.rest, dated, price, language, is_dated=dated in kind.fields)
    text.rest = lexicon.SITUATED.sub("", taken.rest)
    unsaid += taken.unsaid
    elsewhere = where.take_denied(text, goal, kind, language, unsaid)
    conditions = (*makers, *without, *(_of_kind(each, kind) for each in taken.conditions))
    return _Demands(kind=kind, conditions=conditions, elsewhere=elsewhere, unsaid=tuple(unsaid))


def _of_kind(condition: Condition, kind: EntityType) -> Condition:
    """A car's kilometres are those that it has run."""
    if condition.field == "distance" and "mileage" in kind.fields:
        return msgspec.structs.replace(condition, field="mileage")
    return condition


class _Unread(NamedTuple):
    """Phrases among the fields that name none, and a place and a count that stood with them."""

    qualifiers: tuple[str, ...]
    place: str = ""
    count: int | None = None
    corrected: tuple[str, ...] = ()


def _named_fields(text: GoalText, language: str) -> tuple[tuple[Field, ...], _Unread]:
    if language == "ja":
        parts = japanese.take_parts(text)
        fields, qualifiers = fields_of(list(parts.phrases))
        return fields, _Unread(tuple(qualifiers), parts.place, as_count(parts.count))
    phrases = field_phrases(text, language)
    fields, qualifiers = fields_of(phrases)
    return fields, _Unread(tuple(qualifiers), corrected=corrections(phrases))


class _Located(NamedTuple):
    name: str = ""
    is_near: bool = False
    note: str = ""


_OR_ELSE = re.compile(rf"^\s*{OR}\s+[^,.;]+?(?=\s+(?:with|mit|avec|con|met|com|for|under)\b|[,.;]|$)", re.I)


def _place(text: GoalText, goal: str, kind: EntityType, language: str) -> _Located:
    """Where "or" and something else than a place follows, the place is no demand: "in Berlin or remote"."""
    if language == "ja":
        return _Located()
    before = text.rest
    name, is_near = where.take_place(text, goal, kind, language)
    if not name:
        return _Located()
    behind = before[before.index(name) + len(name) :]
    if is_near or re.search(rf"\b{lexicon.NEAR.pattern}", name, re.I):  # "Leeds or near York"
        return _Located(name, is_near=True, note=f"near {name}")
    if where.is_placeless(kind):
        return _Located(name, is_near=True, note=f"in {name}")
    if other := _OR_ELSE.match(behind):
        text.rest = " ".join(text.rest.replace(other[0].strip(), " ", 1).split())
        return _Located(name, is_near=True, note=f"in {name}{other[0]}")
    return _Located(name)


_BEDROOMS = re.compile(rf"^(?:[^\W\d]+ ){{0,2}}{NUMBER_WORD}[- ]bed(?:room)?s?\b", re.I)


def _of_thing(phrase: str, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """A number that stands in the name of the thing: "2-bedroom flat". It stays in what is searched for."""
    match = _BEDROOMS.match(phrase)
    value = lexicon.number(match[1]) if match else None
    if match is None or value is None or any(each.field == "bedrooms" for each in conditions):
        return ()
    return (Condition(field="bedrooms", comparison=Comparison.EQUAL, value=value, text=match[0]),)


def _accounted(parsed: Parsed, goal: str) -> Parsed:
    if parsed.language == "ja":
        goal = japanese.without_courtesy(goal)
    places = (parsed.location, *(each.words for each in parsed.elsewhere))
    told = (parsed.entity, parsed.offer, *places, *parsed.notes, *parsed.urls, *parsed.sites)
    unused = unused_words(goal, told, parsed.fields, parsed.conditions, parsed.count)
    notes = tuple(f"not understood: {words!r}" for words in unused)
    return msgspec.structs.replace(parsed, notes=(*parsed.notes, *notes)) if notes else parsed


def _left_over(text: GoalText, located: _Located) -> tuple[str, ...]:
    """Notes on a place that is not checked, and on what stands behind the last comma that was not read."""
    notes = (f"not checked: {located.note}",) if located.note else ()
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


def _count(text: GoalText, kind: EntityType) -> int | None:
    if match := re.search(_BOUND_COUNT, text.rest, re.I):
        if not _is_of_list(text.rest, match, kind):
            return None
        text.cut(match.start(), match.end())
        return as_count(match[1])
    for pattern in _COUNTS:
        if match := text.take(pattern):
            return as_count(match[1])
    return None


def _is_of_list(text: str, match: re.Match[str], kind: EntityType) -> bool:
    """ "At least 30" is of the list where it begins the goal, ends a part of it, or stands before the thing; "with at
    least 60 m2" is of the thing."""
    before, behind = lexicon.VERB.sub("", text[: match.start()]), text[match.end() :].split()
    if before.casefold().rstrip().endswith(_OF_THE_THING):
        return False
    is_end = not behind or match[0].endswith(")") or re.match(r"[,.;:!?)]", text[match.end() :].strip())
    return bool(is_end or not before.strip() or (kind is not UNKNOWN and type_of(behind[0]) is kind))


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
    notes += [f"not checked: {words!r}" for words in text.take_all(ON_DAYS)]
    return tuple(notes)


def _head(text: str, language: str) -> str:
    """The entity phrase, roughly: enough to tell what kind of thing the conditions are about."""
    prepositions = lexicon.prepositions(language)
    ends = rf"\b(?:{prepositions}|under|over|with|from|published|posted|by|at|after|before|since|paying|"
    ends += r"starring|that|which|who|whose)\b|[,:;(]"
    return entity_of(re.split(ends, text, maxsplit=1, flags=re.I)[0], language).phrase
