"""What tests of store, services and workers share: databases, a clock that is moved by hand, a scripted agent."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from database_support import reused_database

from agent.state import Ending, Journal, RunState, TaskResult, Tools
from domain.budgets import Spend
from domain.clock import Clock, SystemClock
from domain.egress import EgressPolicy
from domain.evidence import Evidence, Method, Verdict
from domain.pages import FetchOutcome, Page, Via
from domain.plans import Plan, PlannedBy
from domain.records import Candidate, FieldValue, Record
from domain.runs import Run, TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus
from services.keys import OWNER_ACCOUNT, ensure_owner
from services.queue import Doorbell, LocalDoorbell
from services.runs import get_run
from services.service import Service
from store.blobs import open_blobs
from workers.executor import Executor, Pursue
from workers.leases import Terms

OWNER_KEY = "an-owner-key-for-tests"
POLICY = EgressPolicy.parse("127.0.0.1")
START = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
NO_TOOLS: Any = None  # the scripted agent uses none
SOON_S = 40.0


class ManualClock:
    def __init__(self, now: dt.datetime = START) -> None:
        self._now = now

    def now(self) -> dt.datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += dt.timedelta(seconds=seconds)


async def until(condition: Callable[[], Awaitable[bool]], why: str, deadline_s: float = SOON_S) -> None:
    """Returns as soon as the condition holds; fails the test where it does not in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + deadline_s
    while not await condition():
        if loop.time() > deadline:
            raise AssertionError(f"not within {deadline_s} s: {why}")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def opened_service(
    url: str, blobs: Path, *, clock: Clock | None = None, doorbell: Doorbell | None = None
) -> AsyncGenerator[Service]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(reused_database(url))
        bell = doorbell or LocalDoorbell()
        stack.push_async_callback(bell.close)
        service = Service(
            database=database,
            blobs=open_blobs(str(blobs)),
            doorbell=bell,
            policy=POLICY,
            clock=clock or SystemClock(),
        )
        await ensure_owner(service, OWNER_KEY)
        yield service


async def empty_database(url: str) -> None:
    """Deletes all rows of a PostgreSQL database, sets its counters back and ends the sessions that a test left open."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        found = await connection.fetch(
            "SELECT quote_ident(relname) AS name, relkind FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"
            " AND relkind::text IN ('r', 'S') ORDER BY relkind DESC"
        )
        emptied = [
            f"DELETE FROM {each['name']}" if each["relkind"] == b"r" else f"ALTER SEQUENCE {each['name']} RESTART"
            for each in found
        ]
        # As a replica, which checks no foreign keys: so the order of the tables does not matter.
        await connection.execute("; ".join(["SET session_replication_role = replica", *emptied]))
    finally:
        await connection.close()


async def drop_database(admin_url: str, name: str) -> None:
    admin = await asyncpg.connect(admin_url, timeout=10)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await admin.close()


def value(text: Any) -> FieldValue:
    evidence = Evidence(
        page_id="0" * 32, url="https://shop.example/", snapshot="0" * 64, method=Method.TABLE, verdict=Verdict.SUPPORTED
    )
    return FieldValue(value=text, verdict=Verdict.SUPPORTED, evidence=(evidence,))


def record(number: int, **fields: Any) -> Record:
    values = {name: value(item) for name, item in (fields or {"name": f"thing {number}"}).items()}
    return Record(id=f"r{number}", position=number, fields=values, sources=("https://shop.example/",))


def page_of(task: Task, html: str = "") -> Page:
    return Page(
        id=secrets.token_hex(16),
        url=task.url,
        final_url=task.url,
        outcome=FetchOutcome.OK,
        via=Via.HTTP,
        fetched_at=START,
        status=200,
        html=html or f"<p>{task.url}</p>",
        text=task.url,
    )


def source(run_id: str, number: int, status: TaskStatus = TaskStatus.PENDING) -> Task:
    task_id = f"{run_id[:24]}{number:08x}"
    return Task(
        id=task_id,
        url=f"https://shop.example/{run_id}/{number}",
        position=number,
        found_by=FoundBy.SEARCH,
        source_id=task_id,
        status=status,
    )


class ScriptedAgent:
    """Reads `sources` pages of two things each, the last of which is on the next page too.

    `before_source` is awaited before each page, with the run and the page's number: where tests stop, break or kill.
    Like the real one it goes on from what it is given, and merges all candidates anew after every page.
    """

    def __init__(
        self, sources: int = 3, before_source: Callable[[RunState, int], Awaitable[None]] | None = None
    ) -> None:
        self.sources = sources
        self.before_source = before_source
        self.states: list[RunState] = []

    async def __call__(self, state: RunState, tools: Tools, journal: Journal) -> Ending:
        self.states.append(state)
        run_id = state.run_id
        if state.plan is None:
            plan = Plan(goal=state.request.goal, fields=(), planned_by=PlannedBy.RULES, queries=("things",))
            await journal.planned(plan, Spend(model_calls=1))
        tasks = state.tasks
        if not tasks:
            tasks = tuple(source(run_id, number) for number in range(self.sources))
            await journal.sources_found(tasks, ("things",), Spend(searches=1))
        candidates = dict(state.candidates)
        for task in tasks:
            if task.status is TaskStatus.PENDING:
                await journal.check()
                if self.before_source is not None:
                    await self.before_source(state, task.position)
                candidates[task.id] = await self._read(task, candidates, journal)
        return Ending(reason=TerminationReason.SOURCES_EXHAUSTED, records=merged(candidates))

    async def _read(
        self, task: Task, candidates: dict[str, tuple[Candidate, ...]], journal: Journal
    ) -> tuple[Candidate, ...]:
        page = page_of(task)
        found = tuple(
            Candidate(
                page_id=page.id, url=task.url, position=place, fields={"name": value(f"thing {task.position + place}")}
            )
            for place in range(2)
        )
        done = msgspec.structs.replace(task, status=TaskStatus.DONE, page_id=page.id, records_found=len(found))
        records = merged({**candidates, task.id: found})
        await journal.task_done(
            TaskResult(task=done, page=page, candidates=found, records=records, spend=Spend(pages=1))
        )
        return found


def merged(candidates: dict[str, tuple[Candidate, ...]]) -> tuple[Record, ...]:
    names = sorted({str(one.fields["name"].value) for found in candidates.values() for one in found})
    return tuple(record(int(name.split()[1]), name=name) for name in names)


def executor_of(
    service: Service, agent: Pursue, *, name: str = "", slots: int = 4, terms: Terms | None = None
) -> Executor:
    return Executor(service, NO_TOOLS, agent, name=name, slots=slots, terms=terms)


async def ended(service: Service, run_id: str, account_id: str = OWNER_ACCOUNT, deadline_s: float = SOON_S) -> Run:
    async def over() -> bool:
        return (await get_run(service, account_id, run_id)).status.is_terminal

    await until(over, "the run ends", deadline_s)
    return await get_run(service, account_id, run_id)
