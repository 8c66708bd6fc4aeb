"""Values in the shape that a schema asks for."""

import json
import string

from hypothesis import given
from hypothesis import strategies as st

from domain.schemas import parse_output_schema, shape

names = st.text(string.ascii_lowercase, min_size=1, max_size=6).filter(
    lambda name: name != "type"
)  # a word of JSON Schema
leaves = st.sampled_from(["string", "number", "integer", "boolean", "price", "url", "date"])
schemas = st.recursive(
    st.dictionaries(names, leaves, min_size=1, max_size=4),
    lambda inner: st.dictionaries(
        names,
        st.one_of(leaves, inner, st.tuples(st.one_of(leaves, inner)).map(list)),
        min_size=1,
        max_size=3,
    ),
    max_leaves=8,
)
scalars = st.one_of(st.text(max_size=5), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)
PLAIN = {"string": str, "number": (int, float), "integer": int, "boolean": bool}


def fits(told, schema):
    """Whether a told value is what the short form says, null apart."""
    if isinstance(schema, list):
        return isinstance(told, list) and all(item is not None and fits(item, schema[0]) for item in told)
    if told is None:
        return True
    if isinstance(schema, dict):
        return isinstance(told, dict) and list(told) == list(schema) and all(fits(told[n], schema[n]) for n in schema)
    if schema not in PLAIN:
        return not isinstance(told, (list, dict))
    return isinstance(told, PLAIN[schema]) and (schema == "boolean" or not isinstance(told, bool))


@given(schemas, st.dictionaries(names, values, max_size=6))
def test_whatever_was_found_is_told_in_the_asked_shape(schema, found):
    assert fits(shape(found, parse_output_schema(schema)), schema)


def filled(schema, draw):
    if isinstance(schema, dict):
        return {name: filled(each, draw) for name, each in schema.items()}
    if isinstance(schema, list):
        return [filled(schema[0], draw) for _ in range(draw(st.integers(0, 3)))]
    by_type = {"number": st.integers(-9, 9), "integer": st.integers(-9, 9), "boolean": st.booleans()}
    return draw(by_type.get(schema, st.text(max_size=4)))


@given(schemas, st.data())
def test_values_that_fit_already_come_through_untouched(schema, data):
    found = filled(schema, data.draw)
    told = shape(found, parse_output_schema(schema))
    assert told == found
    assert json.loads(json.dumps(told)) == found


def test_an_object_that_lies_flat_is_nested():
    fields = parse_output_schema({"title": "string", "seller": {"name": "string", "site": {"url": "url"}}})
    found = {"title": "a", "seller.name": "b", "seller.site.url": "https://c/"}
    assert shape(found, fields) == {"title": "a", "seller": {"name": "b", "site": {"url": "https://c/"}}}


def test_what_is_missing_is_null_and_a_list_of_nothing_is_empty():
    fields = parse_output_schema({"title": "string", "tags": ["string"], "seller": {"name": "string"}})
    assert shape({}, fields) == {"title": None, "tags": [], "seller": None}


def test_a_price_asked_as_text_is_text_and_a_half_is_no_integer():
    fields = parse_output_schema({"price": "string", "stock": "integer"})
    assert shape({"price": 79.0, "stock": 2.5}, fields) == {"price": "79", "stock": None}
    assert shape({"price": 79.5, "stock": 2.0}, fields) == {"price": "79.5", "stock": 2}


def test_an_enum_is_told_in_its_own_spelling_or_not_at_all():
    schema = {"type": "object", "properties": {"state": {"enum": ["In Stock", "Sold Out"]}, "n": {"enum": [1, 2]}}}
    fields = parse_output_schema(schema)
    assert shape({"state": "in stock", "n": 2}, fields) == {"state": "In Stock", "n": 2}
    assert shape({"state": "soon", "n": 3}, fields) == {"state": None, "n": None}


def test_without_a_schema_values_are_told_as_they_are():
    assert shape({"a": 1, "b": [2]}, ()) == {"a": 1, "b": [2]}
