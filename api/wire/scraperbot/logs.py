"""What happened in a run, line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from api.wire.times import iso_seconds
from domain.events import EventType, RunEvent
from domain.runs import RunStatus
from services.endings import WHAT_HAPPENED

_FEWER = "fewer_than_asked"  # the kind of that warning
NAMED = 10  # fields or changes that one line names


class Level(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    timestamp: str
    level: Level
    message: str


class _Said(NamedTuple):
    message: str
    level: Level = Level.INFO


Data = Mapping[str, Any]


def render_logs(events: Sequence[RunEvent], *, has_minimum: bool = False) -> list[LogLine]:
    """`has_minimum`: so many records were asked for at least; else it is no news that there are fewer than may be."""
    return [_line(event) for event in events if has_minimum or event.data.get("kind") != _FEWER]


def _line(event: RunEvent) -> LogLine:
    message, level = _WORDS[event.type](event.data)
    return LogLine(timestamp=iso_seconds(event.at), level=level, message=message)


def _queued(data: Data) -> _Said:
    return _Said("Run queued again, for more items" if data.get("extended") else "Run queued")


def _started(_: Data) -> _Said:
    return _Said("Run started")


def _retried(_: Data) -> _Said:
    return _Said("The worker was lost; another one goes on", Level.WARNING)


def _planned(data: Data) -> _Said:
    fields = data.get("fields") or []
    return _Said(f"Looking for {_listed(fields)}" if fields else "Planned")


def _sources_found(data: Data) -> _Said:
    return _Said(f"Found {_count(data.get('added', 0), 'page')} to read")


def _source_read(data: Data) -> _Said:
    return _Said(f"Read {data.get('url', 'the page')}: {_count(data.get('records_found', 0), 'item')}")


def _source_failed(data: Data) -> _Said:
    why = str(data.get("outcome", "")).replace("_", " ")
    reason = data.get("reason", "")
    return _Said(f"Could not read {data.get('url', 'the page')}: {why or reason or 'no reason told'}", Level.WARNING)


def _records_found(data: Data) -> _Said:
    return _Said(f"{_count(data.get('total', 0), 'item')} so far")


def _step(data: Data) -> str:
    label = f" “{data['label']}”" if data.get("label") else ""
    index = int(data.get("index", 0))
    return f"Step {index + 1} ({data.get('type', 'step')}{label})" if index >= 0 else "Opening the page"


def _step_done(data: Data) -> _Said:
    detail = f": {data['detail']}" if data.get("detail") else ""
    return _Said(f"{_step(data)}: done in {data.get('elapsed_ms', 0)} ms{detail}")


def _step_failed(data: Data) -> _Said:
    outcome = str(data.get("outcome", "")).replace("_", " ") or "failed"
    detail = f", {data['detail']}" if data.get("detail") else ""
    return _Said(f"{_step(data)}: failed after {data.get('elapsed_ms', 0)} ms, {outcome}{detail}", Level.ERROR)


def _pool_updated(data: Data) -> _Said:
    told = ", ".join(f"{data.get(kind, 0)} {kind}" for kind in ("added", "changed", "removed"))
    return _Said(f"Changed since the run before: {told}")


def _warned(data: Data) -> _Said:
    return _Said(str(data.get("message", "")) or "The run is degraded", Level.WARNING)


def _ended(data: Data) -> _Said:
    records = _count(data.get("records_found", 0), "item")
    reason, detail = data.get("termination_reason", ""), data.get("detail", "")
    why = detail or next((words for known, words in WHAT_HAPPENED.items() if known == reason), "")
    match data.get("status"):
        case RunStatus.FAILED:
            return _Said(f"Run failed: {why or reason}", Level.ERROR)
        case RunStatus.CANCELLED:
            return _Said(f"Run cancelled; {records} kept", Level.WARNING)
        case RunStatus.PARTIAL:
            return _Said(f"Extracted {records}, not all: {detail or str(reason).replace('_', ' ')}", Level.WARNING)
        case _:
            return _Said(f"Extracted {records}")


_WORDS: dict[EventType, Callable[[Data], _Said]] = {
    EventType.QUEUED: _queued,
    EventType.STARTED: _started,
    EventType.RETRIED: _retried,
    EventType.PLANNED: _planned,
    EventType.SOURCES_FOUND: _sources_found,
    EventType.SOURCE_READ: _source_read,
    EventType.SOURCE_FAILED: _source_failed,
    EventType.RECORDS_FOUND: _records_found,
    EventType.STEP_DONE: _step_done,
    EventType.STEP_FAILED: _step_failed,
    EventType.POOL_UPDATED: _pool_updated,
    EventType.WARNING: _warned,
    EventType.ENDED: _ended,
}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
