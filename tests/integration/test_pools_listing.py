"""Records of a pool in every order, paged and filtered. On both databases."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pool_support import THINGS, paged, pool_of_things
from sqlalchemy import event
from store_support import ManualClock, empty_database, opened_service

from domain.errors import InvalidInput
from domain.pools import Pool
from services import pool_listing
from services.keys import OWNER_ACCOUNT
from services.pool_listing import list_pool_records
from services.service import Service

# The tests only read, so that one pool is enough for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated(request: pytest.FixtureRequest) -> Path | str:
    """The file that the module's SQLite database is a copy of, or the URL of the PostgreSQL one."""
    return request.getfixturevalue(f"migrated_{request.param}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(migrated: Path | str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """Use cases on a database that the module's tests share."""
    folder = tmp_path_factory.mktemp("listing")
    url = f"sqlite:///{shutil.copy(migrated, folder)}" if isinstance(migrated, Path) else migrated
    async with opened_service(url, folder / "blobs", clock=ManualClock()) as opened:
        yield opened
    if isinstance(migrated, str):
        await empty_database(migrated)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(service: Service) -> Pool:
    return await pool_of_things(service)


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({}, "(first_seen,id)>(?,?)"),
        ({"sort": "-last_seen"}, "(last_seen,id)<(?,?)"),
        ({"sort": "name"}, "(sort_key,record_id)>(?,?)"),
        ({"sort": "-name"}, "(sort_key,record_id)<(?,?)"),
        ({"filters": ("price<5",)}, "(sort_key,record_id)>(?,?)"),
    ],
)
@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
async def test_a_page_begins_where_the_one_before_it_ended_and_not_at_the_top(
    service: Service, pool: Pool, asked: dict[str, Any], place: str
):
    """Of two bounds for the start of a range SQLite takes one. The wrong one reads all that was paged already."""
    asked_of_it: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        asked_of_it.append((statement, parameters))

    first = await list_pool_records(service, OWNER_ACCOUNT, pool.id, limit=4, **asked)
    event.listen(service.database.reader.sync_engine, "before_cursor_execute", note)
    await list_pool_records(service, OWNER_ACCOUNT, pool.id, limit=4, cursor=first.next_cursor or "", **asked)
    event.remove(service.database.reader.sync_engine, "before_cursor_execute", note)

    [(statement, parameters)] = [one for one in asked_of_it if "ORDER BY" in one[0]]
    async with service.database.reader.connect() as connection:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [row.detail for row in plan]
    assert any(place in step for step in steps), steps
    assert not any("SCAN" in step or "TEMP B-TREE" in step for step in steps), steps


@pytest.mark.parametrize("sort", ["", "first_seen", "-first_seen", "last_seen", "-last_seen", "name", "-name"])
async def test_pages_of_every_order_hold_each_record_once(service: Service, pool: Pool, sort: str):
    names = [row["name"] for row in await paged(service, pool, sort=sort)]
    assert sorted(names) == [row["name"] for row in THINGS]
    half = {row["name"] for row in THINGS[:12]}
    if sort in {"name", "-name"}:
        assert names == sorted(names, reverse=sort.startswith("-"))
    else:
        assert set(names[-12:] if sort.startswith("-") else names[:12]) == half


@pytest.mark.parametrize("sort", ["price", "-price"])
async def test_what_has_no_value_comes_last_from_either_end(service: Service, pool: Pool, sort: str):
    prices = [row.get("price") for row in await paged(service, pool, sort=sort)]
    told = [price for price in prices if price is not None]
    assert told == sorted((row["price"] for row in THINGS if "price" in row), reverse=sort.startswith("-"))
    assert prices[len(told) :] == [None] * (len(THINGS) - len(told))


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (("price<2",), lambda row: row.get("price", 9) < 2),
        (("price<=2", "price>0"), lambda row: 0 < row.get("price", 9) <= 2),
        (("price=3",), lambda row: row.get("price") == 3),
        (("price!=3",), lambda row: row.get("price", 3) != 3),
        (("name~thing 1",), lambda row: row["name"].startswith("Thing 1")),
        (("name=thing 07",), lambda row: row["name"] == "Thing 07"),
        (("price>=5", "name~1"), lambda row: row.get("price", 0) >= 5 and "1" in row["name"]),
        (("colour=red",), lambda row: False),
    ],
)
@pytest.mark.parametrize("sort", ["", "-price", "last_seen"])
async def test_a_filter_finds_the_same_whatever_the_order(service: Service, pool: Pool, filters, wanted, sort: str):
    found = {row["name"] for row in await paged(service, pool, limit=3, sort=sort, filters=filters)}
    assert found == {row["name"] for row in THINGS if wanted(row)}


async def test_a_filter_that_must_scan_stops_says_so_and_goes_on(service: Service, pool: Pool, monkeypatch):
    monkeypatch.setattr(pool_listing, "MAX_SCANNED", 10)
    first = await list_pool_records(service, OWNER_ACCOUNT, pool.id, limit=5, filters=("name~thing 22",))
    assert (first.items, first.cut_short) == ((), True)
    assert [row["name"] for row in await paged(service, pool, filters=("name~thing 22",))] == ["Thing 22"]
    indexed = await list_pool_records(service, OWNER_ACCOUNT, pool.id, limit=5, filters=("name=thing 22",))
    assert ([one.plain()["name"] for one in indexed.items], indexed.cut_short) == (["Thing 22"], False)


async def test_a_cursor_of_another_order_is_refused(service: Service, pool: Pool):
    page = await list_pool_records(service, OWNER_ACCOUNT, pool.id, limit=2, sort="price")
    for sort in ("-price", "name", "last_seen", ""):
        with pytest.raises(InvalidInput):
            await list_pool_records(
                service, OWNER_ACCOUNT, pool.id, limit=2, sort=sort, cursor=page.next_cursor or "none"
            )
