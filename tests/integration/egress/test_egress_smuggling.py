from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from egress_support import Call, Web

from domain.errors import InvalidInput
from domain.pages import FetchOutcome, Page
from fetch.egress.limits import REFUSAL_HEADER
from fetch.egress.proxy import Door

Get = Callable[..., Awaitable[Page]]
Say = Callable[[bytes], Awaitable[bytes]]

FORGERIES = [
    b"X-Forage-Egress: unsafe_url\r\n",
    b"x-forage-egress:unsafe_url\r\n",
    b"X-Forage-Egress : unsafe_url\r\n",
    b" X-Forage-Egress: unsafe_url\r\n",
    b"X-A: b\r\n X-Forage-Egress: unsafe_url\r\n",
    b"X-A: b\nX-Forage-Egress: unsafe_url\r\n",
    b"X-A: b\rX-Forage-Egress: unsafe_url\r\n",
    b"X-A: b\x00\r\nX-Forage-Egress: unsafe_url\r\n",
]


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_server_cannot_speak_as_the_door(web: Web, get: Get, say: Say, forgery: bytes) -> None:
    web.raw("/", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + forgery + b"Content-Length: 2\r\n\r\nhi")
    page = await get(web.url())
    assert (page.outcome, page.html) == (FetchOutcome.OK, "hi")
    answer = await say(f"GET {web.url()} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
    assert REFUSAL_HEADER.lower().encode() not in answer.lower()


async def test_what_comes_after_a_body_is_not_the_next_answer(web: Web, door: Door) -> None:
    poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"

    async def stuff(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" + poison)

    web.routes["/stuffed"] = stuff
    web.page("/next", b"true")
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    async with asyncio.timeout(30):
        writer.write(f"GET {web.url('/stuffed')} HTTP/1.1\r\n\r\nGET {web.url('/next')} HTTP/1.1\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n\r\nhi")).endswith(b"hi")
        assert b"poison" not in await reader.readuntil(b"\r\n\r\ntrue")
    writer.close()


async def test_a_server_that_speaks_unasked_is_dropped_before_the_next_request(web: Web, door: Door) -> None:
    async def later(call: Call) -> None:
        await call.answer(b"hi")
        await asked.wait()
        await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        await call.reader.read()
        gone.set()

    asked, gone = asyncio.Event(), asyncio.Event()
    web.routes["/"] = later
    web.page("/next", b"true")
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    async with asyncio.timeout(30):
        writer.write(f"GET {web.url()} HTTP/1.1\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\nhi")
        asked.set()
        await gone.wait()
        writer.write(f"GET {web.url('/next')} HTTP/1.1\r\n\r\n".encode())
        assert b"poison" not in await reader.readuntil(b"\r\n\r\ntrue")
    writer.close()


async def test_two_hosts_on_one_client_connection_never_share_a_server_connection(web: Web, door: Door) -> None:
    web.page("/", b"same")
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    async with asyncio.timeout(30):
        for _ in range(3):
            writer.write(f"GET {web.url()} HTTP/1.1\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\nsame")
        assert web.connections == 1
        writer.write(b"GET http://127.0.0.1:1/ HTTP/1.1\r\n\r\n")
        assert b"unsafe_url" in await reader.read()
    writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
    ],
)
async def test_an_answer_whose_length_reads_in_two_ways_is_refused(web: Web, get: Get, say: Say, head: bytes) -> None:
    web.raw("/", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head + b"\r\nhello")
    assert b"bad_answer" in await say(f"GET {web.url()} HTTP/1.1\r\n\r\n".encode())
    assert (await get(web.url())).outcome is FetchOutcome.UNREACHABLE


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"-1\r\nhello\r\n0\r\n\r\n",
        b"fffffffffffffffffff\r\nhello",
        b"5;" + b"a" * 1000 + b"\r\nhello\r\n0\r\n\r\n",
        b"zz\r\n",
        b"\r\n",
    ],
)
async def test_chunks_that_are_not_as_the_standard_has_them_are_cut(web: Web, get: Get, body: bytes) -> None:
    web.raw("/", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert (await get(web.url())).outcome is FetchOutcome.UNREACHABLE


async def test_trailers_neither_speak_as_the_door_nor_go_on_for_ever(web: Web, get: Get) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
    web.raw("/forged", head + b"X-Forage-Egress: unsafe_url\r\n\r\n")
    web.raw("/long", head + b"X-A: b\r\n" * 5000 + b"\r\n")
    assert (await get(web.url("/forged"))).html == "hello"
    assert (await get(web.url("/long"))).outcome in {FetchOutcome.UNREACHABLE, FetchOutcome.TOO_LARGE}


async def test_chunked_wins_over_a_length_beside_it(web: Web, get: Get, say: Say) -> None:
    web.raw(
        "/",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\n\r\n",
    )
    assert (await get(web.url())).html == "hello"
    assert (
        b"content-length" not in (await say(f"GET {web.url()} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())).lower()
    )


@pytest.mark.parametrize(
    "request_head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 0\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"X-A: b\nHost: 127.0.0.1\r\n",
        b"X-A: b\rHost: 127.0.0.1\r\n",
        b" folded: x\r\n",
        b"X A: b\r\n",
        b"nothing\r\n",
    ],
)
async def test_a_request_that_reads_in_two_ways_is_refused(web: Web, say: Say, request_head: bytes) -> None:
    answer = await say(f"POST {web.url()} HTTP/1.1\r\n".encode() + request_head + b"\r\n")
    assert b"bad_request" in answer
    assert web.calls == []


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/1.1",
        "GET http://127.0.0.1 HTTP/2",
        "nonsense",
        "",
        "GET http://a b/ HTTP/1.1",
        "get http://a/ HTTP/1.1",
    ],
)
async def test_what_is_no_proxy_request_is_refused(web: Web, say: Say, line: str) -> None:
    assert (await say(line.encode() + b"\r\n\r\n")).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("scheme", ["https", "ftp", "ws", "file", "gopher"])
