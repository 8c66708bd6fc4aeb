"""Webhook deliveries: due, taken, dead."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from domain.webhooks import Attempt, Delivery, DeliveryStatus, WebhookEvent
from store.models import DeliveryAttemptRow, DeliveryRow, GoneReceiverRow
from store.repositories.base import OwnedRepository, Repository


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        account_id=row.account_id,
        type=WebhookEvent(row.type),
        subject_id=row.subject_id,
        event=row.event,
        url=row.url,
        status=DeliveryStatus(row.status),
        created_at=row.created_at,
        due_at=row.due_at,
        webhook_id=row.webhook_id,
        run_id=row.run_id or "",
        body=row.body,
        attempts=row.attempts,
        earlier=row.earlier,
        finished_at=row.finished_at,
    )


def _hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


class DueDeliveries(Repository):
    """What is due, whosever it is."""

    async def take(
        self, now: dt.datetime, again_at: dt.datetime, limit: int, *, but_of: Collection[str] = ()
    ) -> Sequence[Delivery]:
        """Deliveries that are due, each with one try more begun. A try that is never told of is due at `again_at`.

        Those of the accounts `but_of` wait.
        """
        chosen = (
            select(DeliveryRow.id)
            .where(
                DeliveryRow.status == DeliveryStatus.PENDING.value,
                DeliveryRow.due_at <= now,
                DeliveryRow.account_id.not_in(but_of),
            )
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


class Deliveries(OwnedRepository):
    async def add(self, delivery: Delivery) -> bool:
        """False where this event is on its way to this destination already, or was delivered."""
        added = await self._changed(
            self._insert(DeliveryRow)
            .values(
                id=delivery.id,
                account_id=self._account_id,
                type=delivery.type.value,
                subject_id=delivery.subject_id,
                event=delivery.event,
                destination=delivery.webhook_id or _hash(delivery.url),
                webhook_id=delivery.webhook_id,
                run_id=delivery.run_id or None,
                url=delivery.url,
                body=delivery.body,
                status=delivery.status.value,
                attempts=delivery.attempts,
                earlier=delivery.earlier,
                created_at=delivery.created_at,
                due_at=delivery.due_at,
            )
            .on_conflict_do_nothing()
        )
        return added == 1

    async def get(self, delivery_id: str) -> Delivery | None:
        row = await self._session.scalar(
            select(DeliveryRow).where(self._is(delivery_id)), execution_options={"populate_existing": True}
        )
        return None if row is None else _delivery(row)

    async def list(self, limit: int, before: str = "", *, status: DeliveryStatus | None = None) -> Sequence[Delivery]:
        """Newest first, those with an id under `before`."""
        query = select(DeliveryRow).where(DeliveryRow.account_id == self._account_id)
        if status is not None:
            query = query.where(DeliveryRow.status == status.value)
        if before:
            query = query.where(DeliveryRow.id < before)
        rows = await self._session.scalars(query.order_by(DeliveryRow.id.desc()).limit(limit))
        return [_delivery(row) for row in rows]

    async def of_subject(self, subject_id: str, limit: int) -> Sequence[Delivery]:
        """Oldest first."""
        rows = await self._session.scalars(
            select(DeliveryRow)
            .where(DeliveryRow.account_id == self._account_id, DeliveryRow.subject_id == subject_id)
            .order_by(DeliveryRow.id)
            .limit(limit)
        )
        return [_delivery(row) for row in rows]

    async def attempts(self, delivery_id: str, limit: int) -> Sequence[Attempt]:
        """The newest ones, oldest first."""
        rows = await self._session.scalars(
            select(DeliveryAttemptRow)
            .where(DeliveryAttemptRow.account_id == self._account_id, DeliveryAttemptRow.delivery_id == delivery_id)
            .order_by(DeliveryAttemptRow.number.desc())
            .limit(limit)
        )
        told = [
            Attempt(number=r.number, at=r.at, status=r.status, detail=r.detail, elapsed_ms=r.elapsed_ms) for r in rows
        ]
        return told[::-1]

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
                self._is(delivery.id),
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
                account_id=self._account_id,
                at=attempt.at,
                status=attempt.status,
                detail=attempt.detail,
                elapsed_ms=attempt.elapsed_ms,
            )
        )
        return True

    async def replay(self, delivery_id: str, now: dt.datetime) -> bool:
        """Makes a delivery due anew, with all of its tries before it. False where it is not over."""
        return (
            await self._changed(
                update(DeliveryRow)
                .where(self._is(delivery_id), DeliveryRow.status != DeliveryStatus.PENDING.value)
                .values(status=DeliveryStatus.PENDING.value, due_at=now, earlier=DeliveryRow.attempts, finished_at=None)
            )
            > 0
        )

    async def give_up(self, webhook_id: str, now: dt.datetime) -> int:
        """Ends what is still on its way to a webhook that takes nothing any more; how many."""
        return await self._changed(
            update(DeliveryRow)
            .where(
                DeliveryRow.account_id == self._account_id,
                DeliveryRow.webhook_id == webhook_id,
                DeliveryRow.status == DeliveryStatus.PENDING.value,
            )
            .values(status=DeliveryStatus.DEAD.value, finished_at=now)
        )

    async def is_gone(self, subject_id: str, url: str) -> bool:
        """Whether this URL wants to hear of this no more."""
        gone = self._gone(subject_id, url)
        return await self._session.scalar(select(GoneReceiverRow.subject_id).where(gone)) is not None

    async def set_gone(self, subject_id: str, url: str, *, gone: bool) -> None:
        if gone:
            row = {"account_id": self._account_id, "subject_id": subject_id, "destination": _hash(url)}
            await self._session.execute(self._insert(GoneReceiverRow).values(**row).on_conflict_do_nothing())
        else:
            await self._changed(delete(GoneReceiverRow).where(self._gone(subject_id, url)))

    def _gone(self, subject_id: str, url: str) -> ColumnElement[bool]:
        return and_(
            GoneReceiverRow.account_id == self._account_id,
            GoneReceiverRow.subject_id == subject_id,
            GoneReceiverRow.destination == _hash(url),
        )

    def _is(self, delivery_id: str) -> ColumnElement[bool]:
        return (DeliveryRow.id == delivery_id) & (DeliveryRow.account_id == self._account_id)
