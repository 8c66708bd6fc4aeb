"""Requests a minute: counted exactly, told on every response, refused in a shape that either client reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, calling, serving
from litestar.testing import AsyncTestClient
from store_support import START, ManualClock

from api.app import create_app
from api.config import ApiConfig
from api.limits import peer_of
from services.keys import OWNER_ACCOUNT, create_key
from services.rates import RedisRates
from services.service import Service

RESET = str(int(START.timestamp()) + 60)
KEY = {"X-API-KEY": OWNER_KEY}
LIMITED = ApiConfig(rate_limit=5)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def anyone(service: Service, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key, of a service that lets five requests a minute through; time stands still."""
    async with (
        serving(replace(service, clock=clock), LIMITED) as url,
        calling(url) as client,
    ):
        yield client


def told(answer: httpx.Response) -> tuple[str, str, str]:
    return tuple(answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset"))  # ty: ignore[invalid-return-type]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/jobs", 401),
        ("GET", "/nothing", 404),
        ("PATCH", "/api/v1/jobs", 405),
        ("GET", "/", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/assets/forage.css", 200),
        ("POST", "/api/v1/auth/login", 400),
    ],
)
async def test_every_response_tells_the_limit(anyone: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await anyone.request(method, path)
    assert answer.status_code == status
    assert told(answer) == ("5", "4", RESET)


async def test_a_fault_of_ours_tells_the_limit_too(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("api.jobs.list_runs", broken)
    async with AsyncTestClient(create_app(service), raise_server_exceptions=False) as client:
        answer = await client.get("/api/v1/jobs", headers=KEY)
    assert answer.status_code == 500
    assert answer.headers["x-ratelimit-remaining"] == "599"


async def test_over_the_limit_either_documents_client_reads_the_refusal(
    anyone: httpx.AsyncClient, clock: ManualClock
) -> None:
    clock.advance(20)
    answers = [await anyone.get("/api/v1/jobs", headers=KEY) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    refused = answers[-1]
    assert refused.json() == {
        "error": {"code": "too_many_requests", "message": "Rate limit exceeded"},
        "statusCode": 429,
        "message": "Rate limit exceeded",
    }
    assert refused.headers["retry-after"] == "40"
    assert refused.headers["content-type"] == "application/json"
    assert refused.headers["x-request-id"]
    assert "default-src 'none'" in refused.headers["content-security-policy"]
    clock.advance(40)
    again = await anyone.get("/api/v1/jobs", headers=KEY)
    assert (again.status_code, again.headers["x-ratelimit-remaining"]) == (200, "4")


async def test_one_keys_limit_is_not_anothers(anyone: httpx.AsyncClient, service: Service) -> None:
    other = await create_key(service, OWNER_ACCOUNT, name="other")
    for _ in range(6):
        answer = await anyone.get("/api/v1/jobs", headers=KEY)
    assert answer.status_code == 429
    assert (await anyone.get("/api/v1/jobs", headers={"X-Token": other.token})).status_code == 200
    assert (await anyone.get("/nothing")).status_code == 404
    # The same key in another header is the same key.
    assert (await anyone.get("/api/v1/jobs", headers={"Authorization": f"Bearer {OWNER_KEY}"})).status_code == 429


async def test_guessed_keys_and_forged_addresses_share_their_peers_count(anyone: httpx.AsyncClient) -> None:
    statuses = []
    for number in range(7):
        headers = {"X-API-KEY": f"sk_live_guess_{number}", "X-Forwarded-For": f"203.0.113.{number}"}
        statuses.append((await anyone.get("/api/v1/jobs", headers=headers)).status_code)
    assert statuses == [401] * 5 + [429] * 2
    assert (await anyone.get("/api/v1/jobs", headers=KEY)).status_code == 200  # who has a key is not shut out


async def test_monitors_are_told_and_never_counted(anyone: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        for _ in range(7):
            answer = await anyone.get(path)
            assert answer.status_code == 200
            assert told(answer) == ("5", "5", RESET)
    for _ in range(6):
        refused = await anyone.get("/nothing")
    assert refused.status_code == 429
    assert (await anyone.get("/healthz")).status_code == 200


@pytest.mark.redis
async def test_two_services_on_one_redis_let_through_exactly_the_limit(service: Service, redis_url: str) -> None:
    limit = ApiConfig(rate_limit=50)
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(2):
            rates = RedisRates(redis_url)
            stack.push_async_callback(rates.close)
            one = replace(service, rates=rates, clock=ManualClock())
            url = await stack.enter_async_context(serving(one, limit))
            clients.append(await stack.enter_async_context(calling(url, headers=KEY)))
        answers = await asyncio.gather(*(client.get("/api/v1/jobs") for _ in range(40) for client in clients))
    assert [answer.status_code for answer in answers].count(200) == 50
    assert [answer.status_code for answer in answers].count(429) == 30


async def test_requests_are_let_through_while_redis_is_down(service: Service) -> None:
    rates = RedisRates("redis://127.0.0.1:1")
    async with serving(replace(service, rates=rates), LIMITED) as url, calling(url) as client:
        answers = [await client.get("/api/v1/jobs", headers=KEY) for _ in range(8)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["x-ratelimit-remaining"] for answer in answers} == {"5"}
    await rates.close()


@pytest.mark.parametrize(
    ("client", "peer"),
    [
        (("203.0.113.7", 1), "203.0.113.7"),
        (("::ffff:203.0.113.7", 1), "203.0.113.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::1", 1), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1), "fe80::/64"),
        (None, "local"),
        (("", 0), "local"),
        (("testclient", 1), "local"),
    ],
)
def test_a_peer_is_an_address_or_the_network_that_one_subscriber_has(client: Any, peer: str) -> None:
    assert peer_of({"client": client}) == peer
