"""A table of one row, on a page whose other parts repeat: a glossary, notices, a menu of years."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from evals.readers import saved_page

FIELDS = "case name,date filed:date,docket number:identifier,document url:url"
GLOSSARY = "".join(f"<li>{sign}. = {word} of the harbour</li>" for sign, word in (("W", "Warden"), ("P", "Pilot")) * 3)
NOTICES = "".join(
    f"<p>Rule {at} was amended on May {at}, 2030. <a href=/r{at}.pdf>Read on</a></p>" for at in range(2, 9)
)


def table(rows: int, head: str = "<th>Case name<th>Docket no.<th>Filed") -> str:
    lines = (
        f"<tr><td><a href=/o/{at}.pdf>Rowe v. Port of Ayr {at}</a><td>HB-2031-00{at}<td>June {at}, 2031"
        for at in range(1, rows + 1)
    )
    return f"<table><tr>{head}{''.join(lines)}</table>"


def dockets(body: str) -> list[object]:
    html = f"<html lang=en><title>Opinions</title><body><h1>Opinions</h1>{body}</body></html>"
    reading = read_page(saved_page("https://court.example/opinions", html), Ask(fields=parse_fields(FIELDS), many=True))
    return [
        each.fields["docket number"].value if "docket number" in each.fields else None for each in reading.candidates
    ]


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("beside", [f"<h3>June 2031</h3><ul>{GLOSSARY}</ul>", NOTICES])
def test_a_headed_table_of_few_rows_is_the_list_whatever_repeats_beside_it(beside: str, rows: int) -> None:
    assert dockets(table(rows) + beside) == [f"HB-2031-00{at}" for at in range(1, rows + 1)]


def test_a_table_that_names_one_thing_of_those_asked_does_not_stand_for_a_list() -> None:
    hits = "".join(
        f"<li><a href=/o/{at}.pdf>Rowe v. Port of Ayr {at}</a> HB-2031-00{at}, June {at}, 2031</li>"
        for at in range(1, 7)
    )
    filed = "<table><tr><th>Filed<th>Clerk<tr><td>May 2, 2031<td>A. Roe</table>"
    assert dockets(f"{filed}<ul>{hits}</ul>") == [f"HB-2031-00{at}" for at in range(1, 7)]
