"""How a run ends, whoever ends it: its worker, a caller's cancel, the sweeper."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from domain.events import EventType
from domain.runs import Run, RunStatus, TerminationReason, outcome_of
from services.webhooks import enqueue_webhook
from store.repositories.runs import Changed, NewEvent
from store.unit import UnitOfWork

WHAT_HAPPENED = {
    TerminationReason.NOTHING_FOUND: "Pages were read, and none held such a record.",
    TerminationReason.NO_SOURCES: "The search found no page to read.",
    TerminationReason.SOURCES_FAILED: "None of the pages could be read.",
    TerminationReason.SEARCH_UNAVAILABLE: "No search provider answered.",
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


async def after_end(uow: UnitOfWork, run: Run, ended: Changed, now: dt.datetime) -> None:
    """What else happens in the transaction that ends a run."""
    await uow.outbox.remove(run.id)
    if run.request.webhook_url:
        await enqueue_webhook(uow, run, event=ended.last_event, now=now)
