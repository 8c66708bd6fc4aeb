"""Schedules: those of one account, and those that are due, whoever's they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, tuple_, update

from domain.runs import RunStatus
from domain.schedules import Schedule, Scheduled, Tick, TickOutcome
from store.models import RunRow, ScheduleRow, TickRow
from store.repositories.base import OwnedRepository, Repository


class Due(NamedTuple):
    id: str
    account_id: str


class Timing(NamedTuple):
    """What says when a schedule is due, without what it starts."""

    id: str
    account_id: str
    cron: str
    timezone: str
    due_at: dt.datetime


def _schedule(row: ScheduleRow) -> Schedule:
    return Schedule(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        cron=row.cron,
        timezone=row.timezone,
        created_at=row.created_at,
        request=row.request,
        flow_id=row.flow_id,
        pool_id=row.pool_id,
        enabled=row.enabled,
        next_due_at=row.next_due_at,
        last_run_id=row.last_run_id,
        last_error=row.last_error,
    )


def _tick(row: TickRow) -> Tick:
    return Tick(
        schedule_id=row.schedule_id,
        due_at=row.due_at,
        at=row.at,
        outcome=TickOutcome(row.outcome),
        run_id=row.run_id,
        reason=row.reason,
    )


class Schedules(OwnedRepository):
    async def add(self, schedule: Schedule) -> None:
        await self._session.execute(
            insert(ScheduleRow).values(
                id=schedule.id,
                account_id=self._account_id,
                name=schedule.name,
                cron=schedule.cron,
                timezone=schedule.timezone,
                request=schedule.request,
                flow_id=schedule.flow_id,
                pool_id=schedule.pool_id,
                enabled=schedule.enabled,
                created_at=schedule.created_at,
                next_due_at=schedule.next_due_at,
                last_run_id="",
                last_error="",
            )
        )

    async def get(self, schedule_id: str) -> Scheduled | None:
        return next(iter(await self._read(self._selected().where(ScheduleRow.id == schedule_id))), None)

    async def lock(self, schedule_id: str) -> Scheduled | None:
        """The schedule, which nobody else changes until this transaction ends."""
        query = self._selected().where(ScheduleRow.id == schedule_id).with_for_update(of=ScheduleRow)
        return next(iter(await self._read(query)), None)

    async def list(self, limit: int, before: str = "") -> Sequence[Scheduled]:
        """Newest first, those with an id under `before`."""
        query = self._selected().order_by(ScheduleRow.id.desc()).limit(limit)
        return await self._read(query.where(ScheduleRow.id < before) if before else query)

    async def of_flow(self, flow_id: str, limit: int) -> Sequence[Scheduled]:
        return await self._read(self._selected().where(ScheduleRow.flow_id == flow_id).limit(limit))

    async def count(self) -> int:
        query = select(func.count()).select_from(ScheduleRow).where(ScheduleRow.account_id == self._account_id)
        return await self._session.scalar(query) or 0

    async def change(self, schedule_id: str, values: dict[str, Any]) -> bool:
        """False where there is no such schedule."""
        return await self._changed(update(ScheduleRow).where(self._is(schedule_id)).values(**values)) > 0

    async def remove(self, schedule_id: str) -> bool:
        """With what is known of its due times; its runs stay. False where there is no such schedule."""
        return await self._changed(delete(ScheduleRow).where(self._is(schedule_id))) > 0

    async def remove_of_flow(self, flow_id: str) -> Sequence[str]:
        """Their ids."""
        of_flow = (ScheduleRow.account_id == self._account_id) & (ScheduleRow.flow_id == flow_id)
        removed = await self._session.scalars(
            delete(ScheduleRow).where(of_flow).returning(ScheduleRow.id),
            execution_options={"synchronize_session": False},
        )
        return list(removed)

    async def ticks(self, schedule_id: str, limit: int) -> Sequence[Tick]:
        """What became of its due times, newest first."""
        rows = await self._session.scalars(
            select(TickRow)
            .where(TickRow.schedule_id == schedule_id, TickRow.account_id == self._account_id)
            .order_by(TickRow.due_at.desc())
            .limit(limit)
        )
        return [_tick(row) for row in rows]

    async def add_tick(self, tick: Tick) -> None:
        await self._session.execute(
            insert(TickRow).values(
                schedule_id=tick.schedule_id,
                due_at=tick.due_at,
                account_id=self._account_id,
                at=tick.at,
                outcome=tick.outcome.value,
                run_id=tick.run_id,
                reason=tick.reason,
            )
        )

    async def was_dealt_with(self, schedule_id: str, due_at: dt.datetime) -> bool:
        query = select(TickRow.outcome).where(
            TickRow.schedule_id == schedule_id, TickRow.due_at == due_at, TickRow.account_id == self._account_id
        )
        return await self._session.scalar(query) is not None

    def _selected(self) -> Select[tuple[ScheduleRow, str]]:
        """With the status of its last run, in one statement for a whole list."""
        last_run = (RunRow.id == ScheduleRow.last_run_id) & (RunRow.account_id == ScheduleRow.account_id)
        return (
            select(ScheduleRow, RunRow.status)
            .outerjoin(RunRow, last_run)
            .where(ScheduleRow.account_id == self._account_id)
        )

    async def _read(self, query: Select[tuple[ScheduleRow, str]]) -> Sequence[Scheduled]:
        rows = await self._session.execute(query, execution_options={"populate_existing": True})
        return [
            Scheduled(schedule=_schedule(row), last_status=RunStatus(status) if status else None)
            for row, status in rows
        ]

    def _is(self, schedule_id: str) -> ColumnElement[bool]:
        return (ScheduleRow.id == schedule_id) & (ScheduleRow.account_id == self._account_id)


class DueSchedules(Repository):
    """Serves all accounts: a scheduler starts whatever is due."""

    async def earliest(self) -> dt.datetime | None:
        """When the next schedule is due."""
        return await self._session.scalar(select(func.min(ScheduleRow.next_due_at, type_=ScheduleRow.next_due_at.type)))

    async def due(self, now: dt.datetime, limit: int) -> Sequence[Due]:
        """Those due longest first. The rows themselves are not read: one that cannot be must not hold up the others."""
        rows = await self._session.execute(
            select(ScheduleRow.id, ScheduleRow.account_id)
            .where(ScheduleRow.next_due_at <= now)
            .order_by(ScheduleRow.next_due_at, ScheduleRow.id)
            .limit(limit)
        )
        return [Due(row.id, row.account_id) for row in rows]

    async def take(self, schedule_id: str, now: dt.datetime) -> Timing | None:
        """A schedule that is still due, now in this transaction's hands; None where another process has it."""
        query = (
            self._timings()
            .where(ScheduleRow.id == schedule_id, ScheduleRow.next_due_at <= now)
            .with_for_update(skip_locked=True)
        )
        return next(iter(await self._read(query)), None)

    async def waiting(self, after: str, limit: int, now: dt.datetime) -> Sequence[Timing]:
        """Schedules that are due later than now, with ids over `after`, in the order of their ids."""
        query = self._timings().where(ScheduleRow.id > after, ScheduleRow.next_due_at > now)
        return await self._read(query.order_by(ScheduleRow.id).limit(limit))

    async def bring_forward(self, timing: Timing, due_at: dt.datetime) -> None:
        """Makes it due at `due_at`, where it was not changed since `timing` was read."""
        await self._changed(
            update(ScheduleRow)
            .where(ScheduleRow.id == timing.id, ScheduleRow.next_due_at == timing.due_at)
            .values(next_due_at=due_at)
        )

    def _timings(self) -> Select[tuple[str, str, str, str, dt.datetime | None]]:
        return select(
            ScheduleRow.id, ScheduleRow.account_id, ScheduleRow.cron, ScheduleRow.timezone, ScheduleRow.next_due_at
        )

    async def _read(self, query: Select[tuple[str, str, str, str, dt.datetime | None]]) -> list[Timing]:
        rows = await self._session.execute(query)
        return [Timing(*row) for row in rows]

    async def prune_ticks(self, before: dt.datetime, limit: int) -> int:
        """Forgets due times that were dealt with before this moment."""
        old = (
            await self._session.execute(
                select(TickRow.schedule_id, TickRow.due_at).where(TickRow.at < before).limit(limit)
            )
        ).all()
        if old:
            named = tuple_(TickRow.schedule_id, TickRow.due_at).in_([tuple(row) for row in old])
            await self._changed(delete(TickRow).where(named))
        return len(old)
