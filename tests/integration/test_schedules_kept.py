"""Schedules as their owner makes, pauses, changes, lists and deletes them. On both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from schedules_support import MINUTE, end_all, made, runs
from store_support import START, ManualClock

from domain.accounts import Account
from domain.errors import Conflict, InvalidInput, NotFound, UnsafeUrl
from domain.ids import new_id
from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.runs import delete_run, get_run
from services.schedules import (
    SchedulePatch,
    change_schedule,
    delete_schedule,
    due_times,
    get_schedule,
    list_schedules,
    list_ticks,
    pause_schedule,
    resume_schedule,
)
from services.service import Service
from services.ticks import next_due, run_schedule, tick


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
