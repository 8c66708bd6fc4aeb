"""Amounts of a list are in the currency that their page tells, beside them or above them, and are compared in it."""

from __future__ import annotations

import json

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.checks import Meets
from domain.conditions import checks_of
from domain.fields import parse_fields
from domain.plans import Comparison, Condition
from evals.readers import saved_page

NUMBERS = range(6)


def prices(body: str, data: object = None, lang: str = "en"):
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>' if data else ""
    html = f"<!doctype html><html lang={lang}><head><title>Pots</title>{script}</head><body>{body}</body></html>"
    reading = read_page(saved_page("http://shop.example/x", html), Ask(fields=parse_fields("name,price")))
    assert len(reading.candidates) == len(NUMBERS)
    return [candidate.fields["price"] for candidate in reading.candidates]


def table(heading: str) -> str:
    rows = "".join(f"<tr><td>Pot {n}</td><td>{n + 10}.50</td></tr>" for n in NUMBERS)
    return f"<table><tr><th>Name</th><th>{heading}</th></tr>{rows}</table>"


def offers(currency: str) -> dict[str, object]:
    of_one = [
        {
            "@type": "Product",
            "name": f"Pot {n}",
            "offers": {"@type": "Offer", "price": f"{n + 10}.50", "priceCurrency": currency},
        }
        for n in NUMBERS
    ]
    return {"@context": "https://schema.org", "@graph": of_one}


def test_rows_of_data_have_the_currency_beside_their_price():
    assert {found.unit for found in prices("<p>Pots</p>", offers("USD"))} == {"USD"}


def test_rows_of_marked_elements_have_the_currency_of_their_offer():
    rows = "".join(
        f'<li itemscope itemtype="https://schema.org/Product"><h3 itemprop=name>Pot {n}</h3>'
        '<span itemprop=offers itemscope itemtype="https://schema.org/Offer">'
        f"<meta itemprop=priceCurrency content=USD><span itemprop=price>{n + 10}.50</span></span></li>"
        for n in NUMBERS
    )
    assert {found.unit for found in prices(f"<ul>{rows}</ul>")} == {"USD"}


def test_bare_amounts_on_the_page_have_the_currency_of_the_data_about_the_same_things():
    rows = "".join(f"<li><h3>Pot {n}</h3><b class=price>{n + 10}.5</b></li>" for n in NUMBERS)
    assert {found.unit for found in prices(f"<ul>{rows}</ul>", offers("CAD"))} == {"CAD"}


@pytest.mark.parametrize(
    ("heading", "lang", "unit"),
    [
        ("Price (EUR)", "en", "EUR"),
        ("Preis in €", "de", "EUR"),
        ("Price, USD", "en", "USD"),
        ("Price (kr)", "da-DK", "DKK"),
        ("Price per sq ft", "en", ""),
        ("Price", "en", ""),
    ],
)
def test_a_heading_tells_the_currency_of_what_is_below_it(heading, lang, unit):
    assert {found.unit for found in prices(table(heading), lang=lang)} == {unit}


@pytest.mark.parametrize(
    ("told", "comparison", "wish", "asked"),
    [("USD", Comparison.GREATER, 12.0, "EUR"), ("EUR", Comparison.LESS, 100.0, "USD")],
)
def test_no_list_is_compared_with_an_amount_of_another_currency(told, comparison, wish, asked):
    for found in (*prices("<p>Pots</p>", offers(told)), *prices(table(f"Price ({told})"))):
        (check,) = checks_of(
            {"price": found}, (Condition(field="price", comparison=comparison, value=wish, unit=asked),)
        )
        assert check.verdict is Meets.UNCLEAR
        assert told in check.reason
