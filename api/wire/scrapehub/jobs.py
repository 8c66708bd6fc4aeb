"""Jobs as ScrapeHub's document writes them: its keys to the letter, ours beside them."""

from __future__ import annotations

import msgspec

from api.wire.scrapehub.records import RecordOut, render_record
from api.wire.scrapehub.requests import MAX_RESULTS, ConditionIn, FieldIn, PlanBody
from api.wire.times import iso_seconds, iso_seconds_or_none
from domain.budgets import Spend
from domain.fields import Field
from domain.ids import prefixed, unprefixed
from domain.pages import FetchOutcome
from domain.plans import Plan, PlannedBy
from domain.records import Record
from domain.runs import Run, RunStatus, TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus
from domain.urls import site_of

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


class PlanSummary(msgspec.Struct, frozen=True, kw_only=True):
    search_queries: list[str]
    sources: list[str]


class JobOut(msgspec.Struct, frozen=True, kw_only=True):
    """A job with its progress and results.

    Beyond the document: `outcome` is `status` in finer words (also partial and cancelled), `termination_reason` says
    why it ended, `records` are the first ones (`records_url` pages all of them) with the evidence of every value, and
    `spend` is what it has used.
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
    url: str | None
    fields: list[FieldIn]
    max_results: int
    min_results: int | None
    started_at: str | None
    attempt: int
    pages_total: int
    pages_completed: int
    spend: SpendOut
    plan: PlanBody | None
    planned_by: PlannedBy | None
    notes: list[str]
    records: list[RecordOut]
    records_url: str
    events_url: str


class SpendOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a job has used so far. `tokens_estimated`: some provider gave no count, so ours stands in."""

    pages: int
    browser_ms: int
    searches: int
    model_calls: int
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool


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


class Message(msgspec.Struct, frozen=True):
    message: str


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


def render_job(run: Run, records: tuple[Record, ...]) -> JobOut:
    return JobOut(
        job_id=job_id_of(run.id),
        status=STATUS[run.status],
        goal=_label(run),
        output_format=run.request.output_format,
        progress=run.progress,
        records_found=run.records_found,
        sources_total=run.sources_total,
        sources_completed=run.sources_completed,
        plan_summary=_summary(run.plan, records),
        created_at=iso_seconds(run.created_at),
        completed_at=iso_seconds_or_none(run.completed_at),
        download_url=_download_url(run),
        outcome=run.status,
        termination_reason=run.termination_reason,
        error=run.error or None,
        url=run.request.url or None,
        fields=[_field(field) for field in run.request.fields],
        max_results=run.request.max_results,
        min_results=run.request.min_results,
        started_at=iso_seconds_or_none(run.started_at),
        attempt=run.attempt,
        pages_total=run.pages_total,
        pages_completed=run.pages_completed,
        spend=_spend(run.spend),
        plan=_plan(run.plan),
        planned_by=run.plan.planned_by if run.plan else None,
        notes=list(run.plan.notes) if run.plan else [],
        records=[render_record(record, job_url(run.id)) for record in records],
        records_url=f"{job_url(run.id)}/records",
        events_url=f"{job_url(run.id)}/events",
    )


def render_preview(run: Run, tasks: tuple[Task, ...]) -> PreviewOut:
    return PreviewOut(
        preview_id=job_id_of(run.id),
        status=STATUS[run.status],
        plan=_plan(run.plan),
        planned_by=run.plan.planned_by if run.plan else None,
        notes=list(run.plan.notes) if run.plan else [],
        candidates=[render_source(task, run.id) for task in tasks],
        termination_reason=run.termination_reason,
        spend=_spend(run.spend),
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
    return run.request.goal or run.request.url


def _download_url(run: Run) -> str | None:
    return f"{job_url(run.id)}/download?format={run.request.output_format}" if run.status.is_terminal else None


def _summary(plan: Plan | None, records: tuple[Record, ...]) -> PlanSummary | None:
    """The queries, and the sites: those planned first, then those that told of the records shown."""
    if plan is None:
        return None
    told = (url for record in records for url in record.sources)
    return PlanSummary(
        search_queries=list(plan.queries),
        sources=list(dict.fromkeys(site_of(url) for url in (*plan.sources, *told))),
    )


def _plan(plan: Plan | None) -> PlanBody | None:
    if plan is None:
        return None
    return PlanBody(
        goal=plan.goal,
        entity=plan.entity,
        location=plan.location,
        language=plan.language,
        fields=[_field(field) for field in plan.fields],
        queries=list(plan.queries),
        sources=list(plan.sources),
        conditions=[
            ConditionIn(
                field=condition.field,
                comparison=condition.comparison.value,
                value=list(condition.value) if isinstance(condition.value, tuple) else condition.value,
                text=condition.text,
            )
            for condition in plan.conditions
        ],
        count=min(plan.count, MAX_RESULTS) if plan.count else None,
    )


def _field(field: Field) -> FieldIn:
    return FieldIn(
        name=field.name,
        type=f"{field.kind.value}[]" if field.many else field.kind.value,
        description=field.description,
        required=field.required,
        synonyms=list(field.synonyms),
    )


def _spend(spend: Spend) -> SpendOut:
    return SpendOut(
        pages=spend.pages,
        browser_ms=spend.browser_ms,
        searches=spend.searches,
        model_calls=spend.model_calls,
        input_tokens=spend.input_tokens,
        output_tokens=spend.output_tokens,
        tokens_estimated=spend.tokens_estimated,
    )
