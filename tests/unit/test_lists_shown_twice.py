"""A page that shows its whole list twice: once for wide screens, once for narrow ones."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import Value
from evals.readers import saved_page

KEELS = ("Amity", "Brisk", "Comet", "Drake", "Egret", "Fulmar")


def cards(names: tuple[str, ...], built: int = 1990) -> str:
    rows = (
        f"<div class=card><h3><a href=/boats/{name.lower()}>{name} of the north quay</a></h3>"
        f"<p>Launched on {at + 3} May {built + at}</p></div>"
        for at, name in enumerate(names)
    )
    return f"<div class=grid>{''.join(rows)}</div>"


def table(names: tuple[str, ...], built: int = 1990) -> str:
    rows = (
        f"<tr><td><a href=/boats/{name.lower()}>{name} of the north quay</a><td>{at + 3} May {built + at}"
        for at, name in enumerate(names)
    )
    return f"<table><tr><th>Name<th>Launched{''.join(rows)}</table>"


def read(body: str, fields: str = "name,launched:date,url") -> list[Value | None]:
    html = f"<html lang=en-GB><title>Boats</title><body><h1>Boats</h1>{body}<p>Kept afloat.</p></body></html>"
    reading = read_page(saved_page("https://quay.example/boats", html), Ask(fields=parse_fields(fields), many=True))
    return [each.fields["name"].value for each in reading.candidates]


OWN = [f"{name} of the north quay" for name in KEELS]


@pytest.mark.parametrize("make", [cards, table])
def test_a_list_that_stands_twice_gives_each_record_once(make):
    again = f"<div class=only-narrow>{make(KEELS)}</div>"
    assert read(f"<div class=only-wide>{make(KEELS)}</div>{again}") == OWN


@pytest.mark.parametrize("make", [cards, table])
def test_a_list_in_sections_that_stands_twice_gives_each_record_once(make):
    both = f"{make(KEELS[:3])}{make(KEELS[3:], 2001)}"
    assert read(f"<div class=only-wide>{both}</div><div class=only-narrow>{both}</div>") == OWN


@pytest.mark.parametrize("make", [cards, table])
def test_a_list_like_an_earlier_one_save_for_a_day_is_no_copy(make):
    assert read(make(KEELS) + make(KEELS, 2001)) == OWN + OWN


def test_the_same_lines_under_another_day_are_no_copy():
    halls = enumerate(("yoga with Ann", "dance with Bo", "judo with Cy", "chess with Di"))
    lines = (f"<li><a href=/{at}>Open {what} and friends</a><p>Hall {at + 1}, all ages</p></li>" for at, what in halls)
    hours = f"<ul>{''.join(lines)}</ul>"
    days = "".join(f"<h3>{day} May 2031</h3>{hours}" for day in (4, 5, 6))
    assert len(read(days, "name,start:date")) == 12
