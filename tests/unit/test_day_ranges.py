"""Several days in one date, and durations that nothing has."""

from __future__ import annotations

import pytest

from domain.fields import FieldKind, make_field
from domain.normal import normalise


def told(raw: str, name: str, locale: str = "en"):
    found = normalise(raw, make_field(name), locale=locale)
    return found.value if found else None


@pytest.mark.parametrize(
    ("raw", "locale"),
    [
        ("3–5 May 2024", "en"),
        ("3-5 May 2024", "en"),
        ("May 3–5, 2024", "en"),
        ("3. bis 5. Mai 2024", "de"),
        ("du 3 au 5 mai 2024", "fr"),
    ],
)
def test_several_days_begin_on_the_first_and_end_on_the_last(raw, locale):
    assert told(raw, "start_date", locale) == "2024-05-03"
    assert told(raw, "end_date", locale) == "2024-05-05"


@pytest.mark.parametrize(("raw", "day"), [("24-5 May 2024", "2024-05-05"), ("28–31 February 2024", "2024-02-28")])
def test_a_number_before_a_date_is_no_day_of_it(raw, day):
    assert told(raw, "start_date") == day


@pytest.mark.parametrize("raw", ["PT" + "9" * 400 + "H", "9" * 300 + " hours", "P9999999Y", "99999999 days"])
def test_a_duration_without_end_is_none(raw):
    assert normalise(raw, make_field("duration", FieldKind.DURATION)) is None
