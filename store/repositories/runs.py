"""Runs of one account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.events import EventType
from domain.requests import FlowRequest, GoalRequest
from domain.runs import ACTIVE, Run, RunKind, RunStatus, TerminationReason
from store.models import EventRow, RunRow
from store.repositories.base import OwnedRepository

RUNNING = (RunStatus.PLANNING, RunStatus.RUNNING)


class NewEvent(msgspec.Struct, frozen=True):
    type: EventType
    data: dict[str, Any] = msgspec.field(default_factory=dict)


class Fence(msgspec.Struct, frozen=True, kw_only=True):
    """Who may write: the worker that holds this attempt of a run, and has written `checkpoint` times (None: any)."""

    run_id: str
    worker: str
    attempt: int
    checkpoint: int | None = None


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A run after a change: the sequence of its newest event, and whether someone wants it cancelled."""

    last_event: int
    cancel_requested: bool


def run_of(row: RunRow) -> Run:
    return Run(
        id=row.id,
        account_id=row.account_id,
        kind=RunKind(row.kind),
        status=RunStatus(row.status),
        request=row.request,
        created_at=row.created_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        attempt=row.attempt,
        plan=row.plan,
        termination_reason=TerminationReason(row.termination_reason) if row.termination_reason else None,
        error=row.error,
        records_found=row.records_found,
        sources_total=row.sources_total,
        sources_completed=row.sources_completed,
        pages_total=row.pages_total,
        pages_completed=row.pages_completed,
        spend=row.spend,
        credits=row.credits,
    )


async def add_events(
    session: AsyncSession, run_id: str, account_id: str, first: int, events: Sequence[NewEvent], at: dt.datetime
) -> None:
    """Writes events from the sequence `first` on, which the same transaction has taken on the run's row."""
    rows = [
        {
            "run_id": run_id,
            "sequence": sequence,
            "account_id": account_id,
            "type": event.type.value,
            "at": at,
            "data": event.data,
        }
        for sequence, event in enumerate(events, first)
    ]
    await session.execute(insert(EventRow), rows)


