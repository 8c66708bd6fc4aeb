"""A selector is refused before a browser is asked only where every browser refuses it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.captures import CaptureRequest, capture_problems
from domain.selectors import is_selector

NAMES = st.from_regex(r"-?[a-z_][a-z0-9_-]{0,8}", fullmatch=True)
STRINGS = st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n\f'), max_size=8)
PARTS = st.one_of(
    NAMES.map("#{}".format),
    NAMES.map(".{}".format),
    st.builds('[{}{}"{}"]'.format, NAMES, st.sampled_from(["=", "~=", "|=", "^=", "$=", "*="]), STRINGS),
    NAMES.map("[ {} ]".format),
    st.sampled_from([":hover", "::before", ":nth-child(2n + 1 of .a)", ":lang(de, fr)", ":is(<bad>)"]),
)
COMPOUNDS = st.builds(
    lambda kind, parts: kind + "".join(parts) or "*",
    st.one_of(st.just(""), st.just("*"), NAMES.filter(lambda name: name.isalpha())),
    st.lists(PARTS, max_size=3),
)
COMPLEX = st.lists(COMPOUNDS, min_size=1, max_size=3).flatmap(
    lambda ones: st.sampled_from([" ", ">", " + ", " ~ ", " /* x */ "]).map(lambda between: between.join(ones))
)
NESTED = st.recursive(COMPLEX, lambda inner: inner.map("a:not({})".format) | inner.map("a:has(> {})".format))


@given(st.lists(NESTED, min_size=1, max_size=3).map(", ".join))
def test_whatever_the_grammar_makes_is_let_through(selector: str) -> None:
    assert is_selector(selector)


@given(COMPLEX, st.sampled_from([" >", ",", " >> a", ".", "#", "#1", ":", " ]", " )", "!", "=a", "[a=1]"]))
def test_what_is_broken_at_its_end_is_refused(selector: str, broken: str) -> None:
    assert not is_selector(selector + broken)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    assert is_selector(text) in {True, False}


@pytest.mark.parametrize(
    "selector",
    [
        r".md\:w-1\/2 > #\31 23",
        r":is(.w-\(10px\), .say-\", .a\))",
        "a:is(b /* ) ' */, c)",
        "ul:has(> li:nth-child(2 of .shown))",
        "& > a:where(:hover, :focus-visible)",
        "*|svg [*|href$='.png' i]",
        "x-card::part(title)",
        "article:not(:has(+ .ad, [data-kind='promo']))",
    ],
)
def test_what_people_write_today_is_let_through(selector: str) -> None:
    assert is_selector(selector)


@pytest.mark.parametrize("selector", ["a:has-text('x')", ":nth-match(a, 2)", "a:near(b)", "li:first", "input:submit"])
def test_what_only_a_library_knows_is_refused(selector: str) -> None:
    assert not is_selector(selector)


def test_selectors_in_selectors_without_end_are_no_selector() -> None:
    assert not is_selector(":not(" * 500 + "a")


def test_what_is_no_selector_is_told_by_its_parameter() -> None:
    bad = "div:contains('Price')"
    request = CaptureRequest(url="https://shop.example", selector=bad, wait_selector=bad)
    assert list(capture_problems(request)) == ["selector", "wait_for"]
