"""Webhooks: who asked to hear of what, and what is put on its way in the transaction in which it happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from domain.errors import Conflict, InvalidInput, NotFound
from domain.events import EventType
from domain.ids import new_id
from domain.requests import FlowRequest
from domain.runs import Run, RunKind, RunStatus
from domain.webhooks import (
    GONE,
    MAX_KEPT_BODY,
    MAX_WEBHOOKS_OF_TASK,
    TASK_EVENTS,
    Delivery,
    DeliveryStatus,
    Posted,
    TaskKind,
    WatchedTask,
    Webhook,
    WebhookEvent,
)
from services.caps import room_for_webhook
from services.credits import charge_webhook
from services.listing import Listing, checked_limit, id_cursor, listed
from services.requests import checked_target
from services.service import Service
from store.columns import encode
from store.unit import UnitOfWork

DELIVERIES = "webhook deliveries"  # the signal that one is due

# A run that ended with something has succeeded; one that somebody cancelled has not.
EVENT_OF: dict[RunStatus, WebhookEvent] = {
    RunStatus.COMPLETED: WebhookEvent.RUN_SUCCESS,
    RunStatus.PARTIAL: WebhookEvent.RUN_SUCCESS,
    RunStatus.FAILED: WebhookEvent.RUN_FAILURE,
    RunStatus.CANCELLED: WebhookEvent.RUN_FAILURE,
}


async def create_webhook(
    service: Service, account_id: str, task: WatchedTask, *, url: str, events: tuple[WebhookEvent, ...] = TASK_EVENTS
) -> Webhook:
    """Lets `url` hear of the ends of a task's runs.

    Raises NotFound where the account has no such task, InvalidInput and UnsafeUrl for what cannot be asked, Conflict
    where the task has as many webhooks as it may, LimitReached where the account has.
    """
    webhook = Webhook(
        id=new_id(),
        account_id=account_id,
        task=task,
        url=checked_url(service, url),
        events=_checked_events(events),
        created_at=service.clock.now(),
    )
    async with service.database.write() as uow:
        await uow.accounts.lock(account_id)  # two calls at once do not both find room for the last one
        await _check_task(uow, account_id, task)
        webhooks = uow.webhooks(account_id)
        if await webhooks.count(task.id) >= MAX_WEBHOOKS_OF_TASK:
            raise Conflict(f"A task can register up to {MAX_WEBHOOKS_OF_TASK} webhooks, and this one has them.")
        await room_for_webhook(uow, service, account_id)
        await webhooks.add(webhook)
    return webhook


async def list_webhooks(
    service: Service, account_id: str, *, limit: int, cursor: str = "", task: WatchedTask | None = None
) -> Listing[Webhook]:
    """Newest first, of all tasks or of one."""
    task_id = task.id if task else ""
    async with service.database.read() as uow:
        found = await uow.webhooks(account_id).list(checked_limit(limit) + 1, id_cursor(cursor), task_id=task_id)
    return listed(found, limit, [webhook.id for webhook in found])


async def get_webhook(service: Service, account_id: str, webhook_id: str) -> Webhook:
    """Raises NotFound."""
    webhook = await find_webhook(service, account_id, webhook_id)
    if webhook is None:
        raise NotFound("No such webhook.")
    return webhook


async def delete_webhook(service: Service, account_id: str, webhook_id: str) -> None:
    """What is still on its way to it is given up. Raises NotFound."""
    async with service.database.write() as uow:
        if not await _deleted(uow, service, account_id, webhook_id):
            raise NotFound("No such webhook.")


async def delete_webhooks(service: Service, account_id: str, task: WatchedTask, *, url: str = "") -> int:
    """Deletes a task's webhooks, those to `url` alone where one is given; how many. Raises NotFound for none."""
    async with service.database.write() as uow:
        found = await uow.webhooks(account_id).list(MAX_WEBHOOKS_OF_TASK, task_id=task.id)
        fitting = [webhook for webhook in found if not url or webhook.url == checked_url(service, url)]
        for webhook in fitting:
            await _deleted(uow, service, account_id, webhook.id)
    if not fitting:
        raise NotFound("This task has no such webhook.")
    return len(fitting)


async def forget_task(uow: UnitOfWork, service: Service, account_id: str, task_id: str) -> None:
    """Deletes the webhooks of a task that is being deleted, in the caller's transaction."""
    for webhook in await uow.webhooks(account_id).list(MAX_WEBHOOKS_OF_TASK, task_id=task_id):
        await _deleted(uow, service, account_id, webhook.id)


async def _deleted(uow: UnitOfWork, service: Service, account_id: str, webhook_id: str) -> bool:
    await uow.deliveries(account_id).give_up(webhook_id, service.clock.now())
    return await uow.webhooks(account_id).delete(webhook_id)


def checked_url(service: Service, url: str) -> str:
    """The canonical URL of a receiver. Raises InvalidInput and UnsafeUrl."""
    if not url.strip():
        raise InvalidInput(fields={"url": "is required"})
    return checked_target("url", url.strip(), service.policy)


def _checked_events(events: tuple[WebhookEvent, ...]) -> tuple[WebhookEvent, ...]:
    if not events or not set(events) <= set(TASK_EVENTS):
        raise InvalidInput(fields={"events": f"one or more of {', '.join(TASK_EVENTS)}"})
    return tuple(event for event in TASK_EVENTS if event in events)


