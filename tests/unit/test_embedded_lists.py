"""Several things of one kind in a page's data: a list, each row with what is its own."""

from __future__ import annotations

import json

import pytest

from agent.extract.cascade import read_page
from agent.extract.embedded import json_ld
from agent.extract.miner import regions
from agent.extract.reading import Ask, PageReading
from domain.fields import parse_fields
from domain.pages import PageShape
from tests.unit.extract_pages import page_of

FIELDS = "name,price,sku,brand,rating,availability"
POTS = tuple(f'<li><a href="/p/{n}">Pot {n}</a><span>${n + 10}.50</span></li>' for n in range(12))
LINKS = "".join(POTS)
EVENTS = ("Jazz", "Folk", "Opera")


def product(number: int) -> dict[str, object]:
    state = "InStock" if number % 2 else "OutOfStock"
    return {
        "@type": "Product",
        "name": f"Pot {number}",
        "sku": f"S-{number}",
        "brand": {"@type": "Brand", "name": f"Maker {number}"},
        "aggregateRating": {"@type": "AggregateRating", "ratingValue": f"4.{number % 10}"},
        "offers": {
            "@type": "Offer",
            "price": f"{number + 10}.50",
            "priceCurrency": "USD",
            "availability": f"https://schema.org/{state}",
        },
    }


def facts(number: int) -> dict[str, object]:
    return {
        "name": f"Pot {number}",
        "price": number + 10.5,
        "sku": f"S-{number}",
        "brand": f"Maker {number}",
        "rating": 4 + number % 10 / 10,
        "availability": "InStock" if number % 2 else "OutOfStock",
    }


def item_list(count: int) -> dict[str, object]:
    items = [{"@type": "ListItem", "position": n + 1, "item": product(n)} for n in range(count)]
    return {"@type": "ItemList", "itemListElement": items}


def graph(count: int) -> dict[str, object]:
    return {"@graph": [product(number) for number in range(count)]}


def collection(count: int) -> dict[str, object]:
    return {"@type": "CollectionPage", "mainEntity": item_list(count)}


def event(number: int) -> dict[str, object]:
    address = {"@type": "PostalAddress", "streetAddress": f"{number + 1} Elm St", "addressLocality": "Leeds"}
    return {
        "@type": "Event",
        "name": f"{EVENTS[number]} Night",
        "startDate": f"2026-05-{number + 10}",
        "location": {"@type": "Place", "name": f"Hall {number}", "address": address},
    }


def read(body: str, *data: object, fields: str = FIELDS, title: str = "", many: bool | None = None) -> PageReading:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in data)
    html = f'<html lang="en"><head><title>{title}</title>{scripts}</head><body>{body}</body></html>'
    asked = parse_fields(fields) if fields else ()
    return read_page(page_of(html, "https://shop.example/x"), Ask(fields=asked, many=many))


def told(reading: PageReading) -> list[dict[str, object]]:
    return [{name: value.value for name, value in each.fields.items()} for each in reading.candidates]


@pytest.mark.parametrize("written", [item_list, graph, collection])
@pytest.mark.parametrize("count", [2, 3, 12])
def test_an_embedded_list_is_read_row_by_row_however_many_fields_one_of_its_things_would_fill(written, count) -> None:
    reading = read(f"<h1>Pots</h1><ul>{''.join(POTS[:count])}</ul>", written(count), title="Pots")
    assert reading.shape is PageShape.LIST
    assert told(reading) == [facts(number) for number in range(count)]


def test_an_embedded_list_stays_one_where_nothing_is_asked() -> None:
    rows = told(read(f"<ul>{LINKS}</ul>", item_list(12), fields=""))
    assert [row["title"] for row in rows] == [f"Pot {number}" for number in range(12)]
    assert {row["availability"] for row in rows} == {"InStock", "OutOfStock"}


def test_the_address_within_each_thing_is_its_rows_and_no_place_is_a_city() -> None:
    rows = told(
        read(
            "<h1>What's on</h1>",
            [event(n) for n in range(3)],
            fields="name,start_date:date,address,city",
            title="What's on",
        )
    )
    assert rows == [
        {
            "name": f"{EVENTS[n]} Night",
            "start_date": f"2026-05-{n + 10}",
            "address": f"{n + 1} Elm St, Leeds",
            "city": "Leeds",
        }
        for n in range(3)
    ]


def test_a_record_takes_no_field_from_a_neighbour_in_the_list_whose_name_is_alike() -> None:
    (row,) = told(read(f"<ul>{LINKS}</ul>", item_list(12), many=False))
    assert row == facts(0)


