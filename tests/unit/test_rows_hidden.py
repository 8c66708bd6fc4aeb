"""A row that no reader sees is no record, unless a control of the page shows it."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import Value
from evals.readers import saved_page

WOODS = ("Amber", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Juniper", "Larch", "Maple", "Oak")


def names(hiding: str, hidden: set[int], around: str = "") -> list[Value | None]:
    card = "<h3><a href=/{0}>{1} bowl of the valley</a></h3><span class=price>${0}.50</span>"
    rows = (
        (hiding if at in hidden else "<li>{}</li>").format(card.format(at, wood)) for at, wood in enumerate(WOODS, 1)
    )
    html = f"<html lang=en><title>Bowls</title><body><h1>Bowls</h1><ul>{''.join(rows)}</ul>{around}</body></html>"
    reading = read_page(saved_page("https://shop.example/bowls", html), Ask(fields=parse_fields("name,price")))
    return [str(each.fields["name"].value).split()[0] for each in reading.candidates]


@pytest.mark.parametrize("hiding", ["<li hidden>{}</li>", "<li style='display: none'>{}</li>"])
def test_a_row_that_nobody_sees_is_no_record(hiding: str) -> None:
    assert names(hiding, {2, 6, 7}) == [wood for at, wood in enumerate(WOODS, 1) if at not in {2, 6, 7}]


def test_the_last_rows_of_a_list_are_records_where_its_button_shows_them() -> None:
    tail = {10, 11, 12}
    assert names("<li hidden>{}</li>", tail, "<button>Show more</button>") == list(WOODS)
    assert names("<li hidden>{}</li>", tail) == list(WOODS[:9])


def test_a_hidden_row_that_a_control_names_is_a_record() -> None:
    button = "<button aria-controls=extra>Another bowl</button>"
    assert names("<li id=extra hidden>{}</li>", {4}, button) == list(WOODS)
