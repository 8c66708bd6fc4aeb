"""The executor, its leases and its journal, on both databases."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec
import pytest
from store_support import (
    NO_TOOLS,
    START,
    ManualClock,
    ScriptedAgent,
    ended,
    executor_of,
    opened_service,
    page_of,
    record,
    source,
    until,
)

from agent.state import Ending, RunState, TaskResult
from domain.accounts import Account
from domain.budgets import Spend
from domain.errors import (
    BudgetSpent,
    DeadlinePassed,
    LeaseLost,
    RunCancelled,
    StorageFull,
    StorageUnavailable,
)
from domain.events import EventType
from domain.pages import FetchOutcome
from domain.requests import GoalRequest
from domain.runs import RunStatus, TerminationReason
from domain.tasks import TaskStatus
from services.deliveries import deliveries_of
from services.events import list_events
from services.keys import OWNER_ACCOUNT
from services.queue import LocalDoorbell
from services.records import list_records
from services.runs import cancel_run, get_run, submit_run, wait_for_end
from services.service import Service
from services.tasks import list_tasks
from store.repositories.leases import Held, Refusal
from workers import journal as journal_module
from workers import sweeper as sweeper_module
from workers.executor import Executor
from workers.journal import open_journal
from workers.leases import Terms, claim_run
from workers.sweeper import Sweeper

GOAL = GoalRequest(goal="things of the shop")
TERMS = Terms()


async def types(service: Service, run_id: str) -> list[str]:
    events = await list_events(service, OWNER_ACCOUNT, run_id, limit=1000)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    return [event.type.value for event in events]


async def ids(service: Service, run_id: str) -> list[str]:
    return [record.id for record in (await list_records(service, OWNER_ACCOUNT, run_id, limit=1000)).items]


class Gate:
    """Holds the scripted agent before a page until the test lets it go on."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, state: RunState, number: int) -> None:
        if number == self.at and not self.open.is_set():
            self.reached.set()
            await self.open.wait()


