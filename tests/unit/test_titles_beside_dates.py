"""A day and its hour are no title, however the page writes them."""

from __future__ import annotations

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from evals.readers import saved_page

_MONTHS = ("January 16", "February 13", "March 13", "April 17", "May 15", "June 19", "July 17", "August 21")
_COMMITTEES = ("Harbour Committee", "Bridges Committee", "Gardens Committee", "Libraries Committee")


def test_a_day_without_its_year_beside_a_link_to_minutes_is_no_title_before_a_committee_with_its_name() -> None:
    minutes = "".join(
        f'<p>{day} at 11:00 am <a href="/files/{number}.pdf"> (Minutes)</a></p>' for number, day in enumerate(_MONTHS)
    )
    named = "".join(
        f"<div><h5>{_COMMITTEES[number % 4]}</h5><i>{day}, 2018, 1:00 pm</i></div>"
        for number, day in enumerate(_MONTHS)
    )
    html = f"<html lang=en><title>Meetings of 2018</title><h4>2018 Board Meetings</h4>{minutes}{named}"
    read = read_page(
        saved_page("https://town.example/meetings", html), Ask(fields=parse_fields("title,start,links"), many=True)
    )
    titles = {str(candidate.fields["title"].value) for candidate in read.candidates if "title" in candidate.fields}
    assert titles == set(_COMMITTEES)
