"""What the journal of a run writes down, whatever the database does. On both databases."""

from __future__ import annotations

import contextlib

import msgspec
from executor_support import GOAL, event_types
from store_support import (
    ScriptedAgent,
    ended,
    executor_of,
    page_of,
    record,
    source,
)

from agent.state import Ending, RunState, Stated, TaskResult
from domain.budgets import Spend
from domain.errors import (
    StorageUnavailable,
)
from domain.events import EventType
from domain.pages import FetchOutcome
from domain.runs import RunStatus, TerminationReason
from domain.tasks import TaskStatus
from services.events import list_events
from services.keys import OWNER_ACCOUNT
from services.records import list_records
from services.runs import extend_run, get_run, submit_run
from services.service import Service
from services.tasks import list_tasks
from workers import journal as journal_module
from workers.sweeper import Sweeper


async def test_a_reply_lost_after_the_commit_does_not_write_twice(service: Service, monkeypatch):
    """The database did it, and the connection broke before it could say so."""
    monkeypatch.setattr(journal_module, "RETRY_S", (0.0, 0.0))
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    real, calls = service.database.write, 0

    @contextlib.asynccontextmanager
    async def flaky():
        nonlocal calls
        async with real() as uow:
            yield uow
        calls += 1
        if calls in (3, 5, 6):
            raise StorageUnavailable

    monkeypatch.setattr(service.database, "write", flaky)
    done = await executor_of(service, ScriptedAgent(4)).execute(OWNER_ACCOUNT, run.id)
    assert (done.status, done.records_found, done.spend.pages) == (RunStatus.COMPLETED, 5, 4)
    assert (await event_types(service, run.id)).count("source.read") == 4


async def test_a_database_that_stays_away_leaves_the_run_to_the_next_worker(service: Service, monkeypatch, clock):
    monkeypatch.setattr(journal_module, "RETRY_S", (0.0,))
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)

    async def cut(state: RunState, number: int) -> None:
        if number == 1:
            monkeypatch.setattr(service.database, "write", away)

    @contextlib.asynccontextmanager
    async def away():
        raise StorageUnavailable
        yield

    still_there = service.database.write
    executor = executor_of(service, ScriptedAgent(3, cut))
    await executor.execute(OWNER_ACCOUNT, run.id)
    assert (await get_run(service, OWNER_ACCOUNT, run.id)).status is RunStatus.RUNNING
    monkeypatch.setattr(service.database, "write", still_there)
    clock.advance(60)
    await Sweeper(executor_of(service, ScriptedAgent(3))).sweep()
    assert (await ended(service, run.id)).records_found == 4


async def test_records_that_merge_away_are_removed_and_events_say_so(service: Service):
    async def merging(state, tools, journal):
        tasks = tuple(source(state.run_id, number) for number in range(2))
        await journal.sources_found(tasks, (), Spend())
        done = [msgspec.structs.replace(task, status=TaskStatus.DONE) for task in tasks]
        await journal.task_done(TaskResult(task=done[0], records=(record(1), record(2))))
        await journal.task_done(TaskResult(task=done[1], records=(record(1, name="one", price=3),)))
        return Ending(reason=TerminationReason.SOURCES_EXHAUSTED, records=(record(1, name="one", price=3),))

    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    done = await executor_of(service, merging).execute(OWNER_ACCOUNT, run.id)
    assert done.records_found == 1
    [kept] = (await list_records(service, OWNER_ACCOUNT, run.id, limit=10)).items
    assert kept.values() == {"name": "one", "price": 3}
    found = [e for e in await list_events(service, OWNER_ACCOUNT, run.id) if e.type is EventType.RECORDS_FOUND]
    assert [event.data["total"] for event in found] == [2, 1]
    assert found[1].data["removed"] == ["r2"]


