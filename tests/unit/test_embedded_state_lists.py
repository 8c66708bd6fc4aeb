"""Several lists in the state that a page's scripts hold: which is the page's own."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from tests.unit.extract_pages import page_of


def things(kind: str, names: tuple[str, ...]) -> list[dict[str, object]]:
    return [
        {"id": n, "title": f"{name} {kind}", "price": n + 3.5, "sku": f"{kind[0]}-{n}7"} for n, name in enumerate(names)
    ]


POTS = things("pot", ("Red", "Blue", "Green", "Grey"))
LIDS = things("lid", ("Tin", "Zinc", "Iron", "Lead", "Gold", "Nickel"))


def titles(state: Mapping[str, object], entity: str = "") -> list[object]:
    script = (
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"pageProps": state}})}</script>'
    )
    html = f'<html lang="en"><head><title>Goods | Shop</title></head><body><h1>Goods</h1>{script}</body></html>'
    ask = Ask(fields=parse_fields("title,price,sku"), entity=entity)
    rows = read_page(page_of(html, "https://shop.example/x"), ask).candidates
    return [row.fields["title"].value for row in rows]


@pytest.mark.parametrize(
    "name", ["recommendations", "relatedProducts", "productRecommendations", "crossSell", "recently_viewed", "upsells"]
)
def test_a_longer_list_that_the_state_calls_other_things_is_not_the_pages(name) -> None:
    assert titles({name: {"items": LIDS}, "results": POTS}) == [thing["title"] for thing in POTS]


def test_the_longer_of_two_lists_that_are_called_neither_is_the_pages() -> None:
    assert titles({"lids": LIDS, "pots": POTS}) == [thing["title"] for thing in LIDS]


def test_the_only_list_of_a_state_is_read_whatever_it_is_called() -> None:
    assert titles({"recommendations": LIDS}) == [thing["title"] for thing in LIDS]


def test_recommendations_are_read_where_they_are_asked_for() -> None:
    state = {"recommendations": LIDS, "results": POTS}
    assert titles(state, "recommended products") == [thing["title"] for thing in LIDS]


def test_things_that_a_state_keeps_by_their_names_are_found_by_reference() -> None:
    named = {f"Product:{thing['id']}": {"__typename": "Product", **thing} for thing in POTS}
    assert titles({"ROOT_QUERY": {"products": [{"__ref": name} for name in named]}, **named}) == [
        thing["title"] for thing in POTS
    ]
