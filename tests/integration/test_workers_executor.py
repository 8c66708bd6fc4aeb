"""The executor: which runs it takes, how many at once, and how each ends. On both databases."""

from __future__ import annotations

import asyncio

import pytest
from executor_support import GOAL, Gate, record_ids
from store_support import (
    NO_TOOLS,
    START,
    ScriptedAgent,
    ended,
    executor_of,
    opened_service,
)

from agent.state import RunState
from domain.accounts import Account
from domain.errors import (
    BudgetSpent,
    DeadlinePassed,
    RunCancelled,
    StorageFull,
)
from domain.requests import GoalRequest
from domain.runs import RunStatus, TerminationReason
from services.deliveries import deliveries_of
from services.keys import OWNER_ACCOUNT
from services.queue import LocalDoorbell
from services.runs import cancel_run, get_run, submit_run, wait_for_end
from services.service import Service
from store.repositories.leases import Held, Refusal
from workers.executor import Executor
from workers.leases import Terms, claim_run

TERMS = Terms()


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


async def test_a_worker_that_stops_before_a_claimed_run_has_begun_gives_it_back_and_ends(service: Service):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    executor = executor_of(service, ScriptedAgent(2))
    async with asyncio.timeout(30):
        assert await executor.offer(run.id)
        await executor.stop()  # in the same turn of the loop: the run's task has not had its first
    assert (await get_run(service, OWNER_ACCOUNT, run.id)).status is RunStatus.QUEUED


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
    assert await record_ids(service, run.id) == ["r0", "r1", "r2"]  # the page it was at is told too
    assert done.records_found == 3


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
    assert await record_ids(service, run.id) == ["r0", "r1"]
    assert "ZeroDivision" not in done.error


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
