"""Data that a page carries for machines, as loosely written as it is found."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.extract.columns import ColumnTable
from agent.extract.embedded import Entity, embedded_entities, embedded_tables
from agent.extract.embedded.lenient_json import plain, read_json
from domain.evidence import Method
from domain.pages import CapturedResponse, FetchOutcome, Page, Via
from fetch.dom import parse

URL = "https://shop.example/a/b"


def page_of(html: str, *bodies: str) -> Page:
    return Page(
        id="p",
        url=URL,
        final_url=URL,
        outcome=FetchOutcome.OK,
        via=Via.FILE,
        fetched_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        html=html,
        responses=tuple(CapturedResponse(url=URL, body=body) for body in bodies),
    )


def entities_of(html: str) -> tuple[Entity, ...]:
    return embedded_entities(parse(html), page_of(html))


def tables_of(html: str, *bodies: str) -> tuple[ColumnTable, ...]:
    return embedded_tables(parse(html), page_of(html, *bodies))


def ld(*values: object) -> str:
    return "".join(f"<script type='application/ld+json'>{json.dumps(value)}</script>" for value in values)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 2]}',
        '<!-- {"a": [1, 2]} -->',
        '//<![CDATA[\n{"a": [1, 2]}\n//]]>',
        '{"a": [1, 2,],}',
        "{a: [1, 2] /* why */}",
        '{"a": [1, 2]};',
        "{&quot;a&quot;: [1, 2]}",
        "{'a': [1, 2]}",
    ],
)
def test_loose_json_is_read_as_it_was_meant(text: str) -> None:
    assert read_json(text) == {"a": [1, 2]}


def test_a_newline_within_a_string_does_not_lose_the_document() -> None:
    assert read_json('{"a": "one\ntwo"}') == {"a": "one\ntwo"}


def test_several_values_in_one_script_are_a_list() -> None:
    assert read_json('{"a": 1}\n{"b": 2}') == [{"a": 1}, {"b": 2}]


@given(st.text(alphabet=st.sampled_from("{}[]\":,a1\\ntrue/*'<&;\n "), max_size=200))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    read_json(text)


def test_nesting_beyond_reason_is_no_value_and_no_crash() -> None:
    assert read_json("[" * 200_000) is None


def test_markup_and_double_escapes_in_strings_become_text() -> None:
    assert plain("Beat &amp;frac12; cup<br>of <b>cream</b>") == "Beat ½ cup\nof cream"


def test_a_reference_is_resolved_across_scripts() -> None:
    html = ld(
        {"@type": "Recipe", "author": {"@id": "#me"}}, {"@graph": [{"@id": "#me", "@type": "Person", "name": "Ann"}]}
    )
    recipe = entities_of(html)[0]
    assert recipe.text("author") == "Ann"
    author = recipe.first("author")
    assert author is not None
    assert author.leaf.path == "script[1]$.@graph[0].name"


def test_references_in_a_circle_end() -> None:
    html = ld(
        {"@id": "#a", "@type": "Person", "knows": {"@id": "#b"}}, {"@id": "#b", "name": "B", "knows": {"@id": "#a"}}
    )
    assert [entity.types for entity in entities_of(html)] == [("person",), ()]


def test_a_full_type_url_and_a_prefixed_one_are_the_plain_type() -> None:
    html = ld({"@type": ["https://schema.org/Product", "schema:Car"], "name": "x"})
    assert entities_of(html)[0].types == ("product", "car")


def test_microdata_keeps_nested_items_absolute_links_and_the_place() -> None:
    html = """<div itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">Mug</h1>
      <a itemprop="url" href="/mug">more</a><img itemprop="image" src="m.png">
      <div itemprop="offers" itemscope itemtype="http://schema.org/Offer">
      <meta itemprop="price" content="9.50"></div></div>"""
    product = entities_of(html)[0]
    assert (product.types, product.text("name"), product.text("url")) == (
        ("product",),
        "Mug",
        "https://shop.example/mug",
    )
    assert product.text("image") == "https://shop.example/a/m.png"
    price = product.nested("offers")[0].first("price")
    assert price is not None
    assert (price.value, price.attribute) == ("9.50", "content")
    assert parse(html).xpath(price.path)[0].get("content") == "9.50"


def test_an_itemref_brings_in_a_property_from_elsewhere() -> None:
    html = (
        "<div itemscope itemref='x' itemtype='Thing'><b itemprop='name'>n</b></div><p id='x' itemprop='color'>red</p>"
    )
    assert entities_of(html)[0].text("color") == "red"


def test_meta_tags_are_one_entity_with_the_type_that_the_page_gives() -> None:
    html = "<meta property='og:type' content='og:product'><meta name='Description' content='A mug'>"
    meta = entities_of(html)[0]
    assert (meta.method, meta.types, meta.text("description")) == (Method.OPENGRAPH, ("product",), "A mug")


STATE = {
    "props": {
        "items": [{"id": 1, "name": "Mug", "price": {"value": 9.5}}, {"id": 2, "name": "Cup", "price": {"value": 4}}]
    }
}


@pytest.mark.parametrize(
    "script",
    [
        f"<script id='__NEXT_DATA__' type='application/json'>{json.dumps(STATE)}</script>",
        f"<script>window.__STATE__ = {json.dumps(STATE)};</script>",
        f"<script>var a=1;window['x']={{}};const state = {json.dumps(STATE)}</script>",
        "<script>window.__NUXT__={props:{items:[{id:1,name:'Mug',price:{value:9.5}},{id:2,name:'Cup',price:{value:4}}]}}</script>",
        f"<script>window.s = JSON.parse({json.dumps(json.dumps(STATE))})</script>",
        f"<script>self.__next_f.push([1,{json.dumps('2:I[1]' + chr(10) + '3:' + json.dumps(STATE))}])</script>",
    ],
)
def test_an_array_in_page_state_is_a_table_however_it_is_assigned(script: str) -> None:
    table = tables_of(script)[0]
    columns = {column.path: [cell.text for cell in column.cells.values()] for column in table.columns}
    assert columns["name"] == ["Mug", "Cup"]
    assert columns["price/value"] == ["9.5", "4"]
    assert table.method is Method.STATE
    price = next(column for column in table.columns if column.path == "price/value")
    assert price.labels[0] == "price"
    assert price.cells[1].source_path.endswith("$.props.items[1].price.value")


def test_references_of_a_normalised_cache_are_followed() -> None:
    cache = {
        "Product:1": {"__typename": "Product", "name": "Mug", "brand": {"__ref": "Brand:1"}},
        "Product:2": {"__typename": "Product", "name": "Cup", "brand": {"__ref": "Brand:1"}},
        "Brand:1": {"__typename": "Brand", "name": "Acme", "id": "1"},
    }
    table = tables_of(f"<script>window.__APOLLO_STATE__ = {json.dumps(cache)}</script>")[0]
    columns = {column.path: [cell.text for cell in column.cells.values()] for column in table.columns}
    assert (table.name, columns["brand/name"]) == ("Product", ["Acme", "Acme"])


def test_json_fetched_while_rendering_is_a_table_that_names_its_response() -> None:
    table = tables_of("<p>x", json.dumps({"data": [{"title": "A", "link": "/a"}, {"title": "B", "link": "/b"}]}))[0]
    assert table.method is Method.XHR
    assert table.columns[1].attribute == "href"
    assert table.columns[0].cells[0].source_path == "response[0]$.data[0].title"


def test_several_things_of_one_type_are_a_table_in_page_order() -> None:
    events = [{"@type": "Event", "name": f"e{n}", "location": {"@type": "Place", "name": "Hall"}} for n in range(3)]
    table = next(table for table in tables_of(ld(events)) if table.name == "event")
    columns = {column.path: [cell.text for cell in column.cells.values()] for column in table.columns}
    assert columns["name"] == ["e0", "e1", "e2"]
    assert "location/name" in columns


def test_a_huge_array_is_capped() -> None:
    rows = [{"n": f"name {n}", "v": n} for n in range(5_000)]
    assert tables_of(f"<script>x = {json.dumps(rows)}</script>")[0].rows == 3_000


def test_the_pages_of_a_list_that_scripts_fetched_one_by_one_are_one_table():
    def fetched(query: str, *numbers: int) -> CapturedResponse:
        items = [{"name": f"Boat {n}", "price": 100 + n} for n in numbers]
        return CapturedResponse(
            url=f"https://shop.example/api/boats{query}", body=json.dumps({"items": items, "ok": 1})
        )

    page = replace(
        page_of("<p>Boats</p>"),
        responses=(
            fetched("?sort=a", 1, 2, 3),
            fetched("?sort=b", 7, 8),  # another list
            fetched("?sort=a&cursor=3", 3, 4, 5),
            fetched("?sort=a", 1, 2, 9),  # the same list, asked for again
            fetched("?sort=a&cursor=6", 6),
        ),
    )
    tables = embedded_tables(parse(page.html), page)
    assert [table.rows for table in tables] == [6, 3, 2]
    names = tables[0].columns[0].cells
    assert [names[row].text for row in range(6)] == [f"Boat {n}" for n in range(1, 7)]
    assert names[5].path == "response[4]$.items[0].name"
