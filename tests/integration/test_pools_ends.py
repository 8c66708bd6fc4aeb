"""A pool's webhook, its later fields, its owner and its end. On both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pool_support import THINGS, paged, pool_of_things, run_in_pool

from domain.errors import NotFound
from domain.pools import Pool
from domain.webhooks import WebhookEvent
from services.keys import OWNER_ACCOUNT
from services.pool_listing import list_pool_records
from services.pools import change_pool, create_pool, delete_pool, get_pool, list_changes
from services.service import Service

SOMEBODY_ELSE = "f" * 32


@pytest.fixture
async def pool(service: Service) -> Pool:
    return await pool_of_things(service)


async def test_a_field_that_comes_up_later_can_be_sorted_by_too(service: Service, pool: Pool):
    rows = [THINGS[0] | {"weight": 2.5}, THINGS[1] | {"weight": 1.5}]
    await run_in_pool(service, pool.id, rows, source="https://shop.example/c")
    names = [row["name"] for row in await paged(service, pool, sort="weight")]
    assert names[:2] == ["Thing 01", "Thing 00"]
    assert sorted(names) == [row["name"] for row in THINGS]


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
