"""Numbers that are none, or have no end, cost a page that value and nothing else."""

from __future__ import annotations

import json

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from agent.frontier import page_number
from domain.fields import parse_fields
from evals.readers import saved_page

PRICES = ["NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "1e999999", "9" * 500]


def values(html: str) -> dict[str, object]:
    page = saved_page("http://shop.example/x", f"<!doctype html><html lang=en>{html}</html>")
    reading = read_page(page, Ask(fields=parse_fields("name,price,weight:number,time:duration,rating")))
    (candidate,) = reading.candidates
    return {name: found.value for name, found in candidate.fields.items()}


def in_json(price: str) -> str:
    thing = {
        "@type": "Product",
        "name": "Kettle",
        "weight": price,
        "aggregateRating": {"ratingValue": price},
        "offers": {"price": price, "priceCurrency": "USD"},
    }
    return f'<head><script type="application/ld+json">{json.dumps(thing)}</script></head><h1>Kettle</h1>'


def in_microdata(price: str) -> str:
    metas = "".join(f'<meta itemprop={name} content="{price}">' for name in ("price", "weight", "ratingValue"))
    return (
        f'<h1>Kettle</h1><div itemscope itemtype="https://schema.org/Product"><b itemprop=name>Kettle</b>{metas}'
        f'<meta itemprop=time content="PT{price}H"></div>'
    )


def in_share_tags(price: str) -> str:
    return f'<head><meta property="product:price:amount" content="{price}"></head><h1>Kettle</h1>'


@pytest.mark.parametrize("write", [in_json, in_microdata, in_share_tags])
@pytest.mark.parametrize("price", PRICES)
def test_a_price_that_is_no_number_loses_no_page(price, write):
    assert values(write(price)) == {"name": "Kettle"}


def test_numbers_that_json_does_not_have_lose_no_page():
    data = '{"@type":"Product","name":"Kettle","weight":NaN,"offers":{"price":Infinity}}'
    html = f'<head><script type="application/ld+json">{data}</script></head><h1>Kettle</h1>'
    assert values(html) == {"name": "Kettle"}


def test_an_address_with_a_page_number_beyond_all_pages_has_none():
    for place in ("?page=", "/page/"):
        assert page_number(f"http://shop.example/x{place}{'9' * 5000}") is None
        assert page_number(f"http://shop.example/x{place}12") == 12
