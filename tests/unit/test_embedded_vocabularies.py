"""The ways in which pages write schema.org's things: JSON-LD's keys, references and mistakes, microdata, RDFa."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.extract.cascade import read_page
from agent.extract.embedded.lenient_json import read_json
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import parse_fields
from tests.unit.extract_pages import page_of

KETTLE = {"name": "Brass Kettle", "price": 49.0, "sku": "K-49"}
OFFER = {"@type": "Offer", "price": "49.00", "priceCurrency": "USD"}
PRODUCT = {"@type": "Product", "name": "Brass Kettle", "sku": "K-49", "offers": OFFER}
WRITTEN = json.dumps(PRODUCT)
BODY = "<h1>Brass Kettle</h1><p>A kettle.</p>"


def script(data: object) -> str:
    written = data if isinstance(data, str) else json.dumps(data)
    return f'<script type="application/ld+json">{written}</script>'


def rows(
    body: str, head: str = "", fields: str = "name,price,sku", title: str = "Brass Kettle"
) -> list[dict[str, object]]:
    html = f'<html lang="en"><head><title>{title}</title>{head}</head><body>{body}</body></html>'
    reading = read_page(page_of(html, "https://shop.example/x"), Ask(fields=parse_fields(fields)))
    return [{name: value.value for name, value in each.fields.items()} for each in reading.candidates]


@pytest.mark.parametrize(
    "data",
    [
        {
            "@context": {"s": "https://schema.org/"},
            "@type": "s:Product",
            "s:name": "Brass Kettle",
            "s:sku": "K-49",
            "s:offers": {"@type": "s:Offer", "s:price": "49.00", "s:priceCurrency": "USD"},
        },
        {
            "@type": "http://schema.org/Product",
            "http://schema.org/name": "Brass Kettle",
            "https://schema.org/sku": "K-49",
            "https://www.schema.org/offers": {"@type": "http://schema.org/Offer", "http://schema.org/price": 49},
        },
        {**OFFER, "itemOffered": {"@type": "Product", "name": "Brass Kettle", "sku": "K-49"}},
        {
            "@graph": [
                {"@id": "#p", "@type": "Product", "name": "Brass Kettle", "sku": "K-49"},
                {"@id": "#o", **OFFER, "itemOffered": {"@id": "#p"}},
            ]
        },
    ],
    ids=["prefix", "whole addresses", "offer around", "offer beside"],
)
def test_json_ld_is_read_however_its_keys_and_its_offers_are_written(data) -> None:
    assert rows(BODY, script(data)) == [KETTLE]


MISTAKES = {
    "comma at the end": WRITTEN[:-1] + ",}",
    "comment before": "/* data */" + WRITTEN,
    "comment within": "{// the thing\n" + WRITTEN[1:],
    "written as text": WRITTEN.replace('"', "&quot;"),
    "cdata": "//<![CDATA[\n" + WRITTEN + "\n//]]>",
    "html comment": "<!--" + WRITTEN + "-->",
    "single quotes": WRITTEN.replace('"', "'"),
    "bracket lost": WRITTEN[:-1],
    "comma lost": WRITTEN.replace(', "sku"', '\n"sku"'),
    "byte order mark": "\ufeff" + WRITTEN,
    "semicolon": WRITTEN + ";",
    "two": WRITTEN + "\n" + json.dumps({"@type": "Organization", "name": "Shop"}),
    "not a number": WRITTEN[:-1] + ',"weight":NaN}',
    "quote within": WRITTEN[:-1] + ', "description":"A 5" pot"}',
    "assigned": "var x = " + WRITTEN + ";",
    "escapes of a script": WRITTEN[:-1] + r', "description": "A \'kettle\' \x41"}',
    "encoded twice": json.dumps(WRITTEN),
    "tab within": WRITTEN[:-1] + ',"description":"a\tb"}',
}


@pytest.mark.parametrize("written", MISTAKES.values(), ids=MISTAKES)
def test_json_ld_with_a_plain_mistake_is_read_as_it_was_meant(written) -> None:
    assert rows(BODY, script(written)) == [KETTLE]


@given(st.text(alphabet='{}[]":,/*\\ \n1ax', max_size=60))
def test_no_script_however_broken_breaks_the_reader(text) -> None:
    read_json(text)


@given(
    st.dictionaries(
        st.text(max_size=5), st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=5))
    )
)
def test_what_is_well_written_is_read_as_it_is(value) -> None:
    held = {"value": value, "last": "end"}
    assert read_json(json.dumps(held)) == held


@pytest.mark.parametrize(
    "text",
    ["/**/" * 60 + "x", "/*" * 100_000, "{" * 200_000 + "]" * 200_000, '{"a" "b"' + " " * 200_000 + '"c"'],
    ids=["comments", "comments without end", "brackets", "spaces"],
)
def test_no_script_takes_time_that_grows_faster_than_its_length(text) -> None:
    assert not isinstance(read_json(text), str)


def test_a_property_referred_to_by_several_items_is_each_ones() -> None:
    pots = "".join(
        f'<div itemscope itemtype="https://schema.org/Product" itemref="maker"><b itemprop="name">{name} pot</b>'
        f'<i itemprop="sku">K-{n}1</i></div>'
        for n, name in enumerate(("Red", "Blue", "Green"))
    )
    found = rows(f'<h1>Goods</h1>{pots}<p id="maker" itemprop="brand">Acme</p>', fields="name,sku,brand", title="Goods")
    assert [row.get("brand") for row in found] == ["Acme"] * 3


def test_rdfa_lite_tells_one_thing() -> None:
    body = (
        '<div vocab="https://schema.org/" typeof="Product"><h1 property="name">Brass Kettle</h1>'
        '<span property="sku">K-49</span><div property="offers" typeof="Offer">'
        '<span property="price" content="49.00">forty-nine</span>'
        '<meta property="priceCurrency" content="USD"></div></div>'
    )
    assert rows(body) == [KETTLE]


def test_rdfa_lite_tells_a_list() -> None:
    pots = "".join(
        f'<div typeof="schema:Product"><b property="schema:name">{name} pot</b><i property="schema:sku">K-{n}1</i>'
        '<meta property="schema:brand" content="Acme"></div>'
        for n, name in enumerate(("Red", "Blue", "Green"))
    )
    found = rows(f"<h1>Goods</h1>{pots}", fields="name,sku,brand", title="Goods")
    assert found == [
        {"name": f"{name} pot", "sku": f"K-{n}1", "brand": "Acme"} for n, name in enumerate(("Red", "Blue", "Green"))
    ]


def test_rdfa_of_another_vocabulary_is_no_thing_of_schema_org() -> None:
    body = (
        '<h1>Brass Kettle</h1><div vocab="http://xmlns.com/foaf/0.1/" typeof="Product">'
        '<b property="name">Another</b><i property="sku">Z-1</i></div><a href="https://schema.org/">schema</a>'
    )
    assert rows(body) == [{"name": "Brass Kettle"}]


def hours(days: object, opens: str, closes: str, **more: str) -> dict[str, object]:
    return {"@type": "OpeningHoursSpecification", "dayOfWeek": days, "opens": opens, "closes": closes, **more}


def test_opening_hours_that_are_specified_are_told_as_a_week_and_follow_from_their_parts() -> None:
    week = [
        hours(["Monday", "Tuesday"], "08:00:00", "17:00:00"),
        hours("https://schema.org/Saturday", "09:00", "13:00"),
        hours("Sunday", "00:00", "00:00"),
        hours("Monday", "10:00", "11:00", validFrom="2026-12-24", validThrough="2026-12-31"),
    ]
    data = {"@type": "LocalBusiness", "name": "Elm Bakery", "openingHoursSpecification": week}
    html = (
        f"<html lang='en'><head><title>Elm Bakery</title>{script(data)}</head><body><h1>Elm Bakery</h1></body></html>"
    )
    reading = read_page(page_of(html, "https://elm.example/x"), Ask(fields=parse_fields("name,opening_hours")))
    found = reading.candidates[0].fields["opening_hours"]
    assert found.value == "Monday, Tuesday 08:00-17:00; Saturday 09:00-13:00; Sunday closed"
    assert found.verdict is Verdict.DERIVED


@pytest.mark.parametrize(
    "salary",
    [
        {"@type": "MonetaryAmount", "currency": "GBP", "minValue": 24000, "maxValue": 28000},
        {"@type": "PriceSpecification", "price": 24000, "priceCurrency": "GBP"},
    ],
    ids=["span", "price"],
)
def test_a_salary_is_read_from_the_amount_itself_and_its_place_from_the_jobs(salary) -> None:
    place = {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": "Leeds"}}
    data = {"@type": "JobPosting", "title": "Baker", "jobLocation": place, "baseSalary": salary}
    found = rows("<h1>Baker</h1>", script(data), fields="title,city,salary", title="Baker")
    assert found[0]["city"] == "Leeds"
    assert str(found[0]["salary"]).startswith("24000")


def test_the_address_of_a_nameless_author_is_no_name() -> None:
    data = {"@type": "NewsArticle", "headline": "Oats rise", "author": "https://x.example/ann"}
    assert "author" not in rows("<h1>Oats rise</h1>", script(data), fields="title,author", title="Oats rise")[0]


@pytest.mark.parametrize("count", [3, 40])
def test_items_that_refer_to_each_other_are_not_read_without_end(count: int) -> None:
    other = (
        '<div itemprop="isRelatedTo" itemscope itemtype="https://schema.org/Product" itemref="x">'
        '<span itemprop="name">Pot</span></div>'
    )
    body = (
        '<h1>Brass Kettle</h1><div itemscope itemtype="https://schema.org/Product" itemref="x">'
        '<span itemprop="name">Brass Kettle</span><span itemprop="sku">K-49</span></div>'
        f'<div id="x">{other * count}</div>'
    )
    assert rows(body, fields="name,sku") == [{"name": "Brass Kettle", "sku": "K-49"}]


def test_a_part_that_many_items_refer_to_is_read_for_each() -> None:
    item = '<div itemscope itemtype="https://schema.org/Product" itemref="x"><b itemprop="name">Pot {}</b></div>'
    body = "".join(item.format(number) for number in range(5)) + '<p id="x" itemprop="sku">K-49</p>'
    assert [row["sku"] for row in rows(body, fields="name,sku")] == ["K-49"] * 5
