"""Due times on both databases: each once, whoever looks, whatever the clock does."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from store_support import START, ManualClock, ScriptedAgent, ended, executor_of, opened_service, until

from domain.accounts import Account
from domain.credits import CreditPlan
from domain.errors import Conflict, InvalidInput, NotFound, UnsafeUrl
from domain.flows import FlowChange, FlowDraft, FlowStatus
from domain.ids import new_id
from domain.prices import Prices
from domain.requests import FlowRequest, GoalRequest
from domain.runs import Run, RunKind
from domain.schedules import Schedule, Tick, TickOutcome
from services.flows import change_flow, create_flow
from services.keys import OWNER_ACCOUNT
from services.pools import create_pool, delete_pool
from services.runs import cancel_run, delete_run, get_run, list_runs
from services.schedules import (
    GoalPatch,
    NewSchedule,
    SchedulePatch,
    change_schedule,
    create_schedule,
    delete_schedule,
    due_times,
    get_schedule,
    list_schedules,
    list_ticks,
    pause_schedule,
    resume_schedule,
)
from services.service import Service
from services.ticks import PAGE, next_due, prune_ticks, realign, run_schedule, tick
from workers.local import open_local_worker
from workers.scheduler import Scheduler

GOAL = GoalRequest(goal="prices of the shop")
MINUTE = dt.timedelta(minutes=1)


async def made(service: Service, cron: str = "* * * * *", **asked: object) -> Schedule:
    new = NewSchedule(**{"name": "prices", "cron": cron, "request": GOAL, **asked})
    return await create_schedule(service, OWNER_ACCOUNT, new)


async def runs(service: Service) -> tuple[Run, ...]:
    return (await list_runs(service, OWNER_ACCOUNT, limit=1000)).items


async def end_all(service: Service) -> None:
    for run in await runs(service):
        if not run.status.is_terminal:
            await cancel_run(service, OWNER_ACCOUNT, run.id)


async def test_a_due_schedule_starts_its_goal_and_is_due_again(service: Service):
    schedule = await made(service, request=GoalRequest(goal="prices of the shop", max_results=7))
    assert await tick(service, START) == 0
    due = START + MINUTE
    assert schedule.next_due_at == due

    assert await tick(service, due) == 1

    (run,) = await runs(service)
    assert (run.kind, run.request.goal, run.request.max_results) == (RunKind.GOAL, "prices of the shop", 7)
    assert run.request.schedule_id == schedule.id
    assert await asyncio.wait_for(service.doorbell.next(), 30) == run.id
    found = await get_schedule(service, OWNER_ACCOUNT, schedule.id)
    assert (found.schedule.next_due_at, found.schedule.last_run_id) == (due + MINUTE, run.id)
    assert found.last_status is run.status
    (told,) = await list_ticks(service, OWNER_ACCOUNT, schedule.id)
    assert (told.due_at, told.outcome, told.run_id) == (due, TickOutcome.STARTED, run.id)


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


async def test_a_service_that_was_down_makes_up_for_all_it_missed_with_one_run(service: Service):
    schedule = await made(service)
    late = START + dt.timedelta(hours=7, seconds=30)
    assert await tick(service, late) == 1
    await end_all(service)
    assert await tick(service, late) == 0
    assert (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule.next_due_at == late.replace(
        second=0
    ) + MINUTE
    assert len(await runs(service)) == 1


async def test_a_clock_that_is_set_back_starts_nothing_twice(service: Service):
    await made(service)
    for minute in range(1, 6):
        assert await tick(service, START + minute * MINUTE) == 1
        await end_all(service)
    for minute in range(6):  # the same five minutes again
        assert await tick(service, START + minute * MINUTE) == 0
    assert await tick(service, START + 6 * MINUTE) == 1


async def test_a_clock_that_ran_a_year_ahead_silences_no_schedule(service: Service):
    schedule = await made(service, "*/5 * * * *")
    wrong = START + dt.timedelta(days=365)
    assert await tick(service, wrong) == 1
    await end_all(service)
    assert await tick(service, wrong + 5 * MINUTE) == 1
    await end_all(service)

    assert await realign(service, START) == 1
    assert (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule.next_due_at == START + 5 * MINUTE
    with structlog.testing.capture_logs() as logs:
        assert await tick(service, START + 5 * MINUTE) == 0  # the wrong clock's first run stood for it
    assert logs == []
    assert await tick(service, START + 10 * MINUTE) == 1
    assert await realign(service, START + 10 * MINUTE) == 0


async def test_a_run_that_is_still_going_is_not_run_into(service: Service):
    schedule = await made(service)
    assert await tick(service, START + MINUTE) == 1
    (going,) = await runs(service)

    assert await tick(service, START + 2 * MINUTE) == 0
    found = (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule
    assert going.id in found.last_error
    assert found.last_run_id == going.id
    skipped, _ = await list_ticks(service, OWNER_ACCOUNT, schedule.id)
    assert (skipped.outcome, skipped.reason) == (TickOutcome.SKIPPED, found.last_error)

    await end_all(service)
    assert await tick(service, START + 3 * MINUTE) == 1
    assert (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule.last_error == ""


async def test_what_may_not_be_started_now_is_told_and_tried_next_time(service: Service):
    """The operator's policy changed: the URL was allowed when the schedule was made."""
    schedule = await made(service, request=GoalRequest(url="https://shop.example/kitchen"))
    async with service.database.write() as uow:
        forbidden = GoalRequest(url="http://169.254.169.254/")
        assert await uow.schedules(OWNER_ACCOUNT).change(schedule.id, {"request": forbidden})
    for minute in (1, 2):
        assert await tick(service, START + minute * MINUTE) == 0
    found = (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule
    assert (found.last_error, found.enabled) == ("url: This URL may not be fetched.", True)
    ticks = await list_ticks(service, OWNER_ACCOUNT, schedule.id)
    assert [each.outcome for each in ticks] == [TickOutcome.REFUSED] * 2
    assert await runs(service) == ()

    await change_schedule(service, OWNER_ACCOUNT, schedule.id, SchedulePatch(request=GoalPatch(goal=GOAL.goal, url="")))
    assert await tick(service, START + 3 * MINUTE) == 1
    assert (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule.last_error == ""


async def test_a_deleted_pool_is_told_and_another_one_mends_it(service: Service):
    pool, other = [await create_pool(service, OWNER_ACCOUNT, name=name) for name in ("prices", "more")]
    schedule = await made(service, pool_id=pool.id)
    assert await tick(service, START + MINUTE) == 1
    (run,) = await runs(service)
    assert run.request.pool_id == pool.id
    await end_all(service)

    await delete_pool(service, OWNER_ACCOUNT, pool.id)
    assert await tick(service, START + 2 * MINUTE) == 0
    found = (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule
    assert (found.last_error, found.enabled) == ("pool_id: no such pool", True)

    await change_schedule(service, OWNER_ACCOUNT, schedule.id, SchedulePatch(pool_id=other.id))
    assert await tick(service, START + 3 * MINUTE) == 1
    assert (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule.last_error == ""


async def test_an_account_without_credits_is_told_and_goes_on_once_they_suffice(service: Service):
    metered = dataclasses.replace(service, metered=True, new_plan=CreditPlan.STARTER)
    dear = dataclasses.replace(metered, prices=Prices(second=1_000, rendered_second=2_000, least_hold=5_001))
    schedule = await made(metered)
    assert await tick(dear, START + MINUTE) == 0
    found = (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule
    assert "5000 are available" in found.last_error
    (told,) = await list_ticks(service, OWNER_ACCOUNT, schedule.id)
    assert told.outcome is TickOutcome.REFUSED
    assert await runs(service) == ()

    assert await tick(metered, START + 2 * MINUTE) == 1
    (run,) = await runs(service)
    assert run.request.max_credits
    assert (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule.last_error == ""


async def test_a_flow_is_started_as_it_now_is_while_it_is_active(service: Service):
    flow = await create_flow(service, OWNER_ACCOUNT, FlowDraft(name="shop", url="https://shop.example/list"))
    schedule = await made(service, request=None, flow_id=flow.id)
    assert await tick(service, START + MINUTE) == 0
    assert "draft" in (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).schedule.last_error

    change = FlowChange(status=FlowStatus.ACTIVE, url="https://shop.example/other")
    await change_flow(service, OWNER_ACCOUNT, flow.id, change)
    assert await tick(service, START + 2 * MINUTE) == 1
    (run,) = await runs(service)
    assert isinstance(run.request, FlowRequest)
    assert (run.request.flow_id, run.request.url) == (flow.id, "https://shop.example/other")
    assert run.request.schedule_id == schedule.id
    with pytest.raises(InvalidInput) as refused:
        await change_schedule(
            service, OWNER_ACCOUNT, schedule.id, SchedulePatch(request=GoalPatch(goal="x", max_results=3))
        )
    assert set(refused.value.fields) == {"goal", "max_results"}


async def test_one_broken_schedule_holds_up_no_other(service: Service):
    broken, sound = await made(service), await made(service)
    async with service.database.writer.begin() as connection:
        await connection.execute(text("UPDATE schedules SET request = '[]' WHERE id = :id"), {"id": broken.id})
    assert await tick(service, START + MINUTE) == 1
    assert await tick(service, START + MINUTE) == 0
    (run,) = await runs(service)
    assert run.request.schedule_id == sound.id
    (told,) = await list_ticks(service, OWNER_ACCOUNT, broken.id)
    assert told.outcome is TickOutcome.FAILED
    await realign(service, START)  # due at a time that it was dealt with: it must not stay due for ever
    assert await tick(service, START + MINUTE) == 0
    due_at = await next_due(service)
    assert due_at is not None
    assert due_at > START + MINUTE


async def test_a_schedule_in_a_zone_that_is_no_more_is_paused_and_holds_up_no_other(service: Service):
    lost, sound = await made(service), await made(service)
    async with service.database.write() as uow:
        assert await uow.schedules(OWNER_ACCOUNT).change(lost.id, {"timezone": "Mars/Olympus"})
    assert await tick(service, START + MINUTE) == 2
    found = (await get_schedule(service, OWNER_ACCOUNT, lost.id)).schedule
    assert (found.enabled, found.next_due_at) == (False, None)
    assert (await get_schedule(service, OWNER_ACCOUNT, sound.id)).schedule.next_due_at == START + 2 * MINUTE


async def test_a_paused_schedule_is_not_due_and_makes_up_for_nothing(service: Service, clock: ManualClock):
    schedule = await made(service)
    paused = await pause_schedule(service, OWNER_ACCOUNT, schedule.id)
    assert (paused.schedule.enabled, due_times(paused.schedule, START)) == (False, ())
    clock.advance(3600.5)
    assert await tick(service, clock.now()) == 0
    resumed = await resume_schedule(service, OWNER_ACCOUNT, schedule.id)
    assert await tick(service, clock.now()) == 0
    assert resumed.schedule.next_due_at == START + dt.timedelta(hours=1) + MINUTE
    assert due_times(resumed.schedule, clock.now())[:2] == (
        START + dt.timedelta(hours=1) + MINUTE,
        START + dt.timedelta(hours=1) + 2 * MINUTE,
    )


async def test_run_now_starts_a_paused_one_and_never_two_at_once(service: Service):
    schedule = await made(service, enabled=False)
    run = await run_schedule(service, OWNER_ACCOUNT, schedule.id)
    assert run.request.schedule_id == schedule.id
    with pytest.raises(Conflict, match=run.id):
        await run_schedule(service, OWNER_ACCOUNT, schedule.id)
    await end_all(service)
    again = await run_schedule(service, OWNER_ACCOUNT, schedule.id)
    found = await get_schedule(service, OWNER_ACCOUNT, schedule.id)
    assert (found.schedule.last_run_id, found.schedule.enabled) == (again.id, False)


async def test_a_deleted_run_leaves_a_schedule_without_a_last_status(service: Service):
    schedule = await made(service)
    await tick(service, START + MINUTE)
    await end_all(service)
    (run,) = await runs(service)
    await delete_run(service, OWNER_ACCOUNT, run.id)
    assert (await get_schedule(service, OWNER_ACCOUNT, schedule.id)).last_status is None
    assert await tick(service, START + 2 * MINUTE) == 1


async def test_a_deleted_schedule_starts_nothing_and_its_runs_stay(service: Service):
    schedule = await made(service)
    await tick(service, START + MINUTE)
    await delete_schedule(service, OWNER_ACCOUNT, schedule.id)
    assert await tick(service, START + 2 * MINUTE) == 0
    (run,) = await runs(service)
    assert (await get_run(service, OWNER_ACCOUNT, run.id)).request.schedule_id == schedule.id
    with pytest.raises(NotFound):
        await delete_schedule(service, OWNER_ACCOUNT, schedule.id)


async def test_a_change_of_the_hour_counts_from_now(service: Service, clock: ManualClock):
    schedule = await made(service, "0 12 * * *")
    clock.advance(3600)
    changed = await change_schedule(
        service, OWNER_ACCOUNT, schedule.id, SchedulePatch(cron="30  11 * * *", timezone="europe/berlin", name="later")
    )
    assert (changed.schedule.cron, changed.schedule.timezone) == ("30 11 * * *", "Europe/Berlin")
    assert changed.schedule.next_due_at == START + dt.timedelta(hours=1, minutes=30)
    assert changed.schedule.name == "later"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"cron": "0 0 30 2 *"}, "schedule"),
        ({"cron": "0 9 * *"}, "schedule"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"name": " "}, "name"),
        ({"pool_id": "0" * 32}, "pool_id"),
        ({"request": None}, "goal"),
        ({"flow_id": "0" * 32}, "goal"),
        ({"request": None, "flow_id": "0" * 32}, "flow_id"),
        ({"request": GoalRequest()}, "goal"),
    ],
)
async def test_a_schedule_that_cannot_be_is_refused_by_field(service: Service, asked: dict[str, object], field: str):
    with pytest.raises(InvalidInput) as refused:
        await made(service, **asked)
    assert field in refused.value.fields
    assert await next_due(service) is None


async def test_a_private_address_is_refused_when_the_schedule_is_made(service: Service):
    with pytest.raises(UnsafeUrl):
        await made(service, request=GoalRequest(url="http://10.0.0.1/"))


async def test_another_accounts_schedule_is_as_absent_as_any(service: Service):
    schedule = await made(service)
    other = Account(id=new_id(), name="other", created_at=START)
    async with service.database.write() as uow:
        await uow.accounts.add(other, "whsec_" + "a" * 32)
    for act in (get_schedule, pause_schedule, run_schedule, delete_schedule):
        with pytest.raises(NotFound):
            await act(service, other.id, schedule.id)
    assert (await list_schedules(service, other.id, limit=10)).items == ()
    assert await list_ticks(service, other.id, schedule.id) == ()
    assert len((await list_schedules(service, OWNER_ACCOUNT, limit=10)).items) == 1


async def test_the_list_pages_newest_first(service: Service):
    ids = [(await made(service)).id for _ in range(5)]
    first = await list_schedules(service, OWNER_ACCOUNT, limit=3)
    second = await list_schedules(service, OWNER_ACCOUNT, limit=3, cursor=first.next_cursor or "")
    assert [each.schedule.id for each in (*first.items, *second.items)] == ids[::-1]


async def test_due_times_of_long_ago_are_forgotten(service: Service):
    schedule = await made(service)
    await tick(service, START + MINUTE)
    assert await prune_ticks(service, START + dt.timedelta(days=29)) == 0
    assert await prune_ticks(service, START + dt.timedelta(days=31)) == 1
    assert await list_ticks(service, OWNER_ACCOUNT, schedule.id) == ()


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
