"""Connections whose requests come byte by byte, against the server that serves the API."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

import forage.request_heads
from forage.request_heads import HeadDeadline
from forage.serving import listen_on

WHOLE = b"GET / HTTP/1.1\r\nHost: forage.example\r\n\r\n"
SOON_S = 30.0


async def app(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listener = listen_on("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, http=HeadDeadline, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving


async def answer(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(SOON_S):
        head = await reader.readuntil(b"\r\n\r\n")
        return head.split(b"\r\n")[0] + b" " + await reader.readexactly(2)


def test_the_body_of_an_answer_does_not_wait_for_its_head_to_be_acknowledged():
    with listen_on("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), timeout=SOON_S):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("served_before", [False, True])
async def test_a_head_that_never_ends_is_given_up(port: int, served_before: bool, monkeypatch: pytest.MonkeyPatch):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    if served_before:
        writer.write(WHOLE)
        assert b"200" in await answer(reader)
    monkeypatch.setattr(forage.request_heads, "HEAD_S", 0.2)
    if not served_before:  # its own deadline began when it was made
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for byte in WHOLE[:20]:
        writer.write(bytes([byte]))
    async with asyncio.timeout(SOON_S):
        assert await reader.read() == b""
    writer.close()


async def test_a_body_that_dribbles_on_after_its_answer_does_not_keep_the_connection(
    port: int, monkeypatch: pytest.MonkeyPatch
):
    """Each byte would put off the end of a connection that waits for its next request."""
    monkeypatch.setattr(forage.request_heads, "HEAD_S", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: forage.example\r\nContent-Length: 1000000\r\n\r\n{")
    assert b"200" in await answer(reader)

    async def dribble() -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)

    dribbling = asyncio.create_task(dribble())
    async with asyncio.timeout(SOON_S):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    dribbling.cancel()
    writer.close()


async def test_a_request_in_pieces_and_the_next_one_on_its_connection_are_served(port: int):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(WHOLE[:9])
        await writer.drain()
        writer.write(WHOLE[9:])
        assert await answer(reader) == b"HTTP/1.1 200 OK ok"
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
