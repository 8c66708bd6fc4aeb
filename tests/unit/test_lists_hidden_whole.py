"""A list that is hidden as a whole: the page's own where it is a click away, and none of its records in a menu."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import Value
from evals.readers import saved_page

WOODS = ("Amber", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel")


def cards(start: int, count: int, kind: str = "bowl") -> str:
    rows = (
        f"<div class=card><h3><a href=/{at}>{WOODS[at % 8]} {kind} no. {at}</a></h3><b class=price>£{at}.50</b></div>"
        for at in range(start, start + count)
    )
    return f"<div class=grid>{''.join(rows)}</div>"


def table(start: int, count: int, kind: str = "bowl") -> str:
    rows = (f"<tr><td>{WOODS[at % 8]} {kind} no. {at}<td>£{at}.50" for at in range(start, start + count))
    return f"<table><tr><th>Name<th>Price{''.join(rows)}</table>"


def names(body: str) -> list[Value | None]:
    html = f"<html lang=en-GB><title>Bowls</title><body><h1>Bowls</h1>{body}<p>Turned by hand.</p></body></html>"
    reading = read_page(saved_page("https://shop.example/bowls", html), Ask(fields=parse_fields("name,price")))
    return [each.fields["name"].value for each in reading.candidates]


OWN = [f"{WOODS[at % 8]} bowl no. {at}" for at in range(1, 7)]
HIDDEN = (
    "<div style='display:none'>{}</div>",
    "<div hidden>{}</div>",
    "<div class=mega-menu aria-hidden=true>{}</div>",
    "<div class=modal role=dialog style='display:none'>{}</div>",
    "<dialog>{}</dialog>",
    "<div id=suggestions style='visibility: hidden'>{}</div>",
)
KEPT = (
    "<a role=tab href=#t2>Bowls</a><div role=tabpanel id=t2 aria-hidden=true hidden>{}</div>",
    "<button aria-controls=a1>Bowls</button><div id=a1 hidden>{}</div>",
    "<h3><a data-toggle=collapse href=#c1>Bowls</a></h3><div id=c1 class=collapse style='display:none'>{}</div>",
    "<details><summary>Bowls</summary>{}</details>",
    "<div class=tab-pane style='display:none'>{}</div>",
)


@pytest.mark.parametrize("hiding", HIDDEN)
@pytest.mark.parametrize("make", [cards, table])
def test_a_longer_list_that_nobody_sees_gives_no_record(hiding, make):
    assert names(hiding.format(make(30, 20, "menu board")) + make(1, 6)) == OWN


@pytest.mark.parametrize("keeping", KEPT)
@pytest.mark.parametrize("make", [cards, table])
def test_a_list_a_click_away_is_the_pages_own(keeping, make):
    assert names(keeping.format(make(1, 6))) == OWN


@pytest.mark.parametrize("make", [cards, table])
def test_a_list_that_a_script_is_yet_to_show_is_read_where_the_page_has_no_other(make):
    assert names(f"<div id=app style='display:none'>{make(1, 6)}</div>") == OWN


@pytest.mark.parametrize("hiding", HIDDEN[2:5])
def test_a_closed_menu_is_no_list_where_the_page_has_no_other(hiding):
    assert not {*names(hiding.format(cards(30, 20, "menu board")))} & {f"Amber menu board no. {at}" for at in (32, 40)}


@pytest.mark.parametrize("make", [cards, table])
def test_a_list_that_keeps_its_room_while_its_script_lays_it_out_is_the_page_s_own(make):
    waiting = f"<div class=spinner></div><div style='width: 100%; visibility: hidden'>{make(1, 6)}</div>"
    seasons = "".join(f"<p><a href=/news/{at}>{WOODS[at]} is in</a> for £{at}</p>" for at in range(5))
    assert names(f"{waiting}<div>{seasons}</div>") == OWN


def labelled(start: int, count: int, kind: str = "bowl") -> str:
    rows = (
        f"<li><b>Name:</b> {WOODS[at % 8]} {kind} no. {at}<br><b>Price:</b> £{at}.50</li>"
        for at in range(start, start + count)
    )
    return f"<ul>{''.join(rows)}</ul>"


@pytest.mark.parametrize("hiding", [*HIDDEN, "<template>{}</template>"])
def test_labels_with_values_that_nobody_sees_give_no_record_beside_those_that_are_seen(hiding):
    assert names(hiding.format(labelled(30, 20, "menu board")) + labelled(1, 6)) == OWN


@pytest.mark.parametrize("keeping", KEPT)
def test_labels_with_values_a_click_away_are_the_pages_own(keeping):
    assert names(keeping.format(labelled(1, 6))) == OWN
