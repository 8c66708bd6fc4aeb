"""A page whose data and whose text tell different prices says so in its records."""

from __future__ import annotations

import json

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import FieldValue
from evals.readers import saved_page

NAMES = ("Amber", "Birch", "Cedar", "Dune", "Ember", "Flint", "Grove", "Hazel")


def data(thing: dict[str, object]) -> str:
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


def product(name: str, price: object, currency: str) -> dict[str, object]:
    return {"@type": "Product", "name": name, "offers": {"price": price, "priceCurrency": currency}}


def prices(html: str, *, many: bool) -> list[FieldValue]:
    page = saved_page("https://shop.example/pots", f"<html lang=en><title>Pots</title><body>{html}</body></html>")
    reading = read_page(page, Ask(fields=parse_fields("name,price"), many=many))
    return [candidate.fields["price"] for candidate in reading.candidates]


def detail(price: object, currency: str, shown: str) -> FieldValue:
    told = data(product("Brass kettle", price, currency))
    return prices(f"{told}<h1>Brass kettle</h1><p class=price>{shown}</p>", many=False)[0]


def listed(price: int, currency: str) -> list[FieldValue]:
    items = [
        {"@type": "ListItem", "item": product(f"{name} kettle", price + at, currency)} for at, name in enumerate(NAMES)
    ]
    rows = "".join(
        f"<li><h3><a href=/{at}>{name} kettle</a></h3><b>£{10 + at}.00</b></li>" for at, name in enumerate(NAMES)
    )
    return prices(f"{data({'@type': 'ItemList', 'itemListElement': items})}<ul>{rows}</ul>", many=True)


def test_the_price_that_a_page_shows_stands_beside_the_one_of_its_data() -> None:
    price = detail("5.00", "USD", "Price: $19.99")
    (conflict,) = price.conflicts
    assert (price.value, conflict.value, conflict.evidence[0].quote) == (5.0, 19.99, "$19.99")
    assert price.confidence < detail("19.99", "USD", "Price: $19.99").confidence


def test_the_same_amount_in_another_currency_is_a_contradiction() -> None:
    price = detail("19.99", "USD", "£19.99")
    assert [(conflict.value, conflict.evidence[0].quote) for conflict in price.conflicts] == [(19.99, "£19.99")]
    assert price.confidence < detail("19.99", "GBP", "£19.99").confidence


@pytest.mark.parametrize(
    ("currency", "shown"), [("CAD", "$19.99"), ("NOK", "19,99 kr"), ("CNY", "¥19.99"), ("USD", "19.99")]
)
def test_a_sign_that_countries_share_contradicts_none_of_their_currencies(currency: str, shown: str) -> None:
    assert detail("19.99", currency, shown).conflicts == ()


def test_the_price_of_another_thing_on_the_page_contradicts_nothing() -> None:
    told = data(product("Brass kettle", "19.99", "USD"))
    body = f"{told}<h1>Brass kettle</h1><b>$19.99</b><div class=related><b class=price>$5.00</b></div>"
    assert prices(body, many=False)[0].conflicts == ()


def test_rows_carry_the_prices_in_which_data_and_page_differ() -> None:
    first, *_ = listed(3, "GBP")
    assert [(conflict.value, conflict.evidence[0].quote) for conflict in first.conflicts] == [(10, "£10.00")]
    assert first.confidence < listed(10, "GBP")[0].confidence


def test_rows_carry_the_currencies_in_which_data_and_page_differ() -> None:
    assert [conflict.evidence[0].quote for conflict in listed(10, "USD")[0].conflicts] == ["£10.00"]
    assert listed(10, "GBP")[0].conflicts == ()
