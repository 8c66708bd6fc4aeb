"""Webhooks, looked at and tested from the command line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from domain.errors import NotFound
from domain.ids import unprefixed
from domain.webhooks import MESSAGE_PREFIX, Attempt, Delivery, DeliveryStatus
from forage.compose import open_service
from forage.settings import Settings
from forage.tables import console
from services.deliveries import get_delivery, list_attempts, list_deliveries, ping, replay_delivery, wait_for_try
from services.keys import ensure_account
from services.service import Service
from services.webhook_secrets import rotate_secret
from services.webhooks import list_webhooks

PING_DEADLINE_S = 20.0
STATUS_STYLE = {
    DeliveryStatus.PENDING: "yellow",
    DeliveryStatus.DELIVERED: "green",
    DeliveryStatus.DEAD: "red",
}


async def list_hooks(settings: Settings, limit: int) -> int:
    async with open_service(settings) as service:
        listing = await list_webhooks(service, await ensure_account(service), limit=limit)
    if not listing.items:
        console(stderr=True).print("no webhooks yet: POST /api/v1/webhooks registers one")
        return 0
    table = _table("id", "task", "url", "events", "state")
    for webhook in listing.items:
        state = Text("disabled", style="red") if webhook.disabled_at else Text("listens", style="green")
        table.add_row(f"hook_{webhook.id}", webhook.task.name, Text(webhook.url), ", ".join(webhook.events), state)
    console().print(table)
    return 0


async def list_sent(settings: Settings, status: str, limit: int) -> int:
    chosen = DeliveryStatus(status) if status else None
    async with open_service(settings) as service:
        listing = await list_deliveries(service, await ensure_account(service), limit=limit, status=chosen)
    if listing.items:
        console().print(_deliveries(listing.items))
    else:
        console(stderr=True).print("no such deliveries yet")
    return 0


async def show_sent(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        delivery = await get_delivery(service, account_id, _id_of(name))
        await _print(service, delivery)
    return 0


async def replay_sent(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        delivery = await replay_delivery(service, await ensure_account(service), _id_of(name))
    console().print(f"{delivery.message_id} is on its way again; a running `forage serve` sends it within seconds")
    return 0


async def ping_url(settings: Settings, url: str) -> int:
    """Sends what is due from here, the ping with it, so that no service has to run."""
    from fetch.egress.proxy import open_egress
    from workers.door import open_post
    from workers.webhooks import Deliverer

    async with open_service(settings) as service:
        sent = await ping(service, await ensure_account(service), url=url)
        async with open_egress(settings.egress_policy) as door, open_post(door.proxy_url) as post:
            deliverer = Deliverer(service, post)
            while sent.status is DeliveryStatus.PENDING and await deliverer.deliver_due():
                sent = await get_delivery(service, sent.account_id, sent.id)
        # Where another process took it up first, it tells.
        told = await wait_for_try(service, sent.account_id, sent.id, PING_DEADLINE_S)
        await _print(service, told)
    return 0 if told.status is DeliveryStatus.DELIVERED else 1


async def rotate_hook_secret(settings: Settings) -> int:
    async with open_service(settings) as service:
        made = await rotate_secret(service, await ensure_account(service))
    console(stderr=True).print(f"shown this once; the one before signs along until {_told(made.previous_expires_at)}")
    console().print(made.secret, soft_wrap=True, highlight=False)
    return 0


async def _print(service: Service, delivery: Delivery) -> None:
    console().print(_deliveries([delivery]))
    console().print(_attempts(await list_attempts(service, delivery.account_id, delivery.id)))


def _id_of(name: str) -> str:
    id_ = unprefixed(MESSAGE_PREFIX, name) or unprefixed(MESSAGE_PREFIX, f"{MESSAGE_PREFIX}_{name}")
    if id_ is None:
        raise NotFound(f"no delivery {name!r} here: `forage webhooks deliveries` lists them")
    return id_


def _deliveries(deliveries: Sequence[Delivery]) -> Table:
    table = _table("id", "what", "url", "status", "tries", "next try")
    for delivery in deliveries:
        status = Text(delivery.status.value, style=STATUS_STYLE[delivery.status])
        due = _told(delivery.due_at) if delivery.status is DeliveryStatus.PENDING else ""
        table.add_row(delivery.message_id, delivery.type.value, Text(delivery.url), status, str(delivery.attempts), due)
    return table


def _attempts(attempts: Sequence[Attempt]) -> Table:
    table = _table("try", "at", "answer", "why", "ms")
    for attempt in attempts:
        answer = str(attempt.status) if attempt.status else "none"
        table.add_row(str(attempt.number), _told(attempt.at), answer, Text(attempt.detail), str(attempt.elapsed_ms))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _told(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
