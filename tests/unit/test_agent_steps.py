"""What is told of a run's events, to people and models."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.events import EventType, RunEvent
from services.agent import StepKind, step_of

NOT_STEPS = {EventType.QUEUED, EventType.STARTED}


def event(kind: EventType, **data: object) -> RunEvent:
    return RunEvent(run_id="r", sequence=3, type=kind, at=dt.datetime(2026, 11, 21, tzinfo=dt.UTC), data=data)


@pytest.mark.parametrize("kind", EventType)
def test_every_kind_of_event_is_a_step_or_known_to_be_none(kind: EventType) -> None:
    step = step_of(event(kind))
    assert (step is None) == (kind in NOT_STEPS)
    if step is not None:
        assert step.sequence == 3


@pytest.mark.parametrize(
    ("told", "kind", "text", "count"),
    [
        (
            event(EventType.PLANNED, planned_by="rules", fields=["name", "phone"], queries=["dentists Leeds"]),
            StepKind.PLANNED,
            "planned by rules: name, phone; to search: dentists Leeds",
            0,
        ),
        (event(EventType.SOURCES_FOUND, added=1, total=4), StepKind.SEARCHED, "found 1 page to read", 1),
        (event(EventType.SOURCE_READ, url="u", records_found=1200), StepKind.READ, "read u: 1,200 records", 1200),
        (event(EventType.SOURCE_FAILED, url="u", outcome="blocked"), StepKind.FAILED, "could not read u: blocked", 0),
        (event(EventType.RECORDS_FOUND, total=7, changed=2), StepKind.EXTRACTED, "7 records so far", 7),
        (event(EventType.STEP_DONE, type="click", label="Next"), StepKind.ACTED, "did Next", 0),
        (
            event(EventType.STEP_FAILED, type="click", label="", outcome="failed", detail="no such element"),
            StepKind.FAILED,
            "could not do click: no such element",
            0,
        ),
        (event(EventType.POOL_UPDATED, added=2, changed=1, removed=0), StepKind.POOLED, "3 changes in the pool", 3),
        (event(EventType.ENDED, termination_reason="budget", records_found=5), StepKind.ENDED, "ended: budget", 5),
    ],
)
def test_a_step_says_what_was_done_and_counts_it(told: RunEvent, kind: StepKind, text: str, count: int) -> None:
    step = step_of(told)
    assert step is not None
    assert (step.kind, step.text, step.count) == (kind, text, count)
