"""Jobs as ScrapeHub's document writes them: its keys to the letter, ours beside them."""

from __future__ import annotations

import msgspec

from api.wire.message import Message
from api.wire.scrapehub.credits import CreditsOut, EstimateOut, render_credits, render_estimate
from api.wire.scrapehub.plans import PlanSummary, field_in, render_plan, render_summary
from api.wire.scrapehub.records import RecordOut, render_record
from api.wire.scrapehub.requests import FieldIn, PlanBody
from api.wire.times import iso_seconds, iso_seconds_or_none
from domain.credits import RunCredits
from domain.ids import prefixed, unprefixed
from domain.pages import FetchOutcome
from domain.plans import PlannedBy
from domain.prices import Estimate
from domain.records import Record
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus, TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus

BASE = "/api/v1"
_PREFIX = "job"

# The document knows five. A client that waits for one of its two last ones must be able to stop: what ended with
# something is "completed", what ended without its number by someone's will is "failed"; `outcome` tells them apart.
STATUS: dict[RunStatus, str] = {
    RunStatus.QUEUED: "queued",
    RunStatus.PLANNING: "planning",
    RunStatus.RUNNING: "running",
    RunStatus.COMPLETED: "completed",
    RunStatus.PARTIAL: "completed",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "failed",
}


class JobCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A job at its start."""

    job_id: str
    status: str
    goal: str
    output_format: str
    progress: int
    records_found: int
    sources_total: int
    sources_completed: int
    created_at: str
    download_url: str | None


class JobItem(msgspec.Struct, frozen=True, kw_only=True):
    """A job in a list."""

    job_id: str
    status: str
    goal: str
    records_found: int
    created_at: str


class JobOut(msgspec.Struct, frozen=True, kw_only=True):
    """A job with its progress and results.

    Beyond the document: `outcome` is `status` in finer words (also partial and cancelled), `termination_reason` says
    why it ended, `reextracted_from` names the job whose archived pages it read, `records` are the first ones
    (`records_url` pages all of them) with the evidence of every value, and `spend` is what it has used, `credits` what
    that costs. `records_unclear` is how many stand beside the result because a condition of the goal could not be
    checked on them.
    """

    job_id: str
    status: str
    goal: str
    output_format: str
    progress: int
    records_found: int
    sources_total: int
    sources_completed: int
    plan_summary: PlanSummary | None
    created_at: str
    completed_at: str | None
    download_url: str | None
    outcome: RunStatus
    termination_reason: TerminationReason | None
    error: str | None
    reextracted_from: str | None
    url: str | None
    fields: list[FieldIn]
    max_results: int
    min_results: int | None
    started_at: str | None
    attempt: int
    pages_total: int
    pages_completed: int
    spend: SpendOut
    credits: CreditsOut
    plan: PlanBody | None
    planned_by: PlannedBy | None
    notes: list[str]
    records: list[RecordOut]
    records_unclear: int
    records_url: str
    events_url: str


class SpendOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a job has used so far. `tokens_estimated`: some provider gave no count, so ours stands in.
    `tokens_per_record`: those read and written for each record that it has, null while it has none."""

    pages: int
    browser_ms: int
    searches: int
    model_calls: int
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool
    tokens_per_record: float | None


class SourceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A URL that the job took up or left alone, and why."""

    url: str
    title: str
    status: TaskStatus
    outcome: FetchOutcome | None
    reason: str
    found_by: FoundBy
    depth: int
    records_found: int
    page_id: str | None
    page_url: str | None


class PreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a job would do. `plan` goes back as it is, or changed, in `POST /jobs`."""

    preview_id: str
    status: str
    plan: PlanBody | None
    planned_by: PlannedBy | None
    notes: list[str]
    candidates: list[SourceOut]
    termination_reason: TerminationReason | None
    spend: SpendOut
    estimate: EstimateOut


REMOVED = Message(message="Job cancelled/deleted successfully")  # documented


def job_id_of(run_id: str) -> str:
    return prefixed(_PREFIX, run_id)


def run_id_of(job_id: str) -> str | None:
    """The run that a job id names, None where it can name nothing."""
    return unprefixed(_PREFIX, job_id)


