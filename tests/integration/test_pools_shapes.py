"""What a pool makes of sources that are read as something else than before, on both databases."""

from __future__ import annotations

import pytest
from pool_support import SHOP, run_in_pool

import services.pool_memory
import store.repositories.tasks
from domain.pages import PageShape
from domain.pools import ChangeType, Pool
from domain.runs import TerminationReason
from domain.tasks import TaskStatus
from services.keys import OWNER_ACCOUNT
from services.pool_sources import tells_list
from services.pools import create_pool, list_changes
from services.service import Service

THINGS = [{"name": f"thing {number}", "price": number, "page": f"{SHOP}p/{number}"} for number in range(10)]


@pytest.fixture
async def pool(service: Service) -> Pool:
    return await create_pool(service, OWNER_ACCOUNT, name="things")


async def removed(service: Service, pool: Pool) -> list[str]:
    found = await list_changes(service, OWNER_ACCOUNT, pool.id, limit=500)
    return sorted(str(each.values["name"].value) for each in found.items if each.type is ChangeType.REMOVED)


@pytest.mark.parametrize("shape", [PageShape.DETAIL, PageShape.ARTICLE, PageShape.EMPTY, None])
async def test_what_is_read_as_something_else_says_nothing_of_a_list(service: Service, pool: Pool, shape: PageShape):
    await run_in_pool(service, pool.id, THINGS)
    rows = [{"name": "Things", "price": 1.0, "page": SHOP}] if shape is PageShape.DETAIL else []
    for _ in range(3):
        await run_in_pool(service, pool.id, rows, shape=shape, reason=TerminationReason.SOURCES_EXHAUSTED)
    assert await removed(service, pool) == []


async def test_what_a_page_told_as_about_one_thing_is_gone_where_it_is_about_another(service: Service, pool: Pool):
    for row in (THINGS[0], THINGS[1], THINGS[1]):
        await run_in_pool(service, pool.id, [row | {"page": ""}], shape=PageShape.DETAIL)
    assert await removed(service, pool) == ["thing 0"]


async def test_a_source_is_a_list_until_it_is_read_as_about_one_thing(service: Service, pool: Pool):
    async def is_list() -> bool:
        return await tells_list(service, OWNER_ACCOUNT, pool.id, SHOP)

    assert not await is_list()
    await run_in_pool(service, pool.id, THINGS[:2])
    assert not await is_list()  # two rows may be a page's odds and ends
    await run_in_pool(service, pool.id, THINGS[:3])
    assert await is_list()
    for _ in range(2):
        await run_in_pool(service, pool.id, [], reason=TerminationReason.NOTHING_FOUND)
    assert len(await removed(service, pool)) == 3
    assert await is_list()  # though none of its records is left
    await run_in_pool(service, pool.id, THINGS[4:5], shape=PageShape.DETAIL)
    assert not await is_list()
    assert not await tells_list(service, "f" * 32, pool.id, SHOP)


async def test_all_that_is_gone_is_found_a_few_at_a_time(service: Service, pool: Pool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services.pool_memory, "UNSEEN_AT_ONCE", 2)
    monkeypatch.setattr(services.pool_memory, "MAX_UNSEEN", 4)
    await run_in_pool(service, pool.id, THINGS)
    for count in (0, 4, 4, 8):  # those counted once are counted first again
        await run_in_pool(service, pool.id, THINGS[:1])
        assert len(await removed(service, pool)) == count
    for _ in range(2):
        await run_in_pool(service, pool.id, THINGS[:1])
    assert await removed(service, pool) == [f"thing {number}" for number in range(1, 10)]


async def test_what_a_page_tells_beside_the_result_is_known_however_many_pages_are_looked_through_at_once(
    service: Service, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store.repositories.tasks, "PAGES_AT_ONCE", 1)
    await run_in_pool(service, pool.id, THINGS)
    for _ in range(2):
        await run_in_pool(service, pool.id, THINGS[:1], also_listed=THINGS[1:5], next_page=TaskStatus.DONE)
    assert await removed(service, pool) == [f"thing {number}" for number in range(5, 10)]
