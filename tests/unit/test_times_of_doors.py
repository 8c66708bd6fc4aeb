"""When the doors are opened, and when what people come for begins."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import make_field, parse_fields
from domain.normal import normalise
from evals.readers import saved_page


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("3 March 2027, doors 18:30", "18:30"),
        ("3 March 2027, doors 18:30, show 19:30", "19:30"),
        ("3 March 2027 | Doors open: 6:30 pm | Show 7:30 pm", "19:30"),
        ("3 March 2027, Einlass 18:30 Uhr, Beginn 19:30 Uhr", "19:30"),
        ("3 March 2027, doors 18:30 - 22:00", "18:30"),
        ("3 March 2027, doors 7pm, over 10pm", "19:00"),
    ],
)
def test_the_time_of_the_doors_counts_where_no_beginning_is_told(text, time) -> None:
    found = normalise(text, make_field("start_date"))
    assert found is not None
    assert found.value == f"2027-03-03T{time}:00"


@pytest.mark.parametrize(
    ("told", "time"),
    [("Doors 18:30, show 19:30", "19:30"), ("Doors 18:30", "18:30"), ("Doors 18:30, ends 22:00", "18:30")],
)
def test_rows_tell_when_the_show_begins(told, time) -> None:
    rows = "".join(
        f"<div class=card><h3><a href='/{day}'>Concert number {day}</a></h3><p>{day} March 2027</p><p>{told}</p></div>"
        for day in range(3, 8)
    )
    page = saved_page("http://hall.example/x", f"<!doctype html><html lang=en><body>{rows}</body></html>")
    reading = read_page(page, Ask(fields=parse_fields("name,start_date"), many=True))
    found = [row.fields["start_date"].value for row in reading.candidates]
    assert found == [f"2027-03-0{day}T{time}:00" for day in range(3, 8)]
