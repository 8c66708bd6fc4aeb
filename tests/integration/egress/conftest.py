"""A raw server, a door to it with DNS as the test wants it, the HTTP tier, and a way to speak to the door in bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from egress_support import Names, Web, serving

from domain.egress import EgressPolicy
from domain.pages import FetchRequest, Page
from fetch.egress.limits import EgressLimits
from fetch.egress.proxy import Door, open_egress
from fetch.http import HttpConfig, HttpTier, open_http


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with serving() as server:
        yield server


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def policy(web: Web) -> EgressPolicy:
    return EgressPolicy.parse(f"127.0.0.1:{web.port}")


@pytest.fixture
async def door(policy: EgressPolicy, names: Names) -> AsyncIterator[Door]:
    async with open_egress(policy, EgressLimits(dns_s=0.5, connect_s=2.0), resolver=names) as opened:
        yield opened


@pytest.fixture
async def tier(door: Door, policy: EgressPolicy) -> AsyncIterator[HttpTier]:
    async with open_http(door, policy, HttpConfig(respect_robots=False)) as opened:
        yield opened


Get = Callable[..., Awaitable[Page]]


@pytest.fixture
def get(tier: HttpTier) -> Get:
    async def fetch(
        url: str, *, scope: str = "run", deadline_s: float = 5.0, headers: dict[str, str] | None = None
    ) -> Page:
        chosen = tuple((headers or {}).items())
        return await tier.fetch(FetchRequest(url=url, scope=scope, deadline_s=deadline_s, headers=chosen))

    return fetch


Say = Callable[[bytes], Awaitable[bytes]]


@pytest.fixture
def say(door: Door) -> Say:
    """Sends raw bytes to the door and gives all that it answers until it hangs up."""

    async def speak(data: bytes) -> bytes:
        async with asyncio.timeout(30):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            try:
                writer.write(data)
                return await reader.read()
            finally:
                writer.close()

    return speak
