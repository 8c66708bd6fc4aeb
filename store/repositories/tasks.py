"""Tasks of one account's runs, and the candidates that their pages gave."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

from sqlalchemy import select, tuple_

from domain.pages import FetchOutcome, PageShape
from domain.records import Candidate
from domain.tasks import FoundBy, Task, TaskStatus
from store.models import CandidatesRow, PageRow, TaskRow
from store.repositories.base import ROWS_A_STATEMENT, OwnedRepository

LAST_PAGES = 5_000  # of an account that are looked through for an address
LAST_AT_ADDRESS = 4  # of its pages: what the newest do not tell, one of these did before the site changed
PAGES_AT_ONCE = 20  # whose candidates are read together: a page of a thousand rows has some megabytes of them


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
        statement = self._insert(TaskRow)
        new = statement.excluded
        changing = ("status", "outcome", "reason", "records_found", "page_id", "title", "shape")
        await self._put(
            statement.on_conflict_do_update(
                index_elements=["run_id", "id"],
                set_={name: getattr(new, name) for name in changing},
                where=TaskRow.account_id == self._account_id,
            ),
            [self._values(run_id, task) for task in tasks],
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

    async def each_candidates(self, run_id: str) -> AsyncIterator[tuple[str, tuple[Candidate, ...]]]:
        """The same, a few pages at a time: those of a large run are more than should be held at once."""
        key = tuple_(CandidatesRow.position, CandidatesRow.task_id)
        after = (-1, "")
        while True:
            rows = await self._session.execute(
                select(CandidatesRow.position, CandidatesRow.task_id, CandidatesRow.found)
                .where(CandidatesRow.run_id == run_id, CandidatesRow.account_id == self._account_id, key > after)
                .order_by(CandidatesRow.position, CandidatesRow.task_id)
                .limit(PAGES_AT_ONCE)
            )
            page = rows.all()
            for _, task_id, found in page:
                yield task_id, found
            if len(page) < PAGES_AT_ONCE:
                return
            after = page[-1].position, page[-1].task_id

    async def candidates_of(self, run_id: str, page_ids: Collection[str]) -> tuple[Candidate, ...]:
        """What these pages gave, in the order in which the run merges them."""
        wanted, rows = sorted(set(page_ids)), list[CandidatesRow]()
        for start in range(0, len(wanted), ROWS_A_STATEMENT):
            rows += await self._session.scalars(
                select(CandidatesRow)
                .join(TaskRow, (TaskRow.run_id == CandidatesRow.run_id) & (TaskRow.id == CandidatesRow.task_id))
                .where(
                    CandidatesRow.run_id == run_id,
                    CandidatesRow.account_id == self._account_id,
                    TaskRow.page_id.in_(wanted[start : start + ROWS_A_STATEMENT]),
                )
            )
        return tuple(candidate for row in sorted(rows, key=lambda row: row.position) for candidate in row.found)

    async def found_at(self, url: str, *, but: str) -> Sequence[tuple[Candidate, ...]]:
        """What the latest pages at an address gave, the newest first, without those of the run `but`. Looked for among
        the account's last pages: an address has no index, and its template changed lately."""
        last = (
            select(PageRow.id, PageRow.run_id, PageRow.task_id, PageRow.url)
            .where(PageRow.account_id == self._account_id)
            .order_by(PageRow.id.desc())
            .limit(LAST_PAGES)
            .subquery()
        )
        found = await self._session.scalars(
            select(CandidatesRow.found)
            .join(last, (CandidatesRow.run_id == last.c.run_id) & (CandidatesRow.task_id == last.c.task_id))
            .where(CandidatesRow.account_id == self._account_id, last.c.url == url, last.c.run_id != but)
            .order_by(last.c.id.desc())
            .limit(LAST_AT_ADDRESS)
        )
        return list(found)

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
