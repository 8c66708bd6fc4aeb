"""What the buy box says against the page's data, and whether its button sells."""

from __future__ import annotations

import pytest

from agent.extract.detail import read_detail
from agent.extract.embedded import embedded_entities
from agent.extract.reading import Ask, FoundValue
from domain.evidence import Method
from domain.fields import parse_fields
from evals.readers import saved_page
from fetch.dom import parse

OLD_DATA = """<script type="application/ld+json">{"@type": "Product", "name": "Oak chair",
  "offers": {"price": "219.00", "priceCurrency": "EUR"}}</script>"""
BUTTONS = {
    "Slovak": "Do košíka",
    "Slovene": "Naroči",
    "Norwegian": "Legg i handlekurv",
    "Greek": "Προσθήκη στο καλάθι",
    "Romanian": "Adaugă în coș",
    "Ukrainian": "Купити",
}


def read(html: str, fields: str) -> dict[str, FoundValue]:
    page = saved_page("https://shop.example/oak-chair", html)
    root = parse(html)
    return read_detail(root, page, Ask(fields=parse_fields(fields), many=False), embedded_entities(root, page))


def test_a_sale_that_the_buy_box_shows_stands_before_the_price_that_data_tell() -> None:
    html = (
        OLD_DATA
        + """<h1>Oak chair</h1><div class="product-detail"><div class="price-block">
      <div class="row"><span class="original-price">219.00 €</span> <i>-50%</i></div>
      <div class="product-price"><span class="current-price">110.00 €</span></div></div></div>"""
    )
    price = read(html, "price:number")["price"]
    assert (price.value, price.raw, price.method) == (110.0, "110.00 €", Method.DETAIL)
    assert [conflict.value for conflict in price.conflicts] == [219.0]


def test_a_price_that_is_shown_by_the_way_does_not_stand_before_data() -> None:
    html = (
        OLD_DATA
        + """<h1>Oak chair</h1><p>Delivery 12.00 €</p><div class="related">
      <span class="price">99.00 €</span></div>"""
    )
    assert read(html, "price:number")["price"].value == 219.0


def test_the_price_of_a_swatch_is_that_of_another_variant() -> None:
    html = """<h1>Oak chair</h1><div class="product"><ul><li><b class="swatchPrice">92.00 €</b></li></ul>
      <span class="a-price">99.00 €</span></div>"""
    assert read(html, "price:number")["price"].value == 99.0


def test_the_heading_is_the_one_that_the_title_repeats_and_not_a_banner() -> None:
    html = "<title>Oak chair | Shop</title><h1>Save 15%</h1><h1>Oak chair</h1>"
    assert read(html, "title")["title"].raw == "Oak chair"


@pytest.mark.parametrize("language", BUTTONS)
def test_a_button_that_buys_says_that_the_thing_is_in_stock(language: str) -> None:
    html = f"<h1>Oak chair</h1><b class='price'>99 €</b><button class='btn'>{BUTTONS[language]}</button>"
    found = read(html, "availability")["availability"]
    assert found.value == "InStock"
    assert found.raw.lower() in BUTTONS[language].lower()
    assert found.source_path.endswith("/button")


def test_the_only_button_that_buys_cannot_be_pressed_so_the_thing_cannot_be_had() -> None:
    html = "<h1>Oak chair</h1><b class='price'>99 €</b><button disabled>Add to basket</button>"
    assert read(html, "availability")["availability"].value == "OutOfStock"


def test_a_button_that_waits_for_a_size_says_nothing() -> None:
    html = """<h1>Oak chair</h1><form><select name="size"><option>S</option></select>
      <button disabled class="add-to-cart">Choose a size</button></form>"""
    assert "availability" not in read(html, "availability")


def test_a_price_alone_does_not_say_that_the_thing_is_in_stock() -> None:
    assert "availability" not in read("<h1>Oak chair</h1><b class='price'>99 €</b>", "availability")
