"""Lists that have become short: one row, two, or none; and pages that only look like it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from extract_pages import page_of

from agent.extract import scant
from agent.extract.cascade import read_page
from agent.extract.reading import Ask, PageReading
from domain.fields import parse_fields
from domain.pages import PageShape
from domain.templates import Template

FIELDS = parse_fields("name,price:price")
GOODS = (("Copper kettle", 39.9), ("Bread knife", 12.5), ("Oak board", 24.0), ("Iron pan", 55.0), ("Tea pot", 30.0))
Rows = Callable[[int], str]


def grid(count: int) -> str:
    cards = "".join(
        f'<div class="card"><h3><a href="/p/{place}">{name}</a></h3><p>For every day.</p><b>€{price:.2f}</b></div>'
        for place, (name, price) in enumerate(GOODS[:count])
    )
    return f'<div class="grid">{cards}</div>' if count else ""


def items(count: int) -> str:
    """Nothing in them leads anywhere."""
    rows = "".join(f"<li class=good><h2>{name}</h2><i>€{price:.2f}</i></li>" for name, price in GOODS[:count])
    return f"<ul class=goods>{rows}</ul>"


def table(count: int) -> str:
    rows = "".join(f"<tr><td>{name}</td><td>€{price:.2f}</td></tr>" for name, price in GOODS[:count])
    return f"<table><thead><tr><th>Name</th><th>Price</th></tr></thead><tbody>{rows}</tbody></table>"


def flat(count: int) -> str:
    return "".join(
        f'<h3><a href="/p/{place}">{name}</a></h3><p>Price: €{price:.2f}</p><p>Made to last.</p>'
        for place, (name, price) in enumerate(GOODS[:count])
    )


def described(count: int) -> str:
    """Rows that the page's data lists too."""
    elements = [
        {
            "@type": "ListItem",
            "position": place + 1,
            "item": {"@type": "Product", "name": name, "offers": {"@type": "Offer", "price": price}},
        }
        for place, (name, price) in enumerate(GOODS[:count])
    ]
    data = {"@context": "https://schema.org", "@type": "ItemList", "numberOfItems": count, "itemListElement": elements}
    return f'{items(count)}<script type="application/ld+json">{json.dumps(data)}</script>'


def shop(matter: str, headline: str = "Kitchen") -> str:
    menu = "".join(f'<li><a href="/{name}">{name.title()}</a></li>' for name in ("home", "kitchen", "garden", "help"))
    return (
        f'<html lang="en"><head><title>{headline} - Corner shop</title></head><body><nav><ul>{menu}</ul></nav>'
        f"<main><h1>{headline}</h1>{matter}</main><footer><p>All prices with tax.</p></footer></body></html>"
    )


def read(html: str, **ask) -> PageReading:
    return read_page(page_of(html), Ask(fields=FIELDS, **ask))


def told(reading: PageReading) -> list[tuple[object, ...]]:
    return [
        tuple(each.fields[name].value for name in ("name", "price") if name in each.fields)
        for each in reading.candidates
    ]


def memory_of(rows: Rows) -> tuple[Template, ...]:
    template = read(shop(rows(5))).template
    return (template,) if template is not None else ()


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("rows", [grid, table, flat, described])
def test_rows_that_the_page_shows_as_a_list_are_one_however_few(rows: Rows, count: int):
    reading = read(shop(rows(count)))
    assert (reading.shape, told(reading)) == (PageShape.LIST, list(GOODS[:count]))


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("rows", [grid, items, table, flat, described])
def test_rows_of_a_list_that_is_known_are_its_rows_however_few(rows: Rows, count: int):
    reading = read(shop(rows(count)), templates=memory_of(rows), was_list=True)
    assert (reading.shape, told(reading)) == (PageShape.LIST, list(GOODS[:count]))


def test_what_the_site_taught_is_enough_to_know_the_only_row_of_another_list():
    reading = read(shop(items(1)), templates=memory_of(items))
    assert (reading.shape, told(reading)) == (PageShape.LIST, [GOODS[0]])


def test_the_only_row_of_a_last_page_is_no_menu():
    reading = read(shop(items(1)), templates=memory_of(items), many=True)
    assert told(reading) == [GOODS[0]]


def test_a_page_that_states_one_result_lists_it():
    plain = '<div class="good"><h3>Copper kettle</h3><i>€39.90</i></div>'
    assert read(shop(f"<p>1 result</p>{plain}")).shape is PageShape.LIST
    assert told(read(shop(f"<p>1 result</p>{plain}"))) == [GOODS[0]]


