"""Flows: made, looked at, changed, deleted, started. What the end of a run says of its flow is in `flow_ends`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import msgspec

from domain.egress import EgressPolicy
from domain.errors import Conflict, InvalidInput, NotFound
from domain.flows import (
    MAX_ITEMS,
    Flow,
    FlowChange,
    FlowDraft,
    FlowStatus,
    changed,
    flow_request,
    problems_of,
)
from domain.ids import new_id
from domain.requests import FlowMode, FlowRequest
from domain.runs import ACTIVE, Run, RunKind, RunStatus
from domain.schedules import UTC, checked_cron, checked_timezone
from services.caps import room_for_flow
from services.listing import Listing, checked_limit, id_cursor, listed
from services.monitors import with_belongings
from services.requests import MAX_GOAL, checked_steps, checked_target
from services.runs import cancel_run, list_runs, run_of_key, submit_run
from services.schedules import SCHEDULES, delete_schedules_of_flow
from services.service import Service
from services.webhooks import forget_task
from store.unit import UnitOfWork

Checked = TypeVar("Checked", bound=FlowDraft)

MAX_NAME = 200
NO_SUCH = "No such flow."
RUNS_AT_ONCE = 100


async def create_flow(service: Service, account_id: str, draft: FlowDraft) -> Flow:
    """A new flow, in draft. Raises InvalidInput with every member that is off; LimitReached for one too many."""
    now = service.clock.now()
    flow = Flow(
        **msgspec.structs.asdict(checked_flow(draft, service.policy)),
        id=new_id(),
        account_id=account_id,
        status=FlowStatus.DRAFT,
        created_at=now,
        updated_at=now,
    )
    async with service.database.write() as uow:
        await room_for_flow(uow, service, account_id)
        flow = await with_belongings(uow, service, flow)
        await uow.flows(account_id).add(flow)
    return flow


async def get_flow(service: Service, account_id: str, flow_id: str) -> Flow:
    """Raises NotFound, for another account's flow too."""
    async with service.database.read() as uow:
        return await _existing(uow, account_id, flow_id)


async def list_flows(
    service: Service,
    account_id: str,
    *,
    limit: int,
    cursor: str = "",
    status: FlowStatus | None = None,
    mode: FlowMode | None = None,
) -> tuple[Listing[Flow], int]:
    """Newest first, and how many there are in all."""
    async with service.database.read() as uow:
        flows = uow.flows(account_id)
        found = await flows.list(checked_limit(limit) + 1, id_cursor(cursor), status=status, mode=mode)
        total = await flows.count(status=status, mode=mode)
    return listed(found, limit, [flow.id for flow in found]), total


async def change_flow(service: Service, account_id: str, flow_id: str, change: FlowChange) -> Flow:
    """The flow with what `change` sets. Runs that were started before go on as it was.

    Raises NotFound, and InvalidInput with every member that is off; nobody puts a flow into `error` by hand.
    """
    if change.status is FlowStatus.ERROR:
        raise InvalidInput(fields={"status": "active, paused or draft; error is found out, not set"})
    async with service.database.write() as uow:
        await uow.accounts.lock(account_id)  # ahead of the flow, as locks go
        flow = changed(await _existing(uow, account_id, flow_id, lock=True), change, service.clock.now())
        flow = await with_belongings(uow, service, checked_flow(flow, service.policy))
        await uow.flows(account_id).put(flow)
    service.signals.changed(SCHEDULES)
    return flow


async def delete_flow(service: Service, account_id: str, flow_id: str) -> None:
    """Deletes a flow with its webhooks and all schedules that start it, and cancels its runs that are going. Runs that
    are over stay, and its pool.

    Raises NotFound.
    """
    async with service.database.write() as uow:
        await _existing(uow, account_id, flow_id, lock=True)
        await delete_schedules_of_flow(uow, service, account_id, flow_id)
        await forget_task(uow, service, account_id, flow_id)
        await uow.flows(account_id).delete(flow_id)
    service.signals.changed(SCHEDULES)
    cursor: str | None = ""
    while cursor is not None:
        page = await list_runs(service, account_id, limit=RUNS_AT_ONCE, cursor=cursor, flow_id=flow_id, statuses=ACTIVE)
        for run in page.items:
            await _cancel(service, run)
        cursor = page.next_cursor