async def test_events_of_a_run_are_bounded_and_its_end_is_always_told(service: Service, monkeypatch):
    monkeypatch.setattr(journal_module, "MAX_EVENTS", 6)

    async def chatty(state, tools, journal):
        for number in range(50):
            await journal.warned("again", {"kind": "noise", "number": number})
        return Ending(reason=TerminationReason.NOTHING_FOUND)

    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    await executor_of(service, chatty).execute(OWNER_ACCOUNT, run.id)
    told = await event_types(service, run.id)
    assert len(told) == 7
    assert told[-1] == "run.ended"


async def test_failed_and_skipped_tasks_are_kept_with_their_reasons(service: Service):
    async def failing(state, tools, journal):
        first, second, third = (source(state.run_id, number) for number in range(3))
        skipped = msgspec.structs.replace(third, status=TaskStatus.SKIPPED, reason="excluded by the caller")
        await journal.sources_found((first,), (), Spend())
        failed = msgspec.structs.replace(
            first, status=TaskStatus.FAILED, outcome=FetchOutcome.BLOCKED, reason="a login wall"
        )
        await journal.task_done(TaskResult(task=failed, new_tasks=(second, skipped)))
        return Ending(reason=TerminationReason.SOURCES_FAILED)

    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    done = await executor_of(service, failing).execute(OWNER_ACCOUNT, run.id)
    assert (done.status, done.error) == (RunStatus.FAILED, "None of the pages could be read.")
    assert (done.sources_total, done.sources_completed) == (2, 1)
    tasks = await list_tasks(service, OWNER_ACCOUNT, run.id)
    assert [(t.status, t.outcome, t.reason) for t in tasks] == [
        (TaskStatus.FAILED, FetchOutcome.BLOCKED, "a login wall"),
        (TaskStatus.PENDING, None, ""),
        (TaskStatus.SKIPPED, None, "excluded by the caller"),
    ]
    assert "source.failed" in await event_types(service, run.id)


async def test_text_that_a_database_refuses_is_kept_all_the_same(service: Service):
    dirty = "nul \x00, lone \ud800"

    async def dirty_agent(state, tools, journal):
        task = msgspec.structs.replace(source(state.run_id, 0), title=dirty, status=TaskStatus.DONE)
        page = msgspec.structs.replace(page_of(task, dirty), title=dirty, text=dirty)
        await journal.sources_found((task,), (dirty,), Spend())
        await journal.task_done(TaskResult(task=task, page=page, records=(record(1, name=dirty),)))
        await journal.warned(dirty, {"kind": dirty})
        return Ending(reason=TerminationReason.SOURCES_FAILED, detail=dirty, records=(record(1, name=dirty),))

    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    done = await executor_of(service, dirty_agent).execute(OWNER_ACCOUNT, run.id)
    assert done.termination_reason is TerminationReason.SOURCES_FAILED
    [kept] = (await list_records(service, OWNER_ACCOUNT, run.id, limit=10)).items
    assert kept.values()["name"].startswith("nul ")


async def test_what_a_list_states_is_known_to_who_reads_its_next_page(service: Service):
    seen: list[RunState] = []

    async def reading(state, tools, journal):
        seen.append(state)
        if not state.tasks:
            first, second = (source(state.run_id, number) for number in range(2))
            await journal.sources_found((first,), (), Spend())
            done = msgspec.structs.replace(first, status=TaskStatus.DONE)
            stated = Stated(task_id=second.id, count=42)
            await journal.task_done(TaskResult(task=done, new_tasks=(second,), records=(record(1),), stated=stated))
        return Ending(reason=TerminationReason.DEADLINE, records=(record(1),))

    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    await executor_of(service, reading).execute(OWNER_ACCOUNT, run.id)
    await extend_run(service, OWNER_ACCOUNT, run.id, max_results=50)
    await executor_of(service, reading).execute(OWNER_ACCOUNT, run.id)
    assert [[(told.count, told.task_id == state.tasks[1].id) for told in state.stated] for state in seen] == [
        [],
        [(42, True)],
    ]
