"""Headings of tables that nothing but their words and the rows below tell, under captions of several cells."""

from __future__ import annotations

import pytest
from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import plain_values

MONTHS = {
    "March 2026": [("5 March 2026", "R-101", "Heron", "Full"), ("9 March 2026", "R-102", "Teal", "Short")],
    "April 2026": [("2 April 2026", "R-103", "Swift", "Full")],
    "May 2026": [
        ("4 May 2026", "R-104", "Osprey", "Full"),
        ("7 May 2026", "R-105", "Wren", "Full"),
        ("8 May 2026", "R-106", "Kite", "Short"),
        ("9 May 2026", "R-107", "Rook", "Short"),
    ],
}
NOTE = "Rows with a star have been corrected since they were first published; see the register for the current text"
ASKED = "name,date_filed:date,case_number:identifier"
ROWS = [row for rows in MONTHS.values() for row in rows]


def told(body: str) -> list[tuple[object, ...]]:
    page = page_of(f"<html lang=en-GB><body><main><h1>Boats</h1>{body}</main></body></html>", "https://x.example/b")
    found = read_page(page, Ask(fields=parse_fields(ASKED), many=True)).candidates
    rows = [plain_values(each.fields) for each in found]
    return [(row.get("name"), row.get("case_number"), row.get("date_filed")) for row in rows]


def expected() -> list[tuple[object, ...]]:
    months = {"March": "03", "April": "04", "May": "05"}
    days = [(day.split(), number, name) for day, number, name, _ in ROWS]
    return [(name, number, f"2026-{months[day[1]]}-{int(day[0]):02}") for day, number, name in days]


def line(cells: tuple[str, ...], mark: str) -> str:
    return "<tr>" + "".join(f"<td><{mark}>{text}</{mark}></td>" for text in cells) + "</tr>"


@pytest.mark.parametrize("mark", ["strong", "span"])
def test_a_month_and_a_note_above_the_headings_of_each_table_are_neither_headings_nor_rows(mark):
    heads = ("File Date", "Case Info", "Name", "Length")
    tables = "".join(
        f"<table><tr><td><{mark}>{month}</{mark}></td><td colspan=3><{mark}>{NOTE}</{mark}></td></tr>"
        f"{line(heads, mark)}{''.join(line(row, 'i') for row in rows)}</table>"
        for month, rows in MONTHS.items()
    )
    assert told(tables) == expected()


def test_plain_headings_of_which_one_spans_a_picture_and_a_name_head_their_columns():
    rows = "".join(
        f"<tr><td><img src=/s.gif alt=boat></td><td>{name}</td><td>{number}</td><td>Pier</td><td>{day}</td></tr>"
        for day, number, name, _ in ROWS
    )
    head = "<tr><td colspan=2>Name</td><td>Case No.</td><td>Berth</td><td>Date filed</td></tr>"
    assert told(f"<table><tr><td colspan=5></td></tr>{head}{rows}</table>") == expected()
