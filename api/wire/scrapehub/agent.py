"""Agent runs: a goal asked and answered in one call, with what was done for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from api.wire.scrapehub.jobs import (
    STATUS,
    SourceOut,
    SpendOut,
    job_id_of,
    job_url,
    render_source,
    render_spend,
)
from api.wire.scrapehub.requests import (
    MAX_CREDITS,
    MAX_FIELDS,
    MAX_MIN_RESULTS,
    MAX_RESULTS,
    MAX_TOLD,
    CreateJob,
    FieldIn,
    Goal,
    Mistakes,
    Url,
    read_job,
)
from api.wire.times import iso_seconds, iso_seconds_or_none
from domain.budgets import Budget
from domain.egress import EgressPolicy
from domain.errors import InvalidInput
from domain.fields import Field
from domain.records import Record
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus, TerminationReason
from domain.schemas import parse_output_schema, shape
from domain.tasks import Task, TaskStatus
from services.agent import Step, StepKind
from services.listing import Listing

MAX_PAGES = 2_000
MAX_TOKENS = 10_000_000
MAX_SECONDS = 3_600
SOURCES_SHOWN = 100


class BudgetIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a run may use. It stops at the first of them, with what it has."""

    max_pages: Annotated[int, Meta(ge=1, le=MAX_PAGES, description="Pages to open.")] | None = None
    max_seconds: Annotated[float, Meta(ge=1, le=MAX_SECONDS)] | None = None
    max_tokens: Annotated[int, Meta(ge=0, le=MAX_TOKENS, description="Tokens of models, read and written.")] | None = (
        None
    )
    max_credits: Annotated[int, Meta(ge=1, le=MAX_CREDITS)] | None = None


class RunAgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A goal in plain words, a URL, or both."""

    goal: Annotated[Goal | None, Meta(description="What is wanted, in plain words.")] = None
    url: Annotated[Url | None, Meta(description="Where to look; nothing is searched for then.")] = None
    schema: (
        Annotated[
            dict[str, Any],
            Meta(description='The shape of a record: `{"name": "string", "price": "number"}`, or JSON Schema.'),
        ]
        | None
    ) = None
    fields: (
        Annotated[list[str | FieldIn], Meta(max_length=MAX_FIELDS, description="As in `POST /jobs`, without `schema`.")]
        | None
    ) = None
    budget: BudgetIn | None = None
    max_results: Annotated[int, Meta(ge=1, le=MAX_RESULTS, description=MAX_TOLD)] | None = None
    min_results: Annotated[int, Meta(ge=1, le=MAX_MIN_RESULTS, description="At most `max_results`.")] | None = None
    stream: Annotated[bool | None, Meta(description="Tell each step as it is done, as Server-Sent Events.")] = None


class AgentRecordOut(msgspec.Struct, frozen=True, kw_only=True):
    """A record in the asked shape. `evidence_url` has the proof of each of its values."""

    id: str
    data: dict[str, Any]
    sources: list[str]
    evidence_url: str


class StepOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done. `count` is of what the step counts: pages found, records read, records so far."""

    step: StepKind
    at: str
    text: str
    url: str | None
    count: int


class AgentRunOut(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent run found, and what it did for it. `status` is the document's word, `outcome` the finer one.

    `records` are the first ones; `next_records_url` leads to the others, null where there are none. Of `sources`
    those that were opened are shown, and `sources_url` has all of them, also those that were left and why.
    """

    run_id: str
    status: str
    outcome: RunStatus
    goal: str
    url: str | None
    records: list[AgentRecordOut]
    records_found: int
    records_url: str
    next_records_url: str | None
    steps: list[StepOut]
    sources: list[SourceOut]
    sources_url: str
    events_url: str
    termination_reason: TerminationReason | None
    error: str | None
    spend: SpendOut
    credits: int
    created_at: str
    completed_at: str | None


def parse_agent_run(body: RunAgent, policy: EgressPolicy) -> GoalRequest:
    """The request that a body stands for. Raises InvalidInput with one entry per wrong field."""
    mistakes = Mistakes()
    budget = body.budget or BudgetIn()
    job = CreateJob(
        goal=body.goal,
        url=body.url,
        fields=body.fields,
        max_results=body.max_results,
        min_results=body.min_results,
        max_credits=budget.max_credits,
    )
    request = read_job(job, policy, mistakes)
    if body.schema is not None:
        request = msgspec.structs.replace(request, fields=_fields(body, mistakes))
    mistakes.raise_any()
    return msgspec.structs.replace(request, budget=_budget(budget))


def _fields(body: RunAgent, mistakes: Mistakes) -> tuple[Field, ...]:
    if body.fields is not None:
        either = "give either schema or fields"
        mistakes.add({"schema": either, "fields": either})
        return ()
    try:
        return parse_output_schema(body.schema or {}, "schema")
    except InvalidInput as fault:
        mistakes.add(fault.fields)
        return ()


def _budget(given: BudgetIn) -> Budget:
    default = Budget()
    return Budget(
        max_pages=default.max_pages if given.max_pages is None else given.max_pages,
        max_tokens=default.max_tokens if given.max_tokens is None else given.max_tokens,
        max_seconds=default.max_seconds if given.max_seconds is None else given.max_seconds,
    )


def render_agent_run(run: Run, records: Listing[Record], steps: Sequence[Step], tasks: Sequence[Task]) -> AgentRunOut:
    base = job_url(run.id)
    opened = [task for task in tasks if task.status in {TaskStatus.DONE, TaskStatus.FAILED}]
    return AgentRunOut(
        run_id=job_id_of(run.id),
        status=STATUS[run.status],
        outcome=run.status,
        goal=run.request.goal,
        url=run.request.url or None,
        records=[
            AgentRecordOut(
                id=record.id,
                data=shape(record.values(), run.request.fields),
                sources=list(record.sources),
                evidence_url=f"{base}/records/{record.id}/evidence",
            )
            for record in records.items
        ],
        records_found=run.records_found,
        records_url=f"{base}/records",
        next_records_url=f"{base}/records?cursor={records.next_cursor}" if records.next_cursor else None,
        steps=[render_step(step) for step in steps],
        sources=[render_source(task, run.id) for task in opened[:SOURCES_SHOWN]],
        sources_url=f"{base}/sources",
        events_url=f"{base}/events",
        termination_reason=run.termination_reason,
        error=run.error or None,
        spend=render_spend(run),
        credits=run.credits,
        created_at=iso_seconds(run.created_at),
        completed_at=iso_seconds_or_none(run.completed_at),
    )


def render_step(step: Step) -> StepOut:
    return StepOut(step=step.kind, at=iso_seconds(step.at), text=step.text, url=step.url or None, count=step.count)
