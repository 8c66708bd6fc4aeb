"""Runs that end in a pool, as a worker ends them, with the records that a test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from store_support import ManualClock, executor_of, value

from agent.state import Ending, TaskResult
from domain.events import WarningKind
from domain.ids import new_id
from domain.pages import FetchOutcome, PageShape
from domain.pools import Pool
from domain.records import Candidate, FieldValue, Record
from domain.requests import GoalRequest
from domain.runs import Run, TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus
from services.keys import OWNER_ACCOUNT
from services.pool_listing import list_pool_records
from services.pools import create_pool, get_pool
from services.runs import submit_run
from services.service import Service

SHOP = "https://shop.example/kettles"
THINGS = [
    {"name": f"Thing {number:02d}", "page": f"https://shop.example/p/{number}"}
    | ({"price": float(number % 7)} if number % 5 else {})
    for number in range(23)
]


def told(**values: Any) -> dict[str, FieldValue]:
    return {name: one if isinstance(one, FieldValue) else value(one) for name, one in values.items()}


def records_of(rows: Sequence[Mapping[str, Any]], source: str = SHOP) -> tuple[Record, ...]:
    """Records as a list page tells them; `page` in a row is the page about it."""
    return tuple(
        Record(
            id=f"r{place}",
            position=place,
            fields=told(**{name: one for name, one in row.items() if name != "page"}),
            sources=(source,),
            detail_url=row.get("page", ""),
        )
        for place, row in enumerate(rows)
    )


def _outcome_of(status: TaskStatus) -> FetchOutcome:
    return FetchOutcome.OK if status is TaskStatus.DONE else FetchOutcome.TIMED_OUT


class Shop:
    """An agent that reads one list page and tells `rows` of it; the page may also fail, or be continued elsewhere.

    `outcome` is what came of fetching it, where its status does not say that; `shape` is what it was read as.
    """

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        *,
        source: str = SHOP,
        status: TaskStatus = TaskStatus.DONE,
        outcome: FetchOutcome | None = None,
        reason: TerminationReason = TerminationReason.SOURCES_EXHAUSTED,
        also_listed: Sequence[Mapping[str, Any]] = (),
        next_page: TaskStatus | None = None,
        warning: WarningKind | None = None,
        shape: PageShape | None = PageShape.LIST,
    ) -> None:
        self.records = records_of(rows, source)
        self._listed = (*self.records, *records_of(also_listed, source))
        self._source, self._status, self._reason, self._next_page = source, status, reason, next_page
        self._outcome = outcome or _outcome_of(status)
        self._warning, self._shape = warning, shape

    async def __call__(self, state, tools, journal) -> Ending:
        first = Task(
            id=new_id(), url=self._source, position=0, found_by=FoundBy.CALLER, source_id="", status=TaskStatus.PENDING
        )
        first = msgspec.structs.replace(first, source_id=first.id)
        tasks = [first]
        if self._next_page is not None:
            tasks.append(
                msgspec.structs.replace(
                    first, id=new_id(), url=f"{self._source}?page=2", position=1, found_by=FoundBy.PAGINATION
                )
            )
        await journal.sources_found(tuple(tasks), (), state.spend)
        await self._done(journal, first, self._status, self._outcome, self._candidates(), self.records)
        if self._next_page not in {None, TaskStatus.PENDING}:
            await self._done(journal, tasks[1], self._next_page, _outcome_of(self._next_page), (), self.records)
        if self._warning is not None:
            await journal.warned("as the test says", {"kind": self._warning.value})
        return Ending(reason=self._reason, records=self.records)

    def _candidates(self) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(
                page_id="0" * 32, url=self._source, position=place, fields=each.fields, detail_url=each.detail_url
            )
            for place, each in enumerate(self._listed)
        )

    async def _done(self, journal, task, status, outcome, candidates, records) -> None:
        shape = self._shape if status is TaskStatus.DONE else None
        done = msgspec.structs.replace(task, status=status, outcome=outcome, records_found=len(candidates), shape=shape)
        await journal.task_done(TaskResult(task=done, candidates=candidates, records=records))


async def run_in_pool(
    service: Service,
    pool_id: str,
    rows: Sequence[Mapping[str, Any]] = (),
    *,
    account_id: str = OWNER_ACCOUNT,
    **how: Any,
) -> Run:
    """A run of the pool, at its end."""
    request = GoalRequest(url=how.get("source", SHOP), pool_id=pool_id, max_results=1000)
    run = await submit_run(service, account_id, request)
    return await executor_of(service, Shop(rows, **how)).execute(account_id, run.id)


async def pool_of_things(service: Service) -> Pool:
    """A pool of THINGS: twelve are seen on one list, the others a minute later on another."""
    assert isinstance(service.clock, ManualClock)
    made = await create_pool(service, OWNER_ACCOUNT, name="things")
    await run_in_pool(service, made.id, THINGS[:12], source="https://shop.example/a")
    service.clock.advance(60)
    await run_in_pool(service, made.id, THINGS[12:], source="https://shop.example/b")
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
