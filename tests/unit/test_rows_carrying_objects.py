"""Rows whose elements carry an object for the page's script in a data- attribute."""

from __future__ import annotations

import json
from html import escape

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import parse_fields
from domain.records import Candidate, plain_values
from evals.readers import saved_page

BOWLS = [{"id": 7 * at, "name": f"Bowl no. {at}", "sku": f"WB-{100 + at}", "price": f"£{at}.50"} for at in range(2, 9)]
ASKED = [{key: bowl[key] for key in ("name", "sku")} | {"price": float(bowl["price"][1:])} for bowl in BOWLS]


def carried(bowl: object) -> str:
    return escape(json.dumps(bowl), quote=True)


def candidates(body: str) -> tuple[Candidate, ...]:
    html = f"<html lang=en-GB><title>Bowls</title><body><h1>Bowls</h1>{body}</body></html>"
    ask = Ask(fields=parse_fields("name,sku,price"))
    return read_page(saved_page("https://shop.example/bowls", html), ask).candidates


def test_rows_that_show_a_picture_alone_tell_what_their_objects_say():
    rows = "".join(f"<div class=item data-item='{carried(bowl)}'><img src=/{bowl['id']}.jpg></div>" for bowl in BOWLS)
    found = candidates(f"<div>{rows}</div>")
    assert [plain_values(each.fields) for each in found] == ASKED
    verdicts = {value.verdict for each in found for value in each.fields.values()}
    assert verdicts <= {Verdict.SUPPORTED, Verdict.DERIVED}


def test_objects_join_the_names_that_their_rows_show():
    rows = "".join(
        f'<li data-product="{carried(bowl)}"><h3>{bowl["name"]}</h3><a href=/b/{bowl["id"]}>More</a></li>'
        for bowl in BOWLS
    )
    assert [plain_values(each.fields) for each in candidates(f"<ul>{rows}</ul>")] == ASKED


def test_settings_of_widgets_and_broken_objects_are_no_rows():
    shown = "".join(
        f"<div class=card><h3>{bowl['name']}</h3><i class=sku>{bowl['sku']}</i> <b>{bowl['price']}</b></div>"
        for bowl in BOWLS
    )
    slider = {"name": "slider", "speed": 300, "price": "£1.00", "sku": "S-1"}
    widgets = f"<div data-settings='{carried(slider)}'></div>" + "<div data-item='{\"name\": '></div>" * 9
    assert [plain_values(each.fields) for each in candidates(f"{widgets}<div>{shown}</div>")] == ASKED
