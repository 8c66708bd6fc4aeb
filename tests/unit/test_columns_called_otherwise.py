"""Columns of days, amounts and numbers that the page calls another thing than the one that is asked for."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from evals.readers import saved_page

DAYS = [f"{day} March 2024" for day in range(3, 8)]
AMOUNTS = [f"${at}0.00" for at in range(3, 8)]
NUMBERS = [f"+1 212 555 01{at}3" for at in range(3, 8)]
COUNTS = [f"{1200 + 17 * at}" for at in range(3, 8)]


def table(head: str, cells: list[str]) -> str:
    rows = "".join(
        f"<tr><td><a href='/{at}'>Maple Hall {'ABCDE'[at]}</a></td><td>{cell}</td></tr>"
        for at, cell in enumerate(cells)
    )
    return f"<table><tr><th>Name</th><th>{head}</th></tr>{rows}</table>"


def terms(head: str, cells: list[str]) -> str:
    return cards(f"<dl><dt>{head}</dt><dd>{{}}</dd></dl>", cells)


def labels(head: str, cells: list[str]) -> str:
    return cards(f"<p><span>{head}:</span> <span>{{}}</span></p>", cells)


def lines(head: str, cells: list[str]) -> str:
    return cards(f"<p>{head}: {{}}</p>", cells)


def cards(told: str, cells: list[str]) -> str:
    return "".join(
        f"<div class=card><h3><a href='/{at}'>Maple Hall {'ABCDE'[at]}</a></h3>{told.format(cell)}"
        f"<p>A house with {at + 2} rooms.</p></div>"
        for at, cell in enumerate(cells)
    )


def values(body: str, asked: str, lang: str = "en") -> list[object]:
    """Of the field after the name."""
    page = saved_page("http://halls.example/x", f"<!doctype html><html lang={lang}><body>{body}</body></html>")
    fields = parse_fields(f"name,{asked}")
    reading = read_page(page, Ask(fields=fields, many=True))
    told = [row.fields.get(fields[1].name) for row in reading.candidates]
    return [value.value for value in told if value is not None and value.value is not None]


@pytest.mark.parametrize("layout", [table, terms, labels, lines])
@pytest.mark.parametrize(
    ("asked", "head", "cells"),
    [
        ("opened:date", "Updated", DAYS),
        ("opened:date", "Added", DAYS),
        ("published:date", "Listed on", DAYS),
        ("published:date", "Last modified", DAYS),
        ("start_date", "Posted on", DAYS),
        ("start_date", "Deadline", DAYS),
        ("deadline", "Posted", DAYS),
        ("price", "Deposit", AMOUNTS),
        ("price", "Shipping cost", AMOUNTS),
        ("price", "Sales tax", AMOUNTS),
        ("phone", "Fax", NUMBERS),
    ],
)
def test_a_column_that_is_called_another_thing_is_not_taken_for_its_form(layout, asked, head, cells) -> None:
    assert values(layout(head, cells), asked) == []


@pytest.mark.parametrize(
    ("asked", "head", "lang"),
    [
        ("opened:date", "Zuletzt aktualisiert", "de"),
        ("opened:date", "Mis à jour", "fr"),
        ("opened:date", "Última actualización", "es"),
        ("opened:date", "Bijgewerkt", "nl"),
        ("opened:date", "Ultimo aggiornamento", "it"),
        ("price", "Kaution", "de"),
        ("price", "Livraison", "fr"),
        ("price", "Fianza", "es"),
        ("phone", "Télécopie", "fr"),
    ],
)
def test_other_languages_call_columns_otherwise_too(asked, head, lang) -> None:
    cells = {"opened:date": [f"{at}/03/2024" for at in range(13, 18)], "price": [f"{at}0 €" for at in range(3, 8)]}
    assert values(table(head, cells.get(asked, NUMBERS)), asked, lang) == []


@pytest.mark.parametrize(
    ("asked", "head", "cells"),
    [
        ("start_date", "Date", DAYS),
        ("start_date", "Starts", DAYS),
        ("opened:date", "Opened", DAYS),
        ("opened:date", "Since", DAYS),
        ("date", "Posted", DAYS),
        ("date", "Last updated", DAYS),
        ("posted:date", "Added", DAYS),
        ("date_filed", "Decided", DAYS),
        ("updated:date", "Last modified", DAYS),
        ("price", "Rent", AMOUNTS),
        ("price", "Entry fee", AMOUNTS),
        ("price", "Cost before tax", AMOUNTS),
        ("deposit:price", "Security deposit", AMOUNTS),
        ("phone", "Office", NUMBERS),
        ("phone", "Tel./Fax", NUMBERS),
        ("fax", "Fax", NUMBERS),
        ("votes:integer", "Number", COUNTS),
    ],
)
def test_a_column_that_is_called_alike_or_by_an_unknown_word_is_taken(asked, head, cells) -> None:
    assert len(values(table(head, cells), asked)) == 5


def test_a_number_is_not_taken_from_a_column_of_other_numbers() -> None:
    assert values(table("Votes", COUNTS), "population:integer") == []


def test_the_day_of_the_thing_stands_beside_the_day_of_its_entry() -> None:
    rows = "".join(
        f"<tr><td><a href='/{at}'>Maple Hall {'ABCDE'[at]}</a></td><td>{at + 3} March 2024</td>"
        f"<td>{at + 3} May 1999</td></tr>"
        for at in range(5)
    )
    body = f"<table><tr><th>Name</th><th>Updated</th><th>Since</th></tr>{rows}</table>"
    assert values(body, "opened:date") == [f"1999-05-0{at + 3}" for at in range(5)]
