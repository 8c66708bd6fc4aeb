"""Output schemas, in both ways to write them."""

import msgspec
import pytest

from domain.errors import InvalidInput
from domain.fields import Field, FieldKind, JsonType
from domain.schemas import MAX_DEPTH, parse_output_schema

SHORT = {
    "title": "string",
    "price": "number",
    "tags": ["string"],
    "offers": [{"price": "number"}],
    "seller": {"name": "string"},
}
LONG = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "price": {"type": ["number", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "offers": {"type": "array", "items": {"$ref": "#/$defs/Offer"}},
        "seller": {"anyOf": [{"$ref": "#/$defs/Seller"}, {"type": "null"}], "default": None},
    },
    "$defs": {
        "Offer": {"type": "object", "title": "Offer", "properties": {"price": {"type": "number"}}},
        "Seller": {"properties": {"name": {"type": "string"}}, "additionalProperties": False},
    },
}


def mistakes_of(schema, name="outputSchema"):
    with pytest.raises(InvalidInput) as refused:
        parse_output_schema(schema, name)
    return refused.value.fields


def test_both_ways_to_write_one_schema_mean_the_same():
    assert parse_output_schema(SHORT) == parse_output_schema(LONG)


def test_lists_and_objects_become_many_and_children():
    title, price, tags, offers, seller = parse_output_schema(SHORT)
    assert (title.kind, title.told_as) == (FieldKind.TITLE, JsonType.STRING)
    assert (price.kind, price.told_as) == (FieldKind.PRICE, JsonType.NUMBER)
    assert (tags.many, tags.children) == (True, ())
    assert (offers.many, [child.name for child in offers.children]) == (True, ["price"])
    assert (seller.many, [child.name for child in seller.children]) == (False, ["name"])


def test_an_array_at_the_top_is_its_records():
    assert parse_output_schema({"type": "array", "items": LONG | {"$defs": {}}, "$defs": LONG["$defs"]}) == (
        parse_output_schema(SHORT)
    )


def test_what_json_schema_says_of_a_value_is_kept():
    [state, when] = parse_output_schema(
        {
            "type": "object",
            "required": ["state"],
            "properties": {
                "state": {"enum": ["open", "closed"], "description": "of the shop"},
                "when": {"type": "string", "format": "date-time"},
            },
        }
    )
    assert (state.choices, state.required, state.description) == (("open", "closed"), True, "of the shop")
    assert (when.kind, when.required) == (FieldKind.DATE, False)


def test_an_empty_schema_leaves_open_what_is_told():
    assert parse_output_schema({}) == ()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"price": "decimal"}, "outputSchema.price"),
        ({"a": 3}, "outputSchema.a"),
        ({"a": []}, "outputSchema.a"),
        ({"a": ["string", "number"]}, "outputSchema.a"),
        ({"a": [["string"]]}, "outputSchema.a"),
        ({"a": ["string[]"]}, "outputSchema.a"),
        ({"a": {}}, "outputSchema.a"),
        ({"a.b": "string"}, "outputSchema.a.b"),
        ({" ": "string"}, "outputSchema. "),
        ({"A": "string", "a": "string"}, "outputSchema.a"),
        ({"a": {"type": "string"}}, "outputSchema.a"),
        ({"a": [{"b": "what"}]}, "outputSchema.a[].b"),
        ({"type": "object"}, "outputSchema.properties"),
        ({"type": "array"}, "outputSchema.items"),
        ({"type": "array", "items": {"type": "string"}}, "outputSchema[].type"),
        ({"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}, "outputSchema.a.pattern"),
        ({"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}, "outputSchema.a.minimum"),
        ({"type": "object", "properties": {"a": {"type": "string", "default": "x"}}}, "outputSchema.a.default"),
        ({"type": "object", "properties": {"a": {"type": "string", "format": "ipv4"}}}, "outputSchema.a.format"),
        ({"type": "object", "properties": {"a": {"type": ["string", "number"]}}}, "outputSchema.a.type"),
        ({"type": "object", "properties": {"a": {"enum": [1, "x"]}}}, "outputSchema.a.type"),
        ({"type": "object", "properties": {"a": {"enum": [[]]}}}, "outputSchema.a.enum"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/no"}}}, "outputSchema.a.$ref"),
        ({"type": "object", "properties": {"a": {"$ref": "http://x/y"}}}, "outputSchema.a.$ref"),
        ({"type": "object", "properties": {"a": {"oneOf": [{"type": "string"}, {}]}}}, "outputSchema.a.oneOf"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]}, "outputSchema.required"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": []}, "outputSchema.oneOf"),
        ({"properties": {"a": {"type": "string"}}, "additionalProperties": {}}, "outputSchema.additionalProperties"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "minProperties": 1}, "outputSchema.minProperties"),
        ({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "array"}}}}, "outputSchema.a"),
        ({"type": "object", "properties": {"a": True}}, "outputSchema.a"),
        ({"a": "string", "b": {"c": "x" * 25_000}}, "outputSchema"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused_by_its_path(given, path):
    assert path in mistakes_of(given)


def test_all_mistakes_are_told_at_once_under_the_callers_name():
    told = mistakes_of({"a": "what", "b": [{"c": "which"}], "d": 1}, "schema")
    assert set(told) == {"schema.a", "schema.b[].c", "schema.d"}


def test_a_definition_of_itself_is_refused_and_not_followed_for_ever():
    loop = {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}
    tree = {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}}}
    assert "outputSchema.$ref" in mistakes_of(loop)
    assert f"at most {MAX_DEPTH} deep" in next(iter(mistakes_of(tree).values()))


def test_a_list_of_itself_is_refused_and_not_followed_for_ever():
    endless = {"$ref": "#/$defs/A", "$defs": {"A": {"type": "array", "items": {"$ref": "#/$defs/A"}}}}
    assert "lists of lists" in next(iter(mistakes_of(endless).values()))
    assert "lists of lists" in mistakes_of({"type": "array", "items": {"type": "array", "items": {}}})["outputSchema"]


def test_definitions_that_multiply_are_stopped_by_their_number():
    level = {
        f"L{at}": {"type": "object", "properties": {n: {"$ref": f"#/$defs/L{at + 1}"} for n in "abcdefgh"}}
        for at in range(9)
    }
    assert any("fields in all" in why for why in mistakes_of({"$ref": "#/$defs/L0", "$defs": level}).values())


def test_a_schema_nested_beyond_reason_is_refused_and_does_not_break_us():
    deep: dict = {"a": "string"}
    for _ in range(3000):
        deep = {"a": deep}
    assert "outputSchema" in mistakes_of(deep)


def test_fields_with_children_survive_the_store():
    fields = parse_output_schema(LONG)
    assert msgspec.json.decode(msgspec.json.encode(fields), type=tuple[Field, ...]) == fields
