"""Records of a pool in every order, paged and filtered; its webhook; its end. On both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pool_support import run_in_pool
from sqlalchemy import event
from store_support import ManualClock

from domain.errors import InvalidInput, NotFound
from domain.pools import Pool
from domain.webhooks import WebhookEvent
from services import pool_listing
from services.keys import OWNER_ACCOUNT
from services.pool_listing import list_pool_records
from services.pools import change_pool, create_pool, delete_pool, get_pool, list_changes
from services.service import Service

ROWS = [
    {"name": f"Thing {number:02d}", "page": f"https://shop.example/p/{number}"}
    | ({"price": float(number % 7)} if number % 5 else {})
    for number in range(23)
]
SOMEBODY_ELSE = "f" * 32


@pytest.fixture
async def pool(service: Service, clock: ManualClock) -> Pool:
    made = await create_pool(service, OWNER_ACCOUNT, name="things")
    await run_in_pool(service, made.id, ROWS[:12], source="https://shop.example/a")
    clock.advance(60)
    await run_in_pool(service, made.id, ROWS[12:], source="https://shop.example/b")
    return await get_pool(service, OWNER_ACCOUNT, made.id)


async def paged(service: Service, pool: Pool, limit: int = 4, **how: Any) -> list[dict[str, Any]]:
    """Every page until the last."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await list_pool_records(service, OWNER_ACCOUNT, pool.id, limit=limit, cursor=cursor, **how)
        assert len(page.items) <= limit
        found += [record.plain() for record in page.items]
        if not page.next_cursor:
            return found
        cursor = page.next_cursor


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
@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
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
    assert sorted(names) == [row["name"] for row in ROWS]
    half = {row["name"] for row in ROWS[:12]}
    if sort in {"name", "-name"}:
        assert names == sorted(names, reverse=sort.startswith("-"))
    else:
        assert set(names[-12:] if sort.startswith("-") else names[:12]) == half


@pytest.mark.parametrize("sort", ["price", "-price"])
async def test_what_has_no_value_comes_last_from_either_end(service: Service, pool: Pool, sort: str):
    prices = [row.get("price") for row in await paged(service, pool, sort=sort)]
    told = [price for price in prices if price is not None]
    assert told == sorted((row["price"] for row in ROWS if "price" in row), reverse=sort.startswith("-"))
    assert prices[len(told) :] == [None] * (len(ROWS) - len(told))


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
    assert found == {row["name"] for row in ROWS if wanted(row)}


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


async def test_a_field_that_comes_up_later_can_be_sorted_by_too(service: Service, pool: Pool):
    rows = [ROWS[0] | {"weight": 2.5}, ROWS[1] | {"weight": 1.5}]
    await run_in_pool(service, pool.id, rows, source="https://shop.example/c")
    names = [row["name"] for row in await paged(service, pool, sort="weight")]
    assert names[:2] == ["Thing 01", "Thing 00"]
    assert sorted(names) == [row["name"] for row in ROWS]


async def test_another_accounts_pool_is_not_there(service: Service, pool: Pool):
    for reach in (
        get_pool(service, SOMEBODY_ELSE, pool.id),
        list_pool_records(service, SOMEBODY_ELSE, pool.id, limit=5),
        list_changes(service, SOMEBODY_ELSE, pool.id, limit=5),
        change_pool(service, SOMEBODY_ELSE, pool.id, name="mine"),
        delete_pool(service, SOMEBODY_ELSE, pool.id),
    ):
        with pytest.raises(NotFound):
            await reach
    async with service.database.read() as uow:
        rows = uow.pool_records(SOMEBODY_ELSE)
        known = await uow.pool_records(OWNER_ACCOUNT).many(pool.id, [])
        assert known == {}
        assert await rows.changes(pool.id, 10) == []
        assert await rows.holders(pool.id, ["page:shop.example/p/1"]) == {}
        assert (await uow.pool_records(OWNER_ACCOUNT).holders(pool.id, ["page:shop.example/p/1"])) != {}


async def test_a_deleted_pool_leaves_no_row_behind(service: Service, pool: Pool, monkeypatch):
    monkeypatch.setattr("services.pools.ROWS_PURGED", 7)
    await delete_pool(service, OWNER_ACCOUNT, pool.id)
    async with service.database.write() as uow:
        assert await uow.deleted_pools.next() is None
        assert await uow.deleted_pools.purge(pool.id, 1000)  # nothing is left that would have to go


async def bodies_of(service: Service) -> list[dict[str, Any]]:
    async with service.database.read() as uow:
        found = await uow.deliveries(OWNER_ACCOUNT).list(100)
    sent = [delivery for delivery in reversed(found) if delivery.type is WebhookEvent.POOL_CHANGED]
    return [json.loads(delivery.body) for delivery in sent]


async def test_a_webhook_hears_once_of_the_changes_that_meet_the_condition(service: Service):
    pool = await create_pool(
        service,
        OWNER_ACCOUNT,
        name="kettles",
        condition="price < 20 and stock changed or removed",
        webhook_url="https://hooks.example/prices",
    )
    kettle = {"name": "Kettle", "price": 25.0, "stock": "in", "page": "https://shop.example/p/1"}
    mug = {"name": "Mug", "price": 8.0, "stock": "in", "page": "https://shop.example/p/2"}
    await run_in_pool(service, pool.id, [kettle, mug])
    await run_in_pool(service, pool.id, [kettle | {"stock": "out"}, mug | {"price": 7.0}])
    assert await bodies_of(service) == []

    run = await run_in_pool(service, pool.id, [kettle | {"stock": "out"}, mug | {"price": 7.0, "stock": "out"}])
    [body] = await bodies_of(service)
    assert (body["type"], body["pool_id"], body["job_id"]) == ("pool.changed", f"pool_{pool.id}", f"job_{run.id}")
    [change] = body["changes"]
    assert (change["type"], change["field"], change["from"], change["to"]) == ("changed", "stock", "in", "out")
    assert change["evidence"] == [{"url": "https://shop.example/", "quote": ""}]

    for _ in range(2):
        await run_in_pool(service, pool.id, [kettle | {"stock": "out"}])
    assert [change["type"] for change in (await bodies_of(service))[-1]["changes"]] == ["removed"]
    assert len(await bodies_of(service)) == 2


async def test_a_thousand_changes_fit_into_one_bounded_body(service: Service):
    pool = await create_pool(service, OWNER_ACCOUNT, name="many", webhook_url="https://hooks.example/prices")
    await run_in_pool(service, pool.id, [{"name": f"thing {n}", "text": "x" * 5000} for n in range(300)])
    [body] = await bodies_of(service)
    assert body["total"] == 300
    assert 0 < len(body["changes"]) <= 100
    assert len(json.dumps(body)) < 256 * 1024
