"""Lists whose rows are lines: of preformatted text, between breaks, or of parts with captions of their own."""

from __future__ import annotations

import lxml.html
import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from agent.extract.tables import read_table
from domain.fields import parse_fields
from domain.records import plain_values
from evals.readers import saved_page

INNS = [
    ("The Swan", "+44 161 555 0110", "£61", "2 May 2026"),
    ("Old Mill Lodge", "+44 161 555 0113", "£68", "5 May 2026"),
    ("Harbour Inn", "+44 161 555 0121", "£75", "9 May 2026"),
    ("Castle Rooms", "+44 161 555 0135", "£82", "14 May 2026"),
    ("Grand", "+44 161 555 0144", "£89", "20 May 2026"),
    ("Meadow House", "+44 161 555 0152", "£96", "23 May 2026"),
]
ROOMS = [
    (subject, f"{day} June 2026", hall)
    for subject, day, hall in (
        ("Algebra", 2, "Hall A"),
        ("Soil Science", 3, "Lab C"),
        ("Ethics", 5, "Hall B"),
        ("Phonetics", 8, "Annexe"),
        ("Music Theory", 9, "Hall A"),
        ("Roman Art", 12, "Lab D"),
    )
]


def records(body: str, fields: str) -> list[dict[str, object]]:
    html = f"<html lang=en-GB><title>Board</title><body><main><h1>Board</h1>{body}</main></body></html>"
    reading = read_page(saved_page("https://board.example/all", html), Ask(fields=parse_fields(fields)))
    return [plain_values(each.fields) for each in reading.candidates]


def in_columns(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    lines = ("".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "<pre>" + "\n".join(lines) + "</pre>"


def test_a_line_between_breaks_has_its_own_price_and_a_name_without_its_telephone():
    lines = "<br>".join(f"{name} | {phone} | {price}" for name, phone, price, _ in INNS)
    found = records(f"<p>{lines}</p>", "name,phone,price")
    assert [(each["name"], each["price"]) for each in found] == [(name, int(price[1:])) for name, _, price, _ in INNS]


def test_preformatted_columns_are_cells_under_the_words_of_their_first_line():
    found = records(in_columns([("Exam", "Date", "Room"), *ROOMS]), "exam,date,room")
    assert [each.get("room") for each in found] == [room for _, _, room in ROOMS]


def test_a_place_that_a_preformatted_line_leaves_blank_is_not_filled_by_the_next():
    rows = [("Title", "Author", "Published"), *((name, "", day) for name, _, _, day in INNS[:2])]
    rows += [(name, "Ruth Elling", day) for name, _, _, day in INNS[2:]]
    found = records(in_columns(rows), "title,author,published:date")
    assert [each.get("author") for each in found] == [None, None, *["Ruth Elling"] * 4]
    assert [each["title"] for each in found] == [name for name, *_ in INNS]


@pytest.mark.parametrize("mark", [" · ", " | ", "; "])
def test_parts_of_one_line_with_captions_are_each_a_value(mark):
    rows = "".join(
        f"<li><h3>{subject}</h3><p>Room: {room}{mark}Date: {day}{mark}Author: Ruth Elling</p></li>"
        for subject, day, room in ROOMS
    )
    found = records(f"<ul>{rows}</ul>", "title,room,date,author")
    assert [(each["title"], each.get("room"), each.get("author")) for each in found] == [
        (subject, room, "Ruth Elling") for subject, _, room in ROOMS
    ]


def test_the_town_of_an_address_is_not_what_nothing_on_the_page_names():
    towns = ("Alnwick", "Buxton", "Crewe", "Dover", "Epsom", "Frome")
    rows = "".join(
        f"<li><b>{11 + at} Mill Street, {town}</b><br>Rent £{700 + at}</li>" for at, town in enumerate(towns)
    )
    found = records(f"<ol>{rows}</ol>", "address,rent,available")
    assert not [each for each in found if "available" in each]


def header_rows(lines: list[tuple[str, ...]]) -> int:
    rows = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in line) + "</tr>" for line in lines)
    return read_table(lxml.html.fromstring(f"<table>{rows}</table>")).header_rows


@pytest.mark.parametrize("end", [(), ("postponed",)])
def test_a_first_record_that_stands_again_word_for_word_is_no_heading(end):
    played = [("Arsenal", "Leeds"), ("Fulham", "Chelsea"), ("Derby", "Leeds"), ("Luton", "Stoke"), ("Bury", "Derby")]
    first = ("Arsenal", "Chelsea", *end)
    others = [(*match, f"{at}–1") if end else match for at, match in enumerate(played)]
    assert header_rows([first, *others, first]) == 0


@pytest.mark.parametrize("heading", [("Ware", "Asked"), ("Ware", "Author")])
def test_a_row_that_stands_again_over_figures_or_names_a_column_is_a_heading(heading):
    rows = [(name, price if heading[1] == "Asked" else "Ruth Elling") for name, _, price, _ in INNS]
    assert header_rows([heading, *rows[:3], heading, *rows[3:]]) == 1
