"""Workers that are lost, their leases, and the sweep that finds them. On both databases."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from executor_support import GOAL, Gate, event_types, is_free, record_ids
from store_support import (
    ManualClock,
    ScriptedAgent,
    ended,
    executor_of,
    page_of,
    record,
    source,
    until,
)

from agent.state import Ending, TaskResult
from domain.budgets import Spend
from domain.errors import (
    LeaseLost,
    StorageUnavailable,
)
from domain.requests import GoalRequest
from domain.runs import RunStatus, TerminationReason
from domain.tasks import TaskStatus
from services.keys import OWNER_ACCOUNT
from services.queue import LocalDoorbell
from services.runs import cancel_run, get_run, submit_run
from services.service import Service
from services.tasks import list_tasks
from store.repositories.leases import Held
from workers import sweeper as sweeper_module
from workers.journal_opening import open_journal
from workers.leases import Terms, claim_run
from workers.sweeper import Sweeper

TERMS = Terms()


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
    assert await record_ids(service, run.id) == [f"r{number}" for number in range(6)]
    [state] = agent.states
    assert (len(state.candidates), state.plan is not None, state.queries_done) == (2, True, ("things",))
    assert msgspec.structs.replace(state.spend, worked_ms=0) == Spend(pages=2, searches=1, model_calls=1)
    assert (await event_types(service, run.id)).count("run.retried") == 1
    assert (await event_types(service, run.id)).count("plan.ready") == 1

    gate.open.set()  # the first worker comes back from its long sleep, and is fenced out
    await until(lambda: is_free(first), "the late worker lets go")
    assert await get_run(service, OWNER_ACCOUNT, run.id) == done
    assert (await event_types(service, run.id))[-1] == "run.ended"


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
    assert await record_ids(service, run.id) == []


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
    assert (await event_types(service, run.id))[-1] == "run.ended"


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


async def test_a_cancelled_run_whose_worker_is_lost_ends_cancelled(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    assert isinstance(await claim_run(service, run.id, "w", TERMS), Held)
    await cancel_run(service, OWNER_ACCOUNT, run.id)
    clock.advance(60)
    await Sweeper(executor_of(service, ScriptedAgent())).sweep()
    assert (await get_run(service, OWNER_ACCOUNT, run.id)).status is RunStatus.CANCELLED


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
    await until(lambda: is_free(executor), "it lets go")
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
