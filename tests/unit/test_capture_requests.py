"""What may be asked of a picture."""

from __future__ import annotations

import msgspec
import pytest

from domain.captures import CaptureRequest, headers_of, wait_of
from domain.egress import EgressPolicy
from domain.errors import InvalidInput, NotConfigured, UnsafeUrl
from domain.requests import Request
from domain.runs import RunKind, kind_of
from services.requests import checked_request

URL = "https://shop.example/"


def checked(**wishes) -> CaptureRequest:
    request = checked_request(CaptureRequest(**wishes), EgressPolicy())
    assert isinstance(request, CaptureRequest)
    return request


def test_a_request_survives_storage_and_is_of_its_own_kind():
    request = checked(url=URL, headers=(("X-Token", "abc"),), width=800, link_s=60)
    again = msgspec.json.decode(msgspec.json.encode(request), type=Request)
    assert (again, kind_of(again)) == (request, RunKind.CAPTURE)


@pytest.mark.parametrize(
    ("name", "wishes"),
    [
        ("width", {"width": 99}),
        ("width", {"width": 4001}),
        ("height", {"height": 4001}),
        ("quality", {"quality": 0}),
        ("quality", {"quality": 101}),
        ("delay", {"delay_ms": 10_001}),
        ("timeout", {"timeout_ms": 999}),
        ("timeout", {"timeout_ms": 60_001}),
        ("scroll_to", {"scroll_to": -1}),
        ("proxy_country", {"proxy_country": "Germany"}),
        ("js_scenario", {"script": "x" * 4097}),
        ("css", {"css": "x" * 65_536}),
        ("wait_for", {"wait_ms": 60_001}),
        ("cache_ttl", {"cache_ttl_s": 59}),
        ("cache_ttl", {"cache_ttl_s": 2_592_001}),
        ("signed_link_expires_in", {"link_s": 604_801}),
        ("headers", {"headers": tuple((f"X-{n}", "1") for n in range(11))}),
        ("headers", {"headers": (("Host", "other.example"),)}),
        ("headers", {"headers": (("Proxy-Authorization", "x"),)}),
        ("headers", {"headers": (("Transfer-Encoding", "chunked"),)}),
        ("headers", {"headers": (("X-A", "1\r\nX-B: 2"),)}),
    ],
)
def test_what_is_beyond_a_limit_is_named(name, wishes):
    with pytest.raises(InvalidInput) as refused:
        checked(url=URL, **wishes)
    assert set(refused.value.fields) == {name}


def test_all_mistakes_are_told_at_once_and_a_page_is_required():
    with pytest.raises(InvalidInput) as refused:
        checked(width=1, quality=0)
    assert set(refused.value.fields) == {"url", "width", "quality"}
    assert checked(html="<p>hello").title == "html"


def test_the_edges_of_limits_are_allowed():
    checked(url=URL, width=100, height=4000, quality=100, delay_ms=10_000, timeout_ms=60_000, script="x" * 4096)


def test_inside_addresses_are_refused():
    with pytest.raises(UnsafeUrl):
        checked(url="http://127.0.0.1/")


def test_a_country_needs_proxies_and_the_refusal_names_their_setting():
    with pytest.raises(NotConfigured, match="FORAGE_PROXIES"):
        checked(url=URL, proxy_country="DE")


def test_what_is_waited_for_is_a_selector_or_a_time():
    assert wait_of("2000") == ("", 2000)
    assert wait_of(" .loaded ") == (".loaded", 0)
    assert wait_of("") == ("", 0)


def test_headers_are_a_json_object_of_texts():
    assert headers_of('{"Authorization": "Bearer x"}') == (("Authorization", "Bearer x"),)
    assert headers_of("") == ()
    for bad in ("[1]", '{"a": 1}', "{", '{"Host": "x"}', "{" + ",".join(f'"X-{n}": "1"' for n in range(11)) + "}"):
        with pytest.raises(InvalidInput):
            headers_of(bad)
