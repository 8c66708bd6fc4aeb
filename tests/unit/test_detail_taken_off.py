"""A price in another currency, and one that a percentage was taken off, are not what a thing costs."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from evals.readers import saved_page


def price(body: str) -> object:
    page = saved_page(
        "http://shop.example/pot",
        f"<html lang=en><title>Pot</title><body><h1>Copper pot</h1>{body}<p>Words.</p></body>",
    )
    (record,) = read_page(page, Ask(fields=parse_fields("name,price"), many=False)).candidates
    value = record.fields.get("price")
    return value.value if value is not None else None


@pytest.mark.parametrize("word", ["Approximately", "approx.", "ca.", "environ", "≈"])
def test_what_a_price_comes_to_in_another_currency_is_not_the_price(word):
    shown = "<div><b>£5,100.00</b></div><div class=price><span>shipping</span></div>"
    assert price(f"{shown}<div class=price>{word} <span class=price>EUR 5,663.94</span></div>") == 5100


@pytest.mark.parametrize("off", ["-20 %", "20% off", "−20%"])
def test_a_percentage_says_which_of_two_prices_is_the_earlier(off):
    assert price(f"<div><span>€49.10</span><span>€39.30</span></div><div>{off}</div>") == 39.3
    assert price(f"<div><div>{off}</div><div>€39.30</div><div>€49.10</div><div>€49.10</div></div>") == 39.3


def test_a_percentage_that_fits_no_two_prices_says_nothing():
    assert price("<div><p class=price>€49.10</p></div><div>-50 %</div><p>€39.30</p>") == 49.1
