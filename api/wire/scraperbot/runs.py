"""Runs as scraper.bot's document writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from api.wire.scraperbot.ids import flow_name_of, run_name_of
from api.wire.scraperbot.logs import LogLine, render_logs
from api.wire.times import iso_seconds, iso_seconds_or_none
from domain.events import RunEvent
from domain.fields import Field
from domain.ids import prefixed
from domain.pools import Change, ChangeType
from domain.prices import Prices, in_currency
from domain.records import Record, plain_values
from domain.requests import FlowMode, FlowRequest
from domain.runs import Run, RunStatus, TerminationReason
from domain.schemas import shape

Status = Literal["queued", "running", "completed", "failed", "cancelled"]

# The document knows five. What ended with something is "completed", and says beside it that it is partial.
STATUS: dict[RunStatus, Status] = {
    RunStatus.QUEUED: "queued",
    RunStatus.PLANNING: "running",
    RunStatus.RUNNING: "running",
    RunStatus.COMPLETED: "completed",
    RunStatus.PARTIAL: "completed",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "cancelled",
}


class CreateRun(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    flow_id: Annotated[str, Meta(max_length=80, examples=["flow-01a1fd7bc0de70c0965a666767579315"])]


class RunStarted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    flow_id: str | None
    flow_name: str
    status: Status
    started_at: str
    cost: float


class RunCreated(msgspec.Struct, frozen=True, kw_only=True):
    data: RunStarted


class RunItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A run in a list. `startedAt` of one that waits is when it was asked for; `duration` is in milliseconds, so far or
    in all; `cost` is in the operator's currency. `partial` stands where it ended with less than was asked."""

    id: str
    flow_id: str | None
    flow_name: str
    status: Status
    started_at: str
    duration: int
    items_extracted: int
    cost: float
    partial: bool = False


class RunList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of runs; `total` counts all that fit the filters."""

    data: list[RunItem]
    total: int


class RunOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A run with its log and the first of what it found, in the shape of the flow's schema.

    Of a monitor's run, `outputPreview` holds the first of what changed in its pool, and `changesUrl` leads to the rest.
    Beyond the document: when and why it ended, and where all of its records are, each value with its evidence.
    """

    id: str
    flow_id: str | None
    flow_name: str
    status: Status
    started_at: str
    duration: int
    items_extracted: int
    cost: float
    logs: list[LogLine]
    output_preview: list[dict[str, Any]]
    completed_at: str | None
    termination_reason: TerminationReason | None
    tokens_per_record: float | None
    error: str | None
    records_url: str
    partial: bool = False
    changes_url: str | None = None


class RunShown(msgspec.Struct, frozen=True, kw_only=True):
    data: RunOut


def render_started(run: Run, prices: Prices) -> RunCreated:
    item = _item(run, prices, run.created_at)
    return RunCreated(
        data=RunStarted(
            id=item.id,
            flow_id=item.flow_id,
            flow_name=item.flow_name,
            status=item.status,
            started_at=item.started_at,
            cost=item.cost,
        )
    )


def render_runs(runs: Sequence[Run], total: int, prices: Prices, now: dt.datetime) -> RunList:
    return RunList(data=[_item(run, prices, now) for run in runs], total=total)


def render_run(
    run: Run, events: Sequence[RunEvent], preview: Sequence[dict[str, Any]], prices: Prices, now: dt.datetime
) -> RunShown:
    item = _item(run, prices, now)
    return RunShown(
        data=RunOut(
            **msgspec.structs.asdict(item),
            logs=render_logs(events, has_minimum=run.request.min_results is not None),
            output_preview=list(preview),
            completed_at=iso_seconds_or_none(run.completed_at),
            termination_reason=run.termination_reason,
            tokens_per_record=run.tokens_per_record,
            error=run.error or None,
            records_url=f"/api/v1/jobs/job_{run.id}/records",
            changes_url=_changes_url(run),
        )
    )


def render_change(change: Change, fields: Sequence[Field]) -> dict[str, Any]:
    """One change of a monitor's pool: `added` and `removed` with the item, `changed` with the field, from and to."""
    told: dict[str, Any] = {"change": change.type, "recordId": change.record_id}
    if change.type is ChangeType.CHANGED:
        return told | {"field": change.field, "from": change.old, "to": change.new.value if change.new else None}
    return told | {"item": shape(plain_values(change.values), fields)}


def _changes_url(run: Run) -> str | None:
    """Where a monitor's changes are told from; None of any other run."""
    flow = run.request
    if not (isinstance(flow, FlowRequest) and flow.mode is FlowMode.MONITOR and flow.pool_id):
        return None
    return f"/api/v1/pools/{prefixed('pool', flow.pool_id)}/changes"


def render_items(records: Sequence[Record], fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Records as plain data in the shape that was asked for."""
    return [shape(record.values(), fields) for record in records]


def statuses_of(word: str) -> tuple[RunStatus, ...]:
    """The statuses that the document's word stands for."""
    return tuple(status for status, known in STATUS.items() if known == word)


def _item(run: Run, prices: Prices, now: dt.datetime) -> RunItem:
    flow = run.request if isinstance(run.request, FlowRequest) else None
    return RunItem(
        id=run_name_of(run.id),
        flow_id=flow_name_of(flow.flow_id) if flow else None,
        flow_name=flow.flow_name if flow else run.request.title,
        status=STATUS[run.status],
        started_at=iso_seconds(run.started_at or run.created_at),
        duration=_duration_ms(run, now),
        items_extracted=run.records_found,
        cost=in_currency(run.credits, prices),
        partial=run.status is RunStatus.PARTIAL,
    )


def _duration_ms(run: Run, now: dt.datetime) -> int:
    """From its start to its end, or to now; 0 for one that never started."""
    if run.started_at is None:
        return 0
    return max(0, int(((run.completed_at or now) - run.started_at).total_seconds() * 1000))
