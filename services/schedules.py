"""Schedules of an account: made, looked at, changed, paused, deleted. What is due is started by `services.ticks`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from domain.errors import InvalidInput, NotFound
from domain.fields import Field
from domain.flows import Flow, as_scheduled
from domain.ids import new_id
from domain.requests import GoalRequest
from domain.schedules import UTC, Schedule, Scheduled, Tick, checked_cron, checked_timezone, next_time, next_times
from services.caps import room_for_schedule
from services.listing import Listing, checked_limit, id_cursor, listed
from services.pools import pool_exists
from services.requests import checked_request
from services.service import Service
from services.webhooks import forget_task
from store.unit import UnitOfWork

SCHEDULES = "schedules"  # the name of the signal by which a scheduler in this process hears of a change
MAX_NAME = 200
NEXT_SHOWN = 5
TICKS_SHOWN = 10

NO_SUCH = "No such scheduled job."


class NewSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a schedule: exactly one of `request` and `flow_id`."""

    name: str
    cron: str
    timezone: str = UTC
    request: GoalRequest | None = None
    flow_id: str = ""
    pool_id: str = ""
    enabled: bool = True


class GoalPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What changes of the goal that a schedule starts: members of GoalRequest. What is UNSET stays."""

    goal: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    fields: tuple[Field, ...] | UnsetType = UNSET
    max_results: int | UnsetType = UNSET
    min_results: int | UnsetType | None = UNSET
    output_format: str | UnsetType = UNSET
    use_smart_cascade: bool | UnsetType = UNSET
    exclude: tuple[str, ...] | UnsetType = UNSET
    webhook_url: str | UnsetType = UNSET
    max_credits: int | UnsetType | None = UNSET


class SchedulePatch(msgspec.Struct, frozen=True, kw_only=True):
    """What changes; what is UNSET stays. `pool_id` "" takes the schedule off its pool."""

    name: str | UnsetType = UNSET
    cron: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    request: GoalPatch = GoalPatch()
    pool_id: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


async def create_schedule(service: Service, account_id: str, asked: NewSchedule) -> Schedule:
    """Raises InvalidInput with every field that is off; UnsafeUrl for URLs that may not be asked for; LimitReached for
    one too many."""
    async with service.database.write() as uow:
        schedule = await add_schedule(uow, service, account_id, asked)
    service.signals.changed(SCHEDULES)
    return schedule


async def add_schedule(uow: UnitOfWork, service: Service, account_id: str, asked: NewSchedule) -> Schedule:
    """`create_schedule` in the caller's transaction; once it is committed, `service.signals.changed(SCHEDULES)`."""
    now = service.clock.now()
    problems = _problems(asked.name, asked.cron, asked.timezone)
    if (asked.request is None) is not bool(asked.flow_id):
        problems["goal"] = "a schedule starts either a goal or URL, or a flow"
    if problems:
        raise InvalidInput(fields=problems)
    cron, timezone = checked_cron(asked.cron), checked_timezone(asked.timezone)
    schedule = Schedule(
        id=new_id(),
        account_id=account_id,
        name=asked.name.strip(),
        cron=cron,
        timezone=timezone,
        created_at=now,
        request=checked_request(asked.request, service.policy) if asked.request else None,  # ty: ignore[invalid-argument-type]
        flow_id=asked.flow_id,
        pool_id=asked.pool_id,
        enabled=asked.enabled,
        next_due_at=next_time(cron, timezone, now) if asked.enabled else None,
    )
    await pool_exists(uow, account_id, asked.pool_id)
    if asked.flow_id and await uow.flows(account_id).get(asked.flow_id) is None:
        raise InvalidInput(fields={"flow_id": "no such flow"})
    await room_for_schedule(uow, service, account_id)
    await uow.schedules(account_id).add(schedule)
    return schedule


async def get_schedule(service: Service, account_id: str, schedule_id: str) -> Scheduled:
    """Raises NotFound, for another account's schedule too."""
    async with service.database.read() as uow:
        found = await uow.schedules(account_id).get(schedule_id)
    if found is None:
        raise NotFound(NO_SUCH)
    return found


async def list_schedules(service: Service, account_id: str, *, limit: int, cursor: str = "") -> Listing[Scheduled]:
    """Newest first."""
    async with service.database.read() as uow:
        found = await uow.schedules(account_id).list(checked_limit(limit) + 1, id_cursor(cursor))
    return listed(found, limit, [each.schedule.id for each in found])


async def list_ticks(service: Service, account_id: str, schedule_id: str, limit: int = TICKS_SHOWN) -> tuple[Tick, ...]:
    """What became of its newest due times, newest first."""
    async with service.database.read() as uow:
        return tuple(await uow.schedules(account_id).ticks(schedule_id, limit))


async def change_schedule(service: Service, account_id: str, schedule_id: str, patch: SchedulePatch) -> Scheduled:
    """The schedule with what `patch` sets; a monitor's own one changes its flow with it.

    Raises NotFound, and InvalidInput with every field that is off.
    """
    async with service.database.write() as uow:
        flow = await _monitor_of(uow, account_id, schedule_id)
        await patch_schedule(uow, service, account_id, schedule_id, patch)
        found = await uow.schedules(account_id).get(schedule_id)
        assert found is not None  # this transaction holds it
        if flow is not None:
            kept = found.schedule
            now = service.clock.now()
            flow = as_scheduled(flow, kept.cron, kept.timezone, enabled=kept.enabled, now=now)
            await uow.flows(account_id).put(flow)
    service.signals.changed(SCHEDULES)
    return await get_schedule(service, account_id, schedule_id)


