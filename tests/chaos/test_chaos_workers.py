"""Workers that are killed, frozen and stopped while runs go through PostgreSQL and Redis."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
import redis.asyncio
from chaos_worker import Job, hurried_service, work
from store_support import until

from domain.accounts import Account
from domain.clock import SystemClock
from domain.events import EventType
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus
from domain.webhooks import DeliveryStatus
from services.deliveries import deliveries_of
from services.events import list_events
from services.health import count_runs
from services.keys import OWNER_ACCOUNT
from services.records import list_records
from services.runs import get_run, list_runs, submit_run
from services.service import Service
from workers.webhooks import TRY_LOST_S

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.redis]

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["chaos_worker"])
RECORDS = 5  # what the scripted agent finds on its four pages
REQUEST = GoalRequest(goal="things", webhook_url="https://hooks.example/x")
MANY = Account(id="c" * 32, name="many", created_at=SystemClock().now(), max_concurrent_runs=1000)


class Workers:
    """Worker processes of one test; whatever is left of them is killed at its end.

    Each is a fork of a process that has the modules and nothing else: to import them takes longer than most tests.
    """

    def __init__(self, database_url: str, redis_url: str, folder: Path) -> None:
        self._places = (database_url, redis_url, folder)
        self.processes: list[ForkServerProcess] = []

    async def start(self, *, slots: int = 8, page_s: float = 0.06, try_lost_s: float = 5.0) -> ForkServerProcess:
        heard, ready = FORKS.Pipe(duplex=False)
        job = Job(*self._places, slots=slots, page_s=page_s, try_lost_s=try_lost_s)
        process = FORKS.Process(target=work, args=(job, ready))
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # the server of the forks has no other
            process.start()
        ready.close()
        self.processes.append(process)
        assert await asyncio.to_thread(heard.poll, 60)
        assert heard.recv()
        return process

    async def kill(self, process: ForkServerProcess, how: signal.Signals = signal.SIGKILL) -> int | None:
        self.send(process, how)
        await asyncio.to_thread(process.join, 60)
        return process.exitcode

    def send(self, process: ForkServerProcess, how: signal.Signals) -> None:
        assert process.pid is not None
        os.kill(process.pid, how)

    async def end(self) -> None:
        for process in self.processes:
            if process.exitcode is None:
                await self.kill(process)


class Stage:
    def __init__(self, service: Service, workers: Workers, folder: Path) -> None:
        self.service = service
        self.workers = workers
        self.folder = folder

    async def submit(self, count: int) -> list[Run]:
        return [await submit_run(self.service, MANY.id, REQUEST) for _ in range(count)]

    async def ended(self) -> int:
        return (await count_runs(self.service)).by_status["completed"]

    async def waiting_at_most(self, count: int, deadline_s: float) -> None:
        async def few() -> bool:
            return (await count_runs(self.service)).waiting <= count

        await until(few, f"no more than {count} runs wait", deadline_s)

    async def all_over(self, deadline_s: float) -> None:
        async def over() -> bool:
            counts = (await count_runs(self.service)).by_status
            return not counts["queued"] + counts["planning"] + counts["running"]

        await until(over, "every run ends", deadline_s)

    async def assert_whole(self, run: Run) -> Run:
        """Done, with each record once, events without a gap, and one delivery."""
        done = await get_run(self.service, MANY.id, run.id)
        told = (done.status, done.records_found, done.termination_reason, done.attempt)
        assert told[:2] == (RunStatus.COMPLETED, RECORDS), told
        records = (await list_records(self.service, MANY.id, run.id, limit=100)).items
        assert [record.id for record in records] == [f"r{number}" for number in range(RECORDS)]
        events = await list_events(self.service, MANY.id, run.id, limit=1000)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        assert [event.type for event in events].count(EventType.ENDED) == 1
        assert events[-1].type is EventType.ENDED
        assert done.spend.pages == 4  # no page was counted, or read and kept, twice
        assert len(await deliveries_of(self.service, MANY.id, run.id)) == 1
        return done

    async def assert_delivered(self, runs: list[Run]) -> None:
        async def delivered() -> bool:
            pending = 0
            for run in runs:
                [delivery] = await deliveries_of(self.service, MANY.id, run.id)
                pending += delivery.status is not DeliveryStatus.DELIVERED
            return pending == 0

        # A worker killed in mid-delivery leaves its try to another.
        await until(delivered, "every webhook is delivered", 60)


@pytest.fixture
async def stage(migrated_postgres_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    workers = Workers(migrated_postgres_url, redis_url, tmp_path)
    async with hurried_service(migrated_postgres_url, redis_url, tmp_path) as service:
        async with service.database.write() as uow:
            await uow.accounts.add(MANY, "whsec_" + "a" * 32)
        try:
            yield Stage(service, workers, tmp_path)
        finally:
            await workers.end()


@asynccontextmanager
async def killing(stage: Stage, seed: int) -> AsyncIterator[list[str]]:
    """Kills a random worker with -9 whenever a random number of runs more has ended, and starts another in its place.

    By runs and not by seconds, so that a slow machine kills as often as a fast one.
    """
    chance, killed, workers = random.Random(seed), [], stage.workers

    async def kill_now_and_then() -> None:
        while True:
            enough = await stage.ended() + chance.randint(10, 25)

            async def more(enough: int = enough) -> bool:
                return await stage.ended() >= enough

            await until(more, "more runs end", 200)
            victim = chance.choice([one for one in workers.processes if one.exitcode is None])
            await workers.kill(victim)
            killed.append(victim.name)
            await workers.start()

    task = asyncio.create_task(kill_now_and_then())
    try:
        yield killed
    finally:
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError), results


async def test_200_runs_survive_workers_killed_at_random_none_lost_none_stuck_none_doubled(stage: Stage):
    await stage.workers.start()
    await stage.workers.start()
    async with killing(stage, seed=7) as killed:
        runs = await stage.submit(200)
        await stage.waiting_at_most(20, deadline_s=300)
    await stage.all_over(120)
    print(f"{len(killed)} workers killed")

    done = [await stage.assert_whole(run) for run in runs]
    assert len(killed) >= 2
    assert max(run.attempt for run in done) > 1, "no kill hit a run: the test shows nothing"
    await stage.assert_delivered(runs)
    listing = await list_runs(stage.service, MANY.id, limit=1000)
    assert {run.id for run in listing.items} == {run.id for run in runs}
    assert (await count_runs(stage.service)).waiting == 0


async def test_a_worker_frozen_past_its_lease_comes_back_and_writes_nothing(stage: Stage):
    frozen = await stage.workers.start(slots=4, page_s=0.3)
    runs = await stage.submit(4)

    async def begun() -> bool:
        return all([(await get_run(stage.service, MANY.id, run.id)).pages_completed >= 1 for run in runs])

    await until(begun, "all four are under way")
    stage.workers.send(frozen, signal.SIGSTOP)
    await stage.workers.start()
    await stage.all_over(90)
    done = [await stage.assert_whole(run) for run in runs]
    assert {run.attempt for run in done} == {2}
    before = [await list_events(stage.service, MANY.id, run.id, limit=1000) for run in runs]

    stage.workers.send(frozen, signal.SIGCONT)
    extra = await stage.submit(1)  # the frozen one is awake when it has beaten again
    await stage.all_over(90)
    await asyncio.sleep(2)  # longer than a page and a beat of it take: time in which it could do harm
    assert [await stage.assert_whole(run) for run in runs] == done
    assert [await list_events(stage.service, MANY.id, run.id, limit=1000) for run in runs] == before
    await stage.assert_whole(extra[0])
    assert await stage.workers.kill(frozen, signal.SIGTERM) == 0


async def test_a_worker_told_to_stop_gives_its_runs_back_at_once_and_burns_no_chance(stage: Stage):
    runs = await stage.submit(6)
    for _ in range(4):  # once more than a run may lose its worker
        worker = await stage.workers.start(slots=6, page_s=3.0)

        async def going() -> bool:
            counts = (await count_runs(stage.service)).by_status
            return counts["planning"] + counts["running"] == 6

        await until(going, "all six are under way", 60)
        assert await stage.workers.kill(worker, signal.SIGTERM) == 0
        assert (await count_runs(stage.service)).by_status["queued"] == 6
    await stage.workers.start()
    await stage.all_over(90)
    for run in runs:
        await stage.assert_whole(run)


async def test_a_redis_that_forgets_everything_costs_seconds_and_no_run(stage: Stage, redis_url: str):
    runs = await stage.submit(20)
    client = redis.asyncio.Redis.from_url(redis_url)
    await client.flushdb()
    await client.aclose()
    await stage.workers.start()
    await stage.all_over(90)
    for run in runs:
        await stage.assert_whole(run)


async def test_webhook_ids_are_told_apart_and_none_is_sent_by_two_workers(stage: Stage):
    for _ in range(2):
        await stage.workers.start(page_s=0.001, try_lost_s=TRY_LOST_S)
    runs = await stage.submit(40)
    await stage.all_over(90)
    await stage.assert_delivered(runs)
    sent = Counter((stage.folder / "hooks.log").read_text().splitlines())
    assert len(sent) == 40
    assert set(sent.values()) == {1}
    assert OWNER_ACCOUNT not in {run.account_id for run in runs}