def job_url(run_id: str) -> str:
    return f"{BASE}/jobs/{job_id_of(run_id)}"


def render_created(run: Run) -> JobCreated:
    return JobCreated(
        job_id=job_id_of(run.id),
        status=STATUS[run.status],
        goal=_label(run),
        output_format=run.request.output_format,
        progress=run.progress,
        records_found=run.records_found,
        sources_total=run.sources_total,
        sources_completed=run.sources_completed,
        created_at=iso_seconds(run.created_at),
        download_url=_download_url(run),
    )


def render_item(run: Run) -> JobItem:
    return JobItem(
        job_id=job_id_of(run.id),
        status=STATUS[run.status],
        goal=_label(run),
        records_found=run.records_found,
        created_at=iso_seconds(run.created_at),
    )


def render_job(run: Run, records: tuple[Record, ...], told: RunCredits, unclear: int) -> JobOut:
    return JobOut(
        job_id=job_id_of(run.id),
        status=STATUS[run.status],
        goal=_label(run),
        output_format=run.request.output_format,
        progress=run.progress,
        records_found=run.records_found,
        sources_total=run.sources_total,
        sources_completed=run.sources_completed,
        plan_summary=render_summary(run.plan, records),
        created_at=iso_seconds(run.created_at),
        completed_at=iso_seconds_or_none(run.completed_at),
        download_url=_download_url(run),
        outcome=run.status,
        termination_reason=run.termination_reason,
        error=run.error or None,
        reextracted_from=_reextracted_from(run),
        url=run.request.url or None,
        fields=[field_in(field) for field in run.request.fields],
        max_results=run.request.max_results,
        min_results=run.request.min_results,
        started_at=iso_seconds_or_none(run.started_at),
        attempt=run.attempt,
        pages_total=run.pages_total,
        pages_completed=run.pages_completed,
        spend=render_spend(run),
        credits=render_credits(told),
        plan=render_plan(run.plan),
        planned_by=run.plan.planned_by if run.plan else None,
        notes=list(run.plan.notes) if run.plan else [],
        records=[render_record(record, job_url(run.id)) for record in records],
        records_unclear=unclear,
        records_url=f"{job_url(run.id)}/records",
        events_url=f"{job_url(run.id)}/events",
    )


def render_preview(run: Run, tasks: tuple[Task, ...], estimate: Estimate) -> PreviewOut:
    return PreviewOut(
        preview_id=job_id_of(run.id),
        status=STATUS[run.status],
        plan=render_plan(run.plan),
        planned_by=run.plan.planned_by if run.plan else None,
        notes=list(run.plan.notes) if run.plan else [],
        candidates=[render_source(task, run.id) for task in tasks],
        termination_reason=run.termination_reason,
        spend=render_spend(run),
        estimate=render_estimate(estimate),
    )


def render_source(task: Task, run_id: str) -> SourceOut:
    return SourceOut(
        url=task.url,
        title=task.title,
        status=task.status,
        outcome=task.outcome,
        reason=task.reason,
        found_by=task.found_by,
        depth=task.depth,
        records_found=task.records_found,
        page_id=task.page_id or None,
        page_url=f"{job_url(run_id)}/pages/{task.page_id}" if task.page_id else None,
    )


def _label(run: Run) -> str:
    """The goal; a job that was given a URL alone is called by it, since a list needs something to call it."""
    return run.request.title


def _reextracted_from(run: Run) -> str | None:
    first = run.request.archive_of if isinstance(run.request, GoalRequest) else ""
    return job_id_of(first) if first else None


def _download_url(run: Run) -> str | None:
    return f"{job_url(run.id)}/download?format={run.request.output_format}" if run.status.is_terminal else None


def render_spend(run: Run) -> SpendOut:
    spend = run.spend
    return SpendOut(
        pages=spend.pages,
        browser_ms=spend.browser_ms,
        searches=spend.searches,
        model_calls=spend.model_calls,
        input_tokens=spend.input_tokens,
        output_tokens=spend.output_tokens,
        tokens_estimated=spend.tokens_estimated,
        tokens_per_record=run.tokens_per_record,
    )
