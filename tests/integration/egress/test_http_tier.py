from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

import brotli
import pytest
from egress_support import Call, Names, Web, serving

from domain.egress import EgressPolicy
from domain.pages import FetchOutcome, FetchRequest, Page, Via
from fetch.bodies import BodyCaps
from fetch.dom import PageFacts
from fetch.egress.proxy import Door
from fetch.http import HttpConfig, HttpTier, open_http
from fetch.offload import Offload

Get = Callable[..., Awaitable[Page]]

HTML = "<html lang=de><head><title>Titel</title></head><body><h1>Hallo</h1><p>Welt</p></body></html>"


async def pour(call: Call, piece: bytes, pause_s: float = 0.0) -> None:
    while True:
        await call.send(piece)
        await asyncio.sleep(pause_s)


async def test_a_page_comes_with_its_facts(web: Web, get: Get) -> None:
    web.page("/a", HTML, "Content-Type: text/html; charset=utf-8")
    page = await get(web.url("/a?utm_source=x&b=1#frag"))
    assert (page.outcome, page.status, page.via, page.content_type) == (FetchOutcome.OK, 200, Via.HTTP, "text/html")
    assert (page.title, page.language, page.text, page.html) == ("Titel", "de", "Hallo\nWelt", HTML)
    assert page.url == web.url("/a?b=1")
    assert page.bytes_received == len(HTML)
    # The site gets what was asked, for tracking parameters may steer its redirects.
    assert web.paths() == ["/a?utm_source=x&b=1"]


async def test_json_and_plain_text_are_kept_as_they_are(web: Web, get: Get) -> None:
    web.page("/j", '{"a": "<b>"}', "Content-Type: application/json")
    web.page("/t", "a < b\n\nc", "Content-Type: text/plain")
    for path, body in (("/j", '{"a": "<b>"}'), ("/t", "a < b\n\nc")):
        page = await get(web.url(path))
        assert (page.html, page.text, page.title) == (body, body, "")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("200 OK", FetchOutcome.OK),
        ("203 X", FetchOutcome.OK),
        ("401 X", FetchOutcome.BLOCKED),
        ("403 X", FetchOutcome.BLOCKED),
        ("404 X", FetchOutcome.NOT_FOUND),
        ("410 X", FetchOutcome.NOT_FOUND),
        ("429 X", FetchOutcome.BLOCKED),
        ("418 X", FetchOutcome.HTTP_ERROR),
        ("500 X", FetchOutcome.HTTP_ERROR),
        ("503 X", FetchOutcome.HTTP_ERROR),
        ("300 X", FetchOutcome.HTTP_ERROR),
        ("304 X", FetchOutcome.HTTP_ERROR),
        ("302 X", FetchOutcome.HTTP_ERROR),  # and no Location
    ],
)
async def test_every_status_is_a_typed_outcome(web: Web, get: Get, status: str, outcome: FetchOutcome) -> None:
    web.page("/", HTML if "304" not in status else "", status=status)
    page = await get(web.url())
    assert (page.outcome, page.status) == (outcome, int(status[:3]))
    assert page.html == HTML or "304" in status  # what a challenge looks like is for others to judge


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_an_inner_host_is_cut_before_it_is_asked(web: Web, get: Get, status: int) -> None:
    async with serving() as inside:
        inside.page("/", "secret")
        for target in (inside.url(), "http://localhost/", "http://2130706433:1/", "file:///etc/passwd", "//10.0.0.1/"):
            web.page("/", "", f"Location: {target}", status=f"{status} Moved")
            page = await get(web.url())
            assert page.outcome is FetchOutcome.UNSAFE_URL
            assert page.html == ""
            assert page.final_url == web.url("/")
            assert page.detail == "It redirects to a URL that may not be fetched."
        assert inside.connections == 0


async def test_a_redirect_to_a_name_that_leads_inside_is_cut_by_the_door(web: Web, get: Get, names: Names) -> None:
    async with serving() as inside:
        names.answers["innocent.test"] = [("127.0.0.1",)]
        web.page("/", "", f"Location: http://innocent.test:{inside.port}/", status="302 Found")
        assert (await get(web.url())).outcome is FetchOutcome.UNSAFE_URL
        assert inside.connections == 0


