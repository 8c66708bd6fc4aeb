"""Rows whose text as a whole would pass for one of the things they hold."""

from __future__ import annotations

import pytest
from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import FieldKind, make_field
from domain.records import plain_values

PEOPLE = ("Ada", "Grace", "Edsger", "Donald", "Barbara", "Alan")
NAME, EMAIL, YEAR = make_field("name"), make_field("email"), make_field("year", FieldKind.INTEGER)
CLASSES = (("row", "n", "e", "d"), ("css-1x9f", "css-k3", "css-77b", "css-q0"), ("product", "a1", "b2", "c3"))


def read(body: str, *fields) -> list[dict]:
    page = page_of(f"<html><body><main>{body}</main></body></html>", "https://people.example/list")
    return [plain_values(found.fields) for found in read_page(page, Ask(fields=fields, many=True)).candidates]


def cells(number: int, classes: tuple[str, ...], *more: str) -> str:
    person = PEOPLE[number]
    texts = (f"{person} {number}", f"{person.lower()}@x.example", *more, str(1990 + number))
    places = (*classes[1:3], *(f"m{place}" for place in range(len(more))), classes[3])
    return " ".join(f"<span class={place}>{text}</span>" for place, text in zip(places, texts, strict=True))


@pytest.mark.parametrize("classes", CLASSES, ids=["short", "hashed", "thing"])
@pytest.mark.parametrize("more", [(), ("Leeds",)], ids=["three", "four"])
@pytest.mark.parametrize("frame", ["{}", "<a href='/p'>{}</a>"], ids=["bare", "linked"])
def test_the_text_of_a_row_is_not_told_as_the_name_in_it(classes, more, frame):
    rows = (frame.format(cells(number, classes, *more)) for number in range(len(PEOPLE)))
    found = read("".join(f"<div class={classes[0]}>{row}</div>" for row in rows), NAME, EMAIL, YEAR)
    assert found == [
        {"name": f"{person} {number}", "email": f"{person.lower()}@x.example", "year": 1990 + number}
        for number, person in enumerate(PEOPLE)
    ]


def test_a_link_that_is_the_row_is_not_told_as_the_name_in_it():
    rows = (f"<a class=row href='/p/{number}'>{cells(number, CLASSES[0])}</a>" for number in range(len(PEOPLE)))
    found = read("".join(rows), NAME, EMAIL, YEAR)
    assert [row["name"] for row in found] == [f"{person} {number}" for number, person in enumerate(PEOPLE)]


def test_a_row_of_three_cells_is_no_name_where_the_name_alone_is_asked():
    rows = (f"<div class=row>{cells(number, CLASSES[0])}</div>" for number in range(len(PEOPLE)))
    assert [row["name"] for row in read("".join(rows), NAME)] == [f"{each} {at}" for at, each in enumerate(PEOPLE)]


def test_a_mail_address_that_is_asked_is_not_told_as_a_name_as_well():
    rows = "".join(
        f"<tr><td>{each} {at}</td><td>{each.lower()}@x.example</td><td>{1990 + at}</td></tr>"
        for at, each in enumerate(PEOPLE)
    )
    found = read(f"<table>{rows}</table>", NAME, EMAIL, YEAR)
    assert [row["name"] for row in found] == [f"{each} {at}" for at, each in enumerate(PEOPLE)]


def test_a_name_in_two_parts_stays_whole():
    rows = (
        f"<div class=row><h3><span>{each}</span> <span>van der Berg</span></h3><p class=e>{each}@x.example</p></div>"
        for each in PEOPLE
    )
    assert [row["name"] for row in read("".join(rows), NAME, EMAIL)] == [f"{each} van der Berg" for each in PEOPLE]


def test_words_beside_the_cells_of_a_row_are_its_own():
    rows = (f"<li>{each} of Leeds: <b>Keeper</b> <i>{each.lower()}@x.example</i></li>" for each in PEOPLE)
    assert all(row["name"].startswith(each) for row, each in zip(read("".join(rows), NAME, EMAIL), PEOPLE, strict=True))


@pytest.mark.parametrize("mark", ["–", "—", "-", "|", "·"])
def test_a_title_after_its_date_begins_without_the_mark_between_them(mark):
    days = ("3 June 2026", "10 June 2026", "4 July 2026", "8 August 2026")
    races = ("Hill Race, Thirsk", "Fell Run, Kendal", "Moor Marathon, Whitby", "Lake Relay, Keswick")
    rows = "".join(f"<li><b>{day}</b> {mark} {race}</li>" for day, race in zip(days, races, strict=True))
    found = read(f"<ul>{rows}</ul>", make_field("date"), make_field("title"))
    assert [row["title"] for row in found] == list(races)
