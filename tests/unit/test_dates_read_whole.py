"""Dates and moments as people write them: the first of several days, an end that is no start, hours in words."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import Field, FieldKind, parse_fields
from domain.normal import normalise
from evals.readers import saved_page


def told(raw: str, locale: str = "en", name: str = "start") -> object:
    found = normalise(raw, Field(name=name, kind=FieldKind.DATE), locale=locale, year=2026)
    return found.value if found else None


def read(raw: str, locale: str, field: str) -> object:
    """Of a page about one thing."""
    body = f"<h1>Choir</h1><dl><dt>{field.title()}</dt><dd>{raw}</dd><dt>Place</dt><dd>Town hall</dd></dl>"
    page = saved_page("http://choir.example/x", f'<html lang="{locale}"><body>{body}</body></html>')
    (candidate,) = read_page(page, Ask(fields=parse_fields(f"title,{field}:date"), many=False)).candidates
    return candidate.fields[field].value if field in candidate.fields else None


@pytest.mark.parametrize(
    ("raw", "locale", "first", "last"),
    [
        ("3rd and 4th of May 2026", "en", "2026-05-03", "2026-05-04"),
        ("3 & 4 May 2026", "en", "2026-05-03", "2026-05-04"),
        ("May 3 and 4, 2026", "en", "2026-05-03", "2026-05-04"),
        ("3., 4. und 5. Mai 2026", "de", "2026-05-03", "2026-05-05"),
        ("3 et 4 mai 2026", "fr", "2026-05-03", "2026-05-04"),
        ("5 t/m 7 mei 2026", "nl", "2026-05-05", "2026-05-07"),
        ("May 5 to June 2, 2026", "en", "2026-05-05", "2026-06-02"),
        ("5. Mai bis 2. Juni 2026", "de", "2026-05-05", "2026-06-02"),
        ("du 5 mai au 2 juin 2026", "fr", "2026-05-05", "2026-06-02"),
        ("28 Dec – 3 Jan 2027", "en", "2026-12-28", "2027-01-03"),
    ],
)
def test_several_days_begin_on_the_first_and_end_on_the_last(raw, locale, first, last):
    assert (told(raw, locale), told(raw, locale, "end")) == (first, last)
    assert (read(raw, locale, "start"), read(raw, locale, "end")) == (first, last)


def test_a_number_before_a_date_is_no_day_of_it():
    assert told("Hall 3, 5 May 2026") == "2026-05-05"


@pytest.mark.parametrize(
    ("raw", "locale"),
    [
        ("until 5 May 2026", "en"),
        ("bis 5. Mai 2026", "de"),
        ("jusqu'au 5 mai 2026", "fr"),
        ("hasta el 5 de mayo de 2026", "es"),
        ("fino al 5 maggio 2026", "it"),
        ("até 5 de maio de 2026", "pt"),
        ("t/m 5 mei 2026", "nl"),
        ("do 5 maja 2026", "pl"),
    ],
)
def test_an_end_is_no_start(raw, locale):
    assert told(raw, locale) is None
    assert told(raw, locale, "end") == "2026-05-05"


@pytest.mark.parametrize(
    ("raw", "locale", "time"),
    [
        ("5 May 2026, noon", "en", "12:00"),
        ("5 May 2026 at midnight", "en", "00:00"),
        ("5 May 2026 at 12 noon", "en", "12:00"),
        ("May 5, 2026 7-9pm", "en", "19:00"),
        ("May 5, 2026, 7:00 – 9:00 PM", "en", "19:00"),
        ("May 5, 2026, 11:30 - 1:30 pm", "en", "11:30"),
        ("May 5, 2026 (Tue) 7:30 p.m.", "en", "19:30"),
        ("Di., 5. Mai 2026, 20 Uhr", "de", "20:00"),
        ("mardi 5 mai 2026 à 20 h 30", "fr", "20:30"),
        ("5 mai 2026 à 20 heures", "fr", "20:00"),
        ("5 de mayo de 2026 a las 8 de la tarde", "es", "20:00"),
        ("5 maggio 2026, ore 21", "it", "21:00"),
        ("5 de maio de 2026 às 20h30", "pt", "20:30"),
        ("dinsdag 5 mei 2026, 20 uur", "nl", "20:00"),
        ("5 maja 2026 r., godz. 19", "pl", "19:00"),
        ("5 мая 2026 г. в 19:00", "ru", "19:00"),
        ("2026年5月5日(火) 19時30分", "ja", "19:30"),
        ("2026년 5월 5일 오후 7시", "ko", "19:00"),
    ],
)
def test_the_hour_behind_a_date_is_read_in_the_words_of_its_language(raw, locale, time):
    assert told(raw, locale) == f"2026-05-05T{time}:00"


@pytest.mark.parametrize("raw", ["5 May 2026 at 8", "5 May 2026, 3 seats left", "5 May 2026, lasts 2 hours"])
def test_a_bare_number_behind_a_date_is_no_hour(raw):
    assert told(raw) == "2026-05-05"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2026-05-06T19:30:00+02", "2026-05-06T19:30:00+02:00"),
        ("2026-05-06T19:30:00-0500", "2026-05-06T19:30:00-05:00"),
        ("20260506T193000Z", "2026-05-06T19:30:00+00:00"),
    ],
)
def test_a_zone_is_kept_in_every_form_of_iso_8601(raw, value):
    assert told(raw) == value


@pytest.mark.parametrize(
    ("raw", "locale"),
    [
        ("2026. május 6.", "hu"),
        ("2026. 5. 6.", "ko"),
        ("6 травня 2026", "uk"),
        ("6. toukokuuta 2026", "fi"),
        ("6 Μαΐου 2026", "el"),
    ],
)
def test_a_date_of_another_language_needs_no_general_parser(raw, locale):
    assert told(raw, locale) == "2026-05-06"


@pytest.mark.parametrize("raw", ["every Tuesday", "from 7pm", "doors 19:00", "Spring 2026", "31 April 2026"])
def test_what_tells_no_day_is_no_date(raw):
    assert told(raw) is None
