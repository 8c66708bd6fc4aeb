"""Webhook deliveries: looked at, sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from domain.errors import Conflict, NotFound
from domain.ids import new_id
from domain.webhooks import Attempt, Delivery, DeliveryStatus, WebhookEvent
from services.listing import Listing, checked_limit, id_cursor, listed
from services.service import Service
from services.webhooks import DELIVERIES, checked_url, get_webhook, new_delivery

MAX_ATTEMPTS_SHOWN = 100  # the newest: a delivery has ten, and ten more with each replay
MAX_OF_SUBJECT = 500
LOOK_AGAIN_S = 0.5  # how late another process's try is seen by a caller who waits for it


async def list_deliveries(
    service: Service, account_id: str, *, limit: int, cursor: str = "", status: DeliveryStatus | None = None
) -> Listing[Delivery]:
    """Newest first."""
    async with service.database.read() as uow:
        found = await uow.deliveries(account_id).list(checked_limit(limit) + 1, id_cursor(cursor), status=status)
    return listed(found, limit, [delivery.id for delivery in found])


async def deliveries_of(service: Service, account_id: str, subject_id: str) -> Sequence[Delivery]:
    """What is or was on its way about one thing, oldest first: of a run, one for each end and receiver."""
    async with service.database.read() as uow:
        return await uow.deliveries(account_id).of_subject(subject_id, MAX_OF_SUBJECT)


async def get_delivery(service: Service, account_id: str, delivery_id: str) -> Delivery:
    """Raises NotFound."""
    async with service.database.read() as uow:
        delivery = await uow.deliveries(account_id).get(delivery_id)
    if delivery is None:
        raise NotFound("No such delivery.")
    return delivery


async def list_attempts(service: Service, account_id: str, delivery_id: str) -> Sequence[Attempt]:
    """The newest hundred, oldest first; none for another account's delivery."""
    async with service.database.read() as uow:
        return await uow.deliveries(account_id).attempts(delivery_id, MAX_ATTEMPTS_SHOWN)


async def replay_delivery(service: Service, account_id: str, delivery_id: str) -> Delivery:
    """Sends a delivery again that was taken or is dead: the same message under the same id, with all tries before it.

    Raises NotFound, and Conflict where it is still on its way.
    """
    async with service.database.write() as uow:
        deliveries = uow.deliveries(account_id)
        if await deliveries.get(delivery_id) is None:
            raise NotFound("No such delivery.")
        if not await deliveries.replay(delivery_id, service.clock.now()):
            raise Conflict("This delivery is still on its way; it can be replayed once it was taken or is dead.")
    service.signals.changed(DELIVERIES)
    return await get_delivery(service, account_id, delivery_id)


async def ping(service: Service, account_id: str, *, url: str = "", webhook_id: str = "") -> Delivery:
    """Puts a test event on its way, to a URL or to a webhook; it is tried once. Raises NotFound and UnsafeUrl.

    A disabled webhook whose receiver takes it is enabled again.
    """
    webhook = await get_webhook(service, account_id, webhook_id) if webhook_id else None
    delivery = new_delivery(
        account_id,
        service.clock.now(),
        type=WebhookEvent.PING,
        subject_id=webhook_id,
        event=new_id(),
        url=webhook.url if webhook else checked_url(service, url),
        webhook_id=webhook_id,
    )
    async with service.database.write() as uow:
        await uow.deliveries(account_id).add(delivery)
    service.signals.changed(DELIVERIES)
    return delivery


async def wait_for_try(service: Service, account_id: str, delivery_id: str, deadline_s: float) -> Delivery:
    """The delivery once it was taken or is dead, or as it is after `deadline_s`. Raises NotFound."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + deadline_s
    with service.signals.listen(delivery_id) as listener:
        while True:
            delivery = await get_delivery(service, account_id, delivery_id)
            left = deadline - loop.time()
            if delivery.status is not DeliveryStatus.PENDING or left <= 0:
                return delivery
            await listener.wait(min(LOOK_AGAIN_S, left))
