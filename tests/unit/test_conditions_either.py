"""Conditions joined by "or": one that is met is enough, and none is guessed."""

from __future__ import annotations

import msgspec
import pytest
from agent_doubles import value_of

from api.wire.scrapehub.plans import render_plan
from api.wire.scrapehub.requests import PlanBody
from domain.checks import Meets
from domain.conditions import checks_of
from domain.errors import InvalidInput
from domain.plans import Comparison, Condition, Plan, PlannedBy
from forage.asking import parse_condition

CHEAP_OR_DEAR = Condition(
    field="price",
    comparison=Comparison.LESS,
    value=20.0,
    unit="USD",
    text="under $20 or over $100",
    alternatives=(Condition(field="price", comparison=Comparison.GREATER, value=100.0, unit="USD"),),
)
RATED_OR_REVIEWED = Condition(
    field="rating",
    comparison=Comparison.AT_LEAST,
    value=4.5,
    alternatives=(Condition(field="reviews", comparison=Comparison.GREATER, value=1000.0),),
)
HULL_OR_LEEDS = Condition(
    field="address",
    comparison=Comparison.IN,
    value="Hull",
    alternatives=(Condition(field="address", comparison=Comparison.IN, value="Leeds"),),
)


def check(condition, about=(), **fields):
    (found,) = checks_of({name: value_of(value) for name, value in fields.items()}, (condition,), about=about)
    return found


@pytest.mark.parametrize(("price", "verdict"), [(5, Meets.YES), (50, Meets.NO), (500, Meets.YES)])
def test_either_of_two_bounds_is_enough_and_between_them_neither_is_met(price, verdict):
    assert check(CHEAP_OR_DEAR, price=price).verdict is verdict


def test_a_no_tells_why_none_of_the_alternatives_is_met():
    reason = check(CHEAP_OR_DEAR, price=50).reason
    assert "not < 20 USD" in reason
    assert "not > 100 USD" in reason


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"rating": 4.8}, Meets.YES),
        ({"rating": 4.0, "reviews": 5000}, Meets.YES),
        ({"rating": 4.0, "reviews": 5}, Meets.NO),
        ({"rating": 4.0}, Meets.UNCLEAR),  # its reviews may be many
        ({}, Meets.UNCLEAR),
    ],
)
def test_what_one_alternative_leaves_open_is_no_no(fields, verdict):
    assert check(RATED_OR_REVIEWED, **fields).verdict is verdict


def test_a_place_is_one_of_two_by_its_address_or_by_the_page_that_lists_it():
    assert check(HULL_OR_LEEDS, address="1 High Street, Leeds").verdict is Meets.YES
    assert check(HULL_OR_LEEDS, address="1 High Street, York").verdict is Meets.UNCLEAR
    assert check(HULL_OR_LEEDS, about=("Pubs in Leeds",)).verdict is Meets.YES


def test_a_denial_among_alternatives_is_denied_alone():
    vegan_or_no_meat = Condition(
        field="diet",
        comparison=Comparison.CONTAINS,
        value="vegan",
        alternatives=(Condition(field="ingredients", comparison=Comparison.LACKS, value="meat"),),
    )
    assert check(vegan_or_no_meat, diet="any", ingredients="rice").verdict is Meets.YES
    assert check(vegan_or_no_meat, diet="any", ingredients="meat").verdict is Meets.NO


def test_alternatives_go_out_over_http_and_come_back():
    plan = Plan(goal="tools", fields=(), planned_by=PlannedBy.RULES, conditions=(CHEAP_OR_DEAR,))
    sent = msgspec.json.encode(render_plan(plan))
    back = msgspec.json.decode(sent, type=PlanBody)
    assert [each.value for each in back.conditions[0].alternatives] == [100]


def test_the_command_line_reads_or_between_conditions_and_not_within_a_text():
    either = parse_condition("price < 20 USD or price > 100 USD")
    assert either.formal == "price < 20 USD or price > 100 USD"
    assert [each.value for each in either.either] == [20.0, 100.0]
    assert parse_condition("name contains this or that").value == "this or that"
    with pytest.raises(InvalidInput):
        parse_condition("price < 20 USD or opening_hours open on someday")


def test_large_numbers_are_told_in_digits():
    assert Condition(field="population", comparison=Comparison.GREATER, value=1e6).label == "population > 1000000"
