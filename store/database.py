"""The database: one of SQLite and PostgreSQL, and the units of work on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from domain.errors import InvalidInput, StorageUnavailable
from store.faults import typed_faults
from store.unit import UnitOfWork

BUSY_TIMEOUT_S = 15  # another process may hold SQLite's write lock for the length of a large checkpoint
READERS = 4  # SQLite readers never wait for the writer; each costs a thread
POSTGRES_CONNECTIONS = 10
POSTGRES_OVERFLOW = 10
CONNECT_TIMEOUT_S = 5
APPLICATION_NAME = "forage"  # as pg_stat_activity tells it
STATEMENT_TIMEOUT_S = 30
IDLE_TIMEOUT_S = 8  # transactions here wait for nothing but their own next statement
LOCK_TIMEOUT_S = 20  # longer than a frozen process can hold one: see `session_settings`

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}


def parse_url(text: str) -> URL:
    """`postgresql://…`, `postgres://…`, `sqlite:///…` with the driver that Forage uses."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise InvalidInput("DATABASE_URL is not a database URL") from None
    kind = url.drivername.partition("+")[0]
    if kind not in _DRIVERS:
        raise InvalidInput(f"DATABASE_URL: {kind} is not supported; use sqlite or postgresql")
    return url.set(drivername=_DRIVERS[kind])


class Database:
    """Transactions. `write()` and `read()` each are one; a write commits when its block ends without an error.

    Both raise StorageUnavailable where the database cannot be reached, and StorageFull where its disk is full.
    """

    def __init__(self, url: URL, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self.dialect = writer.dialect.name
        self.url = url
        self.writer = writer
        self.reader = reader
        self._write_sessions = async_sessionmaker(writer, expire_on_commit=False, autoflush=False)
        self._read_sessions = async_sessionmaker(reader, expire_on_commit=False, autoflush=False)
        # SQLite has one writer. Waiting for it here is fair and cheap; waiting in SQLite is polling.
        self._turns = asyncio.Semaphore(1 if self.dialect == "sqlite" else POSTGRES_CONNECTIONS + POSTGRES_OVERFLOW)

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[UnitOfWork]:
        async with self._turns:
            with typed_faults():
                async with self._write_sessions.begin() as session:
                    yield UnitOfWork(session, self.dialect)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[UnitOfWork]:
        with typed_faults():
            async with self._read_sessions.begin() as session:
                yield UnitOfWork(session, self.dialect)

    async def close(self) -> None:
        await self.reader.dispose()
        await self.writer.dispose()


def _sqlite_engine(url: URL, begin: str, connections: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=STATEMENT_TIMEOUT_S,
        connect_args={"timeout": BUSY_TIMEOUT_S},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL: a commit is on the disk when it returns. NORMAL may forget the last commits at a power cut, and what a
        # client was told is accepted must not be lost; it costs one fsync (0.3 ms on an SSD) a transaction.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def session_settings() -> dict[str, str]:
    """What PostgreSQL's sessions are held to. A process that is frozen in the middle of a transaction, or whose machine
    is gone, must not keep its locks: the server ends its session, and the runs that it held can be rescued. What this
    does not reach, `store.frozen` does."""
    return {
        "application_name": APPLICATION_NAME,
        "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_S}s",
        "lock_timeout": f"{LOCK_TIMEOUT_S}s",
    }


def open_engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """The engine to write with and the one to read with; on PostgreSQL they share connections."""
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise InvalidInput("SQLite needs a file: an in-memory database cannot be shared by connections")
        place = Path(url.database).parent
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise StorageUnavailable(f"the database cannot be made in {place}: {fault.strerror}") from None
        # IMMEDIATE takes the write lock at once: a transaction that reads and then writes cannot fail half way.
        return _sqlite_engine(url, "BEGIN IMMEDIATE", 1), _sqlite_engine(url, "BEGIN", READERS)
    engine = create_async_engine(
        url,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=POSTGRES_OVERFLOW,
        pool_timeout=CONNECT_TIMEOUT_S * 2,
        pool_pre_ping=True,  # a restarted server is noticed before a statement is sent, not after
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": STATEMENT_TIMEOUT_S,
            "server_settings": session_settings(),
        },
    )
    # A read is one statement at a time: without a transaction around it, it saves two round trips.
    return engine, engine.execution_options(isolation_level="AUTOCOMMIT")


@asynccontextmanager
async def open_database(url: str) -> AsyncGenerator[Database]:
    """The database at `url`, which `store.migrations.migrate` has prepared."""
    parsed = parse_url(url)
    writer, reader = open_engines(parsed)
    database = Database(parsed, writer, reader)
    try:
        yield database
    finally:
        await database.close()