class Runs(OwnedRepository):
    async def add(self, run: Run, event: NewEvent) -> None:
        """Adds a run with its first event."""
        await self._session.execute(
            insert(RunRow).values(
                id=run.id,
                account_id=self._account_id,
                kind=run.kind.value,
                status=run.status.value,
                preview=run.request.preview,
                request=run.request,
                flow_id=run.request.flow_id if isinstance(run.request, FlowRequest) else "",
                pool_id=run.request.pool_id,
                schedule_id=run.request.schedule_id,
                created_at=run.created_at,
                last_event=1,
            )
        )
        await add_events(self._session, run.id, self._account_id, 1, [event], run.created_at)

    async def get(self, run_id: str) -> Run | None:
        # Read anew: an update in this transaction has not reached a row that was loaded before it.
        row = await self._session.scalar(
            select(RunRow).where(self._is(run_id)), execution_options={"populate_existing": True}
        )
        return None if row is None else run_of(row)

    async def list(
        self,
        limit: int,
        before: str = "",
        *,
        kind: RunKind | None = None,
        flow_id: str = "",
        schedule_id: str = "",
        statuses: Collection[RunStatus] = (),
    ) -> Sequence[Run]:
        """Newest first, those with an id under `before`. Previews are not listed."""
        query = select(RunRow).where(*self._listed(kind, flow_id, statuses))
        if schedule_id:
            query = query.where(RunRow.schedule_id == schedule_id)
        if before:
            query = query.where(RunRow.id < before)
        rows = await self._session.scalars(query.order_by(RunRow.id.desc()).limit(limit))
        return [run_of(row) for row in rows]

    async def count(
        self, *, kind: RunKind | None = None, flow_id: str = "", statuses: Collection[RunStatus] = ()
    ) -> int:
        query = select(func.count()).select_from(RunRow).where(*self._listed(kind, flow_id, statuses))
        return await self._session.scalar(query) or 0

    def _listed(
        self, kind: RunKind | None, flow_id: str, statuses: Collection[RunStatus]
    ) -> Iterator[ColumnElement[bool]]:
        yield RunRow.account_id == self._account_id
        yield RunRow.preview.is_(False)
        if kind is not None:
            yield RunRow.kind == kind.value
        if flow_id:
            yield RunRow.flow_id == flow_id
        if statuses:
            yield RunRow.status.in_([status.value for status in statuses])

    async def reader_of(self, run_id: str) -> str:
        """An active run that reads the archive of this one; empty where there is none."""
        rows = await self._session.execute(
            select(RunRow.id, RunRow.request).where(
                RunRow.account_id == self._account_id, RunRow.status.in_([status.value for status in ACTIVE])
            )
        )
        reads = (row.id for row in rows if isinstance(row.request, GoalRequest) and row.request.archive_of == run_id)
        return next(reads, "")

    async def queries_done(self, run_id: str) -> tuple[str, ...]:
        return await self._session.scalar(select(RunRow.queries_done).where(self._is(run_id))) or ()

    async def add_credits(self, run_id: str, paid: int) -> None:
        await self._changed(update(RunRow).where(self._is(run_id)).values(credits=RunRow.credits + paid))

    async def delete(self, run_id: str) -> bool:
        """Deletes a run that is not active, with all that hangs on it. False where there is no such run."""
        return (
            await self._changed(
                delete(RunRow).where(self._is(run_id), RunRow.status.not_in([status.value for status in ACTIVE]))
            )
            > 0
        )

    async def advance(
        self, fence: Fence, values: dict[str, Any], events: Sequence[NewEvent], at: dt.datetime
    ) -> Changed | None:
        """A worker's write: changes the run and tells `events`, or changes nothing (None) where the fence is broken."""
        conditions = [
            self._is(fence.run_id),
            RunRow.attempt == fence.attempt,
            RunRow.worker == fence.worker,
            RunRow.status.in_([status.value for status in RUNNING]),
        ]
        if fence.checkpoint is not None:
            conditions.append(RunRow.checkpoint == fence.checkpoint)
        return await self._change(conditions, {**values, "checkpoint": RunRow.checkpoint + 1}, events, at)

    async def written(self, fence: Fence) -> Changed | None:
        """The run as the holder's write after `fence.checkpoint` left it; None where that did not happen."""
        assert fence.checkpoint is not None
        found = (
            await self._session.execute(
                select(RunRow.last_event, RunRow.cancel_requested).where(
                    self._is(fence.run_id),
                    RunRow.attempt == fence.attempt,
                    RunRow.checkpoint == fence.checkpoint + 1,
                )
            )
        ).one_or_none()
        return None if found is None else Changed(last_event=found.last_event, cancel_requested=found.cancel_requested)

    async def move(
        self,
        run_id: str,
        from_statuses: Iterable[RunStatus],
        values: dict[str, Any],
        events: Sequence[NewEvent],
        at: dt.datetime,
    ) -> Changed | None:
        """Anybody's write: changes a run that has one of these statuses. None where it has not, or there is none."""
        statuses = [status.value for status in from_statuses]
        return await self._change((self._is(run_id), RunRow.status.in_(statuses)), values, events, at)

    async def tell_before_end(self, run_id: str, ended: Changed, event: NewEvent, at: dt.datetime) -> Changed:
        """Puts an event before the run's newest one, which this transaction has written: the end stays the last."""
        await self._changed(
            update(EventRow)
            .where(
                EventRow.run_id == run_id,
                EventRow.account_id == self._account_id,
                EventRow.sequence == ended.last_event,
            )
            .values(sequence=ended.last_event + 1)
        )
        await add_events(self._session, run_id, self._account_id, ended.last_event, [event], at)
        moved = Changed(last_event=ended.last_event + 1, cancel_requested=ended.cancel_requested)
        await self._changed(update(RunRow).where(self._is(run_id)).values(last_event=moved.last_event))
        return moved

    async def _change(
        self,
        conditions: Iterable[ColumnElement[bool]],
        values: dict[str, Any],
        events: Sequence[NewEvent],
        at: dt.datetime,
    ) -> Changed | None:
        # The row's lock makes the sequence gapless: the next writer waits until this one has committed.
        changed = (
            await self._session.execute(
                update(RunRow)
                .where(*conditions)
                .values(**values, last_event=RunRow.last_event + len(events))
                .returning(RunRow.id, RunRow.last_event, RunRow.cancel_requested),
                execution_options={"synchronize_session": False},
            )
        ).one_or_none()
        if changed is None:
            return None
        if events:
            first = changed.last_event - len(events) + 1
            await add_events(self._session, changed.id, self._account_id, first, events, at)
        return Changed(last_event=changed.last_event, cancel_requested=changed.cancel_requested)

    def _is(self, run_id: str) -> ColumnElement[bool]:
        return (RunRow.id == run_id) & (RunRow.account_id == self._account_id)
