"""The real services that tests talk to. Where one is missing its tests skip with the reason; in CI that fails."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
import redis
import structlog
from hypothesis import HealthCheck, settings

from store.migrations import migrate

# A busy machine is no wrong answer, neither of a call nor of the making of its examples.
settings.register_profile("forage", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("forage")
# Structlog's own way is to draw every frame with its variables, which takes longer than most tests that log a fault.
_plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _plain])

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


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Takes what stays to the end, all modules and all tests, out of the collector's sight: to look through it again
    and again was a quarter of the work of tests that make applications. What tests make themselves is collected."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def _sqlite_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("database")


@pytest.fixture
def sqlite_file(_sqlite_folder: Path) -> Path:
    """Where a test's SQLite database goes: nothing is there, and every test has the same place, for the same engine."""
    for left in _sqlite_folder.iterdir():
        left.unlink()
    return _sqlite_folder / "forage.sqlite3"


@asynccontextmanager
async def _postgres_database(template: str = "template1") -> AsyncGenerator[str]:
    """A new PostgreSQL database, a copy of `template`, until the block ends; its name."""
    name = f"forage_test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(POSTGRES_ADMIN, timeout=10)
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        await admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")  # no test cuts the server's power
        yield name
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await admin.close()


def _postgres_at(name: str) -> str:
    return f"{POSTGRES_ADMIN.rsplit('/', 1)[0]}/{name}"


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """A new, empty PostgreSQL database, dropped after the test."""
    async with _postgres_database() as name:
        yield _postgres_at(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _postgres_template() -> AsyncIterator[str]:
    """The name of a database with Forage's schema that nobody is connected to: only then can it be copied."""
    async with _postgres_database() as name:
        await migrate(_postgres_at(name))
        yield name


@pytest.fixture
async def migrated_postgres_url(_postgres_template: str) -> AsyncIterator[str]:
    """A new PostgreSQL database with Forage's schema, dropped after the test."""
    async with _postgres_database(_postgres_template) as name:
        yield _postgres_at(name)


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
