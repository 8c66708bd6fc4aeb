"""The events of a run's journal: what is told of a plan, of sources, of pages and of steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from agent.state import Stated, StepResult, TaskResult
from domain.actions import StepOutcome
from domain.events import EventType, RunEvent, WarningKind
from domain.plans import Plan
from domain.records import Record
from domain.tasks import Task, TaskStatus
from services.screenshots import SCREENSHOT
from store.blobs import Stored
from store.repositories.runs import NewEvent

STATED = "stated_count"  # of a list that goes on, with the task of its next page
NEXT_TASK = "next_task_id"
TOLD_AT_ONCE = 20  # records or sources spelled out in one event; the others are counted


def planned(plan: Plan) -> NewEvent:
    data: dict[str, Any] = {
        "planned_by": plan.planned_by.value,
        "entity": plan.entity,
        "fields": [field.name for field in plan.fields],
        "queries": list(plan.queries),
        "sources": list(plan.sources),
    }
    return NewEvent(EventType.PLANNED, data | ({"count": plan.count} if plan.count else {}))


def sources_found(new: Sequence[Task], known: int) -> NewEvent:
    """`known` tasks were there before."""
    urls = [task.url for task in new[:TOLD_AT_ONCE]]
    return NewEvent(EventType.SOURCES_FOUND, {"added": len(new), "total": known + len(new), "urls": urls})


def source_read(result: TaskResult) -> list[NewEvent]:
    """Of a task that was done or failed."""
    task = result.task
    data: dict[str, Any] = {"task_id": task.id, "url": task.url}
    if task.status is TaskStatus.DONE:
        told = {"title": task.title, "records_found": task.records_found, "page_id": task.page_id}
        more = result.page.unrolled if result.page else None
        asked = (
            {"shown_more": more.rounds, "fetched_more": more.pieces, "shown_more_end": more.end.value} if more else {}
        )
        stated = {STATED: result.stated.count, NEXT_TASK: result.stated.task_id} if result.stated else {}
        return [NewEvent(EventType.SOURCE_READ, data | told | asked | stated)]
    if task.status is TaskStatus.FAILED:
        outcome = task.outcome.value if task.outcome else ""
        return [NewEvent(EventType.SOURCE_FAILED, data | {"outcome": outcome, "reason": task.reason})]
    return []


def stated_of(events: Iterable[RunEvent]) -> tuple[Stated, ...]:
    """What sources that were read told of lists that go on."""
    told = ((event.data.get(NEXT_TASK), event.data.get(STATED)) for event in events)
    return tuple(
        Stated(task_id=task_id, count=count)
        for task_id, count in told
        if isinstance(task_id, str) and isinstance(count, int)
    )


def records_found(total: int, told: Sequence[Record], removed: Sequence[str]) -> NewEvent:
    """`told` are those that changed, `removed` the ids of those that are none any more, of a result of `total`."""
    spelled = [
        {"id": record.id, "position": record.position, "values": record.values()} for record in told[:TOLD_AT_ONCE]
    ]
    data = {"total": total, "changed": len(told), "removed": list(removed[:TOLD_AT_ONCE]), "records": spelled}
    return NewEvent(EventType.RECORDS_FOUND, data)


def step_taken(result: StepResult, picture: Stored | None) -> NewEvent:
    data: dict[str, Any] = {
        "index": result.index,
        "type": result.type,
        "label": result.label,
        "outcome": result.outcome.value,
        "elapsed_ms": result.elapsed_ms,
        "detail": result.detail,
    }
    if picture is not None:
        data[SCREENSHOT] = {"number": result.picture, "sha256": picture.sha256, "bytes": len(result.png)}
    done = result.outcome is StepOutcome.DONE
    return NewEvent(EventType.STEP_DONE if done else EventType.STEP_FAILED, data)


def records_cut(why: str) -> NewEvent:
    return NewEvent(EventType.WARNING, {"kind": WarningKind.RECORDS_CUT.value, "message": why})


def counts_of(tasks: Collection[Task]) -> dict[str, int]:
    """How far a run's tasks are: columns of the run."""
    opened = [task for task in tasks if task.status is not TaskStatus.SKIPPED]
    done = [task for task in opened if task.status is not TaskStatus.PENDING]
    return {
        "pages_total": len(opened),
        "pages_completed": len(done),
        "sources_total": sum(task.id == task.source_id for task in opened),
        "sources_completed": sum(task.id == task.source_id for task in done),
    }
