"""Verdicts of conditions on what pages really say: where a yes or a no would be a guess, it is unclear."""

from __future__ import annotations

import msgspec
import pytest
from agent_doubles import value_of

from domain.checks import Meets
from domain.conditions import checks_of
from domain.plans import Comparison, Condition

YES, NO, UNCLEAR = Meets.YES, Meets.NO, Meets.UNCLEAR
HOLDS, LACKS, EQUAL = Comparison.CONTAINS, Comparison.LACKS, Comparison.EQUAL
LESS, AT_LEAST, GREATER = Comparison.LESS, Comparison.AT_LEAST, Comparison.GREATER


def judged(field, value, comparison, wish, *, unit="", text="", raw=None):
    told = value_of(value)
    told = told if raw is None else msgspec.structs.replace(told, raw=raw)
    condition = Condition(field=field, comparison=comparison, value=wish, unit=unit, text=text)
    return checks_of({field: told}, (condition,))[0]


@pytest.mark.parametrize(
    ("field", "value", "comparison", "wish", "verdict"),
    [
        ("brand", "Apple Inc.", HOLDS, "Apple", YES),
        ("brand", "Pineapple", HOLDS, "Apple", UNCLEAR),
        ("brand", "Massage Co", HOLDS, "Sage", UNCLEAR),
        ("brand", "Sony", HOLDS, "Sage", NO),
        ("brand", "ソニー株式会社", HOLDS, "ソニー", YES),
        ("ingredients", ["3 eggs", "flour"], LACKS, "egg", NO),
        ("ingredients", ["2 Zwiebeln"], LACKS, "Zwiebel", NO),
        ("ingredients", ["eggplant"], LACKS, "egg", UNCLEAR),
        ("ingredients", ["flour", "100 g Haselnüsse"], LACKS, "Nuss", UNCLEAR),
        ("ingredients", ["gluten-free flour"], LACKS, "gluten", YES),
        ("ingredients", ["flour"], LACKS, "egg", YES),
    ],
)
def test_a_word_inside_another_word_is_not_that_word(field, value, comparison, wish, verdict):
    assert judged(field, value, comparison, wish).verdict is verdict


@pytest.mark.parametrize(
    ("author", "verdict"),
    [
        ("Yoshua Bengio", YES),
        ("Bengio, Yoshua", YES),
        ("Y. Bengio", UNCLEAR),
        ("Bengio Y", UNCLEAR),
        ("Samy Bengio", NO),
        (["Aaron Courville", "Bengio, Yoshua"], YES),
    ],
)
def test_a_name_may_be_written_last_name_first_and_initials_tell_too_little(author, verdict):
    assert judged("authors", author, HOLDS, "Yoshua Bengio").verdict is verdict


@pytest.mark.parametrize(
    ("rating", "comparison", "wish", "verdict"),
    [
        ("4.5/5", AT_LEAST, 4.0, YES),
        ("3.5 out of 5", AT_LEAST, 4.0, NO),
        ("8/10", AT_LEAST, 4.0, UNCLEAR),
        ("8/10", AT_LEAST, 7.0, YES),
        (8, AT_LEAST, 4.0, UNCLEAR),
        (7.5, LESS, 4.0, UNCLEAR),
        (92, GREATER, 4.0, UNCLEAR),
        (4.5, LESS, 8.0, UNCLEAR),
        (4.5, Comparison.BETWEEN, (7.0, 9.0), UNCLEAR),
        (4.5, AT_LEAST, 4.0, YES),
    ],
)
def test_ratings_of_two_scales_are_not_compared(rating, comparison, wish, verdict):
    assert judged("rating", rating, comparison, wish).verdict is verdict


def test_the_scale_that_stood_beside_a_rating_counts():
    assert judged("rating", 4.0, AT_LEAST, 4.0, raw="4/10").verdict is UNCLEAR
    assert judged("rating", 4.0, AT_LEAST, 4.0, raw="4 out of 5").verdict is YES


@pytest.mark.parametrize(
    ("date", "comparison", "wish", "verdict"),
    [
        ("2025", LESS, "2024-05", NO),
        ("2025", GREATER, "2024-05", YES),
        ("2023", AT_LEAST, "2024-05", NO),
        ("2024", AT_LEAST, "2024-05", UNCLEAR),
        ("2026", EQUAL, "2026-03", UNCLEAR),
        ("2025", EQUAL, "2026-03", NO),
        ("Saturday", EQUAL, "2026-03-14", UNCLEAR),
    ],
)
def test_dates_are_compared_as_far_as_both_are_told(date, comparison, wish, verdict):
    assert judged("date", date, comparison, wish).verdict is verdict


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("InStock", YES),
        ("In stock", YES),
        ("https://schema.org/InStock", YES),
        ("Only 3 left in stock", YES),
        ("Sold out", NO),
        ("OutOfStock", NO),
        ("Ships in 3 weeks", UNCLEAR),
    ],
)
def test_a_state_of_stock_is_read_however_it_is_written(state, verdict):
    assert judged("availability", state, EQUAL, "InStock").verdict is verdict


@pytest.mark.parametrize(
    ("size", "wish", "verdict"),
    [
        ("M", "M", YES),
        ("Medium", "M", YES),
        ("S, M, L", "M", YES),
        ("S, L", "M", NO),
        ("S/M", "M", UNCLEAR),
        ("One size", "M", UNCLEAR),
        ("41, 42, 43", 42.0, YES),
        ("EU 42", 42.0, UNCLEAR),
        ("43", 42.0, NO),
    ],
)
def test_a_size_is_one_of_those_that_are_told(size, wish, verdict):
    assert judged("size", size, EQUAL, wish).verdict is verdict


