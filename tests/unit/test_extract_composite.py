"""Lines, cells and links that tell several things, or one thing under a caption: what is cut, and where it is put."""

from __future__ import annotations

import pytest
from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.cuts import named_code, shared_notes, whole_code, without_codes, without_notes
from agent.extract.reading import Ask
from domain.dates import day_order, find_dates
from domain.fields import Field, FieldKind
from domain.locales import locale_of, ordered_tag
from domain.records import plain_values

CASES = (
    Field(name="case_name", kind=FieldKind.TITLE),
    Field(name="date_filed", kind=FieldKind.DATE),
    Field(name="docket_number", kind=FieldKind.IDENTIFIER),
    Field(name="document_url", kind=FieldKind.URL),
)
NAMES = (
    "Anna Ash v. Bruno Birch",
    "Cedar Boats v. Dogwood",
    "In re Estate of Elm",
    "Gum v. Hazel Insurance",
    "Iris Farms v. Juniper",
    "State v. Leo Larch",
)


def read(body: str, fields: tuple[Field, ...] = CASES, lang: str = "en-US") -> list[dict]:
    page = page_of(f'<html lang="{lang}"><body><main>{body}</main></body></html>', "https://court.example/list")
    reading = read_page(page, Ask(fields=fields, many=True))
    return [plain_values(candidate.fields) for candidate in reading.candidates]


def table(head: str, rows: list[str]) -> str:
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


# Captions and places


def test_lines_under_captions_keep_their_column_where_one_of_them_is_missing():
    def entry(number: int, name: str) -> str:
        judge = "Judge: Rowan<br>" if number % 2 else ""
        return (
            f"<p>{name}<br>{judge}Docket No.: 2024{number:04}<br>Filing Date: 6/1{number}/2025<br>Case Type: Appeal</p>"
        )

    found = read("".join(entry(number, name) for number, name in enumerate(NAMES)))
    assert [row["case_name"] for row in found] == list(NAMES)
    assert [row["docket_number"] for row in found] == [f"2024{number:04}" for number in range(6)]
    assert [row["date_filed"] for row in found] == [f"2025-06-1{number}" for number in range(6)]


def test_a_colon_in_a_title_is_no_caption():
    titles = [f"{first}: {second}" for first, second in zip(("Dune", "Alien", "Rocky", "Heat"), NAMES, strict=False)]
    found = read("".join(f"<div class='film'><h3>{title}</h3><p>Fine.</p></div>" for title in titles), CASES[:1])
    assert [row["case_name"] for row in found] == titles


def test_a_caption_that_names_the_kind_of_a_thing_does_not_name_the_thing():
    rows = [
        f"<td>{name}</td><td>Appeal - Civil - Torts {number}</td><td>24-10{number}</td>"
        for number, name in enumerate(NAMES)
    ]
    found = read(table("<th></th><th>Case Type</th><th>Case Number</th>", rows))
    assert [row["case_name"] for row in found] == list(NAMES)
    assert found[2]["docket_number"] == "24-102"


def test_a_name_is_not_lost_to_its_neighbour_because_a_date_shares_its_cell():
    rows = "".join(
        f'<a href="/op/{number}.pdf">24{number}P.pdf</a> 08/2{number}/2025 {name}\n'
        f"   Court of Appeals No: 24-18{number}\n"
        f"   District Court for the {('East', 'West')[number % 2]} of the State\n"
        for number, name in enumerate(NAMES)
    )
    found = read(f"<pre>{rows}</pre>")
    assert [row["case_name"] for row in found] == list(NAMES)
    assert found[1] | {"document_url": ""} == {
        "case_name": NAMES[1],
        "date_filed": "2025-08-21",
        "docket_number": "24-181",
        "document_url": "",
    }


def test_what_stands_before_the_first_mark_between_rows_is_a_row_too():
    lines = [
        f'<a href="/{number}.pdf">{name}</a>, AB-24-00{number}, May {number + 1}, 2026'
        for number, name in enumerate(NAMES)
    ]
    found = read(f"<p><br>{'<br><br>'.join(lines)}</p>")
    assert [row["case_name"] for row in found] == list(NAMES)


# Links


def test_a_button_that_opens_a_page_is_a_link_to_it():
    rows = [
        f"<td>{name}</td><td>24-10{number}</td>"
        f"<td><button onclick=\"window.open('/op/{number}','_blank')\">View</button></td>"
        for number, name in enumerate(NAMES)
    ]
    found = read(table("<th>Name</th><th>No.</th><th></th>", rows))
    assert found[3]["document_url"] == "https://court.example/op/3"


def test_the_link_of_the_name_is_taken_before_one_that_is_called_summary_everywhere():
    rows = [
        f'<div class="item"><b>AB24{number}</b> <a href="/file?id={number}1">Summary</a><br>'
        f'<a href="/file?id={number}2">{name}</a></div>'
        for number, name in enumerate(NAMES)
    ]
    assert read("".join(rows))[4]["document_url"] == "https://court.example/file?id=42"