async def patch_schedule(
    uow: UnitOfWork, service: Service, account_id: str, schedule_id: str, patch: SchedulePatch
) -> None:
    """`change_schedule` in the caller's transaction."""
    found = await uow.schedules(account_id).lock(schedule_id)
    if found is None:
        raise NotFound(NO_SUCH)
    if patch.pool_id is not UNSET:
        await pool_exists(uow, account_id, patch.pool_id)
    await uow.schedules(account_id).change(schedule_id, _changed(service, found.schedule, patch))


async def pause_schedule(service: Service, account_id: str, schedule_id: str) -> Scheduled:
    """Nothing is due until it is resumed, and nothing is made up for then. Raises NotFound."""
    return await change_schedule(service, account_id, schedule_id, SchedulePatch(enabled=False))


async def resume_schedule(service: Service, account_id: str, schedule_id: str) -> Scheduled:
    """Raises NotFound."""
    return await change_schedule(service, account_id, schedule_id, SchedulePatch(enabled=True))


async def delete_schedule(service: Service, account_id: str, schedule_id: str) -> None:
    """The runs that it started stay. A monitor whose own one it was is paused, until it is made active anew.

    Raises NotFound.
    """
    async with service.database.write() as uow:
        flow = await _monitor_of(uow, account_id, schedule_id)
        if flow is not None:
            now = service.clock.now()
            flow = as_scheduled(flow, flow.schedule, flow.timezone, enabled=False, now=now)
            await uow.flows(account_id).put(msgspec.structs.replace(flow, schedule_id=""))
        if not await uow.schedules(account_id).remove(schedule_id):
            raise NotFound(NO_SUCH)
        await forget_task(uow, service, account_id, schedule_id)
    service.signals.changed(SCHEDULES)


async def delete_schedules_of_flow(uow: UnitOfWork, service: Service, account_id: str, flow_id: str) -> None:
    """All that start it, its own and those that were made beside it, with their webhooks: in the transaction that
    deletes the flow."""
    for schedule_id in await uow.schedules(account_id).remove_of_flow(flow_id):
        await forget_task(uow, service, account_id, schedule_id)


async def _monitor_of(uow: UnitOfWork, account_id: str, schedule_id: str) -> Flow | None:
    """The monitor whose own schedule this is, held before its schedule is, as by whoever changes the flow."""
    found = await uow.schedules(account_id).get(schedule_id)
    if found is None or not found.schedule.flow_id:
        return None
    flow = await uow.flows(account_id).get(found.schedule.flow_id, lock=True)
    return flow if flow is not None and flow.schedule_id == schedule_id else None


def due_times(schedule: Schedule, now: dt.datetime) -> tuple[dt.datetime, ...]:
    """The next five times; none while it is paused."""
    if schedule.next_due_at is None:
        return ()
    first = schedule.next_due_at
    rest = next_times(schedule.cron, schedule.timezone, max(first, now), NEXT_SHOWN)
    return (first, *rest)[:NEXT_SHOWN]


def _changed(service: Service, schedule: Schedule, patch: SchedulePatch) -> dict[str, Any]:
    given = _given(patch)
    goal = _given(given.pop("request"))
    merged = msgspec.structs.replace(schedule, **given)
    problems = _problems(merged.name, merged.cron, merged.timezone)
    if goal and schedule.request is None:
        problems |= dict.fromkeys(goal, "this schedule starts a flow")
    if problems:
        raise InvalidInput(fields=problems)
    values = given | {"name": merged.name.strip()}
    if goal and schedule.request is not None:
        values["request"] = checked_request(_with(schedule.request, goal), service.policy)
    timing = {"cron": checked_cron(merged.cron), "timezone": checked_timezone(merged.timezone)}
    before = {"cron": schedule.cron, "timezone": schedule.timezone}
    if not merged.enabled:
        timing["next_due_at"] = None
    elif timing != before or not schedule.enabled or schedule.next_due_at is None:
        timing["next_due_at"] = next_time(timing["cron"], timing["timezone"], service.clock.now())
    return values | timing


def _given(patch: GoalPatch | SchedulePatch) -> dict[str, Any]:
    return {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}


def _with(request: GoalRequest, changes: dict[str, Any]) -> GoalRequest:
    """A plan is of the goal that it was made for: with another goal it goes. A number that is given counts."""
    stale: dict[str, Any] = {"plan": None} if changes.get("goal", request.goal) != request.goal else {}
    if changes.keys() & {"max_results", "min_results"}:
        stale["max_is_default"] = False
    return msgspec.structs.replace(request, **(stale | changes))


def _problems(name: str, cron: str, timezone: str) -> dict[str, str]:
    problems = {}
    if not 1 <= len(name.strip()) <= MAX_NAME:
        problems["name"] = f"1 to {MAX_NAME} characters"
    for check, text in ((checked_cron, cron), (checked_timezone, timezone)):
        try:
            check(text)
        except InvalidInput as fault:
            problems |= fault.fields
    return problems
