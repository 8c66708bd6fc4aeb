"""What a flow of mode monitor has of its own: a pool that remembers, a schedule that starts it."""

from __future__ import annotations

import msgspec

from domain.errors import NotFound
from domain.flows import HOURLY, Flow, FlowStatus
from domain.pools import Change
from domain.requests import FlowMode, FlowRequest
from domain.runs import Run
from services.caps import room_for_pool
from services.pools import list_changes, new_pool
from services.schedules import NewSchedule, SchedulePatch, add_schedule, patch_schedule
from services.service import Service
from services.webhooks import forget_task
from store.unit import UnitOfWork


async def with_belongings(uow: UnitOfWork, service: Service, flow: Flow) -> Flow:
    """The flow with what its mode and status need, made or changed in the caller's transaction.

    A monitor has a pool from the start. A schedule is made when it becomes active for the first time; it rests while
    the flow is not active, and goes when the flow is a monitor no longer.
    """
    if flow.mode is not FlowMode.MONITOR:
        await _drop_schedule(uow, service, flow)
        return msgspec.structs.replace(flow, schedule_id="")
    pool_id = await _pool_of(uow, service, flow)
    flow = msgspec.structs.replace(flow, schedule=flow.schedule or HOURLY, pool_id=pool_id)
    active = flow.status is FlowStatus.ACTIVE
    if flow.schedule_id:
        patch = SchedulePatch(name=flow.name, cron=flow.schedule, timezone=flow.timezone, enabled=active)
        try:
            await patch_schedule(uow, service, flow.account_id, flow.schedule_id, patch)
        except NotFound:  # deleted as a schedule
            flow = msgspec.structs.replace(flow, schedule_id="")
    if active and not flow.schedule_id:
        asked = NewSchedule(name=flow.name, cron=flow.schedule, timezone=flow.timezone, flow_id=flow.id)
        schedule = await add_schedule(uow, service, flow.account_id, asked)
        flow = msgspec.structs.replace(flow, schedule_id=schedule.id)
    return flow


async def _pool_of(uow: UnitOfWork, service: Service, flow: Flow) -> str:
    """The flow's pool; a new one where it has none, or somebody deleted it."""
    pools = uow.pools(flow.account_id)
    if flow.pool_id and await pools.get(flow.pool_id) is not None:
        return flow.pool_id
    pool = new_pool(service, flow.account_id, name=flow.name, description=flow.description)
    await room_for_pool(uow, service, flow.account_id)
    await pools.add(pool)
    return pool.id


async def changes_of_run(service: Service, run: Run, *, limit: int) -> tuple[Change, ...] | None:
    """The first of what a monitor's run changed in its pool; none where the pool is gone. None: it is no monitor's."""
    request = run.request
    if not (isinstance(request, FlowRequest) and request.mode is FlowMode.MONITOR and request.pool_id):
        return None
    try:
        return (await list_changes(service, run.account_id, request.pool_id, limit=limit, run_id=run.id)).items
    except NotFound:
        return ()


async def _drop_schedule(uow: UnitOfWork, service: Service, flow: Flow) -> None:
    """Deletes the flow's own schedule; those that its owner made for it beside that one stay."""
    if flow.schedule_id and await uow.schedules(flow.account_id).remove(flow.schedule_id):
        await forget_task(uow, service, flow.account_id, flow.schedule_id)


async def pause_monitor(uow: UnitOfWork, service: Service, flow: Flow) -> None:
    """Lets the flow's schedule rest, where it has one."""
    if flow.schedule_id:
        try:
            await patch_schedule(uow, service, flow.account_id, flow.schedule_id, SchedulePatch(enabled=False))
        except NotFound:  # deleted as a schedule
            return
