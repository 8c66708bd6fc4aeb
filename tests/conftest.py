"""The real services that tests talk to. Where one is missing its tests skip with the reason; in CI that fails."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from functools import cache

import asyncpg
import pytest
import redis
from hypothesis import settings

settings.register_profile("forage", deadline=None)  # a busy machine is no wrong answer
settings.load_profile("forage")

POSTGRES_ADMIN = os.environ.get("FORAGE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("FORAGE_TEST_REDIS", "redis://127.0.0.1:6379")
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")


@cache
def _missing(service: str) -> str:
    """Why the tests of this service cannot run here; empty where they can."""
    return {"postgres": _missing_postgres, "redis": _missing_redis, "browser": _missing_browser}[service]()


def _missing_postgres() -> str:
    async def connect() -> None:
        await (await asyncpg.connect(POSTGRES_ADMIN, timeout=3)).close()

    try:
        asyncio.run(connect())
    except (OSError, TimeoutError, asyncpg.PostgresError) as fault:
        return f"no PostgreSQL at FORAGE_TEST_POSTGRES ({fault})"
    return ""


def _missing_redis() -> str:
    try:
        with contextlib.closing(redis.Redis.from_url(REDIS, socket_timeout=3)) as client:
            client.ping()
    except redis.RedisError as fault:
        return f"no Redis at FORAGE_TEST_REDIS ({fault})"
    return ""


def _missing_browser() -> str:
    return "" if any(shutil.which(name) for name in BROWSERS) else "no Chromium on PATH: run `make browser`"


def pytest_runtest_setup(item: pytest.Item) -> None:
    for service in ("postgres", "redis", "browser"):
        if item.get_closest_marker(service) and (why := _missing(service)):
            if os.environ.get("CI"):
                pytest.fail(f"in CI every service is there: {why}", pytrace=False)
            pytest.skip(why)


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """A new, empty PostgreSQL database, dropped after the test."""
    name = f"forage_test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(POSTGRES_ADMIN, timeout=10)
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield f"{POSTGRES_ADMIN.rsplit('/', 1)[0]}/{name}"
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
def redis_url() -> Iterator[str]:
    """An empty Redis database that no other test process uses, flushed after the test."""
    lock = "forage-test-lock"
    for number in range(1, 16):
        url = f"{REDIS}/{number}"
        with contextlib.closing(redis.Redis.from_url(url)) as client:
            # The lock outlives a killed test run by ten minutes at most.
            if client.dbsize() == 0 and client.set(lock, "1", nx=True, ex=600):
                try:
                    yield url
                finally:
                    client.flushdb()
                return
    pytest.fail("all fifteen Redis test databases are in use")
