"""A plan without a model: the goal's grammar, the catalogue of types, and the query writer."""

from __future__ import annotations

from typing import Any

import msgspec

from agent.planner.catalogue import UNKNOWN, default_fields, type_in_a_place, type_of
from agent.planner.grammar import parse_goal
from agent.planner.lexicon import INFLECTED
from agent.planner.parsed import Parsed
from agent.planner.queries import write_queries
from agent.planner.where import Elsewhere, places_of
from domain.fields import MAX_FIELDS, Field, FieldKind, make_field, words_of
from domain.plans import Comparison, Condition, Plan, PlannedBy
from domain.requests import GoalRequest


def plan_by_rules(request: GoalRequest) -> Plan:
    """A URL and no goal leaves nothing to understand: the fields are the caller's, or whatever the page tells. What the
    caller gives of the plan takes the place of what the goal was understood to mean, and the rest follows from it."""
    given = request.given_parts()
    if not request.goal:
        fields, notes = _with_conditions(given.get("fields") or request.fields, given.get("conditions", ()))
        goal = (request.plan.goal if request.plan else "") or request.url
        plan = Plan(goal=goal, fields=fields, planned_by=PlannedBy.CALLER, notes=notes)
        return with_given(plan, given)
    parsed = with_parts(parse_goal(request.goal), given)
    fields, notes = planned_fields(request, parsed)
    conditions: tuple[Condition, ...] = given.get("conditions", parsed.conditions)
    if "conditions" not in given:
        is_named = bool(request.fields or parsed.fields or "fields" in given)
        checked = "" if parsed.is_near or parsed.language in INFLECTED else parsed.location
        places = place_conditions(checked, fields, is_named=is_named, language=parsed.language)
        elsewhere, unchecked = denied_places(parsed.elsewhere, fields, is_named=is_named)
        conditions = _on_asked_fields((*conditions, *places, *elsewhere), fields)
        notes = (*notes, *unchecked, *_inflected(parsed))
    fields, added = _with_conditions(fields, conditions)
    searches, is_as_told = not request.url, not given.keys() & {"entity", "location"}
    plan = Plan(
        goal=request.goal,
        fields=fields,
        planned_by=PlannedBy.RULES,
        entity=parsed.entity,
        location=parsed.location,
        language=parsed.language,
        queries=write_queries(request.goal, parsed, as_told=is_as_told) if searches else (),
        sources=_sources(parsed) if searches else (),
        conditions=conditions,
        count=parsed.count,
        notes=(*notes, *parsed.notes, *added),
    )
    return with_given(plan, given)


def with_parts(parsed: Parsed, given: dict[str, Any]) -> Parsed:
    """What was understood, put right by the caller: another thing is of another type, and has other fields."""
    named = {name: value for name, value in given.items() if name in {"entity", "location", "language", "count"}}
    if "entity" in named:
        named["type"] = type_of(named["entity"])
    if "location" in named:
        named["is_near"] = False
    return msgspec.structs.replace(parsed, **named)


def with_given(plan: Plan, given: dict[str, Any]) -> Plan:
    """The plan with the caller's parts, and a note that says which these are."""
    if not given:
        return plan
    # A condition's field was added to those given: it is read too.
    parts = {name: value for name, value in given.items() if name != "fields"}
    note = f"given by the caller: {', '.join(given)}"
    return msgspec.structs.replace(plan, **parts, notes=(*plan.notes, note))


def planned_fields(request: GoalRequest, parsed: Parsed) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """The caller's fields, else those that the goal names, else those of its kind of thing."""
    if "fields" in request.given_parts():
        return request.given_parts()["fields"], ()
    if request.fields:
        return request.fields, ()
    if parsed.fields:
        return parsed.fields, ()
    if parsed.type is UNKNOWN and request.url:
        return (), ()
    type_ = type_in_a_place(parsed.type) if parsed.location else parsed.type
    what = f"a {parsed.entity!r}" if parsed.entity else "what is wanted"
    if parsed.type is not UNKNOWN:
        note = f"fields are those of a {type_.name}: the goal names none"
    elif type_ is not UNKNOWN:
        note = f"fields are a guess, those of a {type_.name}: {what} is of no type in the catalogue, and is in a place"
    else:
        note = f"fields are a guess: {what} is of no type in the catalogue"
    return default_fields(type_), (note,)


def _sources(parsed: Parsed) -> tuple[str, ...]:
    return (*parsed.urls, *(f"https://{site}/" for site in parsed.sites))


def _on_asked_fields(conditions: tuple[Condition, ...], fields: tuple[Field, ...]) -> tuple[Condition, ...]:
    """Each condition on the field that the caller has for it: "price" is "price_per_night" where that is asked."""
    by_words = {frozenset(words_of(field.name)): field.name for field in fields}

    def on_asked(condition: Condition) -> Condition:
        words = frozenset(words_of(condition.field))
        name = next((name for known, name in by_words.items() if words <= known), condition.field)
        others = tuple(map(on_asked, condition.alternatives))
        return msgspec.structs.replace(condition, field=name, alternatives=others)

    return tuple(map(on_asked, conditions))


def _inflected(parsed: Parsed) -> tuple[str, ...]:
    """A page says "Kraków" of what a goal wants "w Krakowie"."""
    if not parsed.location or parsed.is_near or parsed.language not in INFLECTED:
        return ()
    return (
        f"not checked: {parsed.location!r}: its ending is not that of an address, so the place is left to the search",
    )


def place_conditions(
    location: str, fields: tuple[Field, ...], *, is_named: bool, language: str = "en"
) -> tuple[Condition, ...]:
    """That things must be where they are looked for, or in one of several places, checked on the field that tells where
    they are.

    Where fields were named and none of them tells a place, it is left to the search: an address that nobody asked for
    is no reason to open a page about each thing, nor to keep apart what a list tells without one.
    """
    tells = _tells_place(fields, is_named=is_named)
    if not location or not tells:
        return ()
    first, *others = (
        Condition(field=tells, comparison=Comparison.IN, value=place) for place in places_of(location, language)
    )
    return (msgspec.structs.replace(first, text=f"in {location}", alternatives=tuple(others)),)


def denied_places(
    elsewhere: tuple[Elsewhere, ...], fields: tuple[Field, ...], *, is_named: bool
) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    """That things must not be where the goal does not want them, on the same field; and notes on what is not checked,
    for no search leaves a place out."""
    tells = _tells_place(fields, is_named=is_named)
    if not tells:
        return (), tuple(f"not checked: {each.words!r}" for each in elsewhere)
    asked = (
        Condition(field=tells, comparison=Comparison.NOT_IN, value=each.place, text=f"not in {each.place}")
        for each in elsewhere
    )
    return tuple(asked), ()


def _tells_place(fields: tuple[Field, ...], *, is_named: bool) -> str:
    return next((field.name for field in fields if field.kind is FieldKind.ADDRESS), "" if is_named else "address")


def _with_conditions(
    fields: tuple[Field, ...], conditions: tuple[Condition, ...]
) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """A condition needs its field read."""
    known = {field.name for field in fields}
    added: list[Field] = []
    notes = []
    for condition in (each for joined in conditions for each in joined.either):
        if fields and condition.field not in known and len(known) < MAX_FIELDS:
            known.add(condition.field)
            added.append(make_field(condition.field))
            notes.append(f"{condition.field} is read too, to check {condition.label!r}")
    return (*fields, *added), tuple(notes)
