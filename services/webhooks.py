"""Webhooks: written down in the transaction that ends a run, sent by whichever worker comes first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from domain.ids import new_id
from domain.runs import Run
from services.service import Service
from store.repositories.webhooks import Attempt, Delivery, DeliveryStatus
from store.unit import UnitOfWork

DELIVERIES = "webhook deliveries"  # the signal that one is due


async def enqueue_webhook(uow: UnitOfWork, run: Run, *, event: int, now: dt.datetime) -> None:
    """Makes a delivery of this ending due. `event` is the sequence of the event that tells of it."""
    await uow.deliveries.add(
        Delivery(
            id=new_id(),
            account_id=run.account_id,
            run_id=run.id,
            event=event,
            url=run.request.webhook_url,
            status=DeliveryStatus.PENDING,
            attempts=0,
            created_at=now,
            due_at=now,
        )
    )


async def list_deliveries(service: Service, account_id: str, run_id: str) -> Sequence[Delivery]:
    """A run's deliveries, oldest first: one for each time that it ended."""
    async with service.database.read() as uow:
        return await uow.deliveries.of_run(account_id, run_id)


async def list_attempts(service: Service, account_id: str, delivery_id: str) -> Sequence[Attempt]:
    async with service.database.read() as uow:
        return await uow.deliveries.attempts(account_id, delivery_id)
