"""Values found again in the page that is said to tell them."""

from __future__ import annotations

import pytest
from extract_pages import page_of
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence import Layer, MatchKind, Method, Verdict
from domain.fields import make_field
from domain.folding import fold, fold_with_offsets
from domain.grounding import ground, recheck

HTML = (
    "<html lang=en><body><h1>Smith &amp; Co — “Best”</h1><p>Filed on May 3, 2024 for £1,299</p>"
    '<a href="/a?x=1&amp;y=2">Read</a></body></html>'
)


@pytest.mark.parametrize(
    ("value", "raw", "name", "match", "verdict"),
    [
        ("Smith & Co — “Best”", "Smith & Co — “Best”", "title", MatchKind.EXACT, Verdict.SUPPORTED),
        ('smith & co - "best"', 'smith & co - "best"', "title", MatchKind.FOLDED, Verdict.SUPPORTED),
        ("2024-05-03", "May 3, 2024", "date", MatchKind.TYPED, Verdict.SUPPORTED),
        ("2024-05-03", "2024-05-03", "date", MatchKind.TYPED, Verdict.SUPPORTED),
        (1299, "£1,299", "price", MatchKind.TYPED, Verdict.SUPPORTED),
        ("https://shop.example/a?x=1&y=2", "/a?x=1&y=2", "url", MatchKind.TYPED, Verdict.DERIVED),
        ("Jones Ltd", "Jones Ltd", "title", MatchKind.NONE, Verdict.UNSUPPORTED),
        ("2024-05-04", "2024-05-04", "date", MatchKind.NONE, Verdict.UNSUPPORTED),
    ],
)
def test_a_value_is_supported_only_where_the_page_says_it(value, raw, name, match, verdict):
    page = page_of(HTML)
    field = make_field(name)
    evidence = ground(value, raw, field, page, method=Method.REPEATED, locale="en")
    assert (evidence.match, evidence.verdict) == (match, verdict)
    assert recheck(evidence, value, field, page.text, page.html, locale="en") is verdict
    if evidence.start is not None:
        layer = page.text if evidence.layer is Layer.TEXT else page.html
        assert layer[evidence.start : evidence.end] == evidence.quote


def test_a_short_number_is_not_found_inside_a_longer_one():
    page = page_of("<p>Call 12345</p>")
    assert ground("234", "234", make_field("sku"), page, method=Method.TABLE).verdict is Verdict.UNSUPPORTED


def test_evidence_of_a_changed_page_is_refused():
    page = page_of(HTML)
    field = make_field("title")
    evidence = ground("Smith & Co", "Smith & Co", field, page, method=Method.REPEATED)
    assert recheck(evidence, "Smith & Co", field, page.text.replace("Smith", "Jones"), page.html) is Verdict.UNSUPPORTED


def test_another_value_than_the_quote_is_refused():
    page = page_of(HTML)
    field = make_field("title")
    evidence = ground("Smith & Co", "Smith & Co", field, page, method=Method.REPEATED)
    assert recheck(evidence, "Jones & Co", field, page.text, page.html) is Verdict.UNSUPPORTED


@given(st.text(max_size=200))
def test_every_folded_character_leads_back_into_the_text(text):
    folded = fold_with_offsets(text)
    for offset in range(len(folded.text)):
        assert 0 <= folded.original(offset) < len(text)


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text):
    once = fold(text)
    assert fold(fold(once)) == fold(once)
