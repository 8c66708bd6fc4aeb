"""Lists of different things that are marked up alike: what is asked chooses one, and rows of two are never mixed."""

from __future__ import annotations

import pytest
from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import plain_values

WOODS = ("Amber", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel")
GOODS = [{"name": f"{wood} bowl", "sku": f"WB-{1000 + at * 37}", "price": 12.5 + at} for at, wood in enumerate(WOODS)]
EVENTS = [
    {"event": f"{wood} Concert", "date": f"2026-05-{3 + at:02}", "fee": 4.0 + at} for at, wood in enumerate(WOODS[:6])
]
SOLD = [(each["name"], each["sku"], f"£{each['price']:.2f}") for each in GOODS]
HELD = [(each["event"], f"{3 + at} May 2026", f"£{each['fee']:.2f}") for at, each in enumerate(EVENTS)]


def cards(rows: list[tuple[str, ...]], _heads: str) -> str:
    form = "<div class=card><h3><a href=/{0}>{0}</a></h3><div class=c1>{1}</div><div class=c2>{2}</div></div>"
    return f"<div class=grid>{''.join(form.format(*row) for row in rows)}</div>"


def plain(rows: list[tuple[str, ...]], _heads: str) -> str:
    return f"<table>{''.join('<tr><td>{}<td>{}<td>{}'.format(*row) for row in rows)}</table>"


def headed(rows: list[tuple[str, ...]], heads: str) -> str:
    head = "".join(f"<th>{name.title()}" for name in heads.split(","))
    return f"<table><tr>{head}{''.join('<tr><td>{}<td>{}<td>{}'.format(*row) for row in rows)}</table>"


@pytest.mark.parametrize("make", [cards, plain, headed])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("fields", "told"), [("name,sku,price", GOODS), ("event,date,fee", EVENTS)])
def test_the_asked_fields_choose_one_of_two_lists_of_one_make(make, turned, fields, told):
    parts = [
        f"<section><h2>Goods</h2>{make(SOLD, 'name,sku,price')}</section>",
        f"<section><h2>Concerts</h2>{make(HELD, 'event,date,fee')}</section>",
    ]
    body = "".join(reversed(parts) if turned else parts)
    page = page_of(f"<html lang=en-GB><body><main><h1>Our hall</h1>{body}</main></body></html>", "https://x.example/h")
    found = read_page(page, Ask(fields=parse_fields(fields))).candidates
    assert [plain_values(each.fields) for each in found] == told


@pytest.mark.parametrize("make", [cards, plain, headed])
def test_lists_of_one_thing_under_several_headings_stay_one(make):
    body = "".join(
        f"<section><h2>{name}</h2>{make(rows, 'name,sku,price')}</section>"
        for name, rows in (("Soft wood", SOLD[:4]), ("Hard wood", SOLD[4:]))
    )
    page = page_of(f"<html lang=en-GB><body><main><h1>Bowls</h1>{body}</main></body></html>", "https://x.example/h")
    found = read_page(page, Ask(fields=parse_fields("name,sku,price"))).candidates
    assert [plain_values(each.fields) for each in found] == GOODS
