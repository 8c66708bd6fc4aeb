"""Prices of tables and cards whose spelling tells more than one number, or no currency."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from evals.readers import saved_page


def prices(spelled: list[str], lang: str) -> list[object]:
    rows = "".join(f"<tr><td>Chair {'ABCDEFG'[at]}</td><td>{text}</td></tr>" for at, text in enumerate(spelled))
    table = f"<table><tr><th>Name</th><th>Price</th></tr>{rows}</table>"
    page = saved_page("http://shop.example/x", f"<!doctype html><html lang={lang}><body>{table}</body></html>")
    reading = read_page(page, Ask(fields=parse_fields("name,price"), many=True))
    return [row.fields["price"].value if "price" in row.fields else None for row in reading.candidates]


@pytest.mark.parametrize(
    ("spelled", "lang"), [("{},450.00", "en"), ("{} 450,00", "fr"), ("{}.450,00", "de"), ("{}’450.00", "de-CH")]
)
def test_a_column_of_grouped_amounts_needs_no_sign(spelled, lang):
    assert prices([spelled.format(at) for at in range(1, 6)], lang) == [at * 1000 + 450 for at in range(1, 6)]


@pytest.mark.parametrize("spelled", ["${}.50/lb", "{},50 €/m²", "£{}.50 per kg"])
def test_a_column_of_prices_by_weight_is_the_price_where_there_is_no_other(spelled):
    assert prices([spelled.format(at) for at in range(1, 6)], "en") == [at + 0.5 for at in range(1, 6)]


@pytest.mark.parametrize(
    ("spelled", "lang", "amount"),
    [
        ("from £10 to £25", "en", 10),
        ("von 10 € bis 25 €", "de", 10),
        ("de 10 € à 25 €", "fr", 10),
        ("de 10 € a 25 €", "es", 10),
        ("da 10 € a 25 €", "it", 10),
        ("van € 10 tot € 25", "nl", 10),
        ("od 10 zł do 25 zł", "pl", 10),
        ("de R$ 10 a R$ 25", "pt-BR", 10),
        ("de R$ 50 por R$ 30", "pt-BR", 30),
        ("Reduced from $50 to $20", "en", 20),
    ],
)
def test_from_heads_a_range_where_the_second_price_is_higher(spelled, lang, amount):
    assert prices([spelled] * 4, lang) == [amount] * 4


@pytest.mark.parametrize(("spelled", "lang"), [("{}2,-", "de"), ("{}2:-", "sv"), ("{}2 :-", "sv"), ("{}2,--", "de-CH")])
def test_dashes_in_place_of_cents_need_no_sign_under_a_price(spelled, lang):
    assert prices([spelled.format(at) for at in range(1, 6)], lang) == [at * 10 + 2 for at in range(1, 6)]
