"""Runs that wait for a worker, and when to ring for them again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update

from store.models import IdempotencyRow, OutboxRow
from store.repositories.base import Repository


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A run that waits. `attempt` is its last one; `rings` counts how often it was rung for since; `since` orders."""

    run_id: str
    account_id: str
    since: dt.datetime
    attempt: int
    rings: int = 0


class Outbox(Repository):
    async def put(self, waiting: Waiting, due_at: dt.datetime) -> None:
        await self._session.execute(
            insert(OutboxRow).values(
                run_id=waiting.run_id,
                account_id=waiting.account_id,
                created_at=waiting.since,
                attempt=waiting.attempt,
                rings=waiting.rings,
                due_at=due_at,
                capped=False,
            )
        )

    async def remove(self, run_id: str) -> None:
        await self._changed(delete(OutboxRow).where(OutboxRow.run_id == run_id))

    async def due(self, now: dt.datetime, again_at: dt.datetime, limit: int) -> Sequence[Waiting]:
        """The oldest runs that are due, each now due again at `again_at`: no other process gets them until then."""
        return await self._take(OutboxRow.due_at <= now, again_at, limit)

    async def put_off(self, run_ids: Sequence[str], taken_until: dt.datetime, again_at: dt.datetime) -> None:
        """Makes runs, no more than one sweep takes, that were taken until then and rung for, due again at `again_at`.
        One that was claimed and given back meanwhile keeps its own time."""
        if run_ids:
            taken = OutboxRow.run_id.in_(run_ids) & (OutboxRow.due_at == taken_until)
            await self._changed(update(OutboxRow).where(taken).values(due_at=again_at))

    async def mark_capped(self, run_ids: Sequence[str]) -> None:
        """Marks runs, no more than one sweep takes, as refused at their account's cap."""
        if run_ids:
            await self._changed(update(OutboxRow).where(OutboxRow.run_id.in_(run_ids)).values(capped=True))

    async def has_capped(self, account_id: str) -> bool:
        query = select(OutboxRow.run_id).where(OutboxRow.account_id == account_id, OutboxRow.capped).limit(1)
        return await self._session.scalar(query) is not None

    async def capped_of(self, account_id: str, again_at: dt.datetime, limit: int) -> Sequence[Waiting]:
        """The account's oldest runs that were refused at its cap, each now due again at `again_at`."""
        return await self._take((OutboxRow.account_id == account_id) & OutboxRow.capped, again_at, limit)

    async def _take(self, condition: ColumnElement[bool], again_at: dt.datetime, limit: int) -> Sequence[Waiting]:
        chosen = (
            select(OutboxRow.run_id)
            .where(condition)
            .order_by(OutboxRow.created_at, OutboxRow.run_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = await self._session.execute(
            update(OutboxRow)
            .where(OutboxRow.run_id.in_(chosen))
            .values(due_at=again_at, rings=OutboxRow.rings + 1, capped=False)
            .returning(
                OutboxRow.run_id, OutboxRow.account_id, OutboxRow.created_at, OutboxRow.attempt, OutboxRow.rings
            ),
            execution_options={"synchronize_session": False},
        )
        found = [
            Waiting(run_id=r.run_id, account_id=r.account_id, since=r.created_at, attempt=r.attempt, rings=r.rings)
            for r in rows
        ]
        return sorted(found, key=lambda waiting: (waiting.since, waiting.run_id))

    async def depth(self) -> int:
        """How many runs wait."""
        return await self._session.scalar(select(func.count()).select_from(OutboxRow)) or 0

    async def prune_idempotency(self, before: dt.datetime, limit: int) -> int:
        """Forgets idempotency keys made before this moment."""
        old = (
            select(IdempotencyRow.account_id, IdempotencyRow.key).where(IdempotencyRow.created_at < before).limit(limit)
        )
        keys = (await self._session.execute(old)).all()
        for account_id, key in keys:
            await self._changed(
                delete(IdempotencyRow).where(IdempotencyRow.account_id == account_id, IdempotencyRow.key == key)
            )
        return len(keys)
