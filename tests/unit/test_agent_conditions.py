"""Conditions: yes, no or unclear, and never a guess."""

import pytest
from agent_doubles import value_of

from agent.conditions import Meets, judge, meets
from domain.evidence import Verdict
from domain.plans import Comparison, Condition

LESS, AT_LEAST, GREATER = Comparison.LESS, Comparison.AT_LEAST, Comparison.GREATER


def check(value, comparison, wish, field="price", asked="price"):
    return meets({field: value_of(value)}, Condition(field=asked, comparison=comparison, value=wish))


@pytest.mark.parametrize(
    ("value", "comparison", "wish", "verdict"),
    [
        (19.99, LESS, 20.0, Meets.YES),
        (20, LESS, 20.0, Meets.NO),
        (20, Comparison.AT_MOST, 20.0, Meets.YES),
        (80, Comparison.BETWEEN, (80.0, 150.0), Meets.YES),
        (151, Comparison.BETWEEN, (80.0, 150.0), Meets.NO),
        ("on request", LESS, 20.0, Meets.UNCLEAR),
        (True, LESS, 20.0, Meets.UNCLEAR),
        ("2024-05-01", GREATER, "2024", Meets.NO),
        ("2025-01-01", GREATER, "2024", Meets.YES),
        ("2024-05-01", AT_LEAST, "2024-05", Meets.YES),
        ("2024", GREATER, "2024-05", Meets.UNCLEAR),
        ("2024-03-15T20:00", Comparison.EQUAL, "2024-03", Meets.YES),
        ("2024-04-15", Comparison.EQUAL, "2024-03", Meets.NO),
        ("Vegan and vegetarian", Comparison.CONTAINS, "vegan", Meets.YES),
        (["Red", "Blue"], Comparison.EQUAL, "blue", Meets.YES),
        ([], Comparison.EQUAL, "blue", Meets.UNCLEAR),
        (4, Comparison.EQUAL, 4.0, Meets.YES),
    ],
)
def test_a_value_meets_a_condition_or_not_or_cannot_be_compared(value, comparison, wish, verdict):
    assert check(value, comparison, wish) is verdict


def test_a_value_that_its_page_does_not_say_decides_nothing():
    fields = {"price": value_of(5, verdict=Verdict.UNSUPPORTED)}
    assert meets(fields, Condition(field="price", comparison=LESS, value=20.0)) is Meets.UNCLEAR


def test_a_price_per_night_is_a_price():
    assert check(90, LESS, 100.0, field="pricePerNight") is Meets.YES


def test_one_no_outweighs_what_is_unclear():
    fields = {"price": value_of(50)}
    conditions = (
        Condition(field="rating", comparison=AT_LEAST, value=4.0),
        Condition(field="price", comparison=LESS, value=20.0),
    )
    assert judge(fields, conditions) is Meets.NO
    assert judge(fields, conditions[:1]) is Meets.UNCLEAR
    assert judge(fields, ()) is Meets.YES
