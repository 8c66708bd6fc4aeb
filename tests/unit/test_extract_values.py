"""Typed values: found in text, brought to normal form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dates import find_dates
from domain.fields import Field, FieldKind, make_field
from domain.normal import normalise
from domain.recognise import RECOGNISED, recognise


def value(kind: FieldKind, raw: str, locale: str = "en", **rest):
    found = normalise(raw, Field(name="x", kind=kind), base_url="https://shop.example/a/b", locale=locale, **rest)
    return found.value if found else None


@pytest.mark.parametrize(
    ("raw", "locale", "iso"),
    [
        ("Filed May 3, 2024 at 3:00 p.m.", "en", "2024-05-03T15:00:00"),
        ("12. März 2024 um 19:30 Uhr", "de", "2024-03-12T19:30:00"),
        ("12 de marzo de 2024", "es", "2024-03-12"),
        ("le 1er mars 2023", "fr", "2023-03-01"),
        ("2024年3月5日", "ja", "2024-03-05"),
        ("Sep. 5, '19", "en", "2019-09-05"),
        ("2021-01-11T15:00:00-0600", "en", "2021-01-11T15:00:00-06:00"),
    ],
)
def test_a_date_is_read_as_its_language_writes_it(raw, locale, iso):
    assert value(FieldKind.DATE, raw, locale) == iso


def test_an_ambiguous_date_follows_the_country():
    assert value(FieldKind.DATE, "03/04/2024", "en-US") == "2024-03-04"
    assert value(FieldKind.DATE, "03/04/2024", "en-GB") == "2024-04-03"
    assert value(FieldKind.DATE, "13/04/2024", "en-US") == "2024-04-13"


def test_a_number_alone_is_no_date():
    assert value(FieldKind.DATE, "12") is None
    assert find_dates("version 1.2.19.3") == ()


def test_a_date_without_a_year_waits_for_one():
    assert find_dates("Monday, March 4") == ()
    assert value(FieldKind.DATE, "Monday, March 4", year=2019) == "2019-03-04"


@pytest.mark.parametrize(
    ("raw", "locale", "amount", "unit"),
    [
        ("£1,299.00", "en-GB", 1299, "GBP"),
        ("1.299 €", "de", 1299, "EUR"),
        ("1.299 €", "en", 1299, "EUR"),
        ("12,99 €", "en", 12.99, "EUR"),
        ("was $5", "en-CA", 5, "CAD"),
        ("Free", "en", 0, ""),
    ],
)
def test_a_price_with_a_separator_of_either_kind_keeps_its_size(raw, locale, amount, unit):
    found = normalise(raw, Field(name="x", kind=FieldKind.PRICE), locale=locale)
    assert found is not None
    assert (found.value, found.unit) == (amount, unit)


@pytest.mark.parametrize(
    ("raw", "minutes"),
    [("PT1H30M", 90), ("1 hr 30 min", 90), ("1h30", 90), ("45 Min.", 45), ("1 ½ hours", 90), ("30", 30)],
)
def test_a_duration_is_minutes(raw, minutes):
    assert value(FieldKind.DURATION, raw) == minutes


def test_not_available_does_not_read_as_available():
    assert value(FieldKind.AVAILABILITY, "Currently not available") == "OutOfStock"
    assert value(FieldKind.AVAILABILITY, "https://schema.org/InStock") == "InStock"


def test_a_range_of_years_is_no_telephone_number():
    assert value(FieldKind.PHONE, "2013-2014") is None
    assert value(FieldKind.PHONE, "(312) 555-0123", "en-US") == "+13125550123"


def test_a_script_link_is_no_address():
    assert value(FieldKind.URL, "javascript:void(0)") is None
    assert value(FieldKind.URL, "../c?x=1") == "https://shop.example/c?x=1"


@given(st.text(max_size=200), st.sampled_from(sorted(RECOGNISED)))
def test_a_recogniser_quotes_what_stands_in_the_text(text, kind):
    span = recognise(kind, text, "en")
    if span is not None:
        assert span.text.strip() in text[span.start : span.end]


@given(st.text(max_size=300), st.sampled_from(list(FieldKind)), st.sampled_from(["", "en", "de-CH", "zh-Hant", "x"]))
def test_no_text_makes_a_normal_form_fail(text, kind, locale):
    normalise(text, Field(name="x", kind=kind), base_url="https://shop.example/", locale=locale)


@pytest.mark.parametrize("locale", ["x", "en", "tlh-QO", ""])
def test_a_language_that_the_date_parser_lacks_does_not_make_it_fail(locale):
    assert normalise("0AA\u00b9", make_field("date"), locale=locale) is None
