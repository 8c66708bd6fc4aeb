"""Several lists on one page: parts of one, and lists of other things."""

from __future__ import annotations

from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from agent.extract.tables import table_rows
from domain.evidence import Method
from domain.fields import parse_fields
from domain.records import plain_values
from fetch.dom import parse

HEAD = "<tr><th>Date</th><th>Docket</th><th>Name</th></tr>"


def read(body: str, fields: str) -> list[dict]:
    page = page_of(f'<html lang="en"><body><main>{body}</main></body></html>', "https://court.example/list")
    reading = read_page(page, Ask(fields=parse_fields(fields), many=True))
    return [plain_values(candidate.fields) for candidate in reading.candidates]


def cases(first: int, last: int) -> str:
    return "".join(
        f"<tr><td>6/{number}/2023</td><td>22-1{number:02}</td>"
        f'<td><a href="/{number}.pdf">Oak {number} v. Elm</a></td></tr>'
        for number in range(first, last)
    )


def test_tables_of_the_same_headings_are_one_list_however_deep_and_short_each_is():
    body = (
        f"<div><div><table>{HEAD}{cases(14, 28)}</table></div></div>"
        f"<div><table>{HEAD}{cases(10, 13)}</table></div><table>{HEAD}{cases(9, 10)}</table>"
    )
    found = read(body, "case_name:title,date_filed:date,docket_number:identifier")
    assert [row["docket_number"] for row in found] == [
        f"22-1{number:02}" for number in (*range(14, 28), *range(10, 13), 9)
    ]


def test_a_table_of_other_headings_stays_out_of_the_list():
    other = "<tr><th>Date</th><th>Room</th><th>Judge</th></tr>" + "".join(
        f"<tr><td>7/{number}/2023</td><td>22-{number}</td><td>Judge Rowan</td></tr>" for number in range(1, 4)
    )
    body = f"<table>{HEAD}{cases(10, 20)}</table><div><div><table>{other}</table></div></div>"
    found = read(body, "case_name:title,docket_number:identifier")
    assert len(found) == 10


def test_each_of_two_kinds_of_records_is_read_where_it_is_asked():
    products = "".join(
        f'<div class="product"><h3><a href="/p/{number}">Walnut shelf {number}</a></h3><b>£{number}.50</b></div>'
        for number in range(10, 18)
    )
    events = "".join(
        f'<div class="event"><h3>Open workshop {number}</h3><time datetime="2026-05-{number}">May {number}</time>'
        f"<p>Come and see how shelves are made, and take one home with you.</p></div>"
        for number in range(10, 18)
    )
    body = f"<section>{products}</section><section>{events}</section>"
    assert [row["price"] for row in read(body, "title,price:number")] == [number + 0.5 for number in range(10, 18)]
    found = read(body, "title,start:date")
    assert [row["start"] for row in found] == [f"2026-05-{number}" for number in range(10, 18)]
    assert found[0]["title"] == "Open workshop 10"


def test_a_row_across_a_table_of_pairs_heads_each_thing_and_its_link_is_that_of_the_thing():
    def thing(number: int) -> str:
        pairs = (("Number", f"AB-2023-0{number}"), ("Parties", f"Oak {number} v. Elm"), ("Date", f"May {number}, 2026"))
        rows = "".join(f"<tr><td><b>{label}</b></td><td>{value}</td></tr>" for label, value in pairs)
        return f'<tr><td colspan="2"><a href="/d/{number}.pdf"><b>2026 ABC {number}</b></a></td></tr>{rows}'

    body = f"<table>{''.join(map(thing, range(10, 16)))}</table>"
    found = read(body, "case_name:title,date_filed:date,docket_number:identifier,document_url:url")
    assert found[1] == {
        "case_name": "Oak 11 v. Elm",
        "date_filed": "2026-05-11",
        "docket_number": "AB-2023-011",
        "document_url": "https://court.example/d/11.pdf",
    }


def test_a_heading_that_spans_most_of_a_table_names_no_column():
    body = "".join(f"<tr><td>{number} May</td><td>Oak</td><td>{number}-0</td></tr>" for number in range(1, 5))
    longer = "<tr><td>5 May</td><td>Elm</td><td>5-0</td><td></td></tr>"
    html = (
        "<table><tr><th>Date</th><th>Opponent</th><th>Result</th></tr>"
        f'<tr><th colspan="3">Regular season</th></tr>{body}{longer}</table>'
    )
    assert table_rows(parse(html))[0] == ["Date", "Opponent", "Result"]


def test_of_a_number_and_the_same_with_what_it_counts_the_fuller_is_told():
    def told(yields: str) -> object:
        data = f'{{"@type":"Recipe","name":"Rye rolls","recipeYield":{yields}}}'
        html = (
            f'<html lang="en"><body><script type="application/ld+json">{data}</script><h1>Rye rolls</h1></body></html>'
        )
        reading = read_page(page_of(html), Ask(fields=parse_fields("yields"), many=False))
        value = reading.candidates[0].fields["yields"]
        assert value.evidence[0].method is Method.JSON_LD
        return value.raw

    assert told('["8","8 rolls"]') == "8 rolls"
    assert told('["8","Makes 8"]') == "Makes 8"
    assert told('["8","18 rolls"]') == "8"
    assert told('["8 rolls","8"]') == "8 rolls"
