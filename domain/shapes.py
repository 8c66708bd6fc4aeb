"""A record's values in the shape that its caller asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.fields import Field, JsonType
from domain.records import Value


def shape(values: Mapping[str, Value], fields: Sequence[Field]) -> dict[str, Any]:
    """A record's values in the shape that `fields` ask for: each of them, and nothing else.

    What is missing, or cannot be told in the asked JSON type, is null; of a list it is left out. An object may lie in
    `values` as a dict, or flat, as `seller.name`. Without fields, the values as they are.
    """
    if not fields:
        return dict(values)
    return {field.name: _shaped(_lying(values, field), field) for field in fields}


def _lying(values: Mapping[str, Value], field: Field) -> Value | None:
    """What `values` have for a field; for an object that lies flat, its parts."""
    if field.name in values or not field.children:
        return values.get(field.name)
    prefix = f"{field.name}."
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)} or None


def _shaped(value: Value | None, field: Field) -> Any:
    if field.many:
        items = value if isinstance(value, list) else [] if value is None else [value]
        return [told for item in items if (told := _one(item, field)) is not None]
    return _one(value[0] if isinstance(value, list) and value else value, field)


def _one(value: Any, field: Field) -> Any:
    if field.children:
        return shape(value, field.children) if isinstance(value, Mapping) else None
    if value is None or isinstance(value, list | dict):
        return None
    told = _told_as(value, field.told_as)
    return told if told is None or not field.choices else _chosen(told, field.choices)


def _told_as(value: str | int | float | bool, wanted: JsonType | None) -> str | int | float | bool | None:
    """The value in the wanted JSON type; None where it has no such form."""
    match wanted:
        case None:
            return value
        case JsonType.STRING:
            if isinstance(value, bool):
                return "true" if value else "false"
            return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        case JsonType.BOOLEAN:
            return value if isinstance(value, bool) else None
        case JsonType.NUMBER | JsonType.INTEGER:
            if isinstance(value, bool | str):
                return None
            if wanted is JsonType.INTEGER:
                return int(value) if float(value).is_integer() else None
            return value


def _chosen(value: str | int | float | bool, choices: Sequence[str | int | float]) -> str | int | float | None:
    folded = str(value).casefold().strip()
    for choice in choices:
        if choice == value or (isinstance(choice, str) and choice.casefold().strip() == folded):
            return choice
    return None
