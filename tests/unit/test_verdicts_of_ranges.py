"""Verdicts on what pages tell by a range, in another unit, by another period, round the clock, or of a namesake."""

from __future__ import annotations

import msgspec
import pytest
from agent_doubles import value_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from agent.planner.rules import plan_by_rules
from domain.checks import Meets, verdict_of
from domain.conditions import checks_of
from domain.extents import extent_of
from domain.fields import make_field, parse_fields
from domain.normal import normalise
from domain.requests import GoalRequest
from evals.readers import saved_page

YES, NO, UNCLEAR = Meets.YES, Meets.NO, Meets.UNCLEAR


def judged(goal: str, field: str, told: str) -> Meets:
    """The verdict on what a page tells of the one field that a goal demands something of."""
    normal = normalise(told, make_field(field), locale="en")
    assert normal is not None
    value = msgspec.structs.replace(value_of(normal.value), raw=told, unit=normal.unit)
    conditions = plan_by_rules(GoalRequest(goal=goal)).conditions
    assert conditions
    return verdict_of(checks_of({field: value}, conditions))


@pytest.mark.parametrize(
    ("goal", "field", "told", "verdict"),
    [
        ("laptops under $500", "price", "$450 - $550", UNCLEAR),
        ("laptops under $500", "price", "$450 - $480", YES),
        ("laptops under $500", "price", "$550 - $600", NO),
        ("laptops between $300 and $500", "price", "$250 - $450", UNCLEAR),
        ("laptops over $500", "price", "from $450", UNCLEAR),
        ("jobs paying over $80,000", "salary", "$70,000 - $95,000", UNCLEAR),
        ("jobs paying over $80,000", "salary", "$85k - $95k", YES),
        ("companies with fewer than 50 employees", "employees", "11-50", UNCLEAR),
        ("companies with more than 50 employees", "employees", "51-200", YES),
        ("companies with more than 500 employees", "employees", "500+", UNCLEAR),
        ("companies with at least 500 employees", "employees", "500+", YES),
        ("films since 2020", "year", "2019-2021", UNCLEAR),
        ("films from 2020", "year", "2019–2021", UNCLEAR),
        ("films since 1995", "year", "1990s", UNCLEAR),
        ("films since 2020", "year", "1990s", NO),
        ("flats with at least 2 bedrooms", "bedrooms", "2+", YES),
    ],
)
def test_one_end_of_a_range_does_not_speak_for_all_of_it(goal, field, told, verdict):
    assert judged(goal, field, told) is verdict


@pytest.mark.parametrize(
    ("goal", "field", "told", "verdict"),
    [
        ("laptops with at least 16 GB of RAM", "memory", "16 GB", YES),
        ("laptops with at least 16 GB of RAM", "memory", "8 GB", NO),
        ("laptops with at least 16 GB of RAM", "memory", "512 MB", NO),
        ("phones with at least 128 GB", "memory", "128/256 GB", UNCLEAR),
        ("flats with area over 80 m²", "area", "85 m2", YES),
        ("flats with area over 80 m²", "area", "85 m²", YES),
        ("flats with area over 80 m²", "area", "900 sq ft", YES),
        ("flats with area over 80 m²", "area", "860 sq ft", UNCLEAR),
        ("cars with less than 50000 km", "mileage", "40,000 miles", NO),
        ("wohnungen mit mindestens 3 Zimmern", "rooms", "2,5", NO),
        ("wohnungen mit mindestens 3 Zimmern", "rooms", "3,5 Zimmer", YES),
        ("flats under £1000 per month", "price", "£250 pw", UNCLEAR),
        ("flats under £1000 per month", "price", "£950 pcm", YES),
    ],
)
def test_a_number_with_its_unit_is_compared_in_the_asked_unit(goal, field, told, verdict):
    assert judged(goal, field, told) is verdict


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [
        ("Mo-Su 08:00-20:00", NO),
        ("24/7", YES),
        ("Mo-Su 00:00-24:00", YES),
        ("Daily", UNCLEAR),
        ("7 days a week", UNCLEAR),
    ],
)
def test_open_round_the_clock_is_more_than_open_on_every_day(hours, verdict):
    assert judged("pharmacies open 24 hours", "opening_hours", hours) is verdict
    assert judged("pharmacies open every day", "opening_hours", hours) is YES


@pytest.mark.parametrize(
    ("place", "address", "verdict"),
    [
        ("Paris", "Paris, TX 75460", UNCLEAR),
        ("Paris", "12 Rue de Rivoli, 75001 Paris, France", YES),
        ("London", "London, Ontario, Canada", UNCLEAR),
        ("Boston", "1 Elm St, Boston, MA 02108", YES),
        ("Berlin", "Hauptstr. 5, 10115 Berlin, DE", YES),
        ("Milan", "Via Roma 1, 20121 Milano, MI", YES),
        ("Munich", "Marienplatz 1, 80331 München", YES),
        ("Seoul", "서울특별시 강남구 테헤란로 1", YES),
        ("Dubai", "شارع الشيخ زايد، دبي", YES),
    ],
)
def test_a_city_is_known_by_its_names_and_not_taken_for_its_namesake(place, address, verdict):
    assert judged(f"dentists in {place}", "address", address) is verdict


def test_what_stands_beside_a_number_is_kept_with_it():
    rows = {"Ash": "$450 - $550", "Elm": "from $450", "Oak": "£250 pw", "Fir": "$70k - $95k", "Yew": "$30"}
    body = "".join(f"<tr><td>{name} desk<td>{price}</tr>" for name, price in rows.items())
    page = saved_page(
        "http://desks.example/", f"<html lang=en><body><table><tr><th>Name<th>Price</tr>{body}</table></body></html>"
    )
    reading = read_page(page, Ask(fields=parse_fields("name,price"), many=True))
    assert [each.fields["price"].raw for each in reading.candidates] == list(rows.values())


def test_a_word_before_much_white_space_is_told_at_once():
    assert extent_of(f"from{' ' * 100_000}x") is None
