"""Several things told in one text: each to its field where their order is plain, and to none where it is not."""

from __future__ import annotations

import pytest
from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import plain_values

EVENTS = ("Jazz Night", "Open Day", "Spring Fair", "Poetry Slam", "Book Launch", "Film Club")
PLACES = ("Town Hall", "Old Library", "City Park", "Guildhall", "Corn Exchange", "River Barn")


def read(rows: str, fields: str = "date,event,place") -> list[dict]:
    page = page_of(
        f"<html lang=en-GB><body><main><h1>What is on</h1>{rows}</main></body></html>", "https://x.example/e"
    )
    return [plain_values(each.fields) for each in read_page(page, Ask(fields=parse_fields(fields))).candidates]


def rows(form: str) -> str:
    told = zip(EVENTS, PLACES, strict=True)
    return "".join(form.format(f"{3 + at} May 2026", event, place) for at, (event, place) in enumerate(told))


@pytest.mark.parametrize(
    "form",
    [
        "<li><b>{0}</b> – {1}, {2}</li>",
        "<li>{0} – {1} – {2}</li>",
        "<li>{0} | {1} | {2}</li>",
        "<p>{0}, {1}, {2}</p>",
        "<p><b>{0}</b> – {1} – {2}</p>",
    ],
)
def test_parts_of_a_text_go_to_the_fields_in_their_order(form):
    assert read(f"<ul>{rows(form)}</ul>" if form.startswith("<li") else rows(form)) == [
        {"date": f"2026-05-{3 + at:02}", "event": event, "place": place}
        for at, (event, place) in enumerate(zip(EVENTS, PLACES, strict=True))
    ]


def test_parts_that_are_more_than_the_fields_leave_the_doubtful_one_empty():
    found = read(f"<ul>{rows('<li><b>{0}</b> – {1}, doors at the side, {2}</li>')}</ul>")
    assert [each["date"] for each in found] == [f"2026-05-{3 + at:02}" for at in range(6)]
    assert not any("place" in each for each in found)


def test_the_first_of_two_texts_is_the_name_however_long_the_second():
    form = "<div class=row>{1} <span>{0}</span><span>{2}</span></div>"
    assert [(each["event"], each["date"]) for each in read(rows(form), "event,date")] == [
        (event, f"2026-05-{3 + at:02}") for at, event in enumerate(EVENTS)
    ]