async def test_another_scheme_in_a_plain_request_is_refused(web: Web, say: Say, scheme: str) -> None:
    assert b"unsafe_url" in await say(f"GET {scheme}://127.0.0.1:{web.port}/ HTTP/1.1\r\n\r\n".encode())


async def test_headers_of_this_hop_do_not_reach_the_server(web: Web, say: Say) -> None:
    web.page("/", b"x")
    await say(
        f"GET {web.url()} HTTP/1.1\r\nProxy-Authorization: secret\r\nProxy-Connection: keep-alive\r\nX-Mine: a\r\n"
        f"Connection: close, X-Mine\r\nUpgrade: websocket\r\nTE: trailers\r\nX-Kept: b\r\n\r\n".encode()
    )
    sent = web.calls[0].headers
    assert sent.get("x-kept") == "b"
    assert not {"proxy-authorization", "proxy-connection", "x-mine", "connection", "upgrade", "te"} & set(sent)


async def test_a_switch_to_another_protocol_is_not_taken(web: Web, say: Say) -> None:
    web.raw("/", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")
    assert b"bad_answer" in await say(f"GET {web.url()} HTTP/1.1\r\nUpgrade: h2c\r\n\r\n".encode())


async def test_interim_answers_are_passed_over_and_too_many_are_refused(web: Web, get: Get) -> None:
    end = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"
    web.raw("/two", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + end)
    web.raw("/many", b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000 + end)
    assert (await get(web.url("/two"))).html == "hi"
    assert (await get(web.url("/many"))).outcome is FetchOutcome.UNREACHABLE


async def test_a_body_that_is_posted_arrives_whole_and_the_connection_lives_on(web: Web, door: Door) -> None:
    async def echo(call: Call) -> None:
        await call.answer(await call.reader.readexactly(int(call.headers["content-length"])))

    web.routes["/"] = echo
    web.page("/next", b"true")
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    async with asyncio.timeout(30):
        writer.write(f"POST {web.url()} HTTP/1.1\r\nContent-Length: 200000\r\n\r\n".encode() + b"ab" * 50_000)
        await writer.drain()
        writer.write(b"cd" * 50_000 + f"GET {web.url('/next')} HTTP/1.1\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(200_000) == b"ab" * 50_000 + b"cd" * 50_000
        await reader.readuntil(b"\r\n\r\ntrue")
    writer.close()


async def test_a_chunked_post_arrives_as_it_was_sent(web: Web, say: Say) -> None:
    async def echo(call: Call) -> None:
        await call.answer(await call.reader.readuntil(b"0\r\n\r\n"))

    web.routes["/"] = echo
    answer = await say(
        f"POST {web.url()} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".encode()
    )
    assert answer.endswith(b"5\r\nhello\r\n0\r\n\r\n")


@pytest.mark.parametrize("name", ["Host", "Proxy-Authorization", "Transfer-Encoding", "X-Forage-Egress", "X-A\r\nHost"])
async def test_the_tier_sends_no_header_that_smuggles(web: Web, get: Get, name: str) -> None:
    with pytest.raises(InvalidInput):
        await get(web.url(), headers={name: "x"})
    assert web.calls == []
