"""Things in a page's data that are not the page's own, or are a part of what it shows."""

from __future__ import annotations

import json

import pytest
from rapidfuzz import fuzz

from agent.extract.cascade import read_page
from agent.extract.detail import scene
from agent.extract.reading import Ask, PageReading
from domain.fields import parse_fields
from domain.pages import PageShape
from tests.unit.extract_pages import page_of

WOODS = ("Oak", "Ash", "Elm", "Fir", "Yew", "Bay")
KETTLE = "<main><h1>Brass Kettle</h1><p class='price'>$49.00</p><p>SKU: BK-77</p><button>Add to cart</button></main>"
OTHERS = (("Alpha pan", 11), ("Beta pan", 12), ("Gamma pan", 13))
OWN = {"name": "Brass Kettle", "price": 49.0, "sku": "BK-77"}


def product(name: str, price: int) -> dict[str, object]:
    offer = {"@type": "Offer", "price": f"{price}.00", "priceCurrency": "USD"}
    return {"@type": "Product", "name": name, "sku": f"K-{price}0", "offers": offer}


def item_list(things: list[dict[str, object]]) -> object:
    items = [{"@type": "ListItem", "position": n, "item": each} for n, each in enumerate(things, 1)]
    return {"@type": "ItemList", "itemListElement": items}


def cards(things: tuple[tuple[str, int], ...]) -> str:
    written = (
        f'<div class="card"><h3><a href="/p/{price}">{name}</a></h3><span class="price">${price}.00</span></div>'
        for name, price in things
    )
    return f'<div class="grid">{"".join(written)}</div>'


def read(body: str, *data: object, title: str, fields: str = "name,price,sku", many: bool | None = None) -> PageReading:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in data)
    html = f'<html lang="en"><head><title>{title}</title>{scripts}</head><body>{body}</body></html>'
    return read_page(page_of(html, "https://shop.example/x"), Ask(fields=parse_fields(fields), many=many))


def told(reading: PageReading) -> list[dict[str, object]]:
    return [{name: value.value for name, value in each.fields.items()} for each in reading.candidates]


@pytest.mark.parametrize("many", [None, False])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("is_shown", [True, False])
@pytest.mark.parametrize("written", [item_list, list])
def test_a_page_whose_data_tells_only_of_related_things_is_told_of_itself(many, count, is_shown, written) -> None:
    shown = f"<section><h2>You may also like</h2>{cards(OTHERS)}</section>" if is_shown else ""
    data = written([product(*each) for each in OTHERS[:count]])
    reading = read(KETTLE + shown, data, title="Brass Kettle | Shop", many=many)
    assert reading.shape is PageShape.DETAIL
    assert told(reading) == [OWN]


def test_related_things_whose_names_hold_the_pages_own_give_it_no_price() -> None:
    related = [product("Brass Kettle stand", 11), product("Brass Kettle mini", 12), product("Copper kettle", 13)]
    assert told(read(KETTLE, item_list(related), title="Brass Kettle | Shop")) == [OWN]


def test_a_thing_sold_out_takes_no_price_from_the_things_beside_it() -> None:
    body = f"<h1>Brass Kettle</h1><p>Sold out for good.</p><section><h2>You may also like</h2>{cards(OTHERS)}</section>"
    reading = read(body, item_list([product(*each) for each in OTHERS]), title="Brass Kettle | Shop")
    assert told(reading) == [{"name": "Brass Kettle"}]


@pytest.mark.parametrize("many", [None, True])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_data_of_the_first_few_cards_fills_their_rows_and_hides_no_other(many, count) -> None:
    chairs = tuple((f"{wood} chair", 20 + n) for n, wood in enumerate(WOODS))
    data = {"@graph": [{"@type": "Organization", "name": "Shop"}, *(product(*each) for each in chairs[:count])]}
    rows = told(read(f"<h1>Chairs</h1>{cards(chairs)}", data, title="Chairs | Shop", many=many))
    assert [(row["name"], row["price"]) for row in rows] == [(name, float(price)) for name, price in chairs]
    assert [row.get("sku") for row in rows] == [f"K-{20 + n}0" if n < count else None for n in range(len(WOODS))]


def test_a_category_dressed_as_one_product_with_a_span_of_prices_is_read_as_its_rows() -> None:
    chairs = tuple((f"{wood} chair", 20 + n) for n, wood in enumerate(WOODS))
    offers = {"@type": "AggregateOffer", "lowPrice": "20.00", "highPrice": "25.00", "priceCurrency": "USD"}
    data = {"@type": "Product", "name": "Chairs", "offers": offers}
    reading = read(f"<h1>Chairs</h1>{cards(chairs)}", data, title="Chairs | Shop")
    assert [row["name"] for row in told(reading)] == [name for name, _ in chairs]


def test_a_group_of_variants_is_one_thing_without_the_code_of_the_first() -> None:
    variants = [product(f"Brass Kettle {litres} l", 39 + 10 * litres) for litres in (1, 2, 3)]
    group = {"@type": "ProductGroup", "name": "Brass Kettle", "hasVariant": variants}
    assert told(read("<h1>Brass Kettle</h1>", group, title="Brass Kettle")) == [{"name": "Brass Kettle", "price": 49.0}]


def test_the_variant_that_a_page_is_called_by_is_the_one_it_tells() -> None:
    variants = [product(f"Brass Kettle {litres} l", 39 + 10 * litres) for litres in (1, 2, 3)]
    group = {"@type": "ProductGroup", "name": "Brass Kettle", "hasVariant": variants}
    body = "<h1>Brass Kettle 2 l</h1><p class='price'>$59.00</p>"
    reading = read(body, group, title="Brass Kettle 2 l | Shop")
    assert told(reading) == [{"name": "Brass Kettle 2 l", "price": 59.0, "sku": "K-590"}]


def test_several_groups_of_variants_are_a_list_of_groups() -> None:
    groups = [
        {
            "@type": "ProductGroup",
            "name": f"{wood} pot",
            "hasVariant": [product(f"{wood} pot {size}", 5) for size in "SL"],
        }
        for wood in WOODS[:3]
    ]
    reading = read("<h1>Goods</h1>", groups, title="Goods", fields="name,price", many=True)
    assert [row["name"] for row in told(reading)] == ["Oak pot", "Ash pot", "Elm pot"]


def test_the_work_of_telling_things_apart_grows_with_their_number_alone(monkeypatch) -> None:
    calls = []

    def counted(*names: str) -> float:
        calls.append(names)
        return fuzz.token_set_ratio(*names)

    class Counted:
        token_set_ratio = staticmethod(counted)

    monkeypatch.setattr(scene, "fuzz", Counted)
    count = 200
    reading = read("<h1>Pots</h1>", *(product(f"Pot {n}", n + 10) for n in range(count)), title="Pots")
    assert len(reading.candidates) == count
    assert calls
    assert len(calls) <= 5 * count
