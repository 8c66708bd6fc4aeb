"""Tasks of one account's runs, and the candidates that their pages gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from domain.pages import FetchOutcome, PageShape
from domain.records import Candidate
from domain.tasks import FoundBy, Task, TaskStatus
from store.models import CandidatesRow, TaskRow
from store.repositories.base import ROWS_A_STATEMENT, OwnedRepository


def _task(row: TaskRow) -> Task:
    return Task(
        id=row.id,
        url=row.url,
        position=row.position,
        found_by=FoundBy(row.found_by),
        source_id=row.source_id,
        depth=row.depth,
        status=TaskStatus(row.status),
        outcome=FetchOutcome(row.outcome) if row.outcome else None,
        reason=row.reason,
        records_found=row.records_found,
        page_id=row.page_id,
        title=row.title,
        shape=PageShape(row.shape) if row.shape else None,
    )


class Tasks(OwnedRepository):
    async def put(self, run_id: str, tasks: Sequence[Task]) -> None:
        """Adds tasks, and overwrites those that are there."""
        for start in range(0, len(tasks), ROWS_A_STATEMENT):
            statement = self._insert(TaskRow).values(
                [self._values(run_id, task) for task in tasks[start : start + ROWS_A_STATEMENT]]
            )
            new = statement.excluded
            changing = ("status", "outcome", "reason", "records_found", "page_id", "title", "shape")
            await self._session.execute(
                statement.on_conflict_do_update(
                    index_elements=["run_id", "id"],
                    set_={name: getattr(new, name) for name in changing},
                    where=TaskRow.account_id == self._account_id,
                )
            )

    async def list(self, run_id: str) -> Sequence[Task]:
        """All tasks of a run in order of discovery. Their number is bounded by the run's budget."""
        rows = await self._session.scalars(
            select(TaskRow)
            .where(TaskRow.run_id == run_id, TaskRow.account_id == self._account_id)
            .order_by(TaskRow.position)
        )
        return [_task(row) for row in rows]

    async def put_candidates(self, run_id: str, task: Task, found: tuple[Candidate, ...]) -> None:
        statement = self._insert(CandidatesRow).values(
            run_id=run_id, task_id=task.id, account_id=self._account_id, position=task.position, found=found
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["run_id", "task_id"],
                set_={"found": statement.excluded.found},
                where=CandidatesRow.account_id == self._account_id,
            )
        )

    async def candidates(self, run_id: str) -> dict[str, tuple[Candidate, ...]]:
        """By task, in order of discovery."""
        rows = await self._session.scalars(
            select(CandidatesRow)
            .where(CandidatesRow.run_id == run_id, CandidatesRow.account_id == self._account_id)
            .order_by(CandidatesRow.position)
        )
        return {row.task_id: row.found for row in rows}

    def _values(self, run_id: str, task: Task) -> dict[str, Any]:
        return {
            "run_id": run_id,
            "id": task.id,
            "account_id": self._account_id,
            "position": task.position,
            "url": task.url,
            "found_by": task.found_by.value,
            "source_id": task.source_id,
            "depth": task.depth,
            "status": task.status.value,
            "outcome": task.outcome.value if task.outcome else None,
            "reason": task.reason,
            "records_found": task.records_found,
            "page_id": task.page_id,
            "title": task.title,
            "shape": task.shape.value if task.shape else None,
        }
