"""Whether a pool pages in the same time whatever it holds: a thousand records, and many times as many.

What is measured is the use case behind `GET /pools/{id}/records`, with its own transaction for every page. Pages lie
deep in the list, where an OFFSET would show.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from benchmarks.pool_rows import BEGAN, FIELDS, RUN, record_id, write_pool
from domain.clock import SystemClock
from domain.egress import EgressPolicy
from domain.pools import Pool, sort_key
from services.keys import OWNER_ACCOUNT, ensure_owner
from services.pool_listing import list_pool_records
from services.pools import create_pool
from services.queue import LocalDoorbell
from services.service import Service
from store.blobs import open_blobs
from store.database import open_database
from store.migrations import migrate

FEW, MANY = 1_000, 100_000
PAGE = 100
LAPS = 40  # pages of each kind; medians are told

_MICROSECOND = dt.timedelta(microseconds=1)

# What a page is asked for: in order, by a field, by a range of a field, by a field's value.
ASKED: dict[str, dict[str, object]] = {
    "in order": {},
    "seen last first": {"sort": "-last_seen"},
    "by price": {"sort": "price"},
    "dearest first": {"sort": "-price"},
    "price<500": {"filters": ("price<500",)},
    "by stock": {"sort": "stock"},
    "name=thing 500": {"filters": ("name=thing 500",)},
}


class PoolFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Median milliseconds for one page of 100 records, by what is asked for, at each size; `filled_s` to write them."""

    database: str
    sizes: tuple[int, int]
    filled_s: tuple[float, float]
    page_ms: dict[str, tuple[float, float]]


def measure(many: int = MANY, database_url: str = "") -> dict[str, object]:
    """The figures as the bench prints them. A new SQLite file, or the PostgreSQL database at `database_url`, where the
    rows stay."""
    with tempfile.TemporaryDirectory(prefix="forage-bench-") as folder:
        figures = asyncio.run(measure_pools(database_url or f"sqlite:///{folder}/bench.sqlite3", folder, many))
    few, most = figures.sizes
    told: dict[str, object] = {
        "on": figures.database,
        "a page of": PAGE,
        f"seconds to write {most:,}": figures.filled_s[1],
    }
    for asked, (at_few, at_most) in figures.page_ms.items():
        told[f"{asked}: ms at {few:,}, at {most:,}, times"] = f"{at_few}, {at_most}, {round(at_most / at_few, 2)}"
    return told


async def measure_pools(database_url: str, folder: str, many: int) -> PoolFigures:
    await migrate(database_url)
    async with _service(database_url, folder) as service:
        await ensure_owner(service, None)
        pools = [await _counted_pool(service, size) for size in (FEW, many)]
    filled: list[float] = []
    for pool in pools:  # nobody else has the database open: so it is written fastest
        began = time.perf_counter()
        await write_pool(database_url, pool.id, pool.records)
        filled.append(round(time.perf_counter() - began, 1))
    async with _service(database_url, folder) as service:
        times: dict[str, tuple[list[float], list[float]]] = {asked: ([], []) for asked in ASKED}
        for lap in range(-2, LAPS):  # two laps to warm up; sizes in turn, so that a busy moment falls on both
            for asked in ASKED:
                for place, pool in enumerate(pools):
                    took = await _page(service, pool, asked)
                    if lap >= 0:
                        times[asked][place].append(took)
    return PoolFigures(
        database=database_url.partition(":")[0].partition("+")[0],
        sizes=(FEW, many),
        filled_s=(filled[0], filled[1]),
        page_ms={
            asked: (round(1000 * statistics.median(few), 2), round(1000 * statistics.median(most), 2))
            for asked, (few, most) in times.items()
        },
    )


@asynccontextmanager
async def _service(database_url: str, folder: str) -> AsyncGenerator[Service]:
    async with open_database(database_url) as database:
        yield Service(
            database=database,
            blobs=open_blobs(str(Path(folder) / "blobs")),
            doorbell=LocalDoorbell(),
            policy=EgressPolicy(),
            clock=SystemClock(),
        )


async def _counted_pool(service: Service, size: int) -> Pool:
    """A pool that says that it has so many records; they are still to be written."""
    pool = await create_pool(service, OWNER_ACCOUNT, name=f"{size} things", sort_fields=FIELDS)
    pool = msgspec.structs.replace(pool, fields=FIELDS, records=size)
    async with service.database.write() as uow:
        await uow.pools(OWNER_ACCOUNT).save(pool)
    return pool


async def _page(service: Service, pool: Pool, asked: str) -> float:
    """Seconds for the page that follows a random record."""
    cursor = _cursor(asked, pool, random.randrange(pool.records // 5, pool.records // 5 * 4))
    began = time.perf_counter()
    page = await list_pool_records(service, OWNER_ACCOUNT, pool.id, limit=PAGE, cursor=cursor, **ASKED[asked])  # ty: ignore
    took = time.perf_counter() - began
    assert len(page.items) == (1 if asked.startswith("name") else PAGE)
    return took


def _cursor(asked: str, pool: Pool, number: int) -> str:
    """The place of a record, as the page before it would name it; more than a page follows it."""
    match asked:
        case "by price" | "price<500":
            return f"1a.{sort_key(random.uniform(0, 390))}.{RUN}"
        case "dearest first":
            return f"1d.{sort_key(random.uniform(300, 1000))}.{RUN}"
        case "by stock":  # in the midst of records that say the same
            return f"2a.{sort_key('in stock')}.{record_id(pool.id, number)}"
        case "in order":
            return f"fa.{_micros(BEGAN, number)}.{record_id(pool.id, number)}"
        case "seen last first":
            return f"ld.{_micros(BEGAN + dt.timedelta(days=30), number)}.{record_id(pool.id, number)}"
        case _:
            return ""


def _micros(first: dt.datetime, number: int) -> int:
    return (first + dt.timedelta(seconds=number) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // _MICROSECOND