def test_the_file_is_taken_before_the_page_about_it_where_a_document_is_asked():
    rows = [
        f'<td>{name}</td><td><a href="/opinions/show?id={number}">24-10{number}</a> '
        f'<a href="/files/{number}.pdf"><img src="/pdf.gif"></a></td>'
        for number, name in enumerate(NAMES)
    ]
    assert read(table("<th>Name</th><th>Case</th>", rows))[0]["document_url"] == "https://court.example/files/0.pdf"


# Codes


def test_a_short_number_under_the_name_of_the_code_is_taken_before_a_longer_code_elsewhere():
    rows = [
        f"<td>{name}</td><td>03/1{number}/2026</td><td>{number + 15}</td><td>2026 Slip 0144{number}</td>"
        for number, name in enumerate(NAMES)
    ]
    found = read(table("<th>Party Name</th><th>Decision Date</th><th>Docket Number</th><th>Slip</th>", rows))
    assert [row["docket_number"] for row in found] == ["15", "16", "17", "18", "19", "20"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("Ind. No. 2231/15|Appeal No. 5923|Case No. 2018-366|", "Ind. No. 2231/15|Appeal No. 5923|Case No. 2018-366"),
        ("55,962-CA 55,969-CA (Consolidated Cases)", "55,962-CA 55,969-CA (Consolidated Cases)"),
        ("145, Orig.", "145, Orig"),
        ("No. 24-11", "24-11"),
        ("20240327", "20240327"),
        ("24-11 filed 3 May 2024", ""),
        ("The appeal of the decision on permits and licences for 24-11", ""),
    ],
)
def test_a_cell_under_the_name_of_a_code_is_kept_whole_unless_it_tells_more(cell, code):
    assert named_code(cell) == code


def test_what_a_code_counts_stays_with_it():
    assert whole_code("Civil Action No. 2013-1550") == "Civil Action No. 2013-1550"
    assert whole_code("Case No. 2013-1550") == "2013-1550"


# Titles


def test_remarks_that_several_names_end_in_are_no_part_of_them():
    titles = [*NAMES[:4], "Oak v. Pine [Published]", "Rose v. Sage [Published] (In Part)", "Tea v. Vine (In Part)"]
    notes = shared_notes(titles, round_too=True)
    assert [without_notes(title, notes) for title in titles][4:] == ["Oak v. Pine", "Rose v. Sage", "Tea v. Vine"]


def test_round_brackets_tell_things_apart_that_are_no_cases():
    titles = ["Shirt (blue)", "Trousers (blue)", "Shirt (red)", "Socks [new]", "Hat [new]"]
    assert shared_notes(titles, round_too=False) == {"[new]"}


def test_a_citation_ends_no_name_where_codes_are_asked():
    assert without_codes("State v. Ash 2025 ND 115", {FieldKind.IDENTIFIER: frozenset()}, "en") == "State v. Ash"
    assert without_codes("State v. Ash 2025 ND 115", {}, "en") == "State v. Ash 2025 ND 115"


def test_small_print_at_the_end_of_a_cell_is_no_part_of_the_name():
    rows = [
        f"<td>{name} - <font size=-1>Western District at Port</font></td><td>24-10{number}</td>"
        for number, name in enumerate(NAMES)
    ]
    found = read(table("<th>Title</th><th>Case Number</th>", rows))
    assert [row["case_name"] for row in found] == list(NAMES)


# Dates


def test_one_date_beyond_doubt_settles_the_order_of_all_on_the_page():
    rows = [f"<td>{name}</td><td>0{number + 4}/2{number}/2016</td>" for number, name in enumerate(NAMES[:5])]
    rows.append(f"<td>{NAMES[5]}</td><td>05/06/2016</td>")
    found = read(table("<th>Name</th><th>Filed</th>", rows), CASES[:2], lang="da")
    assert found[5]["date_filed"] == "2016-05-06"


def test_dates_that_contradict_each_other_settle_no_order():
    assert day_order("25/05/2016 and 05/26/2016") == ""
    assert day_order("25/05/2016 and 04/05/2016") == "dmy"
    assert not locale_of(ordered_tag("en-US", "dmy")).month_first
    assert ordered_tag("en-US", "mdy") == "en-US"


def test_a_stated_locale_outweighs_the_dates_of_the_page():
    rows = "".join(f"<li><b>{name}</b> 0{number + 1}/2{number}/2016</li>" for number, name in enumerate(NAMES[:5]))
    page = page_of(f"<html lang='en-US'><body><ul>{rows}<li><b>{NAMES[5]}</b> 05/06/2016</li></ul></body></html>")
    reading = read_page(page, Ask(fields=CASES[:2], many=True, locale="en-GB"))
    assert plain_values(reading.candidates[5].fields)["date_filed"] == "2016-06-05"


def test_the_number_after_the_month_is_the_year_where_the_day_stands_before_it():
    assert [date.date.isoformat() for date in find_dates("11 Jan 23", "en", 2021)] == ["2023-01-11"]
    assert [date.date.isoformat() for date in find_dates("Jan 23", "en", 2021)] == ["2021-01-23"]


def test_eight_digits_that_end_in_a_year_are_a_date():
    assert [date.date.isoformat() for date in find_dates("02112026", "en-US")] == ["2026-02-11"]
    assert find_dates("99112026", "en-US") == ()
