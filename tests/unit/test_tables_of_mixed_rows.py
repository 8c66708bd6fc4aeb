"""Tables with more than records in them: headings in plain cells and again below, sums, names of groups, notes."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import plain_values
from evals.readers import saved_page

WOODS = ("Amber", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel")
GOODS = [{"name": f"{wood} bowl", "sku": f"WB-{1000 + at * 37}", "price": 12.5 + at} for at, wood in enumerate(WOODS)]
ROWS = [f"<tr><td>{each['name']}<td>{each['sku']}<td>£{each['price']:.2f}" for each in GOODS]


def read(rows: list[str]) -> list[dict]:
    html = (
        f"<html lang=en-GB><title>Goods</title><body><main><h1>Goods</h1><table>{''.join(rows)}</table></main></html>"
    )
    reading = read_page(saved_page("https://shop.example/goods", html), Ask(fields=parse_fields("name,sku,price")))
    return [plain_values(each.fields) for each in reading.candidates]


@pytest.mark.parametrize("tag", ["th", "td"])
def test_headings_that_stand_again_among_the_rows_are_no_record(tag):
    first = "".join(f"<{tag}>{name}</{tag}>" for name in ("Name", "SKU", "Price"))
    assert read([f"<tr>{first}", *ROWS[:4], "<tr><td>Name<td>SKU<td>Price", *ROWS[4:]]) == GOODS


def test_headings_of_unknown_words_in_plain_cells_are_told_by_standing_twice():
    heading = "<tr><td>Ware<td>Shelfmark<td>Asked"
    assert read([heading, *ROWS[:4], heading, *ROWS[4:]]) == GOODS


@pytest.mark.parametrize("heading", ["<tr><td>Name<td>SKU<td>Price", "<tr><td>Bezeichnung<td>Artikelnummer<td>Preis"])
def test_a_row_of_plain_cells_that_name_columns_is_no_record(heading):
    assert read([heading, *ROWS]) == GOODS


@pytest.mark.parametrize(
    "word", ["Total", "Subtotal", "Sub-total:", "Total (8 goods)", "Gesamt", "Sous-total", "Итого"]
)
def test_a_sum_among_the_rows_is_no_record(word):
    total = f"<tr><td>{word}<td><td>£99.00"
    assert read(["<tr><th>Name<th>SKU<th>Price", *ROWS[:4], total, *ROWS[4:], total]) == GOODS


def test_a_thing_that_is_called_total_is_a_record_where_its_cells_tell_more_than_amounts():
    rows = ["<tr><td>Total<td>WB-7 in ash<td>£9.00", *ROWS]
    assert [each["name"] for each in read(["<tr><th>Name<th>SKU<th>Price", *rows])][:2] == ["Total", "Amber bowl"]


@pytest.mark.parametrize("place", [1, 3, 8])
def test_a_thing_that_is_called_total_is_a_record_where_it_is_not_the_sum_of_the_others(place):
    rows = [f"<tr><td>{wood}<td>£{20 + at}.50" for at, wood in enumerate(WOODS)]
    rows.insert(place, "<tr><td>Total<td>£21.00")
    assert {"name": "Total", "price": 21.0} in read(["<tr><th>Name<th>Price", *rows])


def test_names_of_groups_and_notes_across_a_table_are_no_records():
    group, note = "<tr><td colspan=3><b>Soft woods</b>", "<tr><td colspan=3>* Prices include tax."
    assert read(["<tr><th>Name<th>SKU<th>Price", group, *ROWS[:4], group, *ROWS[4:], note]) == GOODS
