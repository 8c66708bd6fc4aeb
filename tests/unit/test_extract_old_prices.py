"""Prices from before a sale, and what is taken off or added, are not what a thing costs."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.price_words import told_price
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import Value
from evals.readers import saved_page

ITEMS = range(6)


def read(
    body: str, fields: str = "name,price", *, many: bool | None = None, language: str = "en"
) -> list[Value | None]:
    html = f"<html lang={language}><title>Pots</title><body>{body}</body></html>"
    page = saved_page("https://shop.example/pots", html)
    candidates = read_page(page, Ask(fields=parse_fields(fields), many=many)).candidates
    found = [candidate.fields.get(fields.split(",")[-1].split(":")[0]) for candidate in candidates]
    return [value.value if value else None for value in found]


@pytest.mark.parametrize(
    "prices",
    [
        "<del>${0}</del> <ins>${1}</ins>",
        "<span style='text-decoration: line-through'>${0}</span> <span>${1}</span>",
        "<span class='price--was'>${0}</span> <span class='price--now'>${1}</span>",
        "<p class=price><s>${0}</s> ${1}</p>",
        "<p class=price><span class=oldPrice>${0}</span> ${1}</p>",
        "<p>was ${0} now ${1}</p>",
        "<p>${1} (RRP ${0})</p>",
        "<p>You save ${0}</p><p>${1}</p>",
        "<span class='line-through text-gray-500'>${0}</span> <span>${1}</span>",
        "<span class='text-decoration-line-through'>${0}</span> <span>${1}</span>",
        "<span>Was ${0}</span> <span>Now ${1}</span>",
        "<p>List Price: ${0}</p><p>${1}</p>",
        "<p>Antes ${0}</p><p>Ahora ${1}</p>",
        "<p>Alter Preis ${0}</p><p>Neuer Preis ${1}</p>",
        "<span>van ${0}</span> <span>voor ${1}</span>",
        "<span>M.R.P: ${0}</span> <span>${1}</span>",
        "<p>${1}</p><p>Najniższa cena z 30 dni: ${0}</p>",
    ],
)
def test_the_price_of_a_row_is_the_one_that_holds_now(prices: str) -> None:
    rows = (f"<li><h3>Copper pot {at}</h3>{prices.format(f'{at + 50}.50', f'{at + 10}.50')}</li>" for at in ITEMS)
    assert read(f"<ul>{''.join(rows)}</ul>") == [at + 10.5 for at in ITEMS]


@pytest.mark.parametrize("heads", [("Was", "Now"), ("UVP", "Preis"), ("Prix barré", "Prix"), ("Rabatt", "Preis")])
def test_a_column_of_earlier_prices_stands_behind_any_other(heads: tuple[str, str]) -> None:
    rows = "".join(f"<tr><td>Copper pot {at}</td><td>${at + 50}.50</td><td>${at + 10}.50</td></tr>" for at in ITEMS)
    table = f"<table><tr><th>Name</th><th>{heads[0]}</th><th>{heads[1]}</th></tr>{rows}</table>"
    assert read(table) == [at + 10.5 for at in ITEMS]


@pytest.mark.parametrize(
    ("plain", "on_sale"),
    [
        ("<span class=price>${1}</span>", "<del>${0}</del> <ins>${1}</ins>"),
        ("<p class=price><b>${1}</b></p>", "<p class=price><del><b>${0}</b></del> <ins><b>${1}</b></ins></p>"),
    ],
)
def test_rows_on_sale_and_others_tell_their_prices_each_in_its_own_markup(plain: str, on_sale: str) -> None:
    shown = ((on_sale if at % 2 else plain).format(f"{at + 50}.50", f"{at + 10}.50") for at in ITEMS)
    rows = "".join(
        f"<li class=card><h3><a href=/{at}>Copper pot {at}</a></h3>{price}</li>" for at, price in enumerate(shown)
    )
    assert read(f"<ul>{rows}</ul>") == [at + 10.5 for at in ITEMS]


def test_who_asks_for_the_old_price_gets_it() -> None:
    rows = "".join(f"<tr><td>Copper pot {at}</td><td>${at + 50}.50</td><td>${at + 10}.50</td></tr>" for at in ITEMS)
    table = f"<table><tr><th>Name</th><th>Old price</th><th>Price</th></tr>{rows}</table>"
    assert read(table, "name,old_price:price") == [at + 50.5 for at in ITEMS]


def test_a_struck_price_is_the_price_where_a_list_has_no_other() -> None:
    rows = "".join(f"<li><h3>Copper pot {at}</h3><del>${at + 50}.50</del></li>" for at in ITEMS)
    assert read(f"<ul>{rows}</ul>") == [at + 50.5 for at in ITEMS]


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "<p class=price><s>$49.99</s> $15.00</p>"),
        ("en", "<p class=price><span style='text-decoration:line-through'>$49.99</span> $15.00</p>"),
        ("en", "<p>was $49.99 now $15.00</p>"),
        ("en", "<p class=price>From $49.99 to $15.00</p>"),
        ("en", "<p class=price>$15.00 ($3.75 / kg)</p>"),
        ("de", "<p>Rabatt: 20,- €</p><p>Preis: 15,- €</p>"),
        ("de", "<p>15,00 € UVP 49,99 €</p>"),
        ("de", "<p>statt 49,99 € nur 15,00 €</p>"),
        ("fr", "<p>au lieu de 49,99 € : 15,00 €</p>"),
        ("es", "<p>antes 49,99 € ahora 15,00 €</p>"),
        ("it", "<p>Prezzo di listino: 49,99 €</p><p>Prezzo: 15,00 €</p>"),
        ("pl", "<p>Stara cena: 49,99 zł</p><p>Cena: 15,00 zł</p>"),
        ("sv", "<p>Ord. pris: 49,99 kr</p><p>Pris: 15,00 kr</p>"),
        ("ru", "<p>вместо 49,99 ₽ 15,00 ₽</p>"),
        ("en", "<span class='line-through'>$49.99</span> <span>$15.00</span>"),
        ("en", "<span class='md:font-bold hover:line-through'>$15.00</span> <s>$49.99</s>"),
        ("nl", "<span>van € 49,99</span> <span>voor € 15,00</span>"),
        ("en-IN", "<span>M.R.P.: ₹4,999</span><span>₹15.00</span>"),
        ("pl", "<p>Najniższa cena z ostatnich 30 dni przed obniżką: 12,00 zł</p><p>15,00 zł</p>"),
    ],
)
def test_the_price_of_a_thing_is_the_one_that_holds_now(language: str, shown: str) -> None:
    assert read(f"<h1>Copper pot</h1>{shown}", many=False, language=language) == [15.0]


def test_what_a_thing_cost_before_contradicts_nothing() -> None:
    html = "<title>Pot</title><h1>Copper pot</h1><p class=price><del><b>$49.99</b></del> <ins><b>$15.00</b></ins></p>"
    page = saved_page("https://shop.example/pot", html)
    (candidate,) = read_page(page, Ask(fields=parse_fields("price"), many=False)).candidates
    assert (candidate.fields["price"].value, candidate.fields["price"].conflicts) == (15.0, ())


@pytest.mark.parametrize("specified", [("ListPrice", ""), ("", "ListPrice"), ("", "https://schema.org/ListPrice")])
def test_a_specification_of_the_list_price_is_not_the_price(specified: tuple[str, str]) -> None:
    each = ",".join(f'{{"price": {49.99 if kind else 15.0}, "priceType": "{kind}"}}' for kind in specified)
    data = (
        f'{{"@type": "Product", "name": "Copper pot", "offers": {{"@type": "Offer", "priceSpecification": [{each}]}}}}'
    )
    assert read(f"<h1>Copper pot</h1><script type='application/ld+json'>{data}</script>", many=False) == [15.0]


@pytest.mark.parametrize(
    "line",
    [
        "Free shipping on orders over $50",
        "Versandkostenfrei ab 50 €",
        "Livraison offerte dès 50 €",
        "Spend $100 get $20 off",
        "Add 2-year warranty $12.99",
    ],
)
def test_what_must_be_spent_and_what_an_extra_costs_are_no_price(line: str) -> None:
    assert read(f"<h1>Copper pot</h1><p>{line}</p>", "name,price", many=False) == [None]
    assert read(f"<h1>Copper pot</h1><p>{line}</p><p>$24.00</p>", "name,price", many=False) == [24.0]


@pytest.mark.parametrize("line", ["Deposit: $100</p><p>$24.00", "$24.00 free shipping from $50"])
def test_a_price_beside_such_an_amount_stays_the_price(line: str) -> None:
    assert read(f"<h1>Copper pot</h1><p>{line}</p>", many=False) == [24.0]


def test_a_row_of_data_costs_what_no_type_calls_its_list_price() -> None:
    prices = [f'{{"price": {at + 50}.5, "priceType": "ListPrice"}}, {{"price": {at + 10}.5}}' for at in ITEMS]
    things = ",".join(
        f'{{"@type": "Product", "name": "Copper pot {at}", "offers": {{"priceSpecification": [{price}]}}}}'
        for at, price in enumerate(prices)
    )
    rows = "".join(f"<li>Copper pot {at}</li>" for at in ITEMS)
    assert read(f"<ul>{rows}</ul><script type='application/ld+json'>[{things}]</script>") == [at + 10.5 for at in ITEMS]


def test_a_price_without_its_tax_does_not_make_the_one_beside_it_an_old_one() -> None:
    body = "<h1>Lonec</h1><ul><li class=price><b class='price-old-live'>40.00€</b></li><li>Brez DDV: 32.79€</li></ul>"
    assert read(body, many=False, language="sl") == [40.0]


def test_a_text_of_old_prices_alone_still_tells_one() -> None:
    told = told_price("was $49.99, sold")
    assert told is not None
    assert (told[0].text, told[1]) == ("$49.99", False)
    assert told_price("no price at all") is None
