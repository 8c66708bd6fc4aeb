"""Records merged, split and corrected at the same time, in a pool with a webhook, on both databases."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from pool_support import told
from store_support import executor_of

from agent.state import Ending, TaskResult
from domain.corrections import Grounded, grounded
from domain.errors import Conflict, InvalidInput, NotFound
from domain.fields import FieldKind
from domain.fusion import free_id, own_name, record_of
from domain.ids import new_id
from domain.pages import FetchOutcome, PageShape
from domain.pools import Pool
from domain.records import Candidate, Record
from domain.requests import GoalRequest
from domain.runs import Run, TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus
from domain.webhooks import WebhookEvent
from services.claim_process import ClaimProcesses, Search
from services.corrections import correct_record
from services.decisions import merge_records, split_record
from services.keys import OWNER_ACCOUNT
from services.pools import create_pool, list_changes
from services.records import list_records
from services.runs import get_run, submit_run
from services.service import Service
from services.webhooks import DELIVERIES

GUIDE, TOWN = "https://guide.example/cafes", "https://town.example/eat"
KINDS = {"name": FieldKind.TITLE}
PAGES = {GUIDE: ("Fog Museum Tea Room", "Blue Door Bakery"), TOWN: ("The Tea Room at the Museum",)}


class Guides:
    """An agent that reads two lists, and takes each row for a thing of its own."""

    def __init__(self, *, keeps_members: bool = True) -> None:
        self._keeps_members = keeps_members

    async def __call__(self, state, tools, journal) -> Ending:
        records: list[Record] = []
        for place, (url, names) in enumerate(PAGES.items()):
            task = Task(
                id=new_id(), url=url, position=place, found_by=FoundBy.PLAN, source_id="", status=TaskStatus.PENDING
            )
            task = msgspec.structs.replace(task, source_id=task.id)
            await journal.sources_found((task,), (), state.spend)
            rows = tuple(
                Candidate(page_id=f"{place:032x}", url=url, position=row, fields=told(name=name))
                for row, name in enumerate(names)
            )
            for row in rows:
                id_ = free_id(own_name(row, KINDS), {each.id for each in records})
                record = record_of((row,), KINDS, id_=id_, position=len(records))
                records.append(record if self._keeps_members else msgspec.structs.replace(record, members=()))
            done = msgspec.structs.replace(
                task,
                status=TaskStatus.DONE,
                outcome=FetchOutcome.OK,
                shape=PageShape.LIST,
                page_id=rows[0].page_id,
                records_found=len(rows),
            )
            await journal.task_done(TaskResult(task=done, candidates=rows, records=tuple(records)))
        return Ending(reason=TerminationReason.SOURCES_EXHAUSTED, records=tuple(records))


@pytest.fixture
async def pool(service: Service) -> Pool:
    return await create_pool(service, OWNER_ACCOUNT, name="cafes", webhook_url="https://hooks.example/cafes")


async def read_guides(service: Service, pool: Pool, **how: bool) -> tuple[Run, dict[str, str]]:
    """A run of the pool, at its end, and the ids of its records by name."""
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="cafes", pool_id=pool.id))
    run = await executor_of(service, Guides(**how)).execute(OWNER_ACCOUNT, run.id)
    return run, {str(each.values()["name"]): each.id for each in await records_of(service, run)}


async def records_of(service: Service, run: Run) -> tuple[Record, ...]:
    return (await list_records(service, OWNER_ACCOUNT, run.id, limit=100)).items


async def news_of(service: Service, pool: Pool, since: int) -> list[str]:
    found = await list_changes(service, OWNER_ACCOUNT, pool.id, since=str(since), limit=100)
    return [each.type.value for each in found.items]


async def bodies_of(service: Service) -> list[dict[str, Any]]:
    async with service.database.read() as uow:
        found = await uow.deliveries(OWNER_ACCOUNT).list(100)
    return [json.loads(each.body) for each in reversed(found) if each.type is WebhookEvent.POOL_CHANGED]


async def test_a_webhook_hears_of_a_merge_and_of_a_split_at_once(service: Service, pool: Pool):
    run, ids = await read_guides(service, pool)
    one, other = ids["Fog Museum Tea Room"], ids["The Tea Room at the Museum"]
    with service.signals.listen(DELIVERIES) as sender:
        await merge_records(service, OWNER_ACCOUNT, run.id, one, other)
        async with asyncio.timeout(30):
            await sender.wait(60)
        await split_record(service, OWNER_ACCOUNT, run.id, one)
        async with asyncio.timeout(30):
            await sender.wait(60)
    found, merged, split = await bodies_of(service)
    assert [each["type"] for each in found["changes"]] == ["added"] * 3
    assert [(each["sequence"], each["type"]) for each in merged["changes"]][-1] == (merged["total"] + 3, "removed")
    [added] = [each for each in split["changes"] if each["type"] == "added"]
    assert (added["values"], split["job_id"]) == ({"name": "The Tea Room at the Museum"}, f"job_{run.id}")


async def test_the_same_merge_asked_for_twice_at_the_same_time_is_made_once(service: Service, pool: Pool):
    run, ids = await read_guides(service, pool)
    one, other = ids["Fog Museum Tea Room"], ids["The Tea Room at the Museum"]
    first, second = await asyncio.gather(
        merge_records(service, OWNER_ACCOUNT, run.id, one, other),
        merge_records(service, OWNER_ACCOUNT, run.id, other, one),
    )
    assert first == second
    assert first.id == one
    assert (await get_run(service, OWNER_ACCOUNT, run.id)).records_found == len(await records_of(service, run)) == 2
    assert (await news_of(service, pool, 3)).count("removed") == 1
    async with service.database.read() as uow:
        assert len(await uow.decisions(OWNER_ACCOUNT).of_run(run.id)) == 1


async def test_two_merges_of_one_record_at_the_same_time_lose_nothing(service: Service, pool: Pool):
    run, ids = await read_guides(service, pool)
    first, second, third = ids.values()
    made = await asyncio.gather(
        merge_records(service, OWNER_ACCOUNT, run.id, first, third),
        merge_records(service, OWNER_ACCOUNT, run.id, second, third),
        return_exceptions=True,
    )
    refused = [each for each in made if not isinstance(each, Record)]
    assert len(refused) == 1
    assert isinstance(refused[0], InvalidInput)
    left = await records_of(service, run)
    assert (await get_run(service, OWNER_ACCOUNT, run.id)).records_found == len(left) == 2
    assert sum(len(each.members) for each in left) == 3
    assert (await news_of(service, pool, 3)).count("removed") == 1


class Meanwhile(ClaimProcesses):
    """Searches pages in this process, after something else has happened."""

    def __init__(self, happens: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._happens = happens

    async def search(self, search: Search) -> Grounded:
        await self._happens()
        return grounded(search.wish, search.pages)


async def test_a_record_that_is_merged_while_it_is_corrected_does_not_come_back(service: Service, pool: Pool):
    run, ids = await read_guides(service, pool)
    one, other = ids["Fog Museum Tea Room"], ids["The Tea Room at the Museum"]
    claims = Meanwhile(lambda: merge_records(service, OWNER_ACCOUNT, run.id, one, other))
    with pytest.raises(NotFound):
        await correct_record(
            dataclasses.replace(service, claims=claims), OWNER_ACCOUNT, run.id, other, {"name": "The Tea Room"}
        )
    assert other not in {each.id for each in await records_of(service, run)}


async def test_a_record_from_before_its_members_were_kept_says_to_run_the_job_again(service: Service, pool: Pool):
    run, ids = await read_guides(service, pool, keeps_members=False)
    one, other = ids["Fog Museum Tea Room"], ids["The Tea Room at the Museum"]
    with pytest.raises(Conflict, match="Run the job again"):
        await merge_records(service, OWNER_ACCOUNT, run.id, one, other)
    with pytest.raises(Conflict, match="One source told of this record"):
        await split_record(service, OWNER_ACCOUNT, run.id, one)
