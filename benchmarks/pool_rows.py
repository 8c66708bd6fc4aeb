"""Pools of any size, written as runs would have left them, and faster than runs could: straight into the tables."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import asyncpg
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from domain.evidence import Evidence, Method, Verdict
from domain.identity import Identity
from domain.pools import PoolValue, sort_key
from domain.records import FieldValue, Value
from store.database import parse_url
from store.models import Base, PoolKeyRow, PoolRecordRow, PoolSortRow, PoolSourceRow
from store.repositories.pool_records import hashed

FIELDS = ("name", "price", "stock")
BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RUN = "0" * 32
ROWS_AT_ONCE = 5_000

Rows = list[dict[str, object]]
Tuples = list[tuple[Any, ...]]


async def write_pool(database_url: str, pool_id: str, size: int) -> None:
    """`size` records of a pool that is there, with their keys, sort keys and sources. Nobody else may have the
    database open."""
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":
        assert url.database
        await asyncio.to_thread(_write_sqlite, url.database, pool_id, size)
    else:
        await _write_postgres(url.set(drivername="postgresql").render_as_string(hide_password=False), pool_id, size)


def record_id(pool_id: str, number: int) -> str:
    """In the order of being first seen, as UUIDs of version 7 are."""
    return f"{pool_id[:20]}{number:012x}"


def price_of(number: int) -> float:
    """Spread over 0 to 1,000, in no order."""
    return (number * 7919 % 100_000) / 100


def _write_sqlite(path: str, pool_id: str, size: int) -> None:
    """Without a journal, as nothing else is in the file yet that could be lost."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for setting in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("BEGIN")
        for table, columns, rows in _batches(pool_id, size, sqlite.dialect()):
            places = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=WAL")


async def _write_postgres(url: str, pool_id: str, size: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")  # no look at the pool's row for every row
        async with connection.transaction():
            for table, columns, rows in _batches(pool_id, size, postgresql.dialect()):
                await connection.copy_records_to_table(table, records=rows, columns=columns)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _batches(pool_id: str, size: int, dialect: Dialect) -> Iterator[tuple[str, list[str], Tuples]]:
    """The rows of all tables, as they lie in this database: table, columns, values."""
    for start in range(0, size, ROWS_AT_ONCE):
        for model, rows in _rows(pool_id, range(size)[start : start + ROWS_AT_ONCE]).items():
            forms = {column: form for column in rows[0] if (form := _form(model, column, dialect))}
            for row in rows:
                row.update((column, form(row[column])) for column, form in forms.items())
            yield model.__tablename__, list(rows[0]), [tuple(row.values()) for row in rows]


def _form(model: type[Base], column: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a value of this column becomes what lies in the database; None where it is that already."""
    return model.__table__.c[column].type.dialect_impl(dialect).bind_processor(dialect)


def _rows(pool_id: str, numbers: range) -> dict[type[Base], Rows]:
    found: dict[type[Base], Rows] = {PoolRecordRow: [], PoolKeyRow: [], PoolSortRow: [], PoolSourceRow: []}
    source = hashed("shop.example/list")
    for number in numbers:
        id_ = record_id(pool_id, number)
        page = f"shop.example/p/{number}"
        seen = BEGAN + dt.timedelta(seconds=number)
        values = dict(_values(number))
        found[PoolRecordRow].append(
            {
                "pool_id": pool_id,
                "id": id_,
                "present": True,
                "first_seen": seen,
                "last_seen": seen + dt.timedelta(days=30),
                "changed_at": seen,
                "last_run": RUN,
                "unseen": 0,
                "unseen_run": "",
                "identity": Identity(keys=(f"page:{page}",), name=f"thing {number}", sites=("shop.example",)),
                "sources": ("https://shop.example/list",),
                "body": {name: _told(value, page) for name, value in values.items()},
            }
        )
        found[PoolKeyRow].append({"pool_id": pool_id, "key": hashed(f"page:{page}"), "record_id": id_})
        found[PoolSourceRow].append({"pool_id": pool_id, "source": source, "record_id": id_})
        found[PoolSortRow] += [
            {"pool_id": pool_id, "slot": slot, "record_id": id_, "sort_key": sort_key(values[name])}
            for slot, name in enumerate(FIELDS)
        ]
    return found


def _values(number: int) -> Iterator[tuple[str, Value]]:
    yield "name", f"thing {number}"
    yield "price", price_of(number)
    yield "stock", "in stock" if number % 3 else "sold out"


def _told(value: Value, page: str) -> PoolValue:
    evidence = Evidence(
        page_id=RUN,
        url=f"https://{page}",
        snapshot="0" * 64,
        method=Method.REPEATED,
        quote=str(value),
        verdict=Verdict.SUPPORTED,
    )
    found = FieldValue(value=value, verdict=Verdict.SUPPORTED, evidence=(evidence,))
    return PoolValue(found=found, run_id=RUN, since=BEGAN)
