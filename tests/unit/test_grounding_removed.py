"""Facts taken off a page are not told of it, and facts that change are told as they are: over lists, pages about one
thing, tables, embedded data and opening hours."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import Field, parse_fields
from domain.pages import FetchOutcome, Page, Via
from domain.records import plain_values
from fetch.dom import describe

URL = "https://guide.example/cafes"
Facts = dict[str, str]

CAFES: tuple[Facts, ...] = (
    {"name": "The Copper Kettle", "phone": "0113 496 0101", "price": "£12.50", "opening_hours": "Mo-Fr 08:00-18:00"},
    {"name": "Larder & Loaf", "phone": "0113 496 0142", "price": "£9.20", "opening_hours": "Tu-Su 09:00-17:00"},
    {"name": "Weir Side Coffee", "phone": "0113 496 0163", "price": "£14.75", "opening_hours": "Mo-Su 07:30-16:00"},
    {"name": "Northern Crumb", "phone": "0113 496 0184", "price": "£11.30", "opening_hours": "We-Sa 10:00-22:00"},
    {"name": "Old Dye House", "phone": "0113 496 0105", "price": "£8.90", "opening_hours": "Fr-Mo 11:00-23:00"},
)
OTHERS: Facts = {
    "name": "Marble Arch Tea Room",
    "phone": "0113 496 0177",
    "price": "£23.45",
    "opening_hours": "Th-Sa 12:00-20:00",
}
FIELDS = parse_fields("name,phone:phone,price:price,opening_hours")
CAPTIONS = {"phone": "Phone", "price": "Set menu price", "opening_hours": "Opening hours"}
CLASSES = {"phone": "tel", "price": "price", "opening_hours": "hours"}


def framed(body: str, head: str = "", title: str = "Cafes in Leeds") -> str:
    menu = "".join(f'<li><a href="/{word}">{word}</a></li>' for word in ("home", "news", "about", "contact"))
    return (
        f"<html lang='en-GB'><head><title>{escape(title)}</title>{head}</head><body><nav><ul>{menu}</ul></nav>"
        f"<main>{body}</main><footer><p>All rights reserved. Written with care.</p></footer></body></html>"
    )


def as_list(cafes: tuple[Facts, ...]) -> str:
    def card(cafe: Facts) -> str:
        told = "".join(
            f'<p class="{CLASSES[field]}"><span>{CAPTIONS[field]}:</span> {escape(cafe[field])}</p>'
            for field in CAPTIONS
            if field in cafe
        )
        name = f"<h3>{escape(cafe['name'])}</h3>" if "name" in cafe else ""
        return f'<div class="card">{name}{told}</div>'

    return framed(f'<h1>Cafes in Leeds</h1><div class="cards">{"".join(map(card, cafes))}</div>')


def as_table(cafes: tuple[Facts, ...]) -> str:
    columns = ("name", *CAPTIONS)
    head = "".join(f"<th>{({'name': 'Name'} | CAPTIONS)[column]}</th>" for column in columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cafe.get(column, ''))}</td>" for column in columns) + "</tr>" for cafe in cafes
    )
    return framed(f"<h1>Cafes in Leeds</h1><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


def thing(cafe: Facts) -> dict[str, object]:
    known = {
        "name": cafe.get("name"),
        "telephone": cafe.get("phone"),
        "openingHours": cafe.get("opening_hours"),
        "offers": {"@type": "Offer", "price": cafe["price"].removeprefix("£"), "priceCurrency": "GBP"}
        if "price" in cafe
        else None,
    }
    return {"@type": "CafeOrCoffeeShop"} | {name: value for name, value in known.items() if value}


def as_embedded_list(cafes: tuple[Facts, ...]) -> str:
    items = [{"@type": "ListItem", "position": at, "item": thing(cafe)} for at, cafe in enumerate(cafes, start=1)]
    data = {"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items}
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    names = "".join(f"<li>{escape(cafe['name'])}</li>" for cafe in cafes if "name" in cafe)
    return framed(f"<h1>Cafes in Leeds</h1><ul>{names}</ul>", head=script)


def as_definitions(cafes: tuple[Facts, ...]) -> str:
    (cafe,) = cafes
    told = "".join(f"<dt>{CAPTIONS[f]}</dt><dd>{escape(cafe[f])}</dd>" for f in CAPTIONS if f in cafe)
    name = cafe.get("name", "")
    more = "<dt>Seats</dt><dd>40, half of them by the window</dd><dt>Dogs</dt><dd>welcome</dd>"
    heading = f"<h1>{escape(name)}</h1>" if name else ""
    prose = "<p>A bright room with a long counter, a good place for an idle hour and a second cup.</p>"
    return framed(f"{heading}{prose}<dl>{told}{more}</dl>", title=name or "The guide")


def as_embedded_detail(cafes: tuple[Facts, ...]) -> str:
    (cafe,) = cafes
    data = {"@context": "https://schema.org", **thing(cafe)}
    name = cafe.get("name", "")
    heading = f"<h1>{escape(name)}</h1>" if name else ""
    prose = "<p>A bright room with a long counter, a good place for an idle hour and a second cup.</p>"
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    return framed(f"{heading}{prose}", head=script, title=name or "The guide")


def page_of(html: str) -> Page:
    facts = describe(html, URL)
    return Page(
        id="p",
        url=URL,
        final_url=URL,
        outcome=FetchOutcome.OK,
        via=Via.HTTP,
        fetched_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        status=200,
        content_type="text/html",
        html=html,
        text=facts.text,
        title=facts.title,
        language=facts.language,
    )


def told_of(html: str, *, many: bool, fields: tuple[Field, ...] = FIELDS) -> list[dict[str, object]]:
    reading = read_page(page_of(html), Ask(fields=fields, many=many, entity="cafe", goal="cafes in Leeds"))
    return [plain_values(candidate.fields) for candidate in reading.candidates]


def said(facts: Facts) -> dict[str, object]:
    """The facts in the normal form of their fields."""
    forms: dict[str, Callable[[str], object]] = {
        "phone": lambda text: "+44" + text.replace(" ", "")[1:],
        "price": lambda text: float(text.removeprefix("£")),
    }
    return {field: forms.get(field, str)(text) for field, text in facts.items()}


LISTS = {"cards": as_list, "table": as_table, "embedded list": as_embedded_list}
DETAILS = {"definitions": as_definitions, "embedded detail": as_embedded_detail}
EVERY = tuple(CAPTIONS)


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_tells_what_is_on_it(kind):
    assert told_of(LISTS[kind](CAFES), many=True) == [said(cafe) for cafe in CAFES]


@pytest.mark.parametrize("kind", DETAILS)
def test_a_page_about_one_thing_tells_what_is_on_it(kind):
    assert told_of(DETAILS[kind](CAFES[:1]), many=False) == [said(CAFES[0])]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(LISTS)), st.integers(0, len(CAFES) - 1), st.sets(st.sampled_from(EVERY), min_size=1))
def test_facts_taken_off_one_thing_of_a_list_are_not_told_of_it(kind, at, gone):
    cafes = [dict(cafe) for cafe in CAFES]
    for field in gone:
        del cafes[at][field]
    told = told_of(LISTS[kind](tuple(cafes)), many=True)
    by_name = {row.get("name"): row for row in told}
    for cafe in cafes:
        row = by_name.get(cafe["name"], {})
        # It may be told in part; what is told is its own.
        assert all(row[field] == value for field, value in said(cafe).items() if field in row)
        assert set(row) <= set(cafe), f"{set(row) - set(cafe)} is on the page no more"


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("field", EVERY)
def test_a_field_taken_off_the_whole_list_is_told_of_nothing(kind, field):
    cafes = tuple({name: text for name, text in cafe.items() if name != field} for cafe in CAFES)
    assert all(field not in row for row in told_of(LISTS[kind](cafes), many=True))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(DETAILS)), st.sets(st.sampled_from(EVERY), min_size=1))
def test_facts_taken_off_a_page_about_one_thing_are_not_told(kind, gone):
    cafe = {field: text for field, text in CAFES[0].items() if field not in gone}
    for row in told_of(DETAILS[kind]((cafe,)), many=False):
        assert not gone & set(row)


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("field", ["name", *EVERY])
def test_a_fact_of_a_list_that_changed_is_told_as_it_now_is(kind, field):
    cafes = tuple(cafe | {field: OTHERS[field]} if at == 2 else cafe for at, cafe in enumerate(CAFES))
    assert told_of(LISTS[kind](cafes), many=True)[2] == said(cafes[2])


@pytest.mark.parametrize("kind", DETAILS)
@pytest.mark.parametrize("field", ["name", *EVERY])
def test_a_fact_of_a_page_about_one_thing_that_changed_is_told_as_it_now_is(kind, field):
    cafe = CAFES[0] | {field: OTHERS[field]}
    assert told_of(DETAILS[kind]((cafe,)), many=False) == [said(cafe)]


@pytest.mark.parametrize("kind", [*LISTS, *DETAILS])
def test_no_field_is_told_of_a_page_from_which_all_were_taken(kind):
    bare = tuple({"name": cafe["name"]} for cafe in CAFES)
    if kind in LISTS:
        told = told_of(LISTS[kind](bare), many=True)
    else:
        told = told_of(DETAILS[kind](bare[:1]), many=False)
    assert all(set(row) <= {"name"} for row in told)
