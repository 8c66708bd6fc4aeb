"""The schema's history, and the code that brings a database up to date."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from domain.errors import StorageUnavailable
from store.database import open_engines, parse_url
from store.faults import sqlstate, typed_faults

# Any constant does, so long as every version of Forage takes the same one: it is "forage" in ASCII.
_LOCK = 0x666F72616765
_POSTGRES_NO_DATABASE = "3D000"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Held until this transaction ends: of several processes that start at once, one migrates and the rest wait.
        # SQLite needs none: the transaction has begun by taking the write lock.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    command.upgrade(_config(connection), "head")


@contextmanager
def _start_faults(url: URL) -> Generator[None]:
    """Typed faults of a first connection, when the database itself may still have to be made."""
    try:
        with typed_faults():
            yield
    except StorageUnavailable as fault:
        if sqlstate(fault.__cause__) != _POSTGRES_NO_DATABASE:
            raise
        where = "".join(
            f" {flag} {value}" for flag, value in (("-h", url.host), ("-p", url.port), ("-U", url.username)) if value
        )
        mend = f"create it with: createdb{where} {url.database}"
        raise StorageUnavailable(f"DATABASE_URL: the database {url.database} does not exist; {mend}") from fault


async def migrate(url: str) -> None:
    """Brings the database at `url` to the newest schema; does nothing where it is there already.

    Safe to call from several processes at once. Raises StorageUnavailable where the database cannot be reached.
    """
    parsed = parse_url(url)
    writer, reader = open_engines(parsed)
    try:
        with _start_faults(parsed):
            async with writer.begin() as connection:
                await connection.run_sync(_upgrade)
    finally:
        await reader.dispose()
        await writer.dispose()


async def is_current(url: str) -> bool:
    """Whether the database at `url` has the newest schema."""
    parsed = parse_url(url)
    writer, reader = open_engines(parsed)
    try:
        with _start_faults(parsed):
            async with reader.connect() as connection:
                has = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    finally:
        await reader.dispose()
        await writer.dispose()
    return has == ScriptDirectory.from_config(_config()).get_current_head()
