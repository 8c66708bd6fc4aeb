"""Sources that are data themselves: an API's answer, JSON lines, comma-separated values, a feed."""

from __future__ import annotations

import csv
import io
import json

import pytest
from extract_pages import FETCHED_AT
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.extract.cascade import read_page
from agent.extract.reading import Ask, PageReading, PageShape
from domain.claims import Claim, holds
from domain.evidence import Verdict
from domain.fields import Field, make_field
from domain.pages import FetchOutcome, Page, Via

API = "https://shop.example/api/boats"
ROWS = [
    {"id": n, "name": f"Oak boat {n}", "price": 100.5 + n, "about": "<ul><li>a</li><li>b</li></ul>"} for n in range(9)
]
ASK = Ask(fields=(make_field("name"), make_field("price")))


def data_page(text: str, kind: str = "application/json", url: str = API) -> Page:
    return Page(
        id="page",
        url=url,
        final_url=url,
        outcome=FetchOutcome.OK,
        via=Via.HTTP,
        fetched_at=FETCHED_AT,
        html=text,
        text=text,
        content_type=kind,
    )


def told(reading: PageReading) -> list[dict[str, object]]:
    return [{name: value.value for name, value in each.fields.items()} for each in reading.candidates]


def is_found_again(reading: PageReading, page: Page, ask: Ask) -> bool:
    fields = {field.name: field for field in ask.fields}
    claims = [
        Claim(record_id="r", field_name=name, field=fields[name], part="", value=value.value, evidence=proof)
        for each in reading.candidates
        for name, value in each.fields.items()
        for proof in value.evidence
    ]
    return bool(claims) and all(claim.evidence.quote and holds(claim, page) for claim in claims)


def as_csv(rows: list[dict[str, object]], delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["name", "price"], delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "kind", "path"),
    [
        (json.dumps(ROWS), "application/json", "$[2].name"),
        (json.dumps({"data": {"items": ROWS}, "facets": [{"name": "Oak", "count": 9}]}), "application/json", ""),
        (")]}',\n" + json.dumps({"items": ROWS}), "text/html", "$.items[2].name"),
        ("\n".join(map(json.dumps, ROWS)), "application/x-ndjson", "$[2].name"),
        (as_csv(ROWS, ","), "text/csv", "$[2].name"),
        (as_csv(ROWS, ";"), "text/csv", "$[2].name"),
    ],
)
def test_a_source_that_is_data_gives_its_rows_with_evidence_that_is_found_again(text, kind, path):
    page = data_page(text, kind)
    reading = read_page(page, ASK)
    assert told(reading) == [{"name": row["name"], "price": row["price"]} for row in ROWS]
    value = reading.candidates[2].fields["name"]
    assert (value.verdict, value.evidence[0].quote) == (Verdict.SUPPORTED, "Oak boat 2")
    assert value.evidence[0].source_path == (path or "$.data.items[2].name")
    assert is_found_again(reading, page, ASK)


@pytest.mark.parametrize(
    ("query", "body", "following"),
    [
        ("", {"next": "/api/boats?page=2"}, f"{API}?page=2"),
        ("?cursor=a", {"next_cursor": "b"}, f"{API}?cursor=b"),
        ("?page=1", {"total_pages": 3}, f"{API}?page=2"),
        ("?offset=0", {"total": 47}, f"{API}?offset=9"),
        ("", {}, ""),
    ],
)
def test_a_list_of_an_api_goes_on_where_its_answer_says(query, body, following):
    reading = read_page(data_page(json.dumps({"items": ROWS} | body), url=f"{API}{query}"), ASK)
    assert reading.following_url == following
    assert reading.stated_count == body.get("total")


def test_the_last_page_of_an_api_with_a_single_row_is_read_and_not_its_facets():
    facets = [{"name": f"Facet {n}", "count": n} for n in range(20)]
    reading = read_page(data_page(json.dumps({"items": ROWS[:1], "facets": facets, "total": 10})), ASK)
    assert told(reading) == [{"name": "Oak boat 0", "price": 100.5}]


def test_an_object_alone_is_a_record_and_the_envelope_of_an_empty_list_is_none():
    one = read_page(data_page(json.dumps({"data": {"name": "Oak boat", "price": 90, "tags": []}})), ASK)
    assert (told(one), one.shape) == ([{"name": "Oak boat", "price": 90.0}], PageShape.DETAIL)
    assert one.candidates[0].fields["name"].evidence[0].source_path == "$.data.name"
    assert told(read_page(data_page(json.dumps({"name": "Boats", "total": 0, "items": []})), ASK)) == []
    assert told(read_page(data_page(json.dumps({"message": "Not today", "name": "Error"})), ASK)) == []


ENTRY = (
    "<entry><title>Story {n} &amp; more</title><link rel='self' href='/x'/>"
    "<link rel='alternate' href='/s/{n}'/></entry>"
)
ITEM = "<item><title><![CDATA[Story {n} & more]]></title><link>/s/{n}</link><category>a</category></item>"


@pytest.mark.parametrize(
    "feed",
    [
        "<?xml version='1.0'?><rss><channel><title>News</title><link>/</link>{rows}</channel></rss>".replace(
            "{rows}", "".join(ITEM.format(n=n) for n in range(5))
        ),
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>News</title><link rel='next' href='?page=2&amp;a=1'/>"
        + "".join(ENTRY.format(n=n) for n in range(5))
        + "</feed>",
    ],
)
def test_a_feed_gives_its_entries_with_their_addresses_and_where_it_goes_on(feed):
    ask = Ask(fields=(make_field("title"), make_field("url")))
    page = data_page(feed, "application/rss+xml")
    reading = read_page(page, ask)
    assert told(reading) == [{"title": f"Story {n} & more", "url": f"https://shop.example/s/{n}"} for n in range(5)]
    assert reading.following_url == (f"{API}?page=2&a=1" if "next" in feed else "")
    assert is_found_again(reading, page, ask)


