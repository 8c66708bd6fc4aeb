"""Conditions: yes, no or unclear, never a guess, and always with the reason."""

import msgspec
import pytest
from agent_doubles import value_of

from domain.checks import Check, CheckedBy, Meets, verdict_of
from domain.conditions import checks_of
from domain.evidence import Verdict
from domain.plans import Comparison, Condition

LESS, AT_LEAST, GREATER = Comparison.LESS, Comparison.AT_LEAST, Comparison.GREATER


def check(value, comparison, wish, field="price", asked="price", unit="", wished_unit="", **fields):
    told = {field: msgspec.structs.replace(value_of(value), unit=unit)}
    told |= {name: value_of(each) for name, each in fields.items()}
    (found,) = checks_of(told, (Condition(field=asked, comparison=comparison, value=wish, unit=wished_unit),))
    return found


def meets(fields, condition):
    return checks_of(fields, (condition,))[0].verdict


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
    assert check(value, comparison, wish, field="it", asked="it").verdict is verdict


def test_a_value_that_its_page_does_not_say_decides_nothing():
    fields = {"price": value_of(5, verdict=Verdict.UNSUPPORTED)}
    assert meets(fields, Condition(field="price", comparison=LESS, value=20.0)) is Meets.UNCLEAR


def test_a_price_per_night_is_a_price():
    assert check(90, LESS, 100.0, field="pricePerNight").verdict is Meets.YES


def test_one_no_outweighs_what_is_unclear():
    fields = {"price": value_of(50)}
    conditions = (
        Condition(field="rating", comparison=AT_LEAST, value=4.0),
        Condition(field="price", comparison=LESS, value=20.0),
    )
    assert verdict_of(checks_of(fields, conditions)) is Meets.NO
    assert verdict_of(checks_of(fields, conditions[:1])) is Meets.UNCLEAR
    assert verdict_of(checks_of(fields, ())) is Meets.YES


@pytest.mark.parametrize(
    ("value", "unit", "verdict", "reason"),
    [
        (18.5, "GBP", Meets.YES, "price 18.5 GBP is < 20 GBP"),
        (25, "GBP", Meets.NO, "price 25 GBP is not < 20 GBP"),
        (18.5, "USD", Meets.UNCLEAR, "price 18.5: it is in USD, and GBP is asked: they are not compared"),
        (0, "USD", Meets.YES, "price 0 USD is < 20 GBP"),
        (18.5, "", Meets.YES, "price 18.5 is < 20 GBP (the page names no currency)"),
        ("from £15", "", Meets.YES, "price from 15 GBP is < 20 GBP"),
        ("$15", "", Meets.UNCLEAR, "price ‘$15’: it is in USD, and GBP is asked: they are not compared"),
        ("£15 – £25", "", Meets.UNCLEAR, "price 15 to 25 GBP is partly < 20 GBP"),
        ("on request", "", Meets.UNCLEAR, "price ‘on request’: it is not one amount"),
        ("Free entry", "", Meets.YES, "price 0 is < 20 GBP"),
    ],
)
def test_an_amount_is_compared_in_its_own_currency_alone(value, unit, verdict, reason):
    found = check(value, LESS, 20.0, unit=unit, wished_unit="GBP")
    assert (found.verdict, found.reason) == (verdict, reason)


def test_the_currency_may_stand_in_a_field_of_its_own():
    assert check(18, LESS, 20.0, wished_unit="GBP", currency="EUR").verdict is Meets.UNCLEAR
    assert check(18, LESS, 20.0, wished_unit="GBP", currency="GBP").verdict is Meets.YES


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("Free", Meets.YES),
        ("Eintritt frei", Meets.YES),
        (0, Meets.YES),
        (5, Meets.NO),
        ("gluten free menu", Meets.UNCLEAR),
    ],
)
def test_free_entry_is_a_price_of_nothing(value, verdict):
    assert check(value, Comparison.EQUAL, 0.0).verdict is verdict


@pytest.mark.parametrize(
    ("hours", "days", "verdict"),
    [
        ("Mo-Su 10:00-18:00", "sunday", Meets.YES),
        ("Mo-Fr 09:00-17:00", "sunday", Meets.NO),
        (["Mo-Fr 09:00-17:00", "Sunday closed"], "sunday", Meets.NO),
        ("Mo-Sa 09:00-17:00", "saturday, sunday", Meets.NO),
        ("late on Thursdays 17-21", "sunday", Meets.UNCLEAR),
        ("Mo-Su 10:00-18:00", "caturday", Meets.UNCLEAR),
    ],
)
def test_open_on_a_day(hours, days, verdict):
    found = check(hours, Comparison.OPEN, days, field="opening_hours", asked="opening_hours")
    assert found.verdict is verdict
    assert found.reason


def in_brooklyn(fields, *about):
    place = Condition(field="address", comparison=Comparison.IN, value="Brooklyn", text="in Brooklyn")
    return checks_of({name: value_of(value) for name, value in fields.items()}, (place,), about=about)[0]


def test_a_record_is_in_a_place_by_any_field_that_tells_one():
    assert in_brooklyn({"name": "A", "address": "1 Court St, Brooklyn, NY 11201"}).verdict is Meets.YES
    assert in_brooklyn({"name": "A", "borough": "Brooklyn"}).verdict is Meets.YES
    assert in_brooklyn({"name": "Brooklyn Diner", "address": "212 W 57th St, New York, NY"}).verdict is Meets.UNCLEAR


def test_where_a_record_tells_no_place_the_page_that_lists_it_may():
    told = in_brooklyn({"name": "A"}, "Dentists in Brooklyn")
    assert told.verdict is Meets.YES
    assert "Dentists in Brooklyn" in told.reason
    assert in_brooklyn({"name": "A"}, "Dentists in Queens").verdict is Meets.UNCLEAR
    missing = in_brooklyn({"name": "A"})
    assert (missing.verdict, missing.reason) == (Meets.UNCLEAR, "the page tells no address of it")


def test_an_address_in_another_country_is_not_outvoted_by_a_page_about_the_place():
    place = Condition(field="address", comparison=Comparison.IN, value="Germany")
    fields = {"address": value_of("1 rue de Rivoli, 75001 Paris, France")}
    assert checks_of(fields, (place,), about=("Bakeries in Germany",))[0].verdict is Meets.NO


def test_what_is_missing_is_said():
    assert check("x", LESS, 20.0, field="name").reason == "no price was found"


def test_a_models_verdict_stands_in_only_where_rules_cannot_tell():
    price = Condition(field="price", comparison=LESS, value=20.0, text="under £20")
    said = Check(
        condition="under £20", field="price", verdict=Meets.YES, reason="‘pay what you like’", by=CheckedBy.MODEL
    )
    assert checks_of({}, (price,), by_model=(said,)) == (said,)
    assert checks_of({"price": value_of(30)}, (price,), by_model=(said,))[0].verdict is Meets.NO