async def test_redirects_are_followed_to_where_relative_links_count_from(web: Web, get: Get) -> None:
    web.page("/a", "", "Location: b/c?x=1", status="302 Found")
    web.page("/b/c", "", "Location: ../d\u00e9", status="301 Moved")
    web.page("/d%E9", HTML)
    page = await get(web.url("/a"))
    assert page.ok
    assert (page.url, page.final_url) == (web.url("/a"), web.url("/d%E9"))


async def test_a_hundred_redirects_are_too_many(web: Web, get: Get) -> None:
    for n in range(100):
        web.page(f"/{n}", "", f"Location: /{n + 1}", status="302 Found")
    assert (await get(web.url("/0"))).outcome is FetchOutcome.TOO_MANY_REDIRECTS
    assert len(web.calls) == 11


async def test_a_callers_headers_stay_with_the_site_that_was_asked(web: Web, get: Get, names: Names) -> None:
    names.answers["other.test"] = [("127.0.0.1",)]
    web.page("/", "", f"Location: http://other.test:{web.port}/there", status="302 Found")
    web.page("/there", HTML)
    assert (await get(web.url(), headers={"Authorization": "secret", "X-Key": "k"})).ok
    assert web.calls[0].headers["authorization"] == "secret"
    assert not {"authorization", "x-key"} & set(web.calls[1].headers)


async def test_it_says_who_it_is_and_asks_for_what_it_can_read(web: Web, get: Get) -> None:
    web.page("/", HTML)
    await get(web.url(), headers={"accept-language": "fr"})
    sent = web.calls[0].headers
    assert "Forage" in sent["user-agent"]
    assert sent["accept-encoding"] == "gzip, deflate, br, zstd"
    assert sent["accept-language"] == "fr"
    assert "via" not in sent
    assert "x-forwarded-for" not in sent


# Bodies


async def test_compressed_pages_are_read(web: Web, get: Get) -> None:
    web.page("/g", gzip.compress(HTML.encode()), "Content-Encoding: gzip")
    web.page("/n", brotli.compress(gzip.compress(HTML.encode())), "Content-Encoding: gzip", "Content-Encoding: br")
    assert (await get(web.url("/g"))).title == "Titel"
    assert (await get(web.url("/n"))).title == "Titel"


async def test_a_bomb_is_too_large(web: Web, get: Get) -> None:
    web.page("/", gzip.compress(bytes(100_000_000)), "Content-Encoding: gzip")
    page = await get(web.url())
    assert (page.outcome, page.html) == (FetchOutcome.TOO_LARGE, "")


