"""A list of events has a column of prices though some of its events are free, sold out or silent about the price."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import parse_fields
from evals.readers import saved_page

NAMES = (
    *("Pottery for beginners", "Jazz at the mill", "Open garden day", "Bread baking class", "Film night: Metropolis"),
    *("Choir rehearsal", "Repair workshop", "Book swap", "Wild food walk", "Chess evening", "Autumn craft market"),
    "Poetry reading",
)
CARDS = "<li class=event><h3><a href=/e/{0}>{1}</a></h3><p class=date>{2}</p><p class=price>{3}</p></li>"
BARE = "<div><h3><a href=/e/{0}>{1}</a></h3><p>{2}</p><p>{3}</p></div>"
TABLE = "<tr><td><a href=/e/{0}>{1}</a><td>{2}<td>{3}</tr>"
HEAD = "<tr><th>Event<th>Date<th>Price</tr>"
FIVE, FREE, NONE = (5.0, "GBP", "£5.00"), (0.0, "", "Free"), None


def read(form: str, prices: tuple[str, ...], *, headed: bool = True):
    rows = "".join(
        form.format(at, name, f"{at + 1} March 2026", prices[at % len(prices)]) for at, name in enumerate(NAMES)
    )
    if form == TABLE:
        rows = f"<table>{HEAD if headed else ''}{rows}</table>"
    html = f"<html lang=en-GB><title>Events</title><body><main><h1>Events</h1><div>{rows}</div></main></body></html>"
    reading = read_page(saved_page("https://hall.example/events", html), Ask(fields=parse_fields("name,date,price")))
    assert [each.fields["name"].value for each in reading.candidates] == list(NAMES)
    return [each.fields.get("price") for each in reading.candidates]


def told(price):
    if price is None:
        return None
    assert price.evidence[0].verdict is Verdict.SUPPORTED
    return price.value, price.unit, price.evidence[0].quote


@pytest.mark.parametrize("form", [TABLE, CARDS, BARE])
@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        (("£5.00", "Free", ""), (FIVE, FREE, NONE)),
        (("£5.00", "£6", "£7", "Free"), (FIVE, (6, "GBP", "£6"), (7, "GBP", "£7"), FREE)),
        (("Free", "Free", "Free", "£5.00"), (FREE, FREE, FREE, FIVE)),
        (
            ("Free", "from £12", "Sold out", "£5 / £3 concessions"),
            (FREE, (12, "GBP", "£12"), NONE, (5, "GBP", "£5")),
        ),
        (("£5.00", "Free entry", "-"), (FIVE, (0.0, "", "Free entry"), NONE)),
    ],
)
def test_a_column_of_prices_is_read_though_some_are_told_as_free(form, prices, expected):
    assert list(map(told, read(form, prices))) == [expected[at % len(expected)] for at in range(len(NAMES))]


@pytest.mark.parametrize("prices", [("£5.00", "", "", ""), ("£5.00", "Sold out", "Sold out", "To be announced")])
def test_a_column_under_the_word_price_is_read_though_few_rows_tell_one(prices):
    assert list(map(told, read(TABLE, prices))) == [None if at % 4 else FIVE for at in range(len(NAMES))]


def test_a_column_called_price_is_read_though_all_is_free():
    assert set(map(told, read(TABLE, ("Free",)))) == {FREE}


def test_free_is_no_price_where_nothing_says_that_it_is_of_one():
    assert set(map(told, read(TABLE, ("Free", "Busy"), headed=False))) == {None}
