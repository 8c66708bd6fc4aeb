"""The bodies of webhooks, to the letter of the document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from api.wire.screpto.ids import result_id_of
from api.wire.times import epoch_ms
from domain.records import Record, Value
from domain.runs import Run, RunStatus
from domain.webhooks import WebhookEvent

CANCELLED = "The run was cancelled."


class SuccessPayload(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`duration` is in seconds, `data` what was found, as plain data; where that is more than a body has room for, the
    first of it, and all of it at `restUrl`."""

    result_id: str
    duration: float
    total_pages: int
    data: list[dict[str, Value]]
    rest_url: str | UnsetType = UNSET


class FailurePayload(msgspec.Struct, frozen=True, kw_only=True):
    reason: str


class PingPayload(msgspec.Struct, frozen=True):
    """Empty: a ping tells nothing but that it came."""


class EventBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every event has this format; `createdAt` is in milliseconds since 1970, as JavaScript counts."""

    type: WebhookEvent
    created_at: int
    payload: SuccessPayload | FailurePayload | PingPayload
    task_id: str | None


def render_event(
    run: Run,
    records: Sequence[Record],
    *,
    type: WebhookEvent,  # noqa: A002 - the document's name
    task_name: str,
    at: dt.datetime,
    rest_url: str = "",
) -> EventBody:
    """How the end of a run is told to a webhook of the task `task_name`. `rest_url` is where all records are, where
    these are not all."""
    payload = render_success(run, records, rest_url) if type is WebhookEvent.RUN_SUCCESS else render_failure(run)
    return EventBody(type=type, created_at=epoch_ms(at), payload=payload, task_id=task_name)


def render_ping(task_name: str | None, *, at: dt.datetime) -> EventBody:
    """A test event, of a task's webhook or of none."""
    return EventBody(type=WebhookEvent.PING, created_at=epoch_ms(at), payload=PingPayload(), task_id=task_name)


def render_success(run: Run, records: Sequence[Record], rest_url: str = "") -> SuccessPayload:
    return SuccessPayload(
        result_id=result_id_of(run.id),
        duration=duration_s(run),
        total_pages=run.pages_completed,
        data=[record.values() for record in records],
        rest_url=rest_url or UNSET,
    )


def render_failure(run: Run) -> FailurePayload:
    return FailurePayload(reason=CANCELLED if run.status is RunStatus.CANCELLED else run.error)


def duration_s(run: Run) -> float:
    """Seconds from its start to its end, to the millisecond; 0 for a run that never started."""
    if run.started_at is None or run.completed_at is None:
        return 0.0
    return round((run.completed_at - run.started_at).total_seconds(), 3)
