"""Conditions in plain fields: what they are met by, and what is said of those that cannot be read."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.pool_conditions import Happened, compare, meets, parse_condition, parse_filter
from domain.pools import MISSING_KEY, ChangeType, same_value, sort_key

KETTLE = {"name": "Copper kettle", "price": 18.0, "stock": "in stock", "date": "2026-11-21T19:00:00"}


def changed(values: dict[str, Any] | None = None, **before: Any) -> Happened:
    return Happened(type=ChangeType.CHANGED, values=KETTLE | (values or {}), before=before)


ADDED = Happened(type=ChangeType.ADDED, values=KETTLE)
REMOVED = Happened(type=ChangeType.REMOVED, values=KETTLE)


@pytest.mark.parametrize(
    ("text", "happened", "met"),
    [
        ("price < 20", changed(price=25.0), True),
        ("price < 20", changed(stock="sold out"), False),  # it was cheap before, too
        ("price < 20", ADDED, True),
        ("price < 20", REMOVED, False),
        ("price < 10", changed(price=25.0), False),
        ("price < 20 and stock changed", changed(stock="sold out"), True),
        ("price < 20 and stock changed", changed(price=25.0), False),
        ("price dropped", changed(price=25.0), True),
        ("price dropped", changed(price=15.0), False),
        ("price rose", changed(price=15.0), True),
        ("price dropped", changed(price=None), False),  # it was only now learned
        ("price dropped", ADDED, False),
        ("price changed", changed({"price": "on request"}, price=15.0), True),
        ("price dropped", changed({"price": "on request"}, price=15.0), False),
        ("added", ADDED, True),
        ("added", changed(price=1.0), False),
        ("removed", REMOVED, True),
        ("changed", changed(price=1.0), True),
        ("changed", ADDED, False),
        ("removed and price < 20", REMOVED, True),
        ("added or price dropped", changed(price=25.0), True),
        ("added and price > 20 or removed", REMOVED, True),
        ("(added or price dropped) and name ~ kettle", changed(price=25.0), True),
        ("(added or price dropped) and name ~ mug", changed(price=25.0), False),
        ("name = copper KETTLE and added", ADDED, True),
        ("stock = InStock and added", ADDED, True),
        ("name != mug and added", ADDED, True),
        ("date >= 2026-11-21 and added", ADDED, True),
        ("date > 2026-11-21 and added", ADDED, False),
        ("date > 2025 and added", ADDED, True),
        ("Price <= $18.00 and added", ADDED, True),
        ("colour = red", ADDED, False),
    ],
)
def test_a_condition_is_met_by_what_happened_and_not_by_what_was_so_before(text: str, happened: Happened, met: bool):
    assert meets(parse_condition(text), happened) is met


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("price <", 8, 'a value after "<"'),
        ("< 20", 1, "a field"),
        ("price", 6, "a comparison or one of changed, dropped, rose"),
        ("price < cheap", 9, "a number or a date"),
        ("added and", 10, "a field, added, removed or changed"),
        ("(added", 7, '")"'),
        ("price < 20)", 11, '"and", "or" or the end'),
        ("price added", 1, '"added" alone'),
        ("dropped", 1, 'a field before "dropped"'),
        ('name = "x', 8, "a closing quote"),
        ("price dropped sharply", 22, "a comparison or one of"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, place: int, expected: str):
    with pytest.raises(InvalidInput) as refused:
        parse_condition(text)
    told = refused.value.fields["condition"]
    assert told.startswith(f"at character {place}: expected {expected}"), told


@given(st.text(max_size=600))
def test_any_text_is_read_or_refused(text: str):
    with contextlib.suppress(InvalidInput):
        meets(parse_condition(text), ADDED)


def test_brackets_cannot_be_nested_without_end():
    with pytest.raises(InvalidInput):
        parse_condition("(" * 250 + "added" + ")" * 245)


def test_words_of_the_grammar_are_text_in_quotes():
    assert compare({"name": "salt and pepper"}, parse_filter('name = "salt and pepper"'))
    assert compare({"sku": "007"}, parse_filter('sku = "007"'))


def test_a_filter_is_one_comparison():
    for wrong in ("added", "price dropped", "a = 1 and b = 2", ""):
        with pytest.raises(InvalidInput) as refused:
            parse_filter(wrong)
        assert list(refused.value.fields) == ["filter"]


numbers = st.one_of(st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False))


@given(numbers, numbers)
def test_sort_keys_of_numbers_stand_in_the_order_of_the_numbers(one: float, other: float):
    left, right = float(one), float(other)
    assert ((sort_key(one) > sort_key(other)) - (sort_key(one) < sort_key(other))) == (left > right) - (left < right)


@given(numbers, st.text(min_size=1))
def test_numbers_sort_before_texts_and_what_is_missing_comes_last(number: float, text: str):
    assert sort_key(number) < "2" <= sort_key(f"x{text}") < MISSING_KEY == sort_key(None)
    assert len(sort_key(text)) <= 100
    assert set(sort_key(text)) <= set("0123456789abcdef")


@given(st.recursive(numbers | st.text() | st.booleans(), lambda inner: st.lists(inner, max_size=3), max_leaves=5))
def test_a_value_says_the_same_as_itself(told: Any):
    assert same_value(told, told)


@pytest.mark.parametrize(
    ("one", "other"), [(25.0, 24.99), ("Kettle", "Kettles"), (True, False), (1, True), ("C++", "C"), ("+1", "-1")]
)
def test_a_value_says_something_else(one: Any, other: Any):
    assert not same_value(one, other)