def test_markup_is_looked_at_whatever_its_address_is_called():
    html = (
        "<!doctype html><html><body>" + "".join(f"<li><h3>Oak {n}</h3>$5.00</li>" for n in range(4)) + "</body></html>"
    )
    for text in (html, f"<?xml version='1.0'?>{html}"):
        reading = read_page(data_page(text, "text/html", "https://shop.example/list.csv"), ASK)
        assert reading.candidates[0].fields["name"].evidence[0].source_path.startswith("/html")


@given(st.lists(st.tuples(st.text(max_size=12), st.floats(0.01, 9e5)), max_size=6), st.text(max_size=40))
def test_whatever_an_api_answers_is_read_without_a_fault_and_nothing_unproven_is_told(rows, other):
    body = json.dumps({"items": [{"name": name, "price": round(price, 2)} for name, price in rows], "x": other})
    for text in (body, body[: len(body) // 2], other, as_csv([{"name": name, "price": 1} for name, _ in rows], ",")):
        for kind in ("application/json", "text/csv"):
            page = data_page(text, kind)
            reading = read_page(page, ASK)
            assert not reading.candidates or is_found_again(reading, page, ASK)


@pytest.mark.parametrize(
    ("query", "told", "is_open"),
    [("", {"next_cursor": "eA=="}, True), ("?cursor=", {"next_cursor": "eA=="}, False), ("", {"next": None}, False)],
)
def test_data_whose_token_no_parameter_takes_says_that_its_list_is_cut(query: str, told: dict, is_open: bool):
    reading = read_page(data_page(json.dumps({"items": ROWS} | told), url=f"{API}{query}"), ASK)
    assert (len(reading.candidates), bool(reading.open_end)) == (9, is_open)
    assert bool(reading.following_url) == (query == "?cursor=")


def test_the_link_header_of_an_answer_leads_on_from_its_rows():
    page = replace(data_page(json.dumps(ROWS)), following=f"{API}?page=2")
    assert read_page(page, ASK).following_url == f"{API}?page=2"
    feed = data_page("name,price\nOak boat,3\nAsh boat,4", "text/csv")
    assert read_page(replace(feed, following=f"{API}?page=2"), ASK).following_url == f"{API}?page=2"


def boat(number: int) -> dict[str, object]:
    sizes = [{"size": size, "sku": f"{size}-{number}"} for size in ("small", "large")]
    return {"name": f"Oak boat {number}", "price": 100 + number, "tags": [f"lake {number}", "oak"], "variants": sizes}


LISTS = Ask(
    fields=(
        *ASK.fields,
        Field(name="tags", many=True),
        Field(name="variants", many=True, children=(make_field("size"), make_field("sku"))),
    )
)


@pytest.mark.parametrize("many", [1, 5])
def test_lists_within_a_row_of_data_are_lists_of_its_record(many: int):
    body = {"items": [boat(n) for n in range(many)]} if many > 1 else boat(0)
    reading = read_page(data_page(json.dumps(body)), LISTS)
    assert told(reading) == [boat(n) for n in range(many)]
    variants = reading.candidates[-1].fields["variants"]
    assert variants.verdict is Verdict.SUPPORTED
    start = f"$.items[{many - 1}]" if many > 1 else "$"
    assert [(proof.part, proof.source_path, proof.quote) for proof in variants.evidence][-1] == (
        "[1].sku",
        f"{start}.variants[1].sku",
        f"large-{many - 1}",
    )


def test_a_list_that_a_row_calls_otherwise_is_none_of_the_asked():
    body = {"items": [boat(n) | {"variants": None, "reviews": boat(n)["variants"]} for n in range(5)]}
    assert all("variants" not in each for each in told(read_page(data_page(json.dumps(body)), LISTS)))


def test_the_sizes_of_one_thing_are_no_things_of_their_own():
    assert told(read_page(data_page(json.dumps(boat(7))), ASK)) == [{"name": "Oak boat 7", "price": 107}]


def test_an_answer_with_a_list_and_its_facets_is_no_thing_made_of_the_first_of_each():
    lamps = [{"name": f"Lamp {n}", "price": 10 + n, "made": f"2025-03-{n + 1:02d}"} for n in range(9)]
    lamps[0]["tags"] = ["oak", "brass"]  # a field that most rows are without
    body = {"status": "ok", "meta": {"total": 9}, "facets": [{"name": "Brass"}, {"name": "Oak"}], "items": lamps}
    ask = replace(ASK, fields=(*ASK.fields, make_field("made:date"), Field(name="tags", many=True)))
    found = told(read_page(data_page(json.dumps(body)), ask))
    assert [row["name"] for row in found] == [lamp["name"] for lamp in lamps]


def test_one_thing_whose_amount_is_told_by_the_first_of_its_sizes_is_one_record():
    sizes = [{"size": size, "price": 20} for size in ("small", "large")]
    body = {"name": "Oak boat", "brand": "Alder", "color": "red", "variants": sizes}
    ask = replace(ASK, fields=tuple(map(make_field, ("name", "brand", "color", "price"))))
    assert told(read_page(data_page(json.dumps(body)), ask)) == [
        {"name": "Oak boat", "brand": "Alder", "color": "red", "price": 20}
    ]
