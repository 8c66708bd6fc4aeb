from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from egress_support import Names, Web
from tls_support import certificate

from domain.egress import EgressPolicy
from domain.pages import FetchOutcome, FetchRequest, Page
from fetch.egress.limits import EgressLimits
from fetch.egress.proxy import open_egress
from fetch.http import HttpConfig, open_http


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
async def secure(pem: Path) -> AsyncIterator[Web]:
    web = Web()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, ssl=context)
    web.port = server.sockets[0].getsockname()[1]
    yield web
    server.close()
    web.stop()


async def get(url: str, web: Web, names: Names, pem: Path | None = None) -> Page:
    policy = EgressPolicy.parse(f"127.0.0.1:{web.port}")
    tls = ssl.create_default_context(cafile=str(pem)) if pem else None
    async with (
        open_egress(policy, EgressLimits(dns_s=0.5), resolver=names) as door,
        open_http(door, policy, HttpConfig(respect_robots=False), tls=tls) as tier,
    ):
        return await tier.fetch(FetchRequest(url=url, scope="s", deadline_s=30))


def https(web: Web, path: str = "/", host: str = "127.0.0.1") -> str:
    return f"https://{host}:{web.port}{path}"


async def test_tls_is_end_to_end_and_the_certificate_is_checked(secure: Web, names: Names, pem: Path) -> None:
    secure.page("/", "<title>Safe</title>")
    names.answers |= {"good.test": [("127.0.0.1",)], "evil.test": [("127.0.0.1",)]}
    assert (await get(https(secure), secure, names, pem)).title == "Safe"
    assert (await get(https(secure, host="good.test"), secure, names, pem)).title == "Safe"
    for url, trusted in ((https(secure, host="evil.test"), pem), (https(secure), None)):
        page = await get(url, secure, names, trusted)
        assert (page.outcome, page.detail) == (
            FetchOutcome.UNREACHABLE,
            "Its TLS certificate or handshake is not valid.",
        )


async def test_a_server_behind_tls_cannot_speak_as_the_door(secure: Web, names: Names, pem: Path) -> None:
    secure.page("/", "<title>Forged</title>", "X-Forage-Egress: unsafe_url")
    assert (await get(https(secure), secure, names, pem)).title == "Forged"


async def test_a_redirect_from_tls_to_an_inner_host_is_cut(secure: Web, names: Names, pem: Path) -> None:
    secure.page("/", "", "Location: http://169.254.169.254/latest/", status="302 Found")
    assert (await get(https(secure), secure, names, pem)).outcome is FetchOutcome.UNSAFE_URL


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (("127.0.0.1", "10.0.0.1"), FetchOutcome.UNSAFE_URL),
        (("169.254.169.254",), FetchOutcome.UNSAFE_URL),
        (None, FetchOutcome.UNREACHABLE),
        (5.0, FetchOutcome.UNREACHABLE),
    ],
)
async def test_what_the_door_refuses_a_tunnel_for_is_the_pages_outcome(
    secure: Web, names: Names, answers: tuple[str, ...] | float | None, outcome: FetchOutcome
) -> None:
    if answers is not None:
        names.answers["name.test"] = [answers]
    assert (await get(https(secure, host="name.test"), secure, names)).outcome is outcome
    assert secure.connections == 0


async def test_a_server_that_is_not_tls_is_unreachable(names: Names) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    web = Web()
    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        web.port = server.sockets[0].getsockname()[1]
        assert (await get(https(web), web, names)).outcome is FetchOutcome.UNREACHABLE


@pytest.mark.parametrize("head", [b"X-Big: " + b"a" * 1_000_000, b"X-A: b\r\n" * 10_000], ids=["one", "many"])
async def test_headers_beyond_the_cap_are_too_large_behind_tls_too(
    secure: Web, names: Names, pem: Path, head: bytes
) -> None:
    secure.raw("/", b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\nhi")
    assert (await get(https(secure), secure, names, pem)).outcome is FetchOutcome.TOO_LARGE


@pytest.mark.parametrize(
    "answer", [b"Content-Length: 100\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"]
)
async def test_a_page_cut_off_behind_tls_is_not_taken_for_whole(
    secure: Web, names: Names, pem: Path, answer: bytes
) -> None:
    secure.raw("/", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + answer)
    assert (await get(https(secure), secure, names, pem)).outcome is FetchOutcome.UNREACHABLE
