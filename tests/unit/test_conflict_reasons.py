"""A conflict says why the value that was chosen stands before it."""

from __future__ import annotations

import json

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import Conflict
from evals.readers import saved_page


def conflict(price: str, body: str) -> Conflict:
    thing = {"@type": "Product", "name": "Brass kettle", "offers": {"price": price, "priceCurrency": "GBP"}}
    data = f'<script type="application/ld+json">{json.dumps(thing)}</script>'
    html = f"<html lang=en-GB><title>Brass kettle</title>{data}<body><h1>Brass kettle</h1>{body}</body></html>"
    reading = read_page(saved_page("https://shop.example/k", html), Ask(fields=parse_fields("name,price"), many=False))
    (found,) = reading.candidates[0].fields["price"].conflicts
    return found


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "<div class='product-buybox product-price'><span class='price current-price'>£12.00</span></div>",
            "the buy box plainly shows it",
        ),
        ("<p class=price>£12.00</p>", "the page's data tell it of this thing, the other is only shown"),
    ],
)
def test_a_price_that_wins_says_by_what(body: str, reason: str) -> None:
    assert conflict("15.00", body).reason == reason
