"""A page that says more, less or something else than a value does not say the value."""

from __future__ import annotations

import pytest
from extract_pages import page_of
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence import Method, Verdict
from domain.fields import parse_fields
from domain.grounding import ground, recheck
from domain.normal import normalise


def grounded(field, raw, html):
    (asked,) = parse_fields(field)
    normal = normalise(raw, asked, base_url="https://shop.example/")
    page = page_of(html)
    found = ground(normal.value, raw, asked, page, method=Method.MODEL)
    if found.start is not None:
        assert recheck(found, normal.value, asked, page.text, page.html) is found.verdict
    return found, page


@pytest.mark.parametrize(
    ("field", "raw", "said"),
    [
        ("price", "10", "only £10.99 today"),
        ("price", "£10", "only £10.99 today"),
        ("price", "10", "was 9.10 today"),
        ("price:number", "1", "now 1,299"),
        ("price", "10", "now £10k"),
        ("stock:integer", "5", "-5 degrees"),
        ("stock:integer", "5", "5.5 kg"),
        ("stock:integer", "5", "5½ kg"),
        ("stock:integer", "4", "on A4 paper"),
        ("rating", "4", "rated 4.6 of 5"),
        ("rating", "4.6", "version 4.6.1"),
        ("phone", "555-1234", "call 212-555-1234"),
        ("email", "ann@shop.example", "mary.ann@shop.example"),
        ("email", "ann@shop.example", "joann@shop.example"),
        ("email", "ann@shop.ex", "ann@shop.ex.uk"),
        ("url", "https://shop.example/a", "https://shop.example/a/b"),
        ("date", "1 May 2024", "11 May 2024"),
        ("date", "2024-05-01", "lot 2024-05-011"),
        ("isbn", "978-0-306-40615-7", "978-0-306-40615-71"),
        ("isbn", "0-306-40615-7", "978-0-306-40615-7"),
        ("sku", "AB-12", "part AB-12-99 fits"),
        ("sku", "AB-12", "part AB-12/99 fits"),
        ("sku", "12-99", "part AB-12-99 fits"),
        ("cooking:duration", "30 min", "1 h 30 min"),
        ("cooking:duration", "30", "1 hour and 30 min"),
        ("cooking:duration", "30", "for 30 hours"),
        ("cooking:duration", "1 h", "1 h, 30 min"),
        ("cooking:duration", "1 h", "about 1 h 30"),
        ("cooking:duration", "2 h 30 min", "1 day 2 h 30 min"),
        ("cooking:duration", "1:30", "1:30:20"),
        ("price", "£10", "now £10 000 each"),
        ("price", "£10 000", "now £10 000 000 each"),
        ("price", "200 €", "now 10 200 € each"),
        ("stock:integer", "10", "10 000 sold"),
    ],
)
def test_a_value_is_not_found_in_a_longer_one_of_its_kind(field, raw, said):
    found, _ = grounded(field, raw, f"<p>{said}</p>")
    assert found.verdict is Verdict.UNSUPPORTED
    whole, page = grounded(field, raw, f"<p>{said}</p><p>{raw}</p>")
    assert whole.verdict is Verdict.SUPPORTED
    assert page.text[: whole.start].strip() == said


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("Size 4 lamp", "Size 42 lampshade in brass"),
        ("old red lamp of 40 watt with a brass foot from Hull", "old red lamp of 60 watt with a brass foot from Hull"),
        ("This is not fit for wet rooms, gardens and halls", "This is fit for wet rooms, gardens, and halls"),
        ("This is fit for wet rooms, gardens and halls", "This is not fit for wet rooms, gardens, and halls"),
    ],
)
def test_words_that_say_the_contrary_or_another_number_do_not_support_a_text(raw, said):
    found, _ = grounded("description", raw, f"<p>{said}</p>")
    assert found.verdict is Verdict.UNSUPPORTED


def test_the_same_words_with_other_signs_between_them_support_a_text():
    found, page = grounded(
        "description", "For wet rooms, gardens - and halls", "<p>For wet rooms; gardens (and halls)</p>"
    )
    assert (found.verdict, found.quote) == (Verdict.SUPPORTED, "For wet rooms; gardens (and halls")
    assert page.text[found.start : found.end] == found.quote


@pytest.mark.parametrize(
    ("field", "raw", "said"),
    [
        ("size:text", "40", "38,40,42"),  # commas part them
        ("stock:integer", "5", "Stock: 5."),
        ("price", "£10", "for £10, or less"),
        ("email", "ann@shop.example", "Write to ann@shop.example."),
        ("phone", "(212) 555-1234", "New York, NY 10001 (212) 555-1234"),
        ("url", "https://shop.example/a", "See https://shop.example/a."),
        ("sku", "AB-12", "AB-12 – a lamp"),
        ("sku", "AB-12", "SKU:AB-12, AB-13"),
        ("sku", "AB-13", "AB-12/AB-13"),
        ("cooking:duration", "10 min", "10 min, then 30 min"),
        ("cooking:duration", "30 min", "1 h to rise. Bake: 30 min"),
        ("cooking:duration", "2 hours", "2 hours and 5 apples"),
        ("price", "£10.50", "£10.50 200 left"),
        ("price", "150 €", "model 2024 150 €"),
    ],
)
def test_a_value_beside_which_a_sentence_or_list_goes_on_is_whole(field, raw, said):
    found, _ = grounded(field, raw, f"<p>{said}</p>")
    assert (found.verdict, found.quote) == (Verdict.SUPPORTED, raw)


def test_a_link_is_shown_where_it_stands_and_not_in_the_address_of_another():
    found, page = grounded(
        "url", "/a", "<a href='/b/a'>1</a><a href='/a/b'>2</a><a href='/a?x=1'>3</a><a href='/a'>4</a>"
    )
    assert page.html[found.start - 1 : found.end + 1] == "'/a'"


@pytest.mark.parametrize("space", [" ", "&nbsp;", "&#8239;", "\u2009"])
def test_no_group_of_digits_of_a_spaced_number_is_found_as_a_price(space):
    for raw in ("£10", "000"):
        found, _ = grounded("price", raw, f"<p>now £10{space}000 each</p>")
        assert found.verdict is Verdict.UNSUPPORTED


@given(st.integers(1, 99_999), st.integers(1, 99_999), st.sampled_from(("{}.{:02}", "{},{:03}", "{}'{:03}", "-{}{}")))
def test_no_piece_of_a_number_is_found_as_a_number(first, second, form):
    said = form.format(first, second)
    found, _ = grounded("stock:number", str(first), f"<p>x {said} y</p>")
    assert found.verdict is Verdict.UNSUPPORTED
