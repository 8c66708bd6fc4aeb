"""Two lists on one page, and one text that tells several things: neither lends the other its values."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import plain_values
from evals.readers import saved_page

PEOPLE = (("Ada Lowell", "Leeds"), ("Grace Turner", "Ripon"), ("Edsger Allenby", "Bath"), ("Donald Perle", "Wells"))
GOODS = ("Amber bowl", "Birch box", "Cedar clock", "Elm stool", "Fir tray", "Hazel bench")
SHOWS = (("Jazz Night", "Old Library"), ("Open Day", "Market Square"), ("Spring Fair", "Town Hall"))
SHOWS += (("Poetry Slam", "River Barn"), ("Film Club", "The Granary"), ("Chess Open", "City Park"))


def records(body: str, fields: str) -> list[dict[str, object]]:
    html = f"<html lang=en-GB><title>Our village</title><body><main><h1>Our village</h1>{body}</main></body></html>"
    ask = Ask(fields=parse_fields(fields))
    return [
        plain_values(each.fields) for each in read_page(saved_page("https://village.example/", html), ask).candidates
    ]


def people() -> str:
    rows = (
        f"<div class=card><h3>{name}</h3><div class=c0>{town}</div><div class=c1>£{20 + at}</div></div>"
        for at, (name, town) in enumerate(PEOPLE)
    )
    return f"<section><h2>People</h2><div>{''.join(rows)}</div></section>"


def goods() -> str:
    rows = (
        f"<div class=card><h3>{name}</h3><div class=c0>WB-10{at}</div><div class=c1>£{40 + at}</div></div>"
        for at, name in enumerate(GOODS)
    )
    return f"<section><h2>Goods</h2><div>{''.join(rows)}</div></section>"


def test_a_list_with_no_column_for_an_asked_text_gives_way_to_one_that_has():
    found = records(people() + goods(), "name,city,fee")
    assert [each["name"] for each in found] == [name for name, _ in PEOPLE]


def test_the_last_date_of_one_list_heads_no_row_of_the_next():
    shows = "".join(
        f"<div class=show><h3>{show}</h3><p>{3 + at} May 2026</p><p>{place}</p></div>"
        for at, (show, place) in enumerate(SHOWS)
    )
    found = records(f"<section>{shows}</section>{people()}", "name,date,fee")
    assert not [each for each in found if each["name"] in dict(PEOPLE) and each.get("date")]


@pytest.mark.parametrize("form", ["{} @ {}", "{} ({})", "{} – {}"])
def test_a_place_behind_a_sign_or_in_brackets_is_no_part_of_the_name(form):
    rows = "".join(
        f"<li><time datetime=2026-05-0{at + 1}>{at + 1} May</time> {form.format(show, place)}</li>"
        for at, (show, place) in enumerate(SHOWS)
    )
    found = records(f"<ul>{rows}</ul>", "date,event,place")
    assert [(each["event"], each["place"]) for each in found] == list(SHOWS)


def test_a_name_of_several_words_behind_a_town_is_the_name():
    rows = "".join(
        f"<p class=entry><span>{town}</span> <em>£{20 + at}</em> {name}</p>" for at, (name, town) in enumerate(PEOPLE)
    )
    assert [each["name"] for each in records(rows, "name,city,fee")] == [name for name, _ in PEOPLE]


def test_what_is_said_beside_a_link_is_no_record_of_its_own():
    posts = (("Nurse", "Larkfield Estates"), ("Head Chef", "Corvid Labs"), ("Tutor", "Eastgate Foods"))
    posts += (("Lab Technician", "Gladstone Trust"), ("Plumber", "Dunmore Group"), ("Gardener", "Ivel Transport"))
    rows = "".join(f"<li><a href=/{at}>{post}</a> – {firm} – £2{at},000</li>" for at, (post, firm) in enumerate(posts))
    found = records(f"<ul>{rows}</ul>", "position,company,salary")
    assert [each["position"] for each in found] == [post for post, _ in posts]


def test_things_told_under_the_same_terms_in_one_list_are_each_one_record():
    inns = [f"{rank} {kind}" for rank in ("Northern", "Old", "Upper", "Little") for kind in ("Hotel", "Lodge")]
    facts = "".join(
        f"<dt>Name</dt><dd>{inn}</dd><dt>Phone</dt><dd>+44 161 {5550110 + at}</dd><dt>Price</dt><dd>£{9 + at}</dd>"
        for at, inn in enumerate(inns)
    )
    assert [each["name"] for each in records(f"<dl>{facts}</dl>", "name,phone,price")] == inns
