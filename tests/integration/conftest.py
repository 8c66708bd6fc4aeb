"""Databases with Forage's schema: each test has an empty one, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import asyncpg
import pytest
from store_support import ManualClock, drop_database, empty_database, opened_service

from domain.credits import CreditPlan
from services.service import Service
from store.migrations import migrate

ADMIN = os.environ.get("FORAGE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


def _url(name: str) -> str:
    return f"{ADMIN.rsplit('/', 1)[0]}/{name}"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """The URL of the one that all tests use, each after the other: to make and to drop one is a checkpoint each."""
    name = f"forage_test_{secrets.token_hex(6)}"

    async def create() -> None:
        admin = await asyncpg.connect(ADMIN, timeout=10)
        try:
            await admin.execute(f"CREATE DATABASE {name}")
            await admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")  # no test cuts its power
        finally:
            await admin.close()
        await migrate(_url(name))

    asyncio.run(create())
    yield _url(name)
    asyncio.run(drop_database(ADMIN, name))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_template(request: pytest.FixtureRequest) -> Path | str:
    """The file that SQLite databases are copied from, or the URL of the PostgreSQL one."""
    return request.getfixturevalue(f"migrated_{request.param}")


@pytest.fixture
async def database_url(database_template: Path | str, sqlite_file: Path) -> AsyncIterator[str]:
    """An empty database with the newest schema."""
    if isinstance(database_template, Path):
        shutil.copy(database_template, sqlite_file)
        yield f"sqlite:///{sqlite_file}"
        return
    yield database_template
    await empty_database(database_template)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def service(database_url: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Service]:
    """Use cases on a new database, with the clock in the test's hands and nobody working."""
    async with opened_service(database_url, tmp_path / "blobs", clock=clock) as opened:
        yield opened


@pytest.fixture
def metered(service: Service) -> Service:
    """The same where credits are counted; who has no plan yet gets the free one."""
    return dataclasses.replace(service, metered=True, new_plan=CreditPlan.FREE)


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, object]]:
    """A bucket `archive` on a loopback S3, and the options that reach it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {
        "endpoint": f"http://{host}:{port}",
        "access_key_id": "test",
        "secret_access_key": "test",
        "region": "us-east-1",
        "allow_http": True,
    }
    urlopen(Request(f"http://{host}:{port}/archive", method="PUT"), timeout=10).close()
    yield options
    server.stop()