@pytest.mark.parametrize(
    ("salary", "raw", "text", "wish", "verdict"),
    [
        (45, "$45 per hour", "at least $80,000", 80000.0, UNCLEAR),
        (7000, "$7,000 a month", "at least $80,000", 80000.0, UNCLEAR),
        (60000, "$60,000 a year", "at least $25 per hour", 25.0, UNCLEAR),
        (30, "$30/hour", "at least $25 per hour", 25.0, YES),
        (90000, "$90,000 per year", "at least $80,000", 80000.0, YES),
        (90000, "$90,000", "at least $80,000", 80000.0, YES),
    ],
)
def test_a_wage_by_the_hour_is_not_compared_with_one_by_the_year(salary, raw, text, wish, verdict):
    assert judged("salary", salary, AT_LEAST, wish, text=text, raw=raw).verdict is verdict


def test_kilometres_are_compared_with_miles_as_miles():
    assert judged("mileage", 50000, LESS, 60000.0, text="under 60,000 miles", raw="50,000 km").verdict is YES
    assert judged("mileage", 50000, LESS, 31000.0, text="under 31,000 miles", raw="50,000 km").verdict is UNCLEAR
    assert judged("mileage", 50000, LESS, 30000.0, text="under 30,000 miles", raw="50,000 km").verdict is NO
    assert judged("mileage", 50000, LESS, 60000.0, text="under 60,000 miles", raw="50,000 miles").verdict is YES


@pytest.mark.parametrize("price", ["$15 off", "Save $15", "15 $ Rabatt", "15 kr"])
def test_what_is_saved_and_an_amount_in_crowns_are_no_price_in_dollars(price):
    assert judged("price", price, LESS, 20.0, unit="USD").verdict is UNCLEAR


@pytest.mark.parametrize(
    ("price", "comparison", "wish", "verdict"),
    [
        ("from £15", LESS, 20.0, YES),
        ("from £25", LESS, 20.0, NO),
        ("from £15", GREATER, 20.0, UNCLEAR),
        ("up to £15", LESS, 20.0, YES),
        ("up to £25", LESS, 20.0, UNCLEAR),
    ],
)
def test_a_price_told_by_one_end_decides_no_more_than_that_end(price, comparison, wish, verdict):
    assert judged("price", price, comparison, wish, unit="GBP").verdict is verdict


@pytest.mark.parametrize(
    ("field", "value", "comparison", "wish", "verdict"),
    [
        ("employees", "1,200", GREATER, 500.0, YES),
        ("employees", "1.200", GREATER, 500.0, UNCLEAR),
        ("employees", "51-1000", GREATER, 500.0, UNCLEAR),
        ("bedrooms", "2 bedrooms", EQUAL, 2.0, YES),
    ],
)
def test_a_number_is_read_with_its_thousands_and_its_noun(field, value, comparison, wish, verdict):
    assert judged(field, value, comparison, wish).verdict is verdict


def in_place(place, *about, **fields):
    condition = Condition(field="address", comparison=Comparison.IN, value=place)
    return checks_of({name: value_of(value) for name, value in fields.items()}, (condition,), about=about)[0].verdict


@pytest.mark.parametrize(
    ("place", "line", "verdict"),
    [
        ("Brooklyn", "Brooklyn Pizza: our restaurants", UNCLEAR),
        ("Hull", "Hull City FC shops", UNCLEAR),
        ("Paris", "Paris Hilton hotels", UNCLEAR),
        ("Leeds", "Coffee roasters in Leeds", YES),
        ("Leeds", "Leeds coffee roasters", YES),
        ("Leeds", "Leeds: Coffee Roasters", YES),
        ("Leeds", "Coffee Roasters Leeds | The List", YES),
    ],
)
def test_the_name_of_a_firm_in_a_headline_is_no_place(place, line, verdict):
    assert in_place(place, line, name="A") is verdict


@pytest.mark.parametrize(
    ("place", "address", "verdict"),
    [
        ("Austin Texas", "1 Main St, Austin, TX 78701", YES),
        ("Austin Texas", "1 Main St, Austin, MN 55912", NO),
        ("New England", "1 Main St, Austin, TX 78701", UNCLEAR),
        ("Port Washington", "1 Main St, Port Washington, NY 11050", YES),
    ],
)
def test_a_state_behind_a_town_needs_no_comma(place, address, verdict):
    assert in_place(place, address=address) is verdict


@pytest.mark.parametrize(
    ("price", "verdict"),
    [
        ("From $15", UNCLEAR),
        ("From $25", YES),
        ("From $35", NO),
        ("up to $15", NO),
        ("up to $25", UNCLEAR),
        ("up to $35", UNCLEAR),
    ],
)
def test_one_end_of_a_range_of_prices_is_no_price_between_two(price, verdict):
    assert judged("price", price, Comparison.BETWEEN, (20.0, 30.0), unit="USD").verdict is verdict


def test_a_code_before_a_slash_is_no_rating_of_ten():
    assert judged("rating", 4.5, AT_LEAST, 4.0, raw="88120345/10").verdict is YES
    assert judged("rating", "4.5 / 5", AT_LEAST, 4.0).verdict is YES
