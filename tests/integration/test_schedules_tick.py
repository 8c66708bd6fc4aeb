"""Due times: each once, whatever has become of the schedule and of what it starts. On both databases."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import pytest
import structlog
from schedules_support import GOAL, MINUTE, end_all, made, runs
from sqlalchemy import text
from store_support import START

from domain.credits import CreditPlan
from domain.errors import InvalidInput
from domain.flows import FlowChange, FlowDraft, FlowStatus
from domain.prices import Prices
from domain.requests import FlowRequest, GoalRequest
from domain.runs import RunKind
from domain.schedules import TickOutcome
from services.flows import change_flow, create_flow
from services.keys import OWNER_ACCOUNT
from services.pools import create_pool, delete_pool
from services.schedules import (
    GoalPatch,
    SchedulePatch,
    change_schedule,
    get_schedule,
    list_ticks,
)
from services.service import Service
from services.ticks import next_due, prune_ticks, realign, tick


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


async def test_due_times_of_long_ago_are_forgotten(service: Service):
    schedule = await made(service)
    await tick(service, START + MINUTE)
    assert await prune_ticks(service, START + dt.timedelta(days=29)) == 0
    assert await prune_ticks(service, START + dt.timedelta(days=31)) == 1
    assert await list_ticks(service, OWNER_ACCOUNT, schedule.id) == ()
