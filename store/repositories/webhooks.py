"""Webhook deliveries: due, delivered, dead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import insert, select, update

from store.models import DeliveryAttemptRow, DeliveryRow
from store.repositories.base import Repository


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # every try failed, or the receiver said 410 Gone: it can be replayed


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """`event` is the sequence of the ending that it tells of; `attempts` counts tries begun, this one included."""

    id: str
    account_id: str
    run_id: str
    event: int
    url: str
    status: DeliveryStatus
    attempts: int
    created_at: dt.datetime
    due_at: dt.datetime
    finished_at: dt.datetime | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try. `status` is the HTTP status, 0 where there was no answer."""

    number: int
    at: dt.datetime
    status: int
    detail: str
    elapsed_ms: int


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        account_id=row.account_id,
        run_id=row.run_id,
        event=row.event,
        url=row.url,
        status=DeliveryStatus(row.status),
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        finished_at=row.finished_at,
    )


class Deliveries(Repository):
    async def add(self, delivery: Delivery) -> None:
        await self._session.execute(
            insert(DeliveryRow).values(
                id=delivery.id,
                account_id=delivery.account_id,
                run_id=delivery.run_id,
                event=delivery.event,
                url=delivery.url,
                status=delivery.status.value,
                attempts=delivery.attempts,
                created_at=delivery.created_at,
                due_at=delivery.due_at,
            )
        )

    async def take_due(self, now: dt.datetime, again_at: dt.datetime, limit: int) -> Sequence[Delivery]:
        """Deliveries that are due, each with one try more begun. A try that is never told of is due at `again_at`."""
        chosen = (
            select(DeliveryRow.id)
            .where(DeliveryRow.status == DeliveryStatus.PENDING.value, DeliveryRow.due_at <= now)
            .order_by(DeliveryRow.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = await self._session.scalars(
            update(DeliveryRow)
            .where(DeliveryRow.id.in_(chosen))
            .values(due_at=again_at, attempts=DeliveryRow.attempts + 1)
            .returning(DeliveryRow),
            execution_options={"synchronize_session": False, "populate_existing": True},
        )
        return [_delivery(row) for row in rows]

    async def tell(
        self, delivery: Delivery, attempt: Attempt, status: DeliveryStatus, due_at: dt.datetime | None
    ) -> bool:
        """Writes down how a try went. False where another process has begun a later try since."""
        values: dict[str, object] = {"status": status.value}
        if status is DeliveryStatus.PENDING:
            values["due_at"] = due_at
        else:
            values["finished_at"] = attempt.at
        told = await self._changed(
            update(DeliveryRow)
            .where(
                DeliveryRow.id == delivery.id,
                DeliveryRow.account_id == delivery.account_id,
                DeliveryRow.attempts == delivery.attempts,
                DeliveryRow.status == DeliveryStatus.PENDING.value,
            )
            .values(**values)
        )
        if not told:
            return False
        await self._session.execute(
            insert(DeliveryAttemptRow).values(
                delivery_id=delivery.id,
                number=attempt.number,
                account_id=delivery.account_id,
                at=attempt.at,
                status=attempt.status,
                detail=attempt.detail,
                elapsed_ms=attempt.elapsed_ms,
            )
        )
        return True

    async def of_run(self, account_id: str, run_id: str) -> Sequence[Delivery]:
        rows = await self._session.scalars(
            select(DeliveryRow)
            .where(DeliveryRow.account_id == account_id, DeliveryRow.run_id == run_id)
            .order_by(DeliveryRow.id)
        )
        return [_delivery(row) for row in rows]

    async def attempts(self, account_id: str, delivery_id: str) -> Sequence[Attempt]:
        rows = await self._session.scalars(
            select(DeliveryAttemptRow)
            .where(DeliveryAttemptRow.account_id == account_id, DeliveryAttemptRow.delivery_id == delivery_id)
            .order_by(DeliveryAttemptRow.number)
        )
        return [
            Attempt(number=r.number, at=r.at, status=r.status, detail=r.detail, elapsed_ms=r.elapsed_ms) for r in rows
        ]