async def test_a_length_of_5_gb_is_not_waited_for(web: Web, get: Get) -> None:
    web.raw("/", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5368709120\r\n\r\nx")
    assert (await get(web.url())).outcome is FetchOutcome.TOO_LARGE


@pytest.mark.parametrize("framing", [b"Transfer-Encoding: chunked\r\n", b""])
async def test_an_endless_body_is_too_large(web: Web, door: Door, policy: EgressPolicy, framing: bytes) -> None:
    async def endless(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + framing + b"\r\n")
        await pour(call, b"1000\r\n" + b"x" * 4096 + b"\r\n")

    web.routes["/"] = endless
    config = HttpConfig(respect_robots=False, caps=BodyCaps(raw=1_000_000))
    async with open_http(door, policy, config) as tier:
        page = await tier.fetch(FetchRequest(url=web.url(), scope="s", deadline_s=30))
    assert page.outcome is FetchOutcome.TOO_LARGE


@pytest.mark.parametrize(
    "where", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"]
)
async def test_a_drip_ends_at_the_deadline(web: Web, get: Get, where: bytes) -> None:
    async def drip(call: Call) -> None:
        await call.send(where)
        await pour(call, b"x" if where else b"", 0.02)

    web.routes["/"] = drip
    async with asyncio.timeout(30):
        page = await get(web.url(), deadline_s=0.4)
    assert page.outcome is FetchOutcome.TIMED_OUT
    assert 350 <= page.elapsed_ms < 20_000


@pytest.mark.parametrize(
    "head",
    [b"X-Big: " + b"a" * 10_000_000, b"X-A: b\r\n" * 100_000, b"Set-Cookie: " + b"a" * 60_000],
    ids=["one", "many", "cookie"],
)
async def test_headers_beyond_the_cap_are_too_large(web: Web, get: Get, head: bytes) -> None:
    web.raw("/", b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\nhi")
    assert (await get(web.url())).outcome is FetchOutcome.TOO_LARGE


@pytest.mark.parametrize(
    "answer",
    [
        b"Content-Length: 100\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n64\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(HTML.encode() * 50)[:-20],
    ],
    ids=["length", "chunk", "last chunk", "gzip"],
)
async def test_a_page_that_was_cut_off_is_not_taken_for_whole(web: Web, get: Get, answer: bytes) -> None:
    web.raw("/", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + answer)
    page = await get(web.url())
    assert (page.outcome, page.html) == (FetchOutcome.UNREACHABLE, "")
    assert len(web.calls) == 2  # once more, and no more than once


async def test_a_compression_that_cannot_be_read_is_no_page(web: Web, get: Get) -> None:
    web.page("/junk", b"this is not gzip", "Content-Encoding: gzip")
    web.page("/odd", b"x", "Content-Encoding: sdch")
    for path in ("/junk", "/odd"):
        assert (await get(web.url(path))).outcome is FetchOutcome.UNSUPPORTED_CONTENT


async def test_what_is_no_page_is_not_read(web: Web, get: Get) -> None:
    async def film(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
        await pour(call, b"x" * 65536)

    web.routes["/film"] = film
    web.page("/pdf", b"%PDF-1.7 ...", "Content-Type: text/html")
    for path in ("/film", "/pdf"):
        page = await get(web.url(path))
        assert (page.outcome, page.html) == (FetchOutcome.UNSUPPORTED_CONTENT, "")


async def test_what_does_not_speak_http_is_unreachable(web: Web, get: Get) -> None:
    web.raw("/ssh", b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    web.raw("/nothing", b"")
    web.raw("/old", b"<html>HTTP 0.9</html>")
    for path in ("/ssh", "/nothing", "/old"):
        assert (await get(web.url(path))).outcome is FetchOutcome.UNREACHABLE


async def test_old_servers_that_end_pages_by_hanging_up_are_read(web: Web, get: Get) -> None:
    web.raw("/", b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + HTML.encode())
    assert (await get(web.url())).title == "Titel"


async def test_a_closed_port_and_an_unknown_name_are_unreachable_without_saying_where(get: Get, web: Web) -> None:
    async with serving() as gone:
        port = gone.port
    page = await get("http://nowhere.test/")
    assert page.outcome is FetchOutcome.UNREACHABLE
    assert str(port) not in page.detail


async def test_a_large_page_is_read_in_a_worker_and_others_go_on(door: Door, policy: EgressPolicy, web: Web) -> None:
    web.page("/", "<html><title>Big</title>" + "<p>many words" * 50_000)
    async with (
        Offload(1) as offload,
        open_http(door, policy, HttpConfig(respect_robots=False), offload=offload) as tier,
    ):
        page = await tier.fetch(FetchRequest(url=web.url(), scope="s", deadline_s=30))
    assert (page.ok, page.title) == (True, "Big")


def never(html: str, url: str) -> PageFacts:
    while True:
        pass


@pytest.mark.slow
async def test_a_page_that_takes_for_ever_to_read_times_out(door: Door, policy: EgressPolicy, web: Web) -> None:
    web.page("/", "x" * 200_000)
    config = HttpConfig(respect_robots=False)
    async with Offload(1) as offload, open_http(door, policy, config, offload=offload, describe_page=never) as tier:
        async with asyncio.timeout(30):
            page = await tier.fetch(FetchRequest(url=web.url(), scope="s", deadline_s=6))
    assert page.outcome is FetchOutcome.TIMED_OUT


# Cookies and cache


async def test_cookies_stay_within_their_scope_and_site(web: Web, get: Get, names: Names) -> None:
    names.answers |= {"a.example": [("127.0.0.1",)], "b.example": [("127.0.0.1",)]}
    web.page("/set", HTML, "Set-Cookie: id=1; Path=/", "Set-Cookie: two=2; HttpOnly", "Set-Cookie: s=3; Secure")
    web.page("/", HTML)
    await get(web.url("/set", "a.example"), scope="one")
    await get(web.url("/", "a.example"), scope="one")
    await get(web.url("/", "a.example"), scope="two")
    await get(web.url("/", "b.example"), scope="one")
    assert [call.headers.get("cookie") for call in web.calls[1:]] == ["id=1; two=2", None, None]


@pytest.mark.parametrize(
    "cookie", ["a=1; Domain=uk", "a=1; Domain=co.uk", "a=1; Domain=other.co.uk", "a=\x01", "a=" + "x" * 5000]
)
async def test_a_cookie_for_more_than_its_site_is_dropped(web: Web, get: Get, names: Names, cookie: str) -> None:
    names.answers |= {"shop.co.uk": [("127.0.0.1",)], "other.co.uk": [("127.0.0.1",)]}
    web.page("/", HTML, f"Set-Cookie: {cookie}")
    for host in ("shop.co.uk", "shop.co.uk", "other.co.uk"):
        await get(web.url("/", host))
    assert [call.headers.get("cookie") for call in web.calls] == [None, None, None]


async def test_cookies_of_a_redirect_are_sent_to_where_it_leads(web: Web, get: Get) -> None:
    web.page("/", "", "Set-Cookie: gate=open; Path=/", "Location: /in", status="302 Found")
    web.page("/in", HTML)
    await get(web.url(), headers={"Cookie": "mine=1"})
    assert web.calls[1].headers["cookie"] == "mine=1; gate=open"


@pytest.fixture
def confirming(web: Web) -> Web:
    async def answer(call: Call) -> None:
        if call.headers.get("if-none-match") == '"v1"':
            await call.answer(b"", status="304 Not Modified")
        else:
            await call.answer(HTML.encode(), 'ETag: "v1"', "Last-Modified: Tue, 01 Jan 2030 00:00:00 GMT")

    web.routes["/"] = answer
    return web


async def test_an_unchanged_page_is_confirmed_and_not_sent_again(confirming: Web, get: Get) -> None:
    first, second = await get(confirming.url()), await get(confirming.url())
    assert (first.via, second.via) == (Via.HTTP, Via.CACHE)
    assert second.ok
    assert (second.html, second.text, second.title) == (first.html, first.text, first.title)
    assert second.id != first.id
    assert confirming.calls[1].headers["if-modified-since"].startswith("Tue, 01 Jan 2030")


async def test_a_cached_page_is_never_shown_to_another_scope(confirming: Web, get: Get) -> None:
    await get(confirming.url(), scope="one")
    assert (await get(confirming.url(), scope="two")).via is Via.HTTP
    assert "if-none-match" not in confirming.calls[1].headers


async def test_a_page_fetched_with_a_callers_headers_is_not_cached(confirming: Web, get: Get) -> None:
    await get(confirming.url(), headers={"X-Key": "a"})
    assert (await get(confirming.url())).via is Via.HTTP


async def test_a_page_that_may_not_be_stored_is_not(web: Web, get: Get) -> None:
    web.page("/", HTML, 'ETag: "v1"', "Cache-Control: private, no-store")
    await get(web.url())
    await get(web.url())
    assert "if-none-match" not in web.calls[1].headers


async def test_a_connection_is_used_again(web: Web, get: Get) -> None:
    async def chunked(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
        await call.send(b"5\r\nhello\r\n0\r\n\r\n")

    web.page("/a", HTML)
    web.routes["/b"] = chunked
    for path in ("/a", "/b", "/b", "/a"):
        assert (await get(web.url(path))).ok
    assert web.connections == 1


async def test_a_kept_connection_that_died_costs_no_page(web: Web, get: Get) -> None:
    async def once(call: Call) -> None:
        await call.answer(HTML.encode())
        call.writer.close()

    web.routes["/"] = once
    for _ in range(5):
        assert (await get(web.url())).ok


async def test_nothing_left_of_the_deadline_is_a_timeout(web: Web, get: Get) -> None:
    assert (await get(web.url(), deadline_s=0.0)).outcome is FetchOutcome.TIMED_OUT
    assert web.calls == []


@pytest.fixture
async def unnamed(door: Door, policy: EgressPolicy) -> AsyncIterator[HttpTier]:
    async with open_http(door, policy) as tier:
        yield tier


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://127.0.0.1:6379/", "ftp://example.com/", "ws://example.com/", "\ud800"]
)
async def test_a_url_that_may_not_be_fetched_is_a_page_that_says_so(unnamed: HttpTier, url: str) -> None:
    page = await unnamed.fetch(FetchRequest(url=url, scope="s"))
    assert (page.outcome, page.status, page.detail) == (FetchOutcome.UNSAFE_URL, 0, "This URL may not be fetched.")
