"""A caller's schema of the output, read into fields.

Two ways to write one. The short form names types: `{"title": "string", "tags": ["string"], "seller": {"name":
"string"}}`. JSON Schema is taken as far as it says what a value is; what constrains it beyond that is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from domain.errors import InvalidInput
from domain.fields import KIND_OF_TYPE_NAME, MAX_FIELDS, MAX_NAME, Field, FieldKind, JsonType, make_field
from domain.shapes import shape

MAX_DEPTH = 5  # objects in objects: deeper than any page tells
MAX_BYTES = 20_000  # of a schema as JSON, its unused definitions included
MAX_DESCRIPTION = 500  # characters
MAX_CHOICES = 100

_ANNOTATIONS = frozenset({"title", "$schema", "$id", "$comment", "$defs", "definitions", "examples"})
_KNOWN = _ANNOTATIONS | {
    *("type", "properties", "items", "required", "description", "enum", "format", "$ref", "anyOf", "oneOf"),
    *("additionalProperties", "default"),
}
_LEAVES = {one.value: one for one in JsonType}
_KIND_OF_FORMAT = {name: kind for name, kind in KIND_OF_TYPE_NAME.items() if name not in _LEAVES} | {
    "uri-reference": FieldKind.URL,
    "iri": FieldKind.URL,
    "idn-email": FieldKind.EMAIL,
    "uuid": FieldKind.IDENTIFIER,
}
# What a short type name means in JSON; the others have the type of their kind.
_JSON_OF_TYPE_NAME = {
    "str": JsonType.STRING,
    "float": JsonType.NUMBER,
    "int": JsonType.INTEGER,
    "bool": JsonType.BOOLEAN,
} | _LEAVES
__all__ = ["is_json_schema", "parse_output_schema", "shape"]
_DEFINITIONS = ("#/$defs/", "#/definitions/")


def parse_output_schema(schema: Mapping[str, Any], name: str = "outputSchema") -> tuple[Field, ...]:
    """The fields of a record; `()` for an empty schema, which leaves open what is told.

    A schema of an array is one of its items. Raises InvalidInput that names each mistake by its path, from `name` on.
    """
    if not schema:
        return ()
    try:
        size = len(msgspec.json.encode(schema))
    except (TypeError, UnicodeEncodeError, RecursionError):
        raise InvalidInput(fields={name: "not JSON"}) from None
    if size > MAX_BYTES:
        raise InvalidInput(fields={name: f"at most {MAX_BYTES} bytes of JSON"})
    reader = _Reader(schema)
    fields = reader.json_object(schema, name, 1) if is_json_schema(schema) else reader.short_object(schema, name, 1)
    if reader.mistakes:
        raise InvalidInput(fields=reader.mistakes)
    return fields


def is_json_schema(schema: Mapping[str, Any]) -> bool:
    """Whether a schema is written as JSON Schema, and not in the short form."""
    if any(word in schema for word in ("$schema", "$ref", "$defs", "definitions")):
        return True
    properties = schema.get("properties")
    types = _types(schema)
    return types[:1] in (["object"], ["array"]) or (
        isinstance(properties, Mapping) and bool(properties) and all(_is_property(each) for each in properties.values())
    )


class _Reader:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self.mistakes: dict[str, str] = {}
        self._root = root
        self._count = 0

    # The short form

    def short_object(self, given: Mapping[str, Any], path: str, depth: int) -> tuple[Field, ...]:
        return tuple(self._members(given, path, depth, self._short))

    def _short(self, name: str, given: Any, path: str, depth: int) -> Field | None:
        if isinstance(given, str):
            return self._leaf(name, given, path)
        if isinstance(given, list):
            if len(given) != 1:
                return self._wrong(path, 'a list has one type, as ["string"]')
            if isinstance(given[0], list):
                return self._wrong(path, "lists of lists are not supported")
            field = self._short(name, given[0], f"{path}[]", depth)
            if field is not None and field.many:
                return self._wrong(path, "lists of lists are not supported")
            return field and msgspec.structs.replace(field, many=True)
        if isinstance(given, dict):
            if _is_property(given):
                return self._wrong(
                    path,
                    'this is JSON Schema inside the short form: write {"type": "object", "properties": ...} around',
                )
            if not given:
                return self._wrong(path, "an object has fields")
            return Field(name=name, children=self.short_object(given, path, depth + 1))
        return self._wrong(path, "a type name, a list of one, or an object")

    # JSON Schema

    def json_object(self, given: Mapping[str, Any], path: str, depth: int) -> tuple[Field, ...]:
        """The fields of an object's schema, or of an array's items."""
        resolved = self._resolved(given, path)
        if resolved is None:
            return ()
        kind = self._type(resolved, path)
        if kind == "array":
            items = resolved.get("items")
            if not isinstance(items, Mapping):
                self._wrong(f"{path}.items", "required: the schema of a record")
                return ()
            self._check_words(resolved, path, ("items",))
            if self._is_list(items, f"{path}[]"):
                self._wrong(path, "lists of lists are not supported")
                return ()
            return self.json_object(items, f"{path}[]", depth)
        if kind not in {"object", None}:
            self._wrong(f"{path}.type", "object, or array of objects")
            return ()
        self._check_words(resolved, path, ("properties", "required", "additionalProperties"))
        properties = resolved.get("properties")
        if not isinstance(properties, Mapping) or not properties:
            self._wrong(f"{path}.properties", "required: the fields by name")
            return ()
        required = resolved.get("required", [])
        if not isinstance(required, list) or any(each not in properties for each in required):
            self._wrong(f"{path}.required", "a list of names that are in properties")
            required = []
        fields = self._members(properties, path, depth, self._json)
        return tuple(msgspec.structs.replace(field, required=field.name in required) for field in fields)

    def _json(self, name: str, given: Any, path: str, depth: int) -> Field | None:
        resolved = self._resolved(given, path) if isinstance(given, Mapping) else self._wrong(path, "a schema")
        if resolved is None:
            return None
        kind = self._type(resolved, path)
        if kind == "array":
            self._check_words(resolved, path, ("items",))
            items = resolved.get("items")
            if not isinstance(items, Mapping):
                return self._wrong(f"{path}.items", "required: one schema")
            if self._is_list(items, f"{path}[]"):
                return self._wrong(path, "lists of lists are not supported")
            field = self._json(name, items, f"{path}[]", depth)
            return field and self._described(msgspec.structs.replace(field, many=True), resolved, path)
        if kind == "object":
            children = self.json_object(resolved, path, depth + 1)
            return self._described(Field(name=name, children=children), resolved, path)
        return self._json_leaf(name, kind, resolved, path)

    def _json_leaf(self, name: str, kind: str | None, given: Mapping[str, Any], path: str) -> Field | None:
        self._check_words(given, path, ("enum", "format"))
        choices = self._choices(given, path)
        kind = kind or _type_of(choices)
        if kind is None:
            return self._wrong(f"{path}.type", f"one of {', '.join(_LEAVES)}, object, array")
        field = self._leaf(name, kind, path)
        if field is None:
            return None
        if "format" in given:
            told = given["format"]
            if not isinstance(told, str) or told not in _KIND_OF_FORMAT:
                return self._wrong(f"{path}.format", f"one of {', '.join(sorted(_KIND_OF_FORMAT))}")
            field = msgspec.structs.replace(field, kind=_KIND_OF_FORMAT[told])
        return self._described(msgspec.structs.replace(field, choices=choices), given, path)

    def _choices(self, given: Mapping[str, Any], path: str) -> tuple[str | int | float, ...]:
        told = given.get("enum", [])
        choices = [each for each in told if each is not None] if isinstance(told, list) else [None]
        plain = all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in choices)
        if not plain or len(choices) > MAX_CHOICES or ("enum" in given and not choices):
            self._wrong(f"{path}.enum", f"1 to {MAX_CHOICES} texts or numbers")
            return ()
        return tuple(choices)

    def _described(self, field: Field, given: Mapping[str, Any], path: str) -> Field:
        description = given.get("description", field.description)
        if not isinstance(description, str) or len(description) > MAX_DESCRIPTION:
            self._wrong(f"{path}.description", f"a text of at most {MAX_DESCRIPTION} characters")
            return field
        return msgspec.structs.replace(field, description=description)

    def _is_list(self, given: Mapping[str, Any], path: str) -> bool:
        resolved = self._resolved(given, path)
        return resolved is not None and self._type(resolved, path) == "array"

    def _type(self, given: Mapping[str, Any], path: str) -> str | None:
        """The one type besides null; None where the schema says none, or says it wrongly."""
        types = [each for each in _types(given) if each != "null"]
        if len(types) > 1 or (types and not isinstance(types[0], str)) or ("type" in given and not types):
            self._wrong(f"{path}.type", f"one of {', '.join(_LEAVES)}, object, array; null may stand beside it")
            return None
        if types:
            return str(types[0])
        return "object" if "properties" in given else "array" if "items" in given else None

    def _resolved(self, given: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
        """The schema behind `$ref`, and the one alternative of an `anyOf` or `oneOf` that is not null."""
        seen: set[str] = set()
        while True:
            for word in ("anyOf", "oneOf"):
                if word not in given:
                    continue
                told = given[word] if isinstance(given[word], list) else []
                ways = [each for each in told if isinstance(each, Mapping) and each != {"type": "null"}]
                if len(ways) != 1:
                    return self._wrong(f"{path}.{word}", "only one schema, with null beside it, is supported")
                given = {**{name: each for name, each in given.items() if name != word}, **ways[0]}
                break
            else:
                if "$ref" not in given:
                    return given
                reference = given["$ref"]
                target = self._target(reference)
                if target is None or reference in seen:
                    return self._wrong(f"{path}.$ref", "a definition under #/$defs/, and not one of itself")
                seen.add(reference)
                given = {**target, **{name: each for name, each in given.items() if name != "$ref"}}

    def _target(self, reference: Any) -> Mapping[str, Any] | None:
        for prefix in _DEFINITIONS:
            if isinstance(reference, str) and reference.startswith(prefix):
                definitions = self._root.get(prefix.strip("#/"))
                name = reference.removeprefix(prefix).replace("~1", "/").replace("~0", "~")
                found = definitions.get(name) if isinstance(definitions, Mapping) else None
                return found if isinstance(found, Mapping) else None
        return None

    def _check_words(self, given: Mapping[str, Any], path: str, fitting: tuple[str, ...]) -> None:
        """Refuses what the schema says beyond type and description, but for `fitting`."""
        allowed = _ANNOTATIONS | {"type", "description", *fitting}
        for word in given:
            if word == "additionalProperties" and word in allowed:
                if not isinstance(given[word], bool):
                    self._wrong(f"{path}.{word}", "true or false: other fields are never told")
            elif word == "default":
                if given[word] is not None:
                    self._wrong(f"{path}.{word}", "not supported: a value that is not on the page is never told")
            elif word not in allowed:
                why = "does not go with this type" if word in _KNOWN else "not supported"
                self._wrong(f"{path}.{str(word)[:MAX_NAME]}", why)

    # Both

    def _members(self, given: Mapping[str, Any], path: str, depth: int, read: Any) -> Iterator[Field]:
        if depth > MAX_DEPTH:
            self._wrong(path, f"objects are nested at most {MAX_DEPTH} deep")
            return
        names = set()
        for name, each in given.items():
            self._count += 1
            if self._count > MAX_FIELDS:
                self.mistakes.setdefault(path, f"at most {MAX_FIELDS} fields in all")
                return
            if not name.strip() or len(name) > MAX_NAME or "." in name:
                self._wrong(f"{path}.{name[:MAX_NAME]}", f"a name has 1 to {MAX_NAME} characters and no dot")
            elif name.lower() in names:
                self._wrong(f"{path}.{name}", "asked twice")
            else:
                names.add(name.lower())
                field = read(name, each, f"{path}.{name}", depth)
                if field is not None:
                    yield field

    def _leaf(self, name: str, type_name: str, path: str) -> Field | None:
        try:
            field = make_field(name, type_name)
        except InvalidInput:
            known = ", ".join(sorted({*KIND_OF_TYPE_NAME, "list"}))
            return self._wrong(path, f"unknown type {type_name[:MAX_NAME]!r}; known are {known}")
        told_as = _JSON_OF_TYPE_NAME.get(type_name.strip().lower().removesuffix("[]"))
        return msgspec.structs.replace(field, name=name, told_as=told_as)

    def _wrong(self, path: str, why: str) -> None:
        self.mistakes.setdefault(path, why)


def _types(given: Mapping[str, Any]) -> list[Any]:
    told = given.get("type", [])
    return told if isinstance(told, list) else [told]


def _is_property(given: Any) -> bool:
    """Whether this reads as the JSON Schema of a property, and all of it does."""
    if not isinstance(given, Mapping) or not given.keys() <= _KNOWN:
        return False
    types = _types(given)
    known = {*_LEAVES, "object", "array", "null"}
    return ("type" in given and all(isinstance(each, str) and each in known for each in types)) or "$ref" in given


def _type_of(choices: Sequence[str | int | float]) -> str | None:
    """The type that all choices of an enum have."""
    if not choices:
        return None
    if all(isinstance(each, str) for each in choices):
        return JsonType.STRING.value
    if all(isinstance(each, int) for each in choices):
        return JsonType.INTEGER.value
    return None if any(isinstance(each, str) for each in choices) else JsonType.NUMBER.value
