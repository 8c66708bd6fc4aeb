"""What a goal says, and what things of a kind call their name, their price and their date."""

from __future__ import annotations

import msgspec

from agent.planner.catalogue import UNKNOWN, EntityType
from agent.planner.where import Elsewhere
from agent.words import plural
from domain.fields import Field, FieldKind, make_field
from domain.plans import Condition


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """What a goal says. `entity` is in the singular; `fields` are those that it names, its thing's name first;
    `is_near`: things are wanted near the location, not in it; `elsewhere`: not in these places; `offer`: "to rent"."""

    entity: str
    type: EntityType
    fields: tuple[Field, ...] = ()
    count: int | None = None
    location: str = ""
    is_near: bool = False
    offer: str = ""
    language: str = "en"
    conditions: tuple[Condition, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    urls: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def with_name(fields: tuple[Field, ...], kind: EntityType) -> tuple[Field, ...]:
    """What a thing is called is asked for even if the goal does not say so: a phone number alone is of no use."""
    fields = tuple(_as_of_kind(field, kind) for field in fields)
    if not fields or {field.name for field in fields} & {"name", "title", kind.fields[0]}:
        return fields
    return (make_field(kind.fields[0], required=True), *fields)


def _as_of_kind(field: Field, kind: EntityType) -> Field:
    """A paper has several authors: the field has the name that this kind of thing has for it."""
    many = plural(field.name)
    if field.name in kind.fields or many not in kind.fields:
        return field
    return make_field(many, "list", required=field.required, synonyms=(*field.synonyms, field.name))


# Of people and firms a date is that of what the goal says of them: "who won since 2010".
_OF_AN_EVENT = frozenset({"Person", "Organization"})


def date_field(kind: EntityType) -> str:
    """Empty where things of this kind have no date."""
    otherwise = "date" if kind is UNKNOWN or kind.name in _OF_AN_EVENT else ""
    return field_of(kind, FieldKind.DATE, "year" if "year" in kind.fields else otherwise)


def field_of(kind: EntityType, wanted: FieldKind, otherwise: str) -> str:
    return next((name for name in kind.fields if make_field(name).kind is wanted), otherwise)
