"""A run as its caller follows it: what it did, step by step, until it ends or patience does."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec

from domain.events import EventType, RunEvent
from domain.runs import Run
from services.events import EVENTS_AT_ONCE, list_events
from services.runs import LOOK_AGAIN_S, get_run
from services.service import Service

MAX_STEPS = 500  # kept of a run: its 200 pages twice over, and what lies between them

Tell = Callable[[RunEvent, Run], Awaitable[None]]


class StepKind(StrEnum):
    PLANNED = "planned"
    SEARCHED = "searched"  # sources were found
    READ = "read"
    FAILED = "failed"  # a source could not be read, or a step of a flow not be done
    EXTRACTED = "extracted"  # the run's records changed
    ACTED = "acted"  # a step of a flow was done
    POOLED = "pooled"  # a pool took the records in
    WARNED = "warned"
    ENDED = "ended"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a run did. `text` is a line for people and models; `count` is of what the kind counts: sources
    found, records on a page, records of the run so far, events of a pool; 0 where nothing is counted."""

    sequence: int
    at: dt.datetime
    kind: StepKind
    text: str
    url: str = ""
    count: int = 0


async def watch(
    service: Service, account_id: str, run_id: str, *, deadline_s: float, tell: Tell, after: int = 0
) -> Run:
    """The run at its end, or as it is after `deadline_s`; `tell` is awaited with each event after `after`, in order.

    Raises NotFound, also where the run is deleted meanwhile.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + deadline_s
    with service.signals.listen(run_id) as listener:
        while True:
            # The status is read before the events: when it is terminal, the events that follow hold the end.
            run = await get_run(service, account_id, run_id)
            events = await list_events(service, account_id, run_id, after=after)
            for event in events:
                await tell(event, run)
                after = event.sequence
            left = deadline - loop.time()
            if len(events) == EVENTS_AT_ONCE and left > 0:
                continue
            if run.status.is_terminal or left <= 0:
                return run
            await listener.wait(min(LOOK_AGAIN_S, left))


async def list_steps(service: Service, account_id: str, run_id: str) -> tuple[Step, ...]:
    """What a run has done, oldest first, at most the last MAX_STEPS. Raises NotFound."""
    steps: list[Step] = []
    after = 0
    while True:
        events = await list_events(service, account_id, run_id, after=after)
        steps += filter(None, map(step_of, events))
        if len(events) < EVENTS_AT_ONCE:
            return tuple(steps[-MAX_STEPS:])
        after = events[-1].sequence


def step_of(event: RunEvent) -> Step | None:
    """The step that an event tells of; None for what is no step: that the run waits, or was taken up."""
    told = _told(event)
    if told is None:
        return None
    kind, text, count = told
    return Step(
        sequence=event.sequence,
        at=event.at,
        kind=kind,
        text=text,
        url=_text(event, "url"),
        count=count,
    )


def _told(event: RunEvent) -> tuple[StepKind, str, int] | None:
    match event.type:
        case EventType.PLANNED:
            return StepKind.PLANNED, _plan(event), 0
        case EventType.SOURCES_FOUND:
            added = _number(event, "added")
            return StepKind.SEARCHED, f"found {counted(added, 'page')} to read", added
        case EventType.SOURCE_READ:
            records = _number(event, "records_found")
            return StepKind.READ, f"read {_text(event, 'url')}: {counted(records, 'record')}", records
        case EventType.SOURCE_FAILED:
            why = _text(event, "reason") or _text(event, "outcome")
            return StepKind.FAILED, f"could not read {_text(event, 'url')}: {why}", 0
        case EventType.RECORDS_FOUND:
            total = _number(event, "total")
            return StepKind.EXTRACTED, f"{counted(total, 'record')} so far", total
        case EventType.STEP_DONE:
            return StepKind.ACTED, f"did {_action(event)}", 0
        case EventType.STEP_FAILED:
            why = _text(event, "detail") or _text(event, "outcome")
            return StepKind.FAILED, f"could not do {_action(event)}: {why}", 0
        case EventType.POOL_UPDATED:
            changes = sum(_number(event, name) for name in ("added", "changed", "removed"))
            return StepKind.POOLED, f"{counted(changes, 'change')} in the pool", changes
        case EventType.WARNING:
            return StepKind.WARNED, _text(event, "message"), 0
        case EventType.RETRIED:
            return StepKind.WARNED, "taken up again by another worker", 0
        case EventType.ENDED:
            return StepKind.ENDED, f"ended: {_text(event, 'termination_reason')}", _number(event, "records_found")
        case EventType.QUEUED | EventType.STARTED:
            return None


def _plan(event: RunEvent) -> str:
    fields, queries = _listed(event, "fields"), _listed(event, "queries")
    looked_for = ", ".join(fields) or "whatever the pages tell"
    searches = f"; to search: {', '.join(queries)}" if queries else ""
    return f"planned by {_text(event, 'planned_by')}: {looked_for}{searches}"


def _action(event: RunEvent) -> str:
    return _text(event, "label") or _text(event, "type")


def counted(number: int, noun: str) -> str:
    """`counted(1, "record")` is `1 record`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _text(event: RunEvent, name: str) -> str:
    value = event.data.get(name)
    return value if isinstance(value, str) else ""


def _number(event: RunEvent, name: str) -> int:
    value = event.data.get(name)
    return value if isinstance(value, int) else 0


def _listed(event: RunEvent, name: str) -> list[str]:
    value = event.data.get(name)
    return [str(item) for item in value] if isinstance(value, list) else []
