"""Amounts and days that a page about one thing tells under captions, in millions, in signs of one country, or by the
way."""

from __future__ import annotations

import pytest

from agent.extract.detail import read_detail
from agent.extract.embedded import embedded_entities
from agent.extract.grounder import Grounder
from agent.extract.reading import Ask
from agent.extract.setting import page_setting
from domain.currencies import currency_of
from domain.fields import parse_fields
from domain.locales import locale_of
from domain.money import find_price, price_amount
from domain.records import FieldValue
from evals.readers import saved_page
from fetch.dom import parse

SPECIFIED = """<script type="application/ld+json">{"@type": "Product", "name": "Oak chair", "offers": {"@type": "Offer",
  "priceSpecification": [
    {"@type": "UnitPriceSpecification", "price": "30.00", "priceCurrency": "EUR", "priceType": "%s"},
    {"@type": "UnitPriceSpecification", "price": "20.00", "priceCurrency": "EUR"}]}}</script>"""


def told(body: str, fields: str, lang: str = "en") -> dict[str, FieldValue]:
    html = f"<html lang={lang}><title>Oak chair</title><body><h1>Oak chair</h1>{body}</body></html>"
    page, root = saved_page("https://shop.example/oak-chair", html), parse(html)
    ask = Ask(fields=parse_fields(fields), many=False)
    found = read_detail(root, page, ask, embedded_entities(root, page))
    return dict(Grounder(page_setting(page, root, ask)).row(found, ask.fields))


def price(body: str, lang: str = "en") -> tuple[object, str] | None:
    found = told(body, "price", lang).get("price")
    return (found.value, found.unit) if found is not None else None


@pytest.mark.parametrize(
    ("body", "lang", "expected"),
    [
        ("<p class=price>€20 Mio.</p>", "de", (20_000_000, "EUR")),
        ("<p>Preis: €12.500.000</p>", "de", (12_500_000, "EUR")),
        ("<p class=price>Rp 15.000.000</p>", "id", (15_000_000, "IDR")),
        ("<p class=price>12500000</p>", "en", None),
    ],
)
def test_only_an_amount_without_a_currency_is_too_high_for_a_price(body, lang, expected) -> None:
    assert price(body, lang) == expected


def test_data_that_tell_a_currency_may_tell_millions_in_it() -> None:
    data = """<script type="application/ld+json">{"@type": "Product", "name": "Oak chair",
      "offers": {"price": "15000000", "priceCurrency": "IDR"}}</script>"""
    assert price(data, "id") == (15_000_000, "IDR")


@pytest.mark.parametrize(
    ("body", "lang", "expected"),
    [
        ("<p>Price (EUR): 10.50</p>", "en", (10.5, "EUR")),
        ("<dl><dt>Preis in €</dt><dd>10,50</dd></dl>", "de", (10.5, "EUR")),
        ("<p>Price: 10.50</p>", "en", (10.5, "")),
        ("<p>Deposit (EUR): 10.50</p>", "en", None),
        ("<p>Old price: 10.50</p>", "en", None),
    ],
)
def test_a_caption_names_a_price_and_its_currency(body, lang, expected) -> None:
    assert price(body, lang) == expected


@pytest.mark.parametrize(
    "body",
    [
        "<p class=price>Save $5</p>",
        "<div class=product><span class=price>Save $5 today</span></div>",
        "<p class=price>$5 off</p>",
        "<p class=price>You save <b>$5</b></p>",
        "<p class=price>Delivery: $5</p>",
    ],
)
def test_what_is_saved_or_paid_besides_is_no_price_where_it_stands_alone(body) -> None:
    assert price(body) is None


def test_half_a_number_is_no_price() -> None:
    assert price("<p class=price>$1,2</p><p>00</p>") is None
    assert price("<p class=price>1,2 €</p>", "de") == (1.2, "EUR")
    assert price("<p class=price>$1,2 million</p>") == (1_200_000, "USD")


@pytest.mark.parametrize(
    ("text", "tag", "amount", "currency"),
    [
        ("Q 150.00", "es-GT", 150, "GTQ"),
        ("Q150.00", "es-GT", 150, "GTQ"),
        ("B/. 25.00", "es-PA", 25, "PAB"),
        ("B/.25.00", "es-PA", 25, "PAB"),
        ("S/.25.00", "es-PE", 25, "PEN"),
        ("C$ 100", "es-NI", 100, "NIO"),
        ("C$ 100", "en-CA", 100, "CAD"),
        ("EC$ 20", "en", 20, "XCD"),
    ],
)
def test_signs_of_one_country_are_read_there(text, tag, amount, currency) -> None:
    found = find_price(text, tag)
    assert found is not None
    assert (price_amount(found.text, tag), currency_of(found.text, locale_of(tag))) == (amount, currency)


@pytest.mark.parametrize("text", ["Q 4", "FAQ 20"])
def test_a_letter_is_no_sign_in_other_countries(text) -> None:
    assert find_price(text, "en-US") is None


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("<h2>Fair of 2027</h2><p>Start date: 3 March</p>", "start_date"),
        ("<dl><dt>Deadline</dt><dd>3 March</dd></dl><p>© 2027</p>", "deadline"),
    ],
)
def test_a_captioned_day_without_its_year_is_of_the_year_that_the_page_tells(body, name) -> None:
    found = told(body, name)[name]
    assert (found.value, found.verdict.value) == ("2027-03-03", "derived")


@pytest.mark.parametrize("kind", ["ListPrice", "https://schema.org/StrikethroughPrice", "MSRP"])
@pytest.mark.parametrize("name", ["list_price", "msrp:price"])
def test_the_price_from_before_is_the_one_that_data_specify_as_such(kind, name) -> None:
    fields = told(SPECIFIED % kind, f"price,{name}")
    assert [(each.value, each.unit) for each in fields.values()] == [(20, "EUR"), (30, "EUR")]


@pytest.mark.parametrize(
    "body",
    [
        "<p><i>Origin:</i> Kenya<br><i>Roast:</i> dark</p>",
        "<p><em>Origin: Kenya</em><br><em>Roast: dark</em></p>",
        "<p>Notes of our own <em>Origin: Kenya</em></p>",
        "<p>Herkunft: Kenya</p>",
        "<p>Pays d'origine : Kenya</p>",
        "<p>País de origen: Kenya</p>",
        "<p>Land van herkomst: Kenya</p>",
        "<p>Kraj pochodzenia: Kenya</p>",
        "<p>Страна происхождения: Kenya</p>",
    ],
)
def test_pairs_in_slanted_type_and_captions_of_other_languages_are_read(body) -> None:
    assert told(body, "origin")["origin"].value == "Kenya"


def test_lines_that_are_not_all_pairs_stay_together() -> None:
    assert told("<p>Address: 12 High St<br>Bristol</p>", "address").keys() <= {"address"}
    assert told("<p>Origin: Kenya<br>Hills</p>", "origin")["origin"].value != "Kenya"
