"""Flows through their use cases, on both databases."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from store_support import ManualClock, ScriptedAgent, executor_of

from agent.state import Ending
from domain.accounts import Account
from domain.actions import Extract, Navigate, Type
from domain.errors import Conflict, InvalidInput, NotFound
from domain.fields import Field
from domain.flows import HOURLY, SECRET_SHOWN, Flow, FlowChange, FlowDraft, FlowStatus
from domain.ids import new_id
from domain.requests import FlowMode, FlowRequest
from domain.runs import RunStatus, TerminationReason
from domain.webhooks import TaskKind, WatchedTask
from services.flows import (
    change_flow,
    create_flow,
    delete_flow,
    get_flow,
    list_flow_runs,
    list_flows,
    request_of_flow,
    start_flow,
)
from services.keys import OWNER_ACCOUNT
from services.pools import delete_pool, get_pool, list_changes
from services.runs import cancel_run, extend_run, get_run
from services.schedules import (
    NewSchedule,
    SchedulePatch,
    change_schedule,
    create_schedule,
    delete_schedule,
    get_schedule,
    pause_schedule,
    resume_schedule,
)
from services.service import Service
from services.ticks import tick
from services.webhooks import create_webhook, list_webhooks

DRAFT = FlowDraft(
    name=" Prices ",
    url="https://Shop.example/list?utm_source=x",
    description="prices of mugs",
    steps=(Navigate(label="Go"), Extract()),
    output_schema={"title": "string"},
    fields=(Field(name="title"),),
)
MONITOR = msgspec.structs.replace(DRAFT, mode=FlowMode.MONITOR, timezone="europe/berlin")


async def flow_of(service: Service, draft: FlowDraft = DRAFT, account: str = OWNER_ACCOUNT) -> Flow:
    return await create_flow(service, account, draft)


async def one_run(service: Service, flow: Flow, reason: TerminationReason | None = None) -> str:
    """A run of the flow, ended for `reason`; without one it finds things. Its id."""
    run = await start_flow(service, OWNER_ACCOUNT, flow.id)

    async def end(state, tools, journal):
        assert reason is not None
        return Ending(reason=reason)

    await executor_of(service, end if reason else ScriptedAgent(1)).execute(OWNER_ACCOUNT, run.id)
    return run.id


async def other_account(service: Service) -> str:
    account = Account(id=new_id(), name="other", created_at=service.clock.now())
    async with service.database.write() as uow:
        await uow.accounts.add(account, "whsec_" + "a" * 32)
    return account.id


async def test_a_new_flow_is_a_draft_and_comes_back_as_it_was_kept(service: Service):
    made = await flow_of(service)
    assert (made.status, made.name, made.url) == (FlowStatus.DRAFT, "Prices", "https://shop.example/list")
    assert await get_flow(service, OWNER_ACCOUNT, made.id) == made


async def test_a_change_leaves_what_it_does_not_name(service: Service, clock: ManualClock):
    made = await flow_of(service)
    clock.advance(60)
    changed = await change_flow(
        service, OWNER_ACCOUNT, made.id, FlowChange(name="New", status=FlowStatus.ACTIVE, steps=())
    )
    same = msgspec.structs.replace(made, name="New", status=FlowStatus.ACTIVE, steps=(), updated_at=clock.now())
    assert changed == same == await get_flow(service, OWNER_ACCOUNT, made.id)


async def test_two_changes_at_once_both_hold(service: Service):
    made = await flow_of(service)
    names = [FlowChange(description=f"d{n}") for n in range(5)] + [FlowChange(max_items=7), FlowChange(name="New")]
    await asyncio.gather(*(change_flow(service, OWNER_ACCOUNT, made.id, change) for change in names))
    kept = await get_flow(service, OWNER_ACCOUNT, made.id)
    assert (kept.name, kept.max_items, kept.description[0]) == ("New", 7, "d")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (FlowChange(name=" "), "name"),
        (FlowChange(url="http://169.254.169.254/"), "url"),
        (FlowChange(url=""), "url"),
        (FlowChange(steps=(Navigate(url="file:///etc/passwd"),)), "steps[0].url"),
        (FlowChange(steps=(Type(selector="a", text=SECRET_SHOWN, secret=True),)), "steps[0].text"),
        (FlowChange(mode=FlowMode.INTERACT, steps=()), "steps"),
        (FlowChange(schedule=HOURLY), "schedule"),
        (FlowChange(mode=FlowMode.MONITOR, schedule="* * *"), "schedule"),
        (FlowChange(mode=FlowMode.MONITOR, timezone="Mars"), "timezone"),
        (FlowChange(status=FlowStatus.ERROR), "status"),
        (FlowChange(max_items=0), "maxItems"),
        (FlowChange(description="x" * 3000), "description"),
    ],
)
async def test_what_does_not_go_together_is_refused_and_changes_nothing(
    service: Service, change: FlowChange, named: str
):
    made = await flow_of(service)
    with pytest.raises(InvalidInput) as refused:
        await change_flow(service, OWNER_ACCOUNT, made.id, change)
    assert named in refused.value.fields
    assert await get_flow(service, OWNER_ACCOUNT, made.id) == made


async def test_a_run_keeps_the_flow_as_it_was_when_it_was_started(service: Service):
    made = await flow_of(service)
    run = await start_flow(service, OWNER_ACCOUNT, made.id)
    await change_flow(service, OWNER_ACCOUNT, made.id, FlowChange(name="New", url="https://other.example/"))
    request = (await get_run(service, OWNER_ACCOUNT, run.id)).request
    assert isinstance(request, FlowRequest)
    assert (request.flow_name, request.url, request.fields) == ("Prices", "https://shop.example/list", made.fields)


async def test_the_end_of_each_run_is_counted_once(service: Service):
    flow = await flow_of(service)
    for reason in (None, None, TerminationReason.SOURCES_FAILED):
        await one_run(service, flow, reason)
    cancelled = await start_flow(service, OWNER_ACCOUNT, flow.id)
    await cancel_run(service, OWNER_ACCOUNT, cancelled.id)
    await start_flow(service, OWNER_ACCOUNT, flow.id)  # has not ended
    counts = (await get_flow(service, OWNER_ACCOUNT, flow.id)).counts
    assert (counts.total, counts.succeeded, counts.failed, counts.success_rate) == (4, 2, 1, 66.7)


async def test_a_run_that_is_extended_and_ends_again_is_still_one_run(service: Service):
    flow = await flow_of(service, msgspec.structs.replace(DRAFT, max_items=5))
    failed = await one_run(service, flow, TerminationReason.SOURCES_FAILED)
    for agent in (ScriptedAgent(1), ScriptedAgent(1)):
        await extend_run(service, OWNER_ACCOUNT, failed, max_results=20)
        await executor_of(service, agent).execute(OWNER_ACCOUNT, failed)
    counts = (await get_flow(service, OWNER_ACCOUNT, flow.id)).counts
    assert (counts.total, counts.succeeded, counts.failed, counts.failures_in_a_row) == (1, 1, 0, 0)


async def test_three_failures_in_a_row_put_a_flow_into_error_until_it_is_made_active(service: Service):
    flow = await flow_of(service)
    statuses = []
    for reason in [TerminationReason.SOURCES_FAILED] * 2 + [None] + [TerminationReason.SOURCES_FAILED] * 3:
        await one_run(service, flow, reason)
        statuses.append((await get_flow(service, OWNER_ACCOUNT, flow.id)).status)
    assert statuses == [FlowStatus.DRAFT] * 5 + [FlowStatus.ERROR]

    mended = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    assert (mended.status, mended.counts.failures_in_a_row) == (FlowStatus.ACTIVE, 0)
    await one_run(service, flow, TerminationReason.SOURCES_FAILED)
    assert (await get_flow(service, OWNER_ACCOUNT, flow.id)).status is FlowStatus.ACTIVE


async def test_a_paused_flow_stays_paused_and_does_not_run(service: Service):
    flow = await flow_of(service)
    run = await start_flow(service, OWNER_ACCOUNT, flow.id)
    await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.PAUSED))
    await executor_of(service, ScriptedAgent(1)).execute(OWNER_ACCOUNT, run.id)
    assert (await get_flow(service, OWNER_ACCOUNT, flow.id)).counts.total == 1
    with pytest.raises(Conflict, match="paused"):
        await start_flow(service, OWNER_ACCOUNT, flow.id)


async def test_a_schedule_starts_only_an_active_flow(service: Service):
    flow = await flow_of(service)
    async with service.database.read() as uow:
        with pytest.raises(Conflict, match="draft"):
            await request_of_flow(uow, OWNER_ACCOUNT, flow.id, schedule_id="s")


async def test_deleting_a_flow_cancels_its_runs_and_keeps_those_that_are_over(service: Service):
    flow = await flow_of(service)
    over = await one_run(service, flow)
    waiting = [(await start_flow(service, OWNER_ACCOUNT, flow.id)).id for _ in range(3)]
    await delete_flow(service, OWNER_ACCOUNT, flow.id)
    with pytest.raises(NotFound):
        await get_flow(service, OWNER_ACCOUNT, flow.id)
    runs, total = await list_flow_runs(service, OWNER_ACCOUNT, limit=10, flow_id=flow.id)
    assert total == 4
    assert {run.id: run.status for run in runs.items} == {
        over: RunStatus.COMPLETED,
        **dict.fromkeys(waiting, RunStatus.CANCELLED),
    }


async def test_lists_page_and_count_by_status_and_mode(service: Service):
    made = [(await flow_of(service)).id for _ in range(4)]
    interact = await flow_of(service, msgspec.structs.replace(DRAFT, mode=FlowMode.INTERACT))
    await change_flow(service, OWNER_ACCOUNT, made[0], FlowChange(status=FlowStatus.ACTIVE))

    first, total = await list_flows(service, OWNER_ACCOUNT, limit=3)
    second, _ = await list_flows(service, OWNER_ACCOUNT, limit=3, cursor=first.next_cursor or "")
    assert ([flow.id for flow in (*first.items, *second.items)], total) == ([interact.id, *made[::-1]], 5)
    drafts, total = await list_flows(service, OWNER_ACCOUNT, limit=1, status=FlowStatus.DRAFT, mode=FlowMode.EXTRACT)
    assert ([flow.id for flow in drafts.items], total) == ([made[3]], 3)


async def test_another_account_sees_nothing_and_can_do_nothing(service: Service):
    flow = await flow_of(service)
    other = await other_account(service)
    for attempt in (
        get_flow(service, other, flow.id),
        change_flow(service, other, flow.id, FlowChange(name="mine")),
        delete_flow(service, other, flow.id),
        start_flow(service, other, flow.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await list_flows(service, other, limit=10))[1] == 0
    assert await get_flow(service, OWNER_ACCOUNT, flow.id) == flow


async def test_a_monitor_has_a_schedule_from_its_first_activation_that_rests_with_it(service: Service):
    flow = await flow_of(service, MONITOR)
    assert (flow.schedule, flow.timezone, flow.schedule_id) == (HOURLY, "Europe/Berlin", "")
    assert (await get_pool(service, OWNER_ACCOUNT, flow.pool_id)).name == "Prices"

    active = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    schedule = (await get_schedule(service, OWNER_ACCOUNT, active.schedule_id)).schedule
    assert (schedule.cron, schedule.flow_id, schedule.enabled) == (HOURLY, flow.id, True)

    rest = FlowChange(status=FlowStatus.PAUSED, schedule="0 9 * * *")
    paused = await change_flow(service, OWNER_ACCOUNT, flow.id, rest)
    schedule = (await get_schedule(service, OWNER_ACCOUNT, paused.schedule_id)).schedule
    assert (paused.schedule_id, schedule.cron, schedule.enabled) == (active.schedule_id, "0 9 * * *", False)

    plain = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(mode=FlowMode.EXTRACT))
    assert (plain.schedule, plain.schedule_id, plain.timezone) == ("", "", "UTC")
    with pytest.raises(NotFound):
        await get_schedule(service, OWNER_ACCOUNT, paused.schedule_id)


async def test_a_monitor_that_fails_three_times_rests(service: Service):
    flow = await flow_of(service, MONITOR)
    flow = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    for _ in range(3):
        await one_run(service, flow, TerminationReason.SOURCES_FAILED)
    assert not (await get_schedule(service, OWNER_ACCOUNT, flow.schedule_id)).schedule.enabled


async def test_a_monitor_whose_schedule_was_deleted_gets_a_new_one(service: Service):
    flow = await flow_of(service, MONITOR)
    flow = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    await delete_schedule(service, OWNER_ACCOUNT, flow.schedule_id)
    resting = await get_flow(service, OWNER_ACCOUNT, flow.id)
    assert (resting.status, resting.schedule_id, resting.schedule) == (FlowStatus.PAUSED, "", HOURLY)
    again = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    assert again.schedule_id not in {"", flow.schedule_id}


async def test_what_is_changed_of_a_monitors_schedule_is_changed_of_its_flow_and_outlives_the_flows_next_change(
    service: Service,
):
    flow = await flow_of(service, MONITOR)
    flow = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    moved = SchedulePatch(cron="30 6  * * 1", timezone="asia/tokyo")
    await change_schedule(service, OWNER_ACCOUNT, flow.schedule_id, moved)
    told = await get_flow(service, OWNER_ACCOUNT, flow.id)
    assert (told.schedule, told.timezone, told.status) == ("30 6 * * 1", "Asia/Tokyo", FlowStatus.ACTIVE)

    await pause_schedule(service, OWNER_ACCOUNT, flow.schedule_id)
    assert (await get_flow(service, OWNER_ACCOUNT, flow.id)).status is FlowStatus.PAUSED
    await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(max_items=5))
    kept = (await get_schedule(service, OWNER_ACCOUNT, flow.schedule_id)).schedule
    assert (kept.cron, kept.timezone, kept.enabled) == ("30 6 * * 1", "Asia/Tokyo", False)
    await resume_schedule(service, OWNER_ACCOUNT, flow.schedule_id)
    assert (await get_flow(service, OWNER_ACCOUNT, flow.id)).status is FlowStatus.ACTIVE


async def test_a_monitor_that_failed_too_often_starts_anew_when_its_schedule_is_resumed(service: Service):
    flow = await flow_of(service, MONITOR)
    flow = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    for _ in range(3):
        await one_run(service, flow, TerminationReason.SOURCES_FAILED)
    await resume_schedule(service, OWNER_ACCOUNT, flow.schedule_id)
    told = await get_flow(service, OWNER_ACCOUNT, flow.id)
    assert (told.status, told.counts.failures_in_a_row) == (FlowStatus.ACTIVE, 0)


async def test_a_deleted_flow_takes_every_schedule_that_starts_it_and_their_webhooks_along(service: Service):
    flow = await flow_of(service)
    made = NewSchedule(name="beside it", cron="0 9 * * *", flow_id=flow.id)
    beside = await create_schedule(service, OWNER_ACCOUNT, made)
    task = WatchedTask(kind=TaskKind.SCHEDULE, id=beside.id, name=f"sched_{beside.id}")
    await create_webhook(service, OWNER_ACCOUNT, task, url="https://hooks.example/")
    await delete_flow(service, OWNER_ACCOUNT, flow.id)
    with pytest.raises(NotFound):
        await get_schedule(service, OWNER_ACCOUNT, beside.id)
    assert (await list_webhooks(service, OWNER_ACCOUNT, limit=5)).items == ()


async def test_a_monitor_that_becomes_an_extraction_keeps_the_schedules_that_were_made_beside_its_own(
    service: Service,
):
    flow = await flow_of(service, MONITOR)
    flow = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    made = NewSchedule(name="beside it", cron="0 9 * * *", flow_id=flow.id)
    beside = await create_schedule(service, OWNER_ACCOUNT, made)
    await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(mode=FlowMode.EXTRACT))
    assert (await get_schedule(service, OWNER_ACCOUNT, beside.id)).schedule.enabled
    with pytest.raises(NotFound):
        await get_schedule(service, OWNER_ACCOUNT, flow.schedule_id)


async def test_a_monitor_whose_pool_was_deleted_gets_a_new_one_and_keeps_it_when_it_goes(service: Service):
    flow = await flow_of(service, MONITOR)
    await delete_pool(service, OWNER_ACCOUNT, flow.pool_id)
    again = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    assert again.pool_id not in {"", flow.pool_id}
    await delete_flow(service, OWNER_ACCOUNT, flow.id)
    assert (await get_pool(service, OWNER_ACCOUNT, again.pool_id)).id == again.pool_id


async def test_each_run_of_a_monitor_tells_its_pool_what_changed(service: Service):
    flow = await flow_of(service, MONITOR)
    first, second = await one_run(service, flow), await one_run(service, flow)
    told = await list_changes(service, OWNER_ACCOUNT, flow.pool_id, limit=10, run_id=first)
    assert [change.type.value for change in told.items] == ["added", "added"]
    assert (await list_changes(service, OWNER_ACCOUNT, flow.pool_id, limit=10, run_id=second)).items == ()


async def test_a_due_monitor_runs_as_its_schedule(service: Service, clock: ManualClock):
    flow = await flow_of(service, MONITOR)
    flow = await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    clock.advance(3600)
    assert await tick(service, clock.now()) == 1
    [run] = (await list_flow_runs(service, OWNER_ACCOUNT, limit=5, flow_id=flow.id))[0].items
    assert run.request.schedule_id == flow.schedule_id
    await delete_flow(service, OWNER_ACCOUNT, flow.id)
    clock.advance(7200)
    assert await tick(service, clock.now()) == 0
