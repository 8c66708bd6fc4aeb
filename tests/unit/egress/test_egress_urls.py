from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.urls import canonical_url, host_of, is_http, parse_url, site_of


@pytest.mark.parametrize(
    ("url", "base", "canonical"),
    [
        ("../c?b=2&a=1#x", "https://example.com/a/b/", "https://example.com/a/c?b=2&a=1"),
        ("//cdn.example.com:443/x", "https://example.com/", "https://cdn.example.com/x"),
        ("?page=2", "https://example.com/list?page=1", "https://example.com/list?page=2"),
        ("https://example.com/?utm_source=a&UTM_Medium=b&gclid=c&fbclid=d", "", "https://example.com/"),
        ("https://example.com/?a=1&utm_source=a&a=1", "", "https://example.com/?a=1&a=1"),
        ("https://example.com/?ref=utm_x&q=gclid", "", "https://example.com/?ref=utm_x&q=gclid"),
        ("https://example.com/?", "", "https://example.com/"),
        ("https://EXAMPLE.com/%7Euser/A", "", "https://example.com/%7Euser/A"),
        (" \n https://example.com/a b ", "", "https://example.com/a%20b"),
    ],
)
def test_one_page_has_one_address(url: str, base: str, canonical: str) -> None:
    assert canonical_url(url, base) == canonical


@pytest.mark.parametrize(
    "url", ["", "x", "mailto:a@b.c", "javascript:void(0)", "tel:123", "http://", "http://a b/", "\ud800"]
)
def test_what_is_no_page_is_told_as_invalid(url: str) -> None:
    with pytest.raises(InvalidInput):
        canonical_url(url)
    assert not is_http(url)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://shop.example.co.uk/x", "example.co.uk"),
        ("https://a.b.example.com./", "example.com"),
        ("https://alice.github.io/", "alice.github.io"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
        ("http://127.0.0.1/x", "127.0.0.1"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://localhost:3000/", "localhost:3000"),
        ("https://co.uk/", "co.uk"),
    ],
)
def test_a_site_is_who_registered_it(url: str, site: str) -> None:
    assert site_of(url) == site


def test_the_port_and_brackets_are_no_part_of_the_host() -> None:
    assert host_of("http://[2606:4700::1]:8080/") == "2606:4700::1"
    assert parse_url("http://[2606:4700::1]:8080/").authority == "[2606:4700::1]:8080"
    assert parse_url("https://Example.com:443/x").authority == "example.com"


@given(st.text(max_size=100), st.sampled_from(["", "https://example.com/a/b?c=d#e", "nonsense"]))
def test_any_text_is_a_canonical_url_or_invalid(text: str, base: str) -> None:
    try:
        canonical = canonical_url(text, base)
    except InvalidInput:
        return
    assert canonical_url(canonical) == canonical
    assert "#" not in canonical