async def test_only_one_of_many_claims_gets_the_run(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    claims = await asyncio.gather(*(claim_run(service, run.id, f"w{n}", TERMS) for n in range(10)))
    held = [claim for claim in claims if isinstance(claim, Held)]
    assert len(held) == 1
    assert [claim for claim in claims if claim is Refusal.NOT_QUEUED] == [Refusal.NOT_QUEUED] * 9
    assert (held[0].run.attempt, held[0].run.status, held[0].run.started_at) == (1, RunStatus.PLANNING, START)


async def test_an_account_has_no_more_runs_going_than_it_may(service: Service):
    account = Account(id="a" * 32, name="small", created_at=START, max_concurrent_runs=2)
    async with service.database.write() as uow:
        await uow.accounts.add(account, "whsec_" + "a" * 32)
    runs = [await submit_run(service, account.id, GOAL) for _ in range(6)]
    claims = await asyncio.gather(*(claim_run(service, run.id, "w", TERMS) for run in runs))
    assert [isinstance(claim, Held) for claim in claims].count(True) == 2
    assert claims.count(Refusal.AT_CAP) == 4


async def test_a_run_at_the_cap_is_rung_for_when_one_ends_and_all_get_done(service: Service):
    account = Account(id="a" * 32, name="small", created_at=START, max_concurrent_runs=2)
    async with service.database.write() as uow:
        await uow.accounts.add(account, "whsec_" + "a" * 32)
    most = going = 0

    async def count(state: RunState, number: int) -> None:
        nonlocal most, going
        going += 1
        most = max(most, going)
        await asyncio.sleep(0)
        going -= 1

    runs = [await submit_run(service, account.id, GOAL) for _ in range(12)]
    executor = executor_of(service, ScriptedAgent(1, count), slots=8)
    bell = service.doorbell
    assert isinstance(bell, LocalDoorbell)

    async def answer() -> None:
        while True:
            await executor.wait_for_room()
            await executor.offer(await bell.next())

    answering = asyncio.create_task(answer())
    for run in runs:  # no sweeper runs: the rings at each end are all there is
        assert (await ended(service, run.id, account.id)).status is RunStatus.COMPLETED
    answering.cancel()
    assert most <= 2


async def test_a_rescue_that_was_not_committed_is_not_told(service: Service, clock: ManualClock, monkeypatch):
    told: list[str] = []
    for name in ("a", "b"):
        run = await submit_run(service, OWNER_ACCOUNT, GOAL)
        assert isinstance(await claim_run(service, run.id, name, TERMS), Held)
    clock.advance(TERMS.lease_s + 1)
    requeue, calls = sweeper_module.requeue, iter((True, False))

    async def breaks_at_the_second(*args, **more):
        if next(calls):
            return await requeue(*args, **more)
        raise StorageUnavailable

    class Log:
        def warning(self, event: str, **_: object) -> None:
            told.append(event)

    monkeypatch.setattr(sweeper_module, "log", Log())
    monkeypatch.setattr(sweeper_module, "requeue", breaks_at_the_second)
    sweeper = Sweeper(executor_of(service, ScriptedAgent(), slots=0))
    with pytest.raises(StorageUnavailable):
        await sweeper.sweep()
    assert told == []
    monkeypatch.setattr(sweeper_module, "requeue", requeue)
    assert (await sweeper.sweep()).rescued == 2
    assert told == ["run.rescued"] * 2


async def test_a_lost_workers_run_goes_on_where_it_was_with_no_record_twice(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    gate = Gate(at=2)
    first = executor_of(service, ScriptedAgent(5, gate), name="first")
    await first.offer(run.id)
    await gate.reached.wait()  # two pages are read; now it is as if the process were gone: nobody beats
    clock.advance(TERMS.lease_s + 1)

    agent = ScriptedAgent(5)
    second = executor_of(service, agent, name="second")
    swept = await Sweeper(second).sweep()
    done = await ended(service, run.id)

    assert swept.rescued == 1
    assert (done.status, done.attempt, done.records_found) == (RunStatus.COMPLETED, 2, 6)
    assert await ids(service, run.id) == [f"r{number}" for number in range(6)]
    [state] = agent.states
    assert (len(state.candidates), state.plan is not None, state.queries_done) == (2, True, ("things",))
    assert msgspec.structs.replace(state.spend, worked_ms=0) == Spend(pages=2, searches=1, model_calls=1)
    assert (await types(service, run.id)).count("run.retried") == 1
    assert (await types(service, run.id)).count("plan.ready") == 1

    gate.open.set()  # the first worker comes back from its long sleep, and is fenced out
    await until(lambda: _free(first), "the late worker lets go")
    assert await get_run(service, OWNER_ACCOUNT, run.id) == done
    assert (await types(service, run.id))[-1] == "run.ended"


async def _free(executor: Executor) -> bool:
    return executor.free == executor.slots


async def test_a_write_under_an_older_attempt_changes_nothing(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    old = await claim_run(service, run.id, "w", TERMS)
    assert isinstance(old, Held)
    late, _ = await open_journal(service, old)
    clock.advance(60)
    await Sweeper(executor_of(service, ScriptedAgent(), slots=0)).sweep()
    new = await claim_run(service, run.id, "w", TERMS)  # the same name, even
    assert isinstance(new, Held)

    task = source(run.id, 0, TaskStatus.DONE)
    with pytest.raises(LeaseLost):
        await late.sources_found((task,), (), Spend())
    with pytest.raises(LeaseLost):
        await late.task_done(TaskResult(task=task, page=page_of(task), records=(record(1),)))
    with pytest.raises(LeaseLost):
        await late.finish(Ending(reason=TerminationReason.NOTHING_FOUND))
    with pytest.raises(LeaseLost):
        await late.check()
    assert await list_tasks(service, OWNER_ACCOUNT, run.id) == ()
    assert await ids(service, run.id) == []


async def test_three_lost_leases_with_nothing_done_are_the_runs_own_fault(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    sweeper = Sweeper(executor_of(service, ScriptedAgent(), slots=0))
    for attempt in range(1, 4):
        held = await claim_run(service, run.id, f"w{attempt}", TERMS)
        assert isinstance(held, Held)
        assert held.run.attempt == attempt
        clock.advance(TERMS.lease_s + 1)
        await sweeper.sweep()
    crashed = await get_run(service, OWNER_ACCOUNT, run.id)
    assert (crashed.status, crashed.termination_reason) == (RunStatus.FAILED, TerminationReason.WORKER_CRASHED)
    assert "worker" in crashed.error
    assert (await types(service, run.id))[-1] == "run.ended"


async def test_a_bystander_is_not_condemned_with_the_run_that_kills_workers(service: Service, clock: ManualClock):
    """Four runs lose their worker together, again and again, before any of them has done a thing."""
    runs = [await submit_run(service, OWNER_ACCOUNT, GOAL) for _ in range(4)]
    sweeper = Sweeper(executor_of(service, ScriptedAgent(), slots=0))
    for attempt in range(1, 6):
        for run in runs:
            assert isinstance(await claim_run(service, run.id, f"w{attempt}", TERMS), Held)
        clock.advance(TERMS.lease_s + 1)
        assert (await sweeper.sweep()).rescued == 4
    for _ in range(2):  # now the one is alone with its workers, and two more are enough
        assert isinstance(await claim_run(service, runs[0].id, "alone", TERMS), Held)
        clock.advance(TERMS.lease_s + 1)
        await sweeper.sweep()
    assert (await get_run(service, OWNER_ACCOUNT, runs[0].id)).termination_reason is TerminationReason.WORKER_CRASHED
    done = await executor_of(service, ScriptedAgent(1)).execute(OWNER_ACCOUNT, runs[1].id)
    assert done.status is RunStatus.COMPLETED


async def test_no_run_loses_workers_for_ever(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x", max_results=100))
    for number in range(TERMS.most_lost):
        gate = Gate(at=number + 1)
        await executor_of(service, ScriptedAgent(20, gate)).offer(run.id)
        await gate.reached.wait()
        clock.advance(TERMS.lease_s + 1)
        await Sweeper(executor_of(service, ScriptedAgent(), slots=0)).sweep()
    ended_run = await get_run(service, OWNER_ACCOUNT, run.id)
    assert (ended_run.status, ended_run.termination_reason) == (RunStatus.PARTIAL, TerminationReason.WORKER_CRASHED)
    assert ended_run.records_found == TERMS.most_lost + 1


async def test_a_run_that_gets_on_survives_more_lost_workers(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    for number in range(6):
        gate = Gate(at=number + 1)
        await executor_of(service, ScriptedAgent(8, gate)).offer(run.id)
        await gate.reached.wait()  # one page more is read each time
        clock.advance(TERMS.lease_s + 1)
        await Sweeper(executor_of(service, ScriptedAgent(), slots=0)).sweep()
    done = await executor_of(service, ScriptedAgent(8)).execute(OWNER_ACCOUNT, run.id)
    assert (done.status, done.attempt, done.records_found) == (RunStatus.COMPLETED, 7, 9)


async def test_a_worker_that_stops_gives_its_runs_back_and_burns_no_attempt(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    for number in range(5):  # more often than a run may lose its worker
        gate = Gate(at=0)
        executor = executor_of(service, ScriptedAgent(2, gate))
        await executor.offer(run.id)
        await gate.reached.wait()
        await executor.stop()
        given_back = await get_run(service, OWNER_ACCOUNT, run.id)
        assert given_back.status is RunStatus.QUEUED, number
        assert not await executor.offer(run.id)  # it takes none any more
    done = await executor_of(service, ScriptedAgent(2)).execute(OWNER_ACCOUNT, run.id)
    assert (done.status, done.records_found) == (RunStatus.COMPLETED, 3)


async def test_a_running_run_is_cancelled_at_the_next_beat_and_keeps_what_it_found(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    gate = Gate(at=1)
    executor = executor_of(service, ScriptedAgent(5, gate))
    await executor.offer(run.id)
    await gate.reached.wait()
    assert (await cancel_run(service, OWNER_ACCOUNT, run.id)).status is RunStatus.RUNNING
    await executor.beat()
    gate.open.set()
    done = await ended(service, run.id)
    assert (done.status, done.termination_reason) == (RunStatus.CANCELLED, TerminationReason.CANCELLED)
    assert await ids(service, run.id) == ["r0", "r1", "r2"]  # the page it was at is told too
    assert done.records_found == 3


async def test_a_cancelled_run_whose_worker_is_lost_ends_cancelled(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    assert isinstance(await claim_run(service, run.id, "w", TERMS), Held)
    await cancel_run(service, OWNER_ACCOUNT, run.id)
    clock.advance(60)
    await Sweeper(executor_of(service, ScriptedAgent())).sweep()
    assert (await get_run(service, OWNER_ACCOUNT, run.id)).status is RunStatus.CANCELLED


async def test_a_run_cancelled_while_it_was_given_back_ends_at_its_next_start(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    gate = Gate(at=1)
    executor = executor_of(service, ScriptedAgent(5, gate))
    await executor.offer(run.id)
    await gate.reached.wait()
    await cancel_run(service, OWNER_ACCOUNT, run.id)
    await executor.stop()
    done = await executor_of(service, ScriptedAgent(5)).execute(OWNER_ACCOUNT, run.id)
    assert (done.status, done.records_found) == (RunStatus.CANCELLED, 2)


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (RunCancelled(), TerminationReason.CANCELLED),
        (BudgetSpent(), TerminationReason.BUDGET),
        (DeadlinePassed(), TerminationReason.DEADLINE),
        (StorageFull(), TerminationReason.INTERNAL_ERROR),
        (ZeroDivisionError(), TerminationReason.INTERNAL_ERROR),
    ],
)
async def test_whatever_stops_a_run_it_ends_typed_with_what_it_has(
    service: Service, raised: Exception, reason: TerminationReason
):
    async def stop(state: RunState, number: int) -> None:
        if number == 1:
            raise raised

    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    done = await executor_of(service, ScriptedAgent(3, stop)).execute(OWNER_ACCOUNT, run.id)
    assert (done.termination_reason, done.records_found) == (reason, 2)
    assert await ids(service, run.id) == ["r0", "r1"]
    assert "ZeroDivision" not in done.error


async def test_a_beat_that_finds_the_lease_gone_tells_the_run(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    gate = Gate(at=1)
    executor = executor_of(service, ScriptedAgent(3, gate))
    await executor.offer(run.id)
    await gate.reached.wait()
    clock.advance(60)
    await Sweeper(executor_of(service, ScriptedAgent(), slots=0)).sweep()
    await executor.beat()
    gate.open.set()
    await until(lambda: _free(executor), "it lets go")
    assert (await get_run(service, OWNER_ACCOUNT, run.id)).status is RunStatus.QUEUED


async def test_beats_keep_a_lease(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    gate = Gate(at=0)
    executor = executor_of(service, ScriptedAgent(1, gate))
    await executor.offer(run.id)
    await gate.reached.wait()
    for _ in range(5):
        clock.advance(TERMS.beat_s)
        await executor.beat()
    assert (await Sweeper(executor_of(service, ScriptedAgent())).sweep()).rescued == 0
    gate.open.set()
    assert (await ended(service, run.id)).attempt == 1


async def test_a_run_that_nobody_heard_is_rung_for_again_at_longer_and_bounded_pauses(
    service: Service, clock: ManualClock
):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    bell = service.doorbell
    assert isinstance(bell, LocalDoorbell)
    assert await bell.next() == run.id  # and whoever heard it is gone
    sweeper = Sweeper(executor_of(service, ScriptedAgent(), slots=0))
    assert (await sweeper.sweep()).rung == 0
    clock.advance(11)
    assert (await sweeper.sweep()).rung == 1
    assert await bell.next() == run.id
    assert (await sweeper.sweep()).rung == 0
    clock.advance(61)
    assert (await sweeper.sweep()).rung == 1


async def test_two_sweepers_do_not_take_the_same_run(service: Service, clock: ManualClock):
    runs = [await submit_run(service, OWNER_ACCOUNT, GOAL) for _ in range(8)]
    for run in runs[:4]:
        await claim_run(service, run.id, "w", TERMS)
    clock.advance(60)
    sweepers = [Sweeper(executor_of(service, ScriptedAgent(), slots=0)) for _ in range(3)]
    swept = await asyncio.gather(*(sweeper.sweep() for sweeper in sweepers))
    assert sum(one.rescued for one in swept) == 4


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
    assert (await types(service, run.id)).count("source.read") == 4


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
    told = await types(service, run.id)
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
    assert "source.failed" in await types(service, run.id)


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


async def test_a_run_with_a_webhook_owes_one_delivery_for_each_end(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x", webhook_url="https://hooks.example/x"))
    await executor_of(service, ScriptedAgent(1)).execute(OWNER_ACCOUNT, run.id)
    [delivery] = await deliveries_of(service, OWNER_ACCOUNT, run.id)
    assert delivery.url == "https://hooks.example/x"
    cancelled = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x", webhook_url="https://hooks.example/x"))
    await cancel_run(service, OWNER_ACCOUNT, cancelled.id)
    assert len(await deliveries_of(service, OWNER_ACCOUNT, cancelled.id)) == 1


async def test_slots_bound_what_goes_at_once(service: Service):
    gate = Gate(at=0)
    executor = executor_of(service, ScriptedAgent(1, gate), slots=2)
    runs = [await submit_run(service, OWNER_ACCOUNT, GOAL) for _ in range(3)]
    assert [await executor.offer(run.id) for run in runs] == [True, True, False]
    waiting = asyncio.create_task(executor.wait_for_room())
    assert not waiting.done()
    gate.open.set()
    await asyncio.wait_for(waiting, 30)
    assert await executor.offer(runs[2].id)
    for run in runs:
        await ended(service, run.id)


async def test_a_process_may_run_what_it_submitted_itself(service: Service):
    executor = Executor(service, NO_TOOLS, ScriptedAgent(), name="me")
    run = await submit_run(service, OWNER_ACCOUNT, GOAL, claim_by="me")
    bell = service.doorbell
    assert isinstance(bell, LocalDoorbell)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bell.next(), 0.05)
    assert (await executor.execute(OWNER_ACCOUNT, run.id)).status is RunStatus.COMPLETED


async def test_runs_survive_the_end_of_an_embedded_process(database_url: str, tmp_path):
    from domain.webhooks import Posted
    from workers.local import open_local_worker
    from workers.webhooks import Deliverer

    async def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        return Posted(status=200)

    gate = Gate(at=1)
    async with opened_service(database_url, tmp_path / "blobs") as service:
        assert isinstance(service.doorbell, LocalDoorbell)
        executor = executor_of(service, ScriptedAgent(4, gate), slots=1)
        async with open_local_worker(executor, service.doorbell, Deliverer(service, post)):
            runs = [await submit_run(service, OWNER_ACCOUNT, GOAL) for _ in range(3)]
            await gate.reached.wait()
    async with opened_service(database_url, tmp_path / "blobs") as service:
        assert isinstance(service.doorbell, LocalDoorbell)
        executor = executor_of(service, ScriptedAgent(4))
        clock = service.clock
        assert clock is not None
        async with open_local_worker(executor, service.doorbell, Deliverer(service, post)):
            for run in runs:
                done = await wait_for_end(service, OWNER_ACCOUNT, run.id, 30)
                assert (done.status, done.records_found) == (RunStatus.COMPLETED, 5)
