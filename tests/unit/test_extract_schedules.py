"""Lists of dates: what is known by when it is."""

from __future__ import annotations

from extract_pages import page_of

from agent.extract.cascade import Ask, read_page
from domain.evidence import Verdict
from domain.fields import parse_fields
from domain.grounding import recheck
from domain.pages import Page
from domain.records import plain_values

ASK = Ask(fields=parse_fields("title,start:date,links:list"), many=True)
MENU = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("Permits and plans", "Licences", "Fees", "Maps"))


def starts(html: str) -> list[object]:
    return [plain_values(candidate.fields).get("start") for candidate in read_page(page_of(html), ASK).candidates]


def grid(lead: str, days: tuple[str, ...], tail: str = "") -> str:
    cells = "".join(f"<td>{day}</td>" for day in days)
    return f"<html><body><h1>Harbour board</h1>{lead}<table><tr>{cells}</tr></table>{tail}</body></html>"


def test_a_grid_of_days_takes_its_year_from_the_heading_and_its_hour_from_the_sentence_for_all() -> None:
    lead = "<h2>2031 schedule</h2><p>All meetings are held at 3:00 PM and last about 2 hours.</p>"
    html = grid(lead, ("January 11", "February 8", "March 15", "April 12"), f"<ul>{MENU}</ul><p>Open 9 am to 5 pm</p>")
    assert starts(html) == [f"2031-{day}T15:00:00" for day in ("01-11", "02-08", "03-15", "04-12")]


def test_opening_hours_are_not_the_hour_of_what_takes_place() -> None:
    html = grid("<h2>2031</h2><p>Office hours: 9:00 am to 5:00 pm</p>", ("May 1", "June 2", "July 3"))
    assert starts(html) == ["2031-05-01", "2031-06-02", "2031-07-03"]


def test_each_year_heads_the_days_below_it() -> None:
    lists = "".join(
        f"<h3>{year}</h3><ul>{''.join(f'<li>{day} <a href=/m/{year}/{day[:3]}>Minutes</a></li>' for day in days)}</ul>"
        for year, days in (("2030", ("October 7", "November 4")), ("2031", ("January 6", "February 3")))
    )
    html = f"<html><body><h1>Minutes</h1>{lists}</body></html>"
    assert starts(html) == ["2030-10-07", "2030-11-04", "2031-01-06", "2031-02-03"]


def test_days_with_and_without_a_link_are_one_list() -> None:
    days = ("3 March 2031", "7 April 2031", "5 May 2031", "2 June 2031", "7 July 2031")
    items = "".join(
        f"<li><a href='/papers/{number}.pdf'>{day}</a></li>" if number < 2 else f"<li>{day}</li>"
        for number, day in enumerate(days)
    )
    page = page_of(f"<html><body><nav><ul>{MENU}</ul></nav><h1>Council</h1><ul>{items}</ul></body></html>")
    found = [plain_values(candidate.fields) for candidate in read_page(page, ASK).candidates]
    assert [row["start"] for row in found] == ["2031-03-03", "2031-04-07", "2031-05-05", "2031-06-02", "2031-07-07"]
    assert ["links" in row for row in found] == [True, True, False, False, False]


def test_the_last_of_a_list_of_days_heads_no_menu_below_it() -> None:
    html = grid("<h2>2031</h2>", ("May 1", "June 2", "July 3", "August 4"), f"<ul>{MENU}{MENU}</ul>")
    assert len(starts(html)) == 4


def test_dates_over_several_things_each_are_headings_not_things() -> None:
    days = "".join(
        f"<h3>{day} May 2031</h3><ul><li>10:00 Talk on {day} bees and their keepers</li>"
        f"<li>11:30 Walk to mill number {day}</li></ul>"
        for day in (3, 4, 5)
    )
    page = f"<html><body><h1>Festival</h1>{days}</body></html>"
    assert starts(page) == [f"2031-05-0{day}T{hour}:00" for day in (3, 4, 5) for hour in ("10:00", "11:30")]


def rows_with_times() -> Page:
    rows = "".join(
        f"<tr><td>{day} May 2031</td><td>Choir {day}</td><td>{hour} p.m. - 9 p.m.</td></tr>"
        for day, hour in ((3, "6"), (10, "7:30"), (17, "8"))
    )
    head = "<tr><th>Date</th><th>Title</th><th>Time</th></tr>"
    return page_of(f"<html><body><h1>Evenings</h1><table>{head}{rows}</table></body></html>")


def test_the_hour_in_another_cell_of_the_row_completes_the_day_and_is_proven_by_both() -> None:
    page = rows_with_times()
    fields = parse_fields("title,start:date")
    candidates = read_page(page, Ask(fields=fields, many=True)).candidates
    assert [plain_values(each.fields)["start"] for each in candidates] == [
        "2031-05-03T18:00:00",
        "2031-05-10T19:30:00",
        "2031-05-17T20:00:00",
    ]
    start = candidates[1].fields["start"]
    assert [evidence.quote for evidence in start.evidence] == ["10 May 2031", "7:30 p.m."]
    assert start.verdict is Verdict.DERIVED
    for evidence in start.evidence:
        assert recheck(evidence, start.value, fields[1], page.text, page.html) is Verdict.DERIVED


def test_a_day_of_publication_takes_no_hour() -> None:
    fields = parse_fields("title,date_published:date")
    candidates = read_page(rows_with_times(), Ask(fields=fields, many=True)).candidates
    assert [plain_values(each.fields)["date_published"] for each in candidates] == [
        "2031-05-03",
        "2031-05-10",
        "2031-05-17",
    ]