async def start_flow(
    service: Service, account_id: str, flow_id: str, *, schedule_id: str = "", idempotency_key: str = ""
) -> Run:
    """A run of the flow as it is now, queued; under a key that was used for it before, the run that there was then.

    Raises what `request_of_flow` and `submit_run` do.
    """
    asked = f"flow {flow_id} {schedule_id}"
    if earlier := await run_of_key(service, account_id, idempotency_key, asked):
        return earlier
    async with service.database.read() as uow:
        request = await request_of_flow(uow, account_id, flow_id, schedule_id=schedule_id)
    return await submit_run(service, account_id, request, idempotency_key=idempotency_key, asked=asked)


async def request_of_flow(uow: UnitOfWork, account_id: str, flow_id: str, *, schedule_id: str = "") -> FlowRequest:
    """What a run of the flow is asked for now; `schedule_id` is the schedule that starts it.

    Raises NotFound; Conflict for a flow that is paused and, on a schedule, for one that is not active.
    """
    flow = await _existing(uow, account_id, flow_id)
    if flow.status is FlowStatus.PAUSED or (schedule_id and flow.status is not FlowStatus.ACTIVE):
        raise Conflict(f"This flow is {flow.status.value}; set its status to active to run it.")
    return flow_request(flow, schedule_id=schedule_id)


async def list_flow_runs(
    service: Service,
    account_id: str,
    *,
    limit: int,
    cursor: str = "",
    flow_id: str = "",
    statuses: Collection[RunStatus] = (),
) -> tuple[Listing[Run], int]:
    """Runs of flows, newest first, and how many there are in all; those of deleted flows too."""
    listing = await list_runs(
        service, account_id, limit=limit, cursor=cursor, kind=RunKind.FLOW, flow_id=flow_id, statuses=statuses
    )
    async with service.database.read() as uow:
        total = await uow.runs(account_id).count(kind=RunKind.FLOW, flow_id=flow_id, statuses=statuses)
    return listing, total


def checked_flow(draft: Checked, policy: EgressPolicy) -> Checked:
    """The flow with canonical URLs. Raises InvalidInput with every member that is off."""
    problems = problems_of(draft)
    name, description = draft.name.strip(), draft.description.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        problems["name"] = f"1 to {MAX_NAME} characters in one line"
    if len(description) > MAX_GOAL:
        problems["description"] = f"at most {MAX_GOAL} characters"
    if not 1 <= draft.max_items <= MAX_ITEMS:
        problems["maxItems"] = f"between 1 and {MAX_ITEMS}"
    url, steps, schedule, timezone = "", draft.steps, draft.schedule, UTC
    try:
        url = checked_target("url", draft.url.strip(), policy)
        if not url:
            problems["url"] = "required"
    except InvalidInput as fault:
        problems |= fault.fields
    try:
        steps = checked_steps(draft.steps, policy)
    except InvalidInput as fault:
        problems |= fault.fields
    try:
        schedule = checked_cron(draft.schedule) if draft.schedule else ""
    except InvalidInput as fault:
        problems |= fault.fields
    try:
        timezone = checked_timezone(draft.timezone)
    except InvalidInput as fault:
        problems |= fault.fields
    if problems:
        raise InvalidInput(fields=problems)
    return msgspec.structs.replace(
        draft, name=name, description=description, url=url, steps=steps, schedule=schedule, timezone=timezone
    )


async def _existing(uow: UnitOfWork, account_id: str, flow_id: str, *, lock: bool = False) -> Flow:
    flow = await uow.flows(account_id).get(flow_id, lock=lock)
    if flow is None:
        raise NotFound(NO_SUCH)
    return flow


async def _cancel(service: Service, run: Run) -> None:
    try:
        await cancel_run(service, run.account_id, run.id)
    except (Conflict, NotFound):
        return  # it came to its end in the meantime
