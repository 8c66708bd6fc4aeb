"""HTML tables as grids."""

from __future__ import annotations

import sys

from agent.extract.tables import read_table, table_rows
from fetch.dom import parse


def test_a_cell_that_spans_stands_in_every_place():
    root = parse(
        "<table><tr><th>Year</th><th>Series</th><th>Wins</th></tr>"
        "<tr><td rowspan=2>2003</td><td>A</td><td>1</td></tr><tr><td>B</td><td>2</td></tr></table>"
    )
    assert table_rows(root) == [["Year", "Series", "Wins"], ["2003", "A", "1"], ["2003", "B", "2"]]


def test_a_span_of_five_thousand_digits_costs_no_page():
    row = f"<tr><td rowspan={'9' * 5000}>a</td><td colspan={'9' * 5000}>b</td></tr>"
    assert [line[0] for line in table_rows(parse(f"<table>{row}<tr><td>c</td></tr></table>"))] == ["a", "a"]


def test_stacked_headers_are_joined_and_a_caption_row_is_none():
    root = parse(
        "<table><tr><th colspan=3>Results of 2024</th></tr>"
        "<tr><th rowspan=2>Team</th><th colspan=2>Goals</th></tr><tr><th>for</th><th>against</th></tr>"
        "<tr><td>Reds</td><td>4</td><td>2</td></tr><tr><td>Blues</td><td>1</td><td>3</td></tr></table>"
    )
    assert table_rows(root)[0] == ["Team", "Goals for", "Goals against"]


def test_a_table_without_headers_keeps_its_first_row():
    root = parse("<table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>")
    table = read_table(root.find(".//table"))
    assert table.header_rows == 0
    assert table_rows(root) == [["a", "1"], ["b", "2"]]


def test_the_rows_of_a_table_in_a_cell_are_not_the_outer_ones():
    root = parse(
        "<table><tr><td>x<table><tr><td>in</td></tr></table></td><td>y</td></tr><tr><td>z</td><td>w</td></tr></table>"
    )
    assert len(read_table(root.find(".//table")).rows) == 2


def test_footnote_marks_and_hidden_parts_are_no_values():
    root = parse(
        '<table><tr><th>City</th></tr><tr><td><span style="display:none">zz</span>Bern'
        '<sup class="reference">[1]</sup></td>'
        "</tr><tr><td>Chur</td></tr></table>"
    )
    assert table_rows(root)[1] == ["Bern"]


def test_absurd_spans_cost_no_memory():
    root = parse("<table>" + "<tr><td colspan=999999 rowspan=999999>x</td></tr>" * 2_000 + "</table>")
    assert sum(len(row) for row in read_table(root.find(".//table")).grid) <= 240_000


def test_twice_the_width_is_twice_the_work_for_the_names_of_columns():
    counts = []
    for width in (500, 1_000):
        cells = "".join(f"<th>Column {at}</th>" for at in range(width))
        table = read_table(parse(f"<table><tr>{cells}</tr><tr><td>x</td></tr></table>").find(".//table"))
        calls = []
        sys.setprofile(lambda *call, seen=calls: seen.append(call[1]))
        try:
            assert len(table.headers()) == width
        finally:
            sys.setprofile(None)
        counts.append(len(calls))
    assert counts[1] < 2.5 * counts[0] < 25 * 500


def test_a_cell_that_spans_down_past_a_short_row_stands_in_it_and_no_longer_than_it_says():
    root = parse(
        "<table><tr><th>Land</th><th>Date</th><th>Label</th><th>Format</th></tr>"
        "<tr><td>Spain</td><td>1 May</td><td>Acme</td><td rowspan=2>CD</td></tr><tr><td>Japan</td><td>2 May</td></tr>"
        "<tr><td>Italy</td><td>3 May</td><td>Acme</td><td>Tape</td></tr><tr><td>Peru</td><td>4 May</td></tr></table>"
    )
    assert [row[2:] for row in table_rows(root)[1:]] == [["Acme", "CD"], ["", "CD"], ["Acme", "Tape"], ["", ""]]


def test_a_cell_that_is_written_over_a_spanning_one_does_not_lengthen_it():
    root = parse(
        "<table><tr><td>a</td><td rowspan=2>b</td></tr><tr><td colspan=2>across</td></tr>"
        "<tr><td>c</td><td>d</td></tr></table>"
    )
    assert table_rows(root)[-1] == ["c", "d"]


def test_a_row_of_nothing_but_the_name_of_the_next_ones_is_no_row():
    heat = "<tr><td rowspan=3>{0}</td></tr><tr><td>Ann</td><td>1</td></tr><tr><td>Bea</td><td>2</td></tr>"
    rows = table_rows(
        parse(f"<table><tr><th>Heat</th><th>Rider</th><th>Place</th></tr>{heat.format('A')}{heat.format('B')}</table>")
    )
    assert rows[1:] == [["A", "Ann", "1"], ["A", "Bea", "2"], ["B", "Ann", "1"], ["B", "Bea", "2"]]
