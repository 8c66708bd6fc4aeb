"""Whatever bytes come from either side, the door neither breaks nor dials what it should not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from domain.egress import EgressPolicy
from domain.errors import InvalidInput
from domain.urls import parse_url
from fetch.egress.proxy import open_egress

END = b"\r\n\r\n"
_PIECES = (
    b"GET |CONNECT |POST |http://|127.0.0.1:{port}|10.0.0.1:80|[::1]:80|/| HTTP/1.1|\r\n|\n|\r\n\r\n|Host: x|:"
    b"|0\r\n\r\n|Content-Length: |5|-1|Transfer-Encoding: chunked|5\r\nhello\r\n|\0| |\t|@|#|Connection: close"
    b"|Expect: 100-continue|HTTP/1.1 200 OK|HTTP/1.0 304 X|HTTP/1.1 100 Continue|HTTP/1.1 101 Switch|Upgrade: x"
).split(b"|")
_pieces = st.lists(st.sampled_from(_PIECES), max_size=14).map(b"".join)
_requests = st.one_of(
    _pieces,
    st.binary(max_size=200),
    _pieces.map(lambda middle: b"GET http://127.0.0.1:{port}/ HTTP/1.1\r\n" + middle + END),
)
_answers = st.one_of(
    _pieces,
    st.binary(max_size=300),
    _pieces.map(lambda middle: b"HTTP/1.1 200 OK\r\n" + middle + END + b"hello"),
)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


async def exchange(request: bytes, answer: bytes, cut: int) -> list[str]:
    """Sends a request through a door to a server that answers so and hangs up; gives what broke."""
    broken: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(str(context)))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer[:cut])
        await asyncio.sleep(0)
        writer.write(answer[cut:])
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with open_egress(EgressPolicy.parse(f"127.0.0.1:{port}")) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        try:
            async with asyncio.timeout(30):
                writer.write(request.replace(b"{port}", b"%d" % port))
                writer.write_eof()
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()
        assert door.counters.dials <= door.counters.requests
    server.close()
    return broken


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_requests, _answers, st.integers(0, 40))
def test_no_bytes_break_the_door(runner: asyncio.Runner, request_bytes: bytes, answer: bytes, cut: int) -> None:
    assert runner.run(exchange(request_bytes, answer, cut)) == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_answers, st.integers(0, 40))
def test_no_answer_breaks_the_door(runner: asyncio.Runner, answer: bytes, cut: int) -> None:
    request = b"GET http://127.0.0.1:{port}/ HTTP/1.1\r\n\r\n"
    assert runner.run(exchange(request, answer, cut)) == []


_parts = st.text(alphabet="abc.-_~!$&'()*+,;=:@%01/?[]{}|^`<>\"\\ é日\n", max_size=25)


@given(st.one_of(st.text(max_size=60), _parts), _parts)
def test_the_client_sends_just_the_url_that_was_checked(host: str, rest: str) -> None:
    try:
        parsed = parse_url(f"http://{host}/{rest}")
    except InvalidInput:
        return
    sent = URL(parsed.href, encoded=True)
    assert str(sent).rstrip("?") == parsed.href.rstrip("?")  # it drops the mark of an empty query
    assert (sent.raw_host, sent.port) == (parsed.host, parsed.port)
