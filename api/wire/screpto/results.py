"""Results of a task."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from api.wire.screpto.events import duration_s
from api.wire.screpto.ids import result_id_of
from api.wire.times import epoch_ms
from domain.records import Record, Value
from domain.runs import Run, RunStatus


class ResultsOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one run of a task found, as plain data. `duration` is in seconds, `createdAt` in milliseconds since 1970."""

    task_id: str
    result_id: str
    status: RunStatus
    created_at: int
    duration: float
    total_pages: int
    data: list[dict[str, Value]]


def render_results(run: Run, records: Sequence[Record], task_name: str) -> ResultsOut:
    return ResultsOut(
        task_id=task_name,
        result_id=result_id_of(run.id),
        status=run.status,
        created_at=epoch_ms(run.created_at),
        duration=duration_s(run),
        total_pages=run.pages_completed,
        data=[record.values() for record in records],
    )
