"""What is due is started: each due time once, however many processes look, whatever the clock does."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfoNotFoundError

import msgspec
import structlog

from domain.errors import Conflict, ForageError, NotFound, StorageFull, StorageUnavailable
from domain.ids import prefixed
from domain.requests import Request
from domain.runs import ACTIVE, Run
from domain.schedules import Schedule, Scheduled, Tick, TickOutcome, next_time
from services.flows import request_of_flow
from services.pools import pool_exists
from services.requests import checked_request
from services.runs import accept_run
from services.schedules import NO_SUCH
from services.service import Service
from store.repositories.outbox import Waiting
from store.repositories.schedules import Due, Timing
from store.unit import UnitOfWork

log = structlog.get_logger()

AT_ONCE = 100  # schedules that one tick looks at; the next one comes at once where there are more
TICKS_KEPT = dt.timedelta(days=30)
PAGE = 500  # rows of one statement in housekeeping

_OURS = "Something went wrong here; the log tells it."


async def tick(service: Service, now: dt.datetime) -> int:
    """Deals with schedules that are due, those due longest first. How many runs were started.

    A schedule's due time, its run and its next due time are one transaction. Of due times that nobody was there for,
    the first one stands for all. One that cannot be started is told as the schedule's `last_error`, and goes on next
    time.
    Raises StorageUnavailable and StorageFull.
    """
    async with service.database.read() as uow:
        due = await uow.due_schedules.due(now, AT_ONCE)
    return sum([await _dealt_with(service, each, now) for each in due])


async def next_due(service: Service) -> dt.datetime | None:
    """When the next schedule of any account is due."""
    async with service.database.read() as uow:
        return await uow.due_schedules.earliest()


async def run_schedule(service: Service, account_id: str, schedule_id: str) -> Run:
    """Starts it now, paused or not; its due times stay as they are.

    Raises NotFound; Conflict while its last run is going; what `submit_run` raises where it may not be started.
    """
    async with service.database.write() as uow:
        await uow.accounts.lock(account_id)  # ahead of the schedule, as locks go
        found = await uow.schedules(account_id).lock(schedule_id)
        if found is None:
            raise NotFound(NO_SUCH)
        if found.last_status in ACTIVE:
            raise Conflict(_still_going(found))
        run, waiting = await _start(uow, service, found.schedule)
        await uow.schedules(account_id).change(schedule_id, {"last_run_id": run.id, "last_error": ""})
    await service.doorbell.ring(waiting)
    return run


async def realign(service: Service, now: dt.datetime) -> int:
    """Brings forward what is due later than its cron says. How many schedules that were.

    A clock that ran ahead and was set right again, or new rules of a time zone, leave such due times. None runs twice
    for it: due times that were dealt with are known.
    """
    moved, after = 0, ""
    while True:
        async with service.database.write() as uow:
            page = await uow.due_schedules.waiting(after, PAGE, now)
            for timing in page:
                proper = _next_time(timing, now)
                if proper is not None and proper < timing.due_at:
                    await uow.due_schedules.bring_forward(timing, proper)
                    moved += 1
        if len(page) < PAGE:
            return moved
        after = page[-1].id


async def prune_ticks(service: Service, now: dt.datetime) -> int:
    """Forgets due times of long ago, up to PAGE of them. How many these were."""
    async with service.database.write() as uow:
        return await uow.due_schedules.prune_ticks(now - TICKS_KEPT, PAGE)


async def _dealt_with(service: Service, due: Due, now: dt.datetime) -> int:
    try:
        async with service.database.write() as uow:
            waiting = await _start_due(uow, service, due, now)
    except (StorageUnavailable, StorageFull):
        raise
    except ForageError as fault:
        await _note(service, due, now, TickOutcome.REFUSED, fault.message)
        return 0
    except Exception:  # one schedule's fault must not hold up the others, here and in every process
        log.exception("schedule.failed", schedule_id=due.id)
        await _note(service, due, now, TickOutcome.FAILED, _OURS)
        return 0
    if waiting is None:
        return 0
    log.info("schedule.started", schedule_id=due.id, run_id=waiting.run_id)
    await service.doorbell.ring(waiting)
    return 1


async def _start_due(uow: UnitOfWork, service: Service, due: Due, now: dt.datetime) -> Waiting | None:
    """The run of a due schedule; None where another process has it, or this time starts none."""
    await uow.accounts.lock(due.account_id)  # ahead of the schedule, as locks go
    timing = await uow.due_schedules.take(due.id, now)
    if timing is None:
        return None
    schedules = uow.schedules(due.account_id)
    found = await schedules.get(due.id)
    assert found is not None
    if await schedules.was_dealt_with(due.id, timing.due_at):
        await schedules.change(due.id, _moved_on(timing, now))
        return None
    if found.last_status in ACTIVE:
        await _record(uow, timing, now, TickOutcome.SKIPPED, reason=_still_going(found))
        return None
    run, waiting = await _start(uow, service, found.schedule)
    await _record(uow, timing, now, TickOutcome.STARTED, run_id=run.id)
    return waiting


async def _start(uow: UnitOfWork, service: Service, schedule: Schedule) -> tuple[Run, Waiting]:
    request = checked_request(await _request_of(uow, schedule), service.policy)
    return await accept_run(uow, service, schedule.account_id, request)


async def _request_of(uow: UnitOfWork, schedule: Schedule) -> Request:
    if schedule.flow_id:
        return await request_of_flow(uow, schedule.account_id, schedule.flow_id, schedule_id=schedule.id)
    assert schedule.request is not None
    await pool_exists(uow, schedule.account_id, schedule.pool_id)
    return msgspec.structs.replace(schedule.request, pool_id=schedule.pool_id, schedule_id=schedule.id)


async def _note(service: Service, due: Due, now: dt.datetime, outcome: TickOutcome, reason: str) -> None:
    """Tells why a due time started nothing, where no other process has dealt with it in the meantime."""
    log.warning("schedule.not_started", schedule_id=due.id, outcome=outcome.value, why=reason)
    async with service.database.write() as uow:
        timing = await uow.due_schedules.take(due.id, now)
        if timing is None:
            return
        schedules = uow.schedules(due.account_id)
        if await schedules.was_dealt_with(due.id, timing.due_at):
            await schedules.change(due.id, _moved_on(timing, now))
        else:
            await _record(uow, timing, now, outcome, reason=reason)


async def _record(
    uow: UnitOfWork, timing: Timing, now: dt.datetime, outcome: TickOutcome, *, run_id: str = "", reason: str = ""
) -> None:
    schedules = uow.schedules(timing.account_id)
    await schedules.add_tick(
        Tick(schedule_id=timing.id, due_at=timing.due_at, at=now, outcome=outcome, run_id=run_id, reason=reason)
    )
    started = {"last_run_id": run_id} if run_id else {}
    await schedules.change(timing.id, {"last_error": reason, **started, **_moved_on(timing, now)})


def _moved_on(timing: Timing, now: dt.datetime) -> dict[str, object]:
    """The schedule's values once a due time is dealt with: due again after now. One that is due no more is paused."""
    due_at = _next_time(timing, max(now, timing.due_at))
    return {"next_due_at": due_at} if due_at else {"next_due_at": None, "enabled": False}


def _next_time(timing: Timing, after: dt.datetime) -> dt.datetime | None:
    try:
        return next_time(timing.cron, timing.timezone, after)
    except ZoneInfoNotFoundError:  # it was known when the schedule was made: an older tzdata, on another machine
        return None


def _still_going(found: Scheduled) -> str:
    return f"its last run, {prefixed('job', found.schedule.last_run_id)}, is still going"
