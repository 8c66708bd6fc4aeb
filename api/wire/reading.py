"""JSON bodies into wire structs, with every mistake told at once and by the name of its field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from api.wire.faults import MalformedBody
from domain.errors import InvalidInput

Wire = TypeVar("Wire", bound=msgspec.Struct)

MAX_MISTAKES = 20  # told at once; a longer list helps nobody and echoes the caller's bytes
_MAX_INTEGER = 2**63 - 1
_NUL = "must not contain the NUL character"
_MAX_NAME = 80  # characters of a caller's own field name that we repeat
_STEP = re.compile(r"\[[^\]]*\]|\.[^.\[]+")
_PATH = re.compile(r"^(?P<why>.*) - at `\$(?P<path>.*)`$", re.S)


def read_body(body: bytes, struct: type[Wire]) -> Wire:
    """The body as `struct`. An absent field and a null one both mean the field's default.

    Raises MalformedBody where it is not a JSON object, InvalidInput with one entry per wrong or unknown field.
    """
    return read_object(read_json_object(body), struct)


def read_object(given: Mapping[str, object], struct: type[Wire]) -> Wire:
    """The same for an object that was decoded already."""
    known = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    mistakes = {_short(name): f"unknown field; known are {', '.join(known)}" for name in given if name not in known}
    values: dict[str, object] = {}
    for name, field in known.items():
        if given.get(name) is None:
            if field.required:
                mistakes[name] = "required"
            continue
        try:
            values[field.name] = msgspec.convert(given[name], field.type)
        except msgspec.ValidationError as fault:
            path, why = _told(str(fault), field.type)
            mistakes[f"{name}{path}"] = why
    for path, why in _unkeepable(given):
        mistakes.setdefault(_short(path), why)
    if mistakes:
        raise InvalidInput(fields=dict(list(mistakes.items())[:MAX_MISTAKES]))
    return struct(**values)


def read_patch(body: bytes, struct: type[Wire]) -> Wire:
    """A merge patch as `struct`, whose fields default to UNSET: an absent field stays so, and a null one is None, which
    its type must allow.

    Raises MalformedBody where it is not a JSON object, InvalidInput with one entry per wrong or unknown field.
    """
    given = read_json_object(body)
    known = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    nulls = [name for name, value in given.items() if name in known and value is None]
    mistakes = {name: "must not be null" for name in nulls if type(None) not in get_args(known[name].type)}
    try:
        patch = read_object(given, struct)
    except InvalidInput as fault:
        mistakes |= fault.fields
    if mistakes:
        raise InvalidInput(fields=mistakes)
    return msgspec.structs.replace(patch, **{known[name].name: None for name in nulls})


def read_json_object(body: bytes) -> dict[str, object]:
    """Raises MalformedBody."""
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise MalformedBody(f"The request body is not JSON: {fault}") from fault
    except RecursionError as fault:
        raise MalformedBody("The request body is nested too deeply.") from fault
    if not isinstance(given, dict):
        raise MalformedBody
    return given


def _told(message: str, asked: object) -> tuple[str, str]:
    """msgspec's ``"why - at `$[0].name`"`` as `("[0].name", "why")`, without its code quotes."""
    found = _PATH.match(message)
    path, why = (found["path"], found["why"]) if found else ("", message)
    if choices := _choices(_within(asked, path)):
        return path, f"expected one of {', '.join(choices)}"
    return path, why.replace("`", "").replace(" | null", "").replace("Expected", "expected", 1)


def _within(asked: object, path: str) -> object:
    """The type that stands at a path of msgspec's, such as `[0].name`; None where several may, or none does."""
    for step in _STEP.findall(path):
        leaves = _leaves(asked)
        if step.startswith("["):
            inner = [get_args(leaf)[-1] for leaf in leaves if get_origin(leaf) in {list, tuple, dict}]
        else:
            structs = [leaf for leaf in leaves if isinstance(leaf, type) and issubclass(leaf, msgspec.Struct)]
            fields = [field for struct in structs for field in msgspec.structs.fields(struct)]
            inner = [field.type for field in fields if f".{field.encode_name}" == step]
        if len(inner) != 1:
            return None
        asked = inner[0]
    return asked


def _leaves(asked: object) -> list[object]:
    """What a type may be, without its unions and annotations."""
    if get_origin(asked) not in {Annotated, Union, UnionType}:
        return [asked]
    return [leaf for part in get_args(asked) for leaf in _leaves(part)]


def _choices(asked: object) -> tuple[str, ...]:
    """The values of a `Literal`, also of an optional one; none for any other type."""
    if get_origin(asked) is Literal:
        return tuple(str(choice) for choice in get_args(asked))
    return next(filter(None, map(_choices, get_args(asked))), ())


def _unkeepable(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Where text holds a NUL, which no database column for text takes, and where a whole number is longer than what is
    written between processes. The decoder has bounded the nesting."""
    if isinstance(value, str):
        if "\x00" in value:
            yield path, _NUL
    elif isinstance(value, int):
        if not -_MAX_INTEGER <= value <= _MAX_INTEGER:
            yield path, f"whole numbers are from -{_MAX_INTEGER} to {_MAX_INTEGER}"
    elif isinstance(value, dict):
        for name, inner in value.items():
            if "\x00" in name:
                yield path or "body", _NUL
            yield from _unkeepable(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unkeepable(inner, f"{path}[{index}]")


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME]}…"
