"""One-shot extraction: a page read while the caller waits."""

from __future__ import annotations

from typing import NamedTuple

from domain.budgets import Budget
from domain.errors import Conflict, NotEnoughCredits, PageUnreadable, TookTooLong
from domain.fields import Field
from domain.prices import is_used_up
from domain.records import Record
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus, TerminationReason
from services.endings import WHAT_HAPPENED
from services.records import list_records
from services.requests import MAX_RESULTS
from services.runs import submit_run, wait_for_end
from services.service import Service
from services.tasks import list_tasks

SPARE_S = 5.0  # between the run's own deadline and the caller's: to take it up, to end it, to answer

# Nothing found is an answer; these are none.
_UNREADABLE = frozenset(
    {TerminationReason.SOURCES_FAILED, TerminationReason.WORKER_CRASHED, TerminationReason.INTERNAL_ERROR}
)
_OUT_OF_TIME = frozenset({TerminationReason.DEADLINE})


class Extraction(NamedTuple):
    run: Run
    records: tuple[Record, ...]


async def extract_now(
    service: Service,
    account_id: str,
    *,
    url: str,
    instructions: str,
    fields: tuple[Field, ...],
    max_items: int,
    deadline_s: float,
    idempotency_key: str = "",
) -> Extraction:
    """Reads a page and what it leads to, and returns what was found by the deadline; a run of it stays.

    Raises what `submit_run` does; PageUnreadable where the page could not be had; TookTooLong where nothing was found
    in time, with the run's id; NotEnoughCredits where nothing was found before its credits were used up; Conflict where
    somebody cancelled the run.
    """
    request = GoalRequest(
        url=url,
        goal=instructions,
        fields=fields,
        max_results=max_items,
        budget=Budget(max_seconds=max(SPARE_S, deadline_s - SPARE_S)),
    )
    run = await submit_run(service, account_id, request, idempotency_key=idempotency_key)
    run = await wait_for_end(service, account_id, run.id, deadline_s)
    if run.status is RunStatus.CANCELLED:
        raise Conflict(f"The run run-{run.id} was cancelled.")
    if not run.status.is_terminal or (not run.records_found and run.termination_reason in _OUT_OF_TIME):
        raise TookTooLong(
            f"Nothing was found within {deadline_s:.0f} seconds; GET /api/v1/runs/run-{run.id} tells how it goes on."
        )
    if _ran_out_of_credits(service, run) and not run.records_found:
        raise NotEnoughCredits(
            f"The {run.request.max_credits} credits that there were for this were used up before anything was found; "
            "they are given back."
        )
    if run.termination_reason in _UNREADABLE and not run.records_found:
        raise PageUnreadable(await _why(service, run))
    records = await list_records(service, account_id, run.id, limit=MAX_RESULTS)
    return Extraction(run, records.items)


def _ran_out_of_credits(service: Service, run: Run) -> bool:
    return run.termination_reason is TerminationReason.BUDGET and is_used_up(
        run.request.max_credits, run.spend, service.prices
    )


async def _why(service: Service, run: Run) -> str:
    """What became of the page, in words and as the fetch's own outcome."""
    tasks = await list_tasks(service, run.account_id, run.id)
    failed = next((task for task in tasks if task.outcome is not None), None)
    if failed is not None and failed.outcome is not None:
        return f"The page could not be read: {failed.outcome.value} ({failed.reason or failed.url})."
    assert run.termination_reason is not None
    return f"{run.error or WHAT_HAPPENED[run.termination_reason]} (run-{run.id})"