@pytest.mark.parametrize(
    "matter",
    [
        "<p>No results</p>",
        "<p>0 products found.</p>",
        "<div><p>Sorry, nothing matches your search.</p></div>",
        "<p>There are currently no items in this category.</p>",
        "<p>Keine Ergebnisse</p>",
        "<p>Everything is sold out!</p>",
        table(0),
        described(0),
    ],
)
def test_a_page_that_says_that_it_lists_nothing_is_an_empty_list(matter: str):
    reading = read(shop(matter))
    assert (reading.shape, reading.candidates) == (PageShape.LIST, ())


def test_a_list_whose_place_is_empty_is_an_empty_list():
    reading = read(shop('<div class="grid"></div>'), templates=memory_of(grid), was_list=True)
    assert (reading.shape, reading.candidates) == (PageShape.LIST, ())


SIGN_IN = (
    '<form action="/login"><label>E-mail <input name=e></label><label>Password <input type=password></label></form>'
)
POPULAR = (
    '<ul><li><a href="/a">Kettles, pots</a></li><li><a href="/b">Knives</a></li><li><a href="/c">Pans</a></li></ul>'
)


@pytest.mark.parametrize(
    "html",
    [
        shop("<p>Something went wrong. Please try again later.</p>", "Oops"),
        shop(SIGN_IN, "Sign in"),
        shop("<p>Please confirm that you are human.</p>", "One more step"),
        shop(POPULAR, "Sorry"),
        shop("<div id=app></div>"),
    ],
    ids=["error", "login", "check", "links", "shell"],
)
def test_another_page_where_a_list_was_is_neither_its_rows_nor_its_end(html: str):
    reading = read(html, templates=memory_of(grid), was_list=True)
    assert reading.candidates == ()
    assert reading.shape in {PageShape.ARTICLE, PageShape.EMPTY}


KETTLE = '<div class="info"><p class="price">€49.90</p><p>A fine kettle for two litres.</p></div>'
SPECIFICATION = (
    '<table><tr><td>Price</td><td>€49.90</td></tr><tr><td>Brand</td><td><a href="/b/1">Acme</a></td></tr></table>'
)


@pytest.mark.parametrize("remembers", [False, True])
@pytest.mark.parametrize(
    "matter",
    [
        KETTLE,
        f"{KETTLE}<h2>You may also like</h2>{grid(1)}",
        f"{KETTLE}<h2>You may also like</h2>{grid(2)}",
        f"{KETTLE.replace('49.90', '39.90')}<h2>At the same price</h2>{grid(1)}",
        f"{KETTLE}<p>There are no reviews.</p>",
        SPECIFICATION,
        '<div class="info"><a href="/b/acme">Acme</a> <span class="price">€49.90</span></div><p>No reviews yet</p>',
        "<p>Price on request.</p><p>No image available</p>",
    ],
)
def test_a_page_about_one_thing_stays_one_whatever_else_it_lists(matter: str, remembers: bool):
    reading = read(shop(matter, "Brass kettle"), templates=memory_of(grid) if remembers else ())
    assert reading.shape is PageShape.DETAIL
    assert reading.candidates[0].fields["name"].value == "Brass kettle"


def test_a_page_that_describes_itself_is_about_one_thing_though_it_was_a_list():
    data = {"@context": "https://schema.org", "@type": "Product", "name": "Brass kettle", "offers": {"price": "49.90"}}
    page = shop(f'{KETTLE}<script type="application/ld+json">{json.dumps(data)}</script>{grid(1)}', "Brass kettle")
    reading = read(page, templates=memory_of(grid), was_list=True)
    assert (reading.shape, told(reading)) == (PageShape.DETAIL, [("Brass kettle", 49.9)])


def test_rows_that_nest_into_each_other_are_not_tried_without_end(monkeypatch):
    tried: list[int] = []
    of_rows = scant._listing

    def counted(sight, miner, rows):
        tried.extend(row[-1].end - row[0].order for row in rows)
        return of_rows(sight, miner, rows)

    monkeypatch.setattr(scant, "_listing", counted)
    cards = "".join(f"<div class=card><h3><a href=/p/{n}>Pot {n}</a></h3><b>${n}.50</b>" for n in range(120))
    read(shop(f"{cards}{'</div>' * 120}", "Pots"), was_list=True)
    assert 0 < sum(tried) <= 2 * scant.MAX_NODES  # once for linked names, once for others
