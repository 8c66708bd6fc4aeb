"""Telephone numbers: behind words and links, spelled as words, and never those of a fax, a book or two callers."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import Field, FieldKind, parse_fields
from domain.normal import normalise
from evals.readers import saved_page


def told(raw: str, locale: str = "en-US") -> object:
    found = normalise(raw, Field(name="phone", kind=FieldKind.PHONE), locale=locale)
    return found.value if found else None


def on_page(markup: str) -> object:
    body = f"<h1>Linde</h1><p>Coffee and cake.</p><p>{markup}</p>"
    page = saved_page("http://linde.example/x", f'<html lang="en-US"><body>{body}</body></html>')
    (candidate,) = read_page(page, Ask(fields=parse_fields("name,phone"), many=False)).candidates
    return candidate.fields["phone"].value if "phone" in candidate.fields else None


@pytest.mark.parametrize(
    ("raw", "locale", "number"),
    [
        ("Call (207) 555-0101", "en-US", "+12075550101"),
        ("Tél. : 01 42 68 53 00", "fr", "+33142685300"),
        ("(207) 555-0101 x12", "en-US", "+12075550101"),
        ("1-800-FLOWERS", "en-US", "+18003569377"),
        ("1 (800) GO-FEDEX", "en-US", "+18004633339"),
        ("207-555-0101 / 207-555-0102", "en-US", "+12075550101"),
        ("(207) 555-0101 (207) 555-0102", "en-US", "+12075550101"),
        ("Fax 030 2345679 Tel 030 2345678", "de", "+49302345678"),
        ("Tel.: +49 (0) 30 / 23 45 678", "de", "+49302345678"),
    ],
)
def test_a_number_is_found_behind_words_and_before_another(raw, locale, number):
    assert told(raw, locale) == number


@pytest.mark.parametrize("locale", ["", "en"])
@pytest.mark.parametrize("raw", ["01845 522 300", "020 7946 0123", "07700 900123", "0113 496 0999"])
def test_a_trunk_call_on_a_page_that_names_no_country_is_kept_as_it_is_written(raw, locale):
    assert told(raw, locale) == raw


@pytest.mark.parametrize(
    "raw",
    [
        "0123456789 0123456780",
        "Fax: (207) 555-0102",
        "Telefax 030 2345679",
        "F: 207-555-0102",
        "ISBN 978-3-16-148410-0",
        "Order 1234-5678-9012",
        "555-0101 555-0102",
        "1-800-BIKES",
    ],
)
def test_the_number_of_something_else_is_no_phone(raw):
    assert told(raw) is None


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="tel:+12075550101">Call us</a>',
        '<a href="tel:207-555-0101">Ring the bar</a>',
        '<a href="https://wa.me/12075550101">WhatsApp</a>',
        '<a href="https://api.whatsapp.com/send?text=hi&amp;phone=12075550101">Chat</a>',
        '<a href="tel:+12075550101">Call</a> <a href="tel:2075550101">(207) 555-0101</a>',
    ],
)
def test_a_link_that_calls_tells_the_number_whatever_its_words(markup):
    assert on_page(markup) == "+12075550101"


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="tel:+12075550101">Bar</a> <a href="tel:+12075550199">Hotel</a>',
        'Fax: <a href="tel:+12075550102">(207) 555-0102</a>',
        '<a href="fax:+12075550102">Fax us</a>',
    ],
)
def test_links_that_do_not_tell_whose_number_it_is_tell_none(markup):
    assert on_page(markup) is None
