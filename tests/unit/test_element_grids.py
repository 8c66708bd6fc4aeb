"""Tables that scripts write of `div` in `div`: the first line names the columns, as that of a table does."""

from __future__ import annotations

import pytest
from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import plain_values

BOATS = [
    ("Heron", "Ulm", "R-101", "3 May 2026", "1201"),
    ("Teal", "", "R-102", "4 May 2026", "1202"),
    ("Swift", "Graz", "", "6 May 2026", "1203"),
    ("Osprey", "Bonn", "R-104", "9 May 2026", "1204"),
    ("Wren", "Linz", "R-105", "11 May 2026", "1205"),
]
HEADS = ("Name", "Harbour", "Registration", "Date filed", "Case number")
ASKED = "name,case_number:identifier,date_filed:date"
TOLD = [
    {"name": name, "case_number": case, "date_filed": f"2026-05-{int(day.split()[0]):02}"}
    for name, _, _, day, case in BOATS
]


def line(cells: tuple[str, ...], *, row: str = "row", cell: str = "col") -> str:
    return f"<div class='{row}'>" + "".join(f"<div class='{cell}'>{text}</div>" for text in cells) + "</div>"


BODY = "".join(map(line, BOATS))
GRIDS = {
    "first line": f"<div class=grid>{line(HEADS)}{BODY}</div>",
    "line of its own kind": f"<div class=grid>{line(HEADS, row='row header', cell='col bold')}{BODY}</div>",
    "head and body": f"<div class=grid><div class=head>{line(HEADS)}</div><div class=body>{BODY}</div></div>",
    "a body for each line": f"<div class=grid><div class=head>{line(HEADS)}</div>"
    + "".join(f"<div class=body>{line(boat)}</div>" for boat in BOATS)
    + "</div>",
    "buttons that sort": f"<div class=grid>{line(tuple(f'<button>{head}</button>' for head in HEADS))}{BODY}</div>",
    "check boxes": f"<div class=grid>{line(('<input type=checkbox>', *HEADS))}"
    + "".join(line(("<input type=checkbox>", *boat)) for boat in BOATS)
    + "</div>",
    "list items": "<ul>"
    + "".join(f"<li>{''.join(f'<span>{text}</span>' for text in cells)}</li>" for cells in (HEADS, *BOATS))
    + "</ul>",
    "framed lines": f"<div class=grid>{''.join(f'<div>{line(cells)}</div>' for cells in (HEADS, *BOATS))}</div>",
}


def told(body: str, fields: str = ASKED) -> list[dict[str, object]]:
    page = page_of(f"<html lang=en-GB><body><main><h1>Boats</h1>{body}</main></body></html>", "https://x.example/b")
    return [
        plain_values(each.fields) for each in read_page(page, Ask(fields=parse_fields(fields), many=True)).candidates
    ]


@pytest.mark.parametrize("kind", GRIDS)
def test_the_first_line_of_a_grid_of_elements_names_its_columns_and_is_no_record(kind):
    assert told(GRIDS[kind]) == TOLD


def test_headings_that_stand_again_between_the_lines_of_a_grid_are_no_records():
    again = "".join(map(line, (HEADS, *BOATS[:3], HEADS, *BOATS[3:])))
    assert told(f"<div class=grid>{again}</div>") == TOLD


def test_a_first_card_without_figures_is_no_heading():
    cards = [("Amber", "Old ale", "Ulm"), ("Birch", "New ale", "Graz"), ("Cedar", "Dark ale", "Bonn")]
    found = told(f"<div class=grid>{''.join(map(line, cards))}</div>", "name")
    assert [each["name"] for each in found] == ["Amber", "Birch", "Cedar"]