def test_a_page_headed_by_one_of_the_things_of_its_data_is_about_that_one() -> None:
    (row,) = told(read(f"<h1>Pot 3</h1><ul>{LINKS}</ul>", graph(12), title="Pot 3 | Shop"))
    assert row == facts(3)


def test_things_recommended_beside_the_pages_own_leave_it_a_page_about_one() -> None:
    own = product(0) | {"name": "Brass Kettle", "sku": "BK-1"}
    (row,) = told(read(f"<h1>Brass Kettle</h1><ul>{LINKS}</ul>", own, item_list(12), title="Brass Kettle"))
    assert row == facts(0) | {"name": "Brass Kettle", "sku": "BK-1"}


def test_data_of_a_thing_that_the_page_neither_names_nor_shows_is_not_taken_for_its_own() -> None:
    other = product(1) | {"name": "Copper Pot"}
    body = "<h1>Brass Kettle</h1><p class='price'>Price: $19.99</p>"
    (row,) = told(read(body, other, title="Brass Kettle | Shop", fields="name,price,sku"))
    assert row == {"name": "Brass Kettle", "price": 19.99}


def test_data_that_names_its_thing_as_no_heading_does_is_told_with_the_heading_as_a_conflict() -> None:
    other = product(1) | {"name": "Copper Pot"}
    body = "<h1>Brass Kettle</h1><p>Goes well with the Copper Pot.</p>"
    reading = read(body, other, title="Brass Kettle | Shop", fields="name,price")
    (conflict,) = reading.candidates[0].fields["name"].conflicts
    assert {reading.candidates[0].fields["name"].value, conflict.value} == {"Copper Pot", "Brass Kettle"}


def test_data_that_says_that_it_is_this_pages_is_taken_under_another_name() -> None:
    own = product(1) | {"name": "Copper Pot", "url": "https://shop.example/x"}
    (row,) = told(read("<h1>Brass Kettle</h1>", own, title="Brass Kettle | Shop", fields="sku"))
    assert row == {"sku": "S-1"}


def small(number: int) -> dict[str, object]:
    return {"@type": "Product", "name": f"Pot {number}", "sku": f"S-{number}"}


def table(count: int) -> str:
    rows = "".join(f"<tr><td>Pot {number}</td><td>S-{number}</td></tr>" for number in range(count))
    return f"<table><tr><th>Name</th><th>SKU</th></tr>{rows}</table>"


@pytest.mark.parametrize("within_list", [True, False])
def test_data_of_more_things_than_are_read_of_a_page_says_how_many_there_are(monkeypatch, within_list) -> None:
    monkeypatch.setattr(json_ld, "MAX_ENTITIES", 20)
    things = [small(number) for number in range(50)]
    reading = read("", {"@type": "ItemList", "itemListElement": things} if within_list else things, fields="name,sku")
    assert len(reading.candidates) in {19, 20}
    assert reading.stated_count == 50


def test_rows_beyond_those_that_are_read_of_a_page_are_counted(monkeypatch) -> None:
    monkeypatch.setattr(regions, "MAX_ROWS", 20)
    reading = read(table(50), fields="name,sku")
    assert (len(reading.candidates), reading.stated_count) == (20, 50)
    assert read(table(20), fields="name,sku").stated_count is None


def test_two_things_named_in_the_data_of_an_article_leave_the_page_the_article() -> None:
    article = {"@type": "Article", "headline": "Baby Back Ribs", "author": "Ann Roe", "datePublished": "2024-05-01"}
    body = "<h1>Baby Back Ribs</h1><p>Rub them well and smoke them for four hours.</p>"
    (row,) = told(read(body, article, product(1), product(2), title="Baby Back Ribs", fields="title,price,author"))
    assert row == {"title": "Baby Back Ribs", "author": "Ann Roe"}


def test_labels_with_signs_of_addresses_and_no_heading_do_not_make_the_reader_fail() -> None:
    cards = "".join(
        f"<div class='c'><dl><dt>@ work</dt><dd>Ann {n}</dd><dt>Size</dt><dd>{n} cm</dd></dl></div>" for n in range(3)
    )
    assert read(cards, fields="name,size").shape in PageShape


def test_an_element_whose_name_no_path_can_say_does_not_make_the_reader_fail() -> None:
    assert read("<a=b><h1>Brass Kettle</h1><p>Price: $19.99</p></a=b>", fields="name,price").candidates
