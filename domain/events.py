"""What happens in a run, stored and streamed as it happens."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec


class EventType(StrEnum):
    QUEUED = "run.queued"
    STARTED = "run.started"
    RETRIED = "run.retried"  # its worker was lost; another took it up
    PLANNED = "plan.ready"
    SOURCES_FOUND = "sources.found"
    SOURCE_READ = "source.read"
    SOURCE_FAILED = "source.failed"
    RECORDS_FOUND = "records.found"
    WARNING = "run.warning"  # degraded, and still going: a fallback model, a provider down
    ENDED = "run.ended"  # always the last one


class RunEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`sequence` counts from 1 within its run without gaps: it is the SSE id that a stream resumes from."""

    run_id: str
    sequence: int
    type: EventType
    at: dt.datetime
    data: dict[str, object]