async def _check_task(uow: UnitOfWork, account_id: str, task: WatchedTask) -> None:
    """Raises NotFound where the account has no such task."""
    match task.kind:
        case TaskKind.RUN:
            found = await uow.runs(account_id).get(task.id)
        case TaskKind.SCHEDULE:
            found = await uow.schedules(account_id).get(task.id)
        case TaskKind.FLOW:
            found = await uow.flows(account_id).get(task.id)
    if found is None:
        raise NotFound("No such task.")


async def enqueue_event(
    uow: UnitOfWork,
    service: Service,
    account_id: str,
    *,
    url: str,
    type: WebhookEvent,  # noqa: A002 - what every webhook body calls it
    subject_id: str,
    event_key: str,
    body: Mapping[str, object] | msgspec.Struct,
) -> bool:
    """Puts one event on its way to `url` in the caller's transaction; False where it is on its way already, or
    `url` has answered 410 Gone about this subject.

    `subject_id` names what it tells of, `event_key` (64 characters at most) which of its events: the same type, subject
    and key go to one `url` once. `body` is what is sent, as JSON; it is kept, so that every try sends the same. After
    the commit `service.signals.changed(DELIVERIES)` sends it at once. Raises InvalidInput for a body that is over
    MAX_KEPT_BODY.
    """
    kept = encode(body)
    if len(kept) > MAX_KEPT_BODY:
        raise InvalidInput(f"a webhook body has at most {MAX_KEPT_BODY} bytes, this one {len(kept)}")
    deliveries = uow.deliveries(account_id)
    if await deliveries.is_gone(subject_id, url):
        return False
    delivery = new_delivery(
        account_id, service.clock.now(), type=type, subject_id=subject_id, event=event_key, url=url, body=kept.decode()
    )
    return await deliveries.add(delivery)


async def enqueue_end(uow: UnitOfWork, run: Run, *, event: int, now: dt.datetime) -> None:
    """Puts the end of a run on its way to all who asked for it. `event` is the sequence of the event that tells of it.

    What is sent is read from the run when it goes out: a run that is over changes no more, and one that was sent back
    to work tells its next end instead.
    """
    deliveries = uow.deliveries(run.account_id)
    if run.request.webhook_url:
        url = run.request.webhook_url
        type_ = WebhookEvent.CAPTURE_ENDED if run.kind is RunKind.CAPTURE else WebhookEvent.JOB_ENDED
        await deliveries.add(_of_run(run, event, now, type=type_, url=url))
    if run.request.preview:
        return
    type_ = EVENT_OF[run.status]
    for webhook in await uow.webhooks(run.account_id).listening(_tasks_of(run)):
        if type_ in webhook.events:
            await deliveries.add(_of_run(run, event, now, type=type_, url=webhook.url, webhook_id=webhook.id))


async def is_told_by(service: Service, delivery: Delivery) -> bool:
    """Whether the run is over, and its newest end is the one that `delivery` tells of."""
    async with service.database.read() as uow:
        run = await uow.runs(delivery.account_id).get(delivery.run_id)
        last = await uow.events(delivery.account_id).last(delivery.run_id, EventType.ENDED)
    return run is not None and run.status.is_terminal and delivery.event == str(last)


async def find_webhook(service: Service, account_id: str, webhook_id: str) -> Webhook | None:
    async with service.database.read() as uow:
        return await uow.webhooks(account_id).get(webhook_id)


async def note_try(uow: UnitOfWork, service: Service, delivery: Delivery, posted: Posted) -> None:
    """What a try means beyond its delivery: its price, and 410 Gone disables the webhook, while a ping
    that is taken enables it again."""
    if posted.taken:
        # A replay is a request of its own.
        request_id = f"{delivery.id}:{delivery.earlier}" if delivery.earlier else delivery.id
        await charge_webhook(uow, service, request_id, delivery.account_id)
    if delivery.type is WebhookEvent.POOL_CHANGED and (posted.taken or posted.status == GONE):
        gone = posted.status == GONE
        await uow.deliveries(delivery.account_id).set_gone(delivery.subject_id, delivery.url, gone=gone)
    if not delivery.webhook_id:
        return
    now = service.clock.now()
    webhooks = uow.webhooks(delivery.account_id)
    if posted.status == GONE:
        await webhooks.set_disabled(delivery.webhook_id, now)
        await uow.deliveries(delivery.account_id).give_up(delivery.webhook_id, now)
    elif posted.taken and delivery.type is WebhookEvent.PING:
        await webhooks.set_disabled(delivery.webhook_id, None)


def new_delivery(
    account_id: str,
    now: dt.datetime,
    *,
    type: WebhookEvent,  # noqa: A002
    subject_id: str,
    event: str,
    url: str,
    webhook_id: str = "",
    run_id: str = "",
    body: str = "",
) -> Delivery:
    """A delivery that is due now."""
    return Delivery(
        id=new_id(),
        account_id=account_id,
        type=type,
        subject_id=subject_id,
        event=event,
        url=url,
        status=DeliveryStatus.PENDING,
        created_at=now,
        due_at=now,
        webhook_id=webhook_id,
        run_id=run_id,
        body=body,
    )


def _of_run(
    run: Run,
    event: int,
    now: dt.datetime,
    *,
    type: WebhookEvent,  # noqa: A002
    url: str,
    webhook_id: str = "",
) -> Delivery:
    return new_delivery(
        run.account_id,
        now,
        type=type,
        subject_id=run.id,
        event=str(event),
        url=url,
        webhook_id=webhook_id,
        run_id=run.id,
    )


def _tasks_of(run: Run) -> list[str]:
    """The tasks that this is a run of: itself, its flow, its schedule."""
    flow_id = run.request.flow_id if isinstance(run.request, FlowRequest) else ""
    return list(filter(None, (run.id, flow_id, run.request.schedule_id)))
