"""Which worker holds which run. Serves all accounts: a worker takes whoever's run comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import case, delete, func, select, update

from domain.events import EventType
from domain.runs import Run, RunStatus
from store.models import RunRow, WorkerRow
from store.repositories.base import Repository
from store.repositories.runs import RUNNING, Fence, NewEvent, add_events, run_of

_RUNNING = [status.value for status in RUNNING]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A run that a worker holds. `got_on` says whether it has done anything with it; the rest is of earlier ones."""

    run: Run
    worker: str
    cancel_requested: bool
    lost_leases: int
    blame: float
    got_on: bool
    last_event: int
    checkpoint: int

    @property
    def fence(self) -> Fence:
        return Fence(run_id=self.run.id, worker=self.worker, attempt=self.run.attempt)


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """What a heartbeat learnt of one run."""

    run_id: str
    attempt: int
    cancel_requested: bool


class Refusal(StrEnum):
    """Why a run was not claimed."""

    NOT_QUEUED = "not_queued"  # taken, over, or deleted
    AT_CAP = "at_cap"  # its account has as many runs going as it may


def _held(row: RunRow) -> Held:
    return Held(
        run=run_of(row),
        worker=row.worker,
        cancel_requested=row.cancel_requested,
        lost_leases=row.lost_leases,
        blame=row.blame,
        got_on=row.got_on,
        last_event=row.last_event,
        checkpoint=row.checkpoint,
    )


class Leases(Repository):
    async def owner_of_queued(self, run_id: str) -> str | None:
        """The account of a run that waits for a worker."""
        return await self._session.scalar(
            select(RunRow.account_id).where(RunRow.id == run_id, RunRow.status == RunStatus.QUEUED.value)
        )

    async def count_running(self, account_id: str) -> int:
        return (
            await self._session.scalar(
                select(func.count())
                .select_from(RunRow)
                .where(RunRow.account_id == account_id, RunRow.status.in_(_RUNNING))
            )
            or 0
        )

    async def count_by_status(self) -> dict[str, int]:
        rows = await self._session.execute(select(RunRow.status, func.count().label("number")).group_by(RunRow.status))
        return {row.status: row.number for row in rows}

    async def claim(self, run_id: str, worker: str, now: dt.datetime, expires_at: dt.datetime) -> Held | None:
        """Gives a queued run to `worker` under the next attempt number, and tells of it; None where it is not queued
        any more."""
        row = await self._session.scalar(
            update(RunRow)
            .where(RunRow.id == run_id, RunRow.status == RunStatus.QUEUED.value)
            .values(
                status=case((RunRow.plan.is_(None), RunStatus.PLANNING.value), else_=RunStatus.RUNNING.value),
                worker=worker,
                attempt=RunRow.attempt + 1,
                last_event=RunRow.last_event + 1,
                got_on=False,
                lease_expires_at=expires_at,
                started_at=func.coalesce(RunRow.started_at, now, type_=RunRow.started_at.type),
            )
            .returning(RunRow),
            execution_options={"synchronize_session": False, "populate_existing": True},
        )
        if row is None:
            return None
        event = NewEvent(EventType.STARTED if row.started_at == now else EventType.RETRIED, {"attempt": row.attempt})
        await add_events(self._session, row.id, row.account_id, row.last_event, [event], now)
        return _held(row)

    async def see(self, worker: str, slots: int, now: dt.datetime) -> None:
        """A worker's sign of life."""
        statement = self._insert(WorkerRow).values(name=worker, slots=slots, seen_at=now)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"seen_at": now, "slots": slots})
        )

    async def forget_worker(self, worker: str) -> None:
        await self._changed(delete(WorkerRow).where(WorkerRow.name == worker))

    async def forget_workers(self, before: dt.datetime) -> int:
        """Forgets workers that were last seen before this moment."""
        return await self._changed(delete(WorkerRow).where(WorkerRow.seen_at < before))

    async def count_workers(self, since: dt.datetime) -> int:
        """How many workers gave a sign of life since."""
        query = select(func.count()).select_from(WorkerRow).where(WorkerRow.seen_at >= since)
        return await self._session.scalar(query) or 0

    async def beat(self, worker: str, expires_at: dt.datetime) -> Sequence[Beat]:
        """Extends the leases of all runs that `worker` holds, and names them."""
        rows = await self._session.execute(
            update(RunRow)
            .where(RunRow.worker == worker, RunRow.status.in_(_RUNNING))
            .values(lease_expires_at=expires_at)
            .returning(RunRow.id, RunRow.attempt, RunRow.cancel_requested),
            execution_options={"synchronize_session": False},
        )
        return [Beat(run_id=r.id, attempt=r.attempt, cancel_requested=r.cancel_requested) for r in rows]

    async def expired(self, now: dt.datetime, limit: int) -> Sequence[Held]:
        """Runs whose worker has been silent for too long, oldest lease first; rows that others look at are left out."""
        rows = await self._session.scalars(
            select(RunRow)
            .where(RunRow.status.in_(_RUNNING), RunRow.lease_expires_at < now)
            .order_by(RunRow.lease_expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [_held(row) for row in rows]
