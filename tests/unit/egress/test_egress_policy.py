from __future__ import annotations

import ada_url
import pytest
from hostile_urls import NAMES, NUMERIC, PORTS, SCHEMES, SPELLINGS
from hypothesis import example, given
from hypothesis import strategies as st

from domain.addresses import is_public
from domain.egress import WEB_PORTS, EgressPolicy, check_destination, check_headers, check_url
from domain.errors import InvalidInput, UnsafeUrl

CLOSED = EgressPolicy()


@pytest.mark.parametrize("host", NUMERIC.split())
@pytest.mark.parametrize("form", ["http://{}/", "https://{}:8080/x?y#z"])
def test_a_private_address_in_any_notation_is_refused(host: str, form: str) -> None:
    with pytest.raises(UnsafeUrl):
        check_url(form.format(host), CLOSED)


@pytest.mark.parametrize("name", NAMES.split())
def test_a_name_of_the_inner_network_is_refused(name: str) -> None:
    with pytest.raises(UnsafeUrl):
        check_url(f"http://{name}/", CLOSED)


@pytest.mark.parametrize("url", SPELLINGS + SCHEMES)
def test_a_trick_of_spelling_or_scheme_is_refused(url: str) -> None:
    with pytest.raises(UnsafeUrl):
        check_url(url, CLOSED)


@pytest.mark.parametrize("port", PORTS)
def test_a_public_host_is_refused_on_a_port_that_serves_no_web(port: int) -> None:
    with pytest.raises(UnsafeUrl):
        check_url(f"http://example.com:{port}/", CLOSED)


def test_the_refusal_says_the_same_whatever_is_there() -> None:
    told = set()
    for url in ("http://127.0.0.1/", "http://example.com:22/", "file:///etc/passwd", "http://redis/", "\x00", ""):
        with pytest.raises(UnsafeUrl) as refusal:
            check_url(url, CLOSED)
        told.add(str(refusal.value))
    assert len(told) == 1


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Example.COM:80/a/../b?utm_source=x&q=1#top", "http://example.com/b?q=1"),
        ("http://evil.test#@127.0.0.1", "http://evil.test/"),
        ("http:example.com", "http://example.com/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://100.63.255.254/", "http://100.63.255.254/"),
        ("http://[2606:4700::1]/", "http://[2606:4700::1]/"),
        ("http://exa\nmple.com/a\tb", "http://example.com/ab"),
    ],
)
def test_a_public_url_is_let_through_in_its_canonical_form(url: str, canonical: str) -> None:
    assert check_url(url, CLOSED) == canonical


def test_a_rule_lets_through_what_it_names_and_nothing_beside_it() -> None:
    policy = EgressPolicy.parse("127.0.0.1:8123, wiki.corp:81 [::1]:99,10.9.0.0/16 10.8.0.0/16:5432,fd00::/8")
    for url in (
        "http://127.0.0.1:8123/",
        "http://2130706433:8123/",
        "http://[::ffff:127.0.0.1]:8123/",
        "http://WIKI.corp.:81/",
        "http://[::1]:99/",
        "http://10.9.1.1:4567/",
        "http://10.8.1.1:5432/",
        "http://[fd00::5]:1234/",
    ):
        assert check_destination(url, policy)
    for url in (
        "http://127.0.0.1/",
        "http://127.0.0.1:8124/",
        "http://127.0.0.2:8123/",
        "http://localhost:8123/",
        "http://wiki.corp/",
        "http://a.wiki.corp:81/",
        "http://10.9.1.1:6379/",
        "http://10.8.1.1:80/",
        "http://[fc00::5]:1234/",
    ):
        with pytest.raises(UnsafeUrl):
            check_destination(url, policy)


@pytest.mark.parametrize(
    "text", ["1.2.3.4:99999", "1.2.3.4:0", "10.0.0.0/33", ":80", "http://x/", "a/b", "[::1", "@:1"]
)
def test_a_rule_that_cannot_be_read_is_told_and_not_dropped(text: str) -> None:
    with pytest.raises(InvalidInput):
        EgressPolicy.parse(text)


@given(st.text(max_size=60))
@example("::1")
@example("[::1]:80")
@example("a:1,b:2")
@example(".")
@example("..:80")
def test_no_text_breaks_the_reading_of_rules(text: str) -> None:
    try:
        policy = EgressPolicy.parse(text)
    except InvalidInput:
        return
    assert all(bool(rule.host) != (rule.network is not None) for rule in policy.allow)


_hosts = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=4).map(lambda ip: str(int(ip))),
    st.ip_addresses(v=4).map(lambda ip: hex(int(ip))),
    st.ip_addresses(v=4).map(lambda ip: ".".join(f"0{octet:o}" for octet in ip.packed)),
    st.ip_addresses(v=6).map(lambda ip: f"[{ip}]"),
    st.ip_addresses(v=4).map(lambda ip: f"[::ffff:{ip}]"),
    st.text(alphabet="abc.-_%01xX２。:@[]#/\\?", max_size=20),
    st.text(max_size=20),
)
_urls = st.one_of(
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["http://", "https://", "HTTP:", "http:\\\\", "//", "ws://", "file://", "", " \thttp://"]),
        st.sampled_from(["", "", "", "user@", "a:b@", "example.com#@", "example.com\\@"]),
        _hosts,
        st.sampled_from(["", "", ":80", ":8080", ":22", ":0", ":70000", ":x"]),
        st.text(alphabet="/?#@\\:ab.%0\n", max_size=12),
    ),
    st.text(max_size=80),
)


@given(_urls)
def test_what_is_let_through_is_public_as_a_browser_reads_it(url: str) -> None:
    try:
        checked = check_url(url, CLOSED)
    except UnsafeUrl:
        return
    asked, told = ada_url.URL(url), ada_url.URL(checked)
    assert told.href == checked
    assert checked.isascii()
    assert told.protocol in {"http:", "https:"}
    assert (told.protocol, told.host) == (asked.protocol, asked.host)
    assert told.username == told.password == told.hash == ""
    assert int(told.port or (443 if told.protocol == "https:" else 80)) in WEB_PORTS
    if told.host_type != ada_url.HostType.DEFAULT:
        assert is_public(told.hostname)
    else:
        assert "." in told.hostname.rstrip(".")
        assert not told.hostname.rstrip(".").endswith(("localhost", ".internal", ".local"))


@given(_urls)
def test_a_checked_url_checks_again_to_itself(url: str) -> None:
    try:
        checked = check_url(url, CLOSED)
    except UnsafeUrl:
        return
    assert check_url(checked, CLOSED) == checked


@pytest.mark.parametrize(
    "header",
    [
        ("Host", "127.0.0.1"),
        ("host", "x"),
        ("Proxy-Authorization", "x"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "5"),
        ("Connection", "upgrade"),
        ("Upgrade", "websocket"),
        ("X-Forage-Egress", "ok"),
        ("X-A", "1\r\nHost: 127.0.0.1"),
        ("X-A", "1\nX: y"),
        ("X-A", "a\x00"),
        ("X-A", "\u20ac"),
        ("X-A\r\nHost", "x"),
        ("X A", "x"),
        ("X-A:", "x"),
        ("", "x"),
        ("X-A", "a" * 5000),
    ],
)
def test_a_header_that_smuggles_is_refused(header: tuple[str, str]) -> None:
    with pytest.raises(InvalidInput):
        check_headers((header,))


def test_eleven_headers_are_one_too_many() -> None:
    headers = tuple((f"X-{n}", "v") for n in range(11))
    assert check_headers(headers[:10]) == headers[:10]
    with pytest.raises(InvalidInput):
        check_headers(headers)
