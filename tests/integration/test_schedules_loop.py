"""The scheduler that looks again and again, also beside others, whatever its clock does. On both databases."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from schedules_support import MINUTE, end_all, made, runs
from store_support import START, ManualClock, ScriptedAgent, ended, executor_of, opened_service, until

from domain.schedules import Tick, TickOutcome
from services.keys import OWNER_ACCOUNT
from services.schedules import (
    SchedulePatch,
    change_schedule,
    get_schedule,
    list_ticks,
)
from services.service import Service
from services.ticks import PAGE, tick
from workers.local import open_local_worker
from workers.scheduler import Scheduler


async def test_three_schedulers_that_look_at_once_start_one_run(database_url: str, tmp_path: Path, clock: ManualClock):
    async with (
        opened_service(database_url, tmp_path / "a", clock=clock) as first,
        opened_service(database_url, tmp_path / "b", clock=clock) as second,
        opened_service(database_url, tmp_path / "c", clock=clock) as third,
    ):
        schedules = [await made(first) for _ in range(8)]
        for minute in (1, 2):
            looks = [tick(each, START + minute * MINUTE) for each in (first, second, third) * 2]
            assert sum(await asyncio.gather(*looks)) == len(schedules)
            await end_all(first)
        started = await runs(first)
        assert len(started) == 2 * len(schedules)
        assert {run.request.schedule_id for run in started} == {each.id for each in schedules}


async def test_due_times_of_every_minute_are_forgotten_faster_than_they_come(service: Service):
    schedule = await made(service)
    async with service.database.write() as uow:
        schedules = uow.schedules(OWNER_ACCOUNT)
        for minute in range(PAGE + 1):  # more than one look forgets
            due = START - dt.timedelta(days=40) + minute * MINUTE
            await schedules.add_tick(Tick(schedule_id=schedule.id, due_at=due, at=due, outcome=TickOutcome.SKIPPED))
    scheduler = Scheduler(service)
    for _ in range(3):
        await scheduler._turn()
    assert await list_ticks(service, OWNER_ACCOUNT, schedule.id) == ()


class FastClock:
    """A second of its own lasts a fiftieth of ours; it can be set back."""

    def __init__(self) -> None:
        self.offset = dt.timedelta()
        self._began = dt.datetime.now(dt.UTC)

    def now(self) -> dt.datetime:
        return START + self.offset + 50 * (dt.datetime.now(dt.UTC) - self._began)


async def test_a_schedule_made_while_the_scheduler_waits_is_started_in_time_and_worked_on(
    database_url: str, tmp_path: Path
):
    async with opened_service(database_url, tmp_path / "blobs", clock=FastClock()) as service:
        executor = executor_of(service, ScriptedAgent(1))
        async with open_local_worker(executor, service.doorbell, _NoDeliveries()):
            schedule = await made(service)

            async def started() -> bool:
                return bool(await runs(service))

            await until(started, "the scheduler starts the run", 40)
            (run, *_) = (await runs(service))[::-1]
            assert run.request.schedule_id == schedule.id
            assert (await ended(service, run.id)).records_found == 2


class NearlyAMinute:
    """Half a second before a full minute, going on from there, and moved ahead by hand."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta(seconds=59.5)
        self._began = dt.datetime.now(dt.UTC)

    def now(self) -> dt.datetime:
        return START + self.ahead + (dt.datetime.now(dt.UTC) - self._began)


async def test_a_scheduler_that_waits_for_long_hears_of_a_new_schedule_in_its_process(
    database_url: str, tmp_path: Path
):
    clock = NearlyAMinute()
    async with opened_service(database_url, tmp_path / "blobs", clock=clock) as service:
        await made(service)
        scheduler = asyncio.create_task(Scheduler(service, look_again_s=600).keep_ticking())

        async def started(count: int) -> bool:
            return len(await runs(service)) == count

        await until(lambda: started(1), "the first run is started at the full minute", 8)
        clock.ahead += dt.timedelta(seconds=57)  # the scheduler waits for the minute that was to come then
        await made(service)
        await until(lambda: started(2), "the second one's run is started at the next full minute", 8)
        scheduler.cancel()


class _NoDeliveries:
    async def keep_delivering(self) -> None:
        await asyncio.Event().wait()


async def test_a_clock_set_back_while_the_scheduler_runs_is_noticed(database_url: str, tmp_path: Path):
    clock = FastClock()
    async with opened_service(database_url, tmp_path / "blobs", clock=clock) as service:
        clock.offset = dt.timedelta(days=365)
        schedule = await made(service, "0 0 1 1 *")
        scheduler = asyncio.create_task(Scheduler(service).keep_ticking())
        try:
            clock.offset = dt.timedelta()
            await change_schedule(service, OWNER_ACCOUNT, schedule.id, SchedulePatch(name="renamed"))  # wakes it

            async def nearer() -> bool:
                found = await get_schedule(service, OWNER_ACCOUNT, schedule.id)
                return found.schedule.next_due_at == dt.datetime(2027, 1, 1, tzinfo=dt.UTC)

            await until(nearer, "the schedule is brought forward", 40)
        finally:
            scheduler.cancel()
