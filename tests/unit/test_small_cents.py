"""Prices whose cents are set small: read as they look, told by the page as they are quoted."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from evals.readers import saved_page
from fetch.dom import parse, visible_text


def seen(html: str) -> str:
    return visible_text(parse(html))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>$<span>19</span><sup>99</sup></p>", "$19.99"),
        ("<p>$19<sup>99</sup> each</p>", "$19.99 each"),
        ("<p>$1,299 <small>00</small></p>", "$1,299.00"),
        ("<p>19<sup>99</sup> €</p>", "19.99 €"),
        ("<p>19<sup>99 €</sup></p>", "19.99 €"),
        ("<p><span>$</span><span>19</span><span>99</span></p>", "$19.99"),
        ("<p>$500<sup>1</sup></p>", "$500 1"),  # a footnote
        ("<p>$19.99<sup>12</sup></p>", "$19.99 12"),
        ("<p>$19<span class=price-fraction>99</span></p>", "$19.99"),
    ],
)
def test_small_cents_are_cents(html, text):
    assert seen(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>10<sup>12</sup> stars</p>", "1012 stars"),
        ("<p><span>$</span><span>12</span><span>.99</span></p>", "$12.99"),
        ("<p><span>$1</span><span>99</span><span>9</span></p>", "$1999"),
        ("<p>$19</p><p><span>24</span></p>", "$19\n24"),
        ("<p>$19 <span>24</span> left</p>", "$19 24 left"),
    ],
)
def test_what_is_no_price_with_cents_stays(html, text):
    assert seen(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "<b>$20</b> <b>50</b>",
        "<span>$20</span> <span>41</span>",
        "<span class=price>$20</span> <span class=count>48</span>",
        "<span class=price>$20</span> <i class=likes>48</i>",
        "<span class=price>$20</span><i class=likes>48</i>",
        "<span>$20</span><span>99 reviews</span>",
        "<b>$20</b><b>50</b>",
        "$20<sup>1)</sup>",
    ],
)
def test_a_number_in_the_element_beside_a_price_is_no_cents(html):
    rows = "".join(f"<tr><td>{name}</td><td>{html}</td></tr>" for name in ("Oak", "Pine", "Ash", "Elm"))
    table = f"<table><tr><th>Name</th><th>Price</th></tr>{rows}</table>"
    page = saved_page("http://shop.example/x", f"<!doctype html><html lang=en><body>{table}</body></html>")
    reading = read_page(page, Ask(fields=parse_fields("name,price"), many=True))
    assert [row.fields["price"].value for row in reading.candidates] == [20, 20, 20, 20]


def test_a_price_with_small_cents_is_supported_by_its_page():
    html = "<h1>Brass Kettle</h1><p>Price: $<span>19</span><sup>99</sup></p>"
    page = saved_page("http://shop.example/x", f"<!doctype html><html lang=en><body>{html}</body></html>")
    reading = read_page(page, Ask(fields=parse_fields("name,price"), many=False))
    found = reading.candidates[0].fields["price"]
    assert (found.value, found.unit, found.evidence[0].quote) == (19.99, "USD", "$19.99")
