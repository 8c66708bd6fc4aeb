"""How a run ends, whoever ends it: its worker, a caller's cancel, the sweeper."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from domain.events import EventType
from domain.ids import prefixed
from domain.runs import Run, RunStatus, TerminationReason, outcome_of
from services.capture_ends import note_capture_end
from services.credits import settle_run
from services.flow_ends import note_flow_end
from services.pool_memory import absorb_run
from services.service import Service
from services.stats import count_end
from services.webhooks import enqueue_end
from services.widget_checks import note_check
from store.repositories.runs import Changed, NewEvent
from store.unit import UnitOfWork

WHAT_HAPPENED = {
    TerminationReason.NOTHING_FOUND: "Pages were read, and none held such a record.",
    TerminationReason.NO_SOURCES: "The search found no page to read.",
    TerminationReason.SOURCES_FAILED: "None of the pages could be read.",
    TerminationReason.SEARCH_UNAVAILABLE: "No search provider answered.",
    TerminationReason.STEP_FAILED: "A step of the flow could not be done.",
    TerminationReason.BUDGET: "The budget was spent before anything was found.",
    TerminationReason.DEADLINE: "Time ran out before anything was found.",
    TerminationReason.WORKER_CRASHED: "This run took its worker down three times.",
    TerminationReason.INTERNAL_ERROR: "Something went wrong in the service.",
    TerminationReason.SOURCES_EXHAUSTED: "All sources were read, and none held such a record.",
}


class EndOfRun(msgspec.Struct, frozen=True, kw_only=True):
    """What to write at a run's end."""

    status: RunStatus
    values: dict[str, Any]
    event: NewEvent


def end_of(
    run: Run, *, reason: TerminationReason, records: int, detail: str = "", pages: int, now: dt.datetime
) -> EndOfRun:
    """The end of `run`, which has found `records` and read `pages`."""
    status = outcome_of(records=records, request=run.request, reason=reason)
    error = (detail or WHAT_HAPPENED.get(reason, "")) if status is RunStatus.FAILED else ""
    return EndOfRun(
        status=status,
        values={
            "status": status.value,
            "termination_reason": reason.value,
            "completed_at": now,
            "error": error,
            "records_found": records,
            "worker": "",
            "lease_expires_at": None,
            "cancel_requested": False,
        },
        event=NewEvent(
            EventType.ENDED,
            {
                "status": status.value,
                "termination_reason": reason.value,
                "records_found": records,
                "pages_completed": pages,
                "detail": detail or error,
            },
        ),
    )


async def after_end(uow: UnitOfWork, service: Service, ended_run: Run, ended: Changed) -> None:
    """What else happens in the transaction that ends a run, once its row and its records are written."""
    now = service.clock.now()
    await uow.outbox.remove(ended_run.id)
    run = await uow.runs(ended_run.account_id).get(ended_run.id)  # the row as it now is: its status, its spend
    assert run is not None
    ended = await _tell_pool(uow, service, run, ended)
    run = await settle_run(uow, service, run, ending=ended.last_event)
    await count_end(uow, run)
    await note_flow_end(uow, service, run)
    await note_capture_end(uow, service, run)
    await note_check(uow, service, run)
    await enqueue_end(uow, run, event=ended.last_event, now=now)


async def _tell_pool(uow: UnitOfWork, service: Service, run: Run, ended: Changed) -> Changed:
    """Takes the run's records into its pool, and says before the run's end what that changed."""
    tally = await absorb_run(uow, service, run)
    if tally is None:
        return ended
    told = {"pool_id": prefixed("pool", run.request.pool_id), **msgspec.structs.asdict(tally)}
    event = NewEvent(EventType.POOL_UPDATED, told)
    at = run.completed_at or service.clock.now()  # the end's own time: what is told before it is not later
    return await uow.runs(run.account_id).tell_before_end(run.id, ended, event, at)
