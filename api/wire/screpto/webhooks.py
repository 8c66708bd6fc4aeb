"""Webhooks of tasks, and what became of what was sent to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from api.wire.screpto.ids import result_id_of
from api.wire.times import epoch_ms
from domain.ids import prefixed, unprefixed
from domain.webhooks import (
    MESSAGE_PREFIX,
    TASK_EVENTS,
    Attempt,
    Delivery,
    DeliveryStatus,
    NewSecret,
    Webhook,
    WebhookEvent,
)

MAX_URL = 4096  # characters, as of the other documents' URLs
MAX_TASK_ID = 64
_PREFIX = "hook"

Url = Annotated[str, Meta(min_length=1, max_length=MAX_URL, description="Receives a POST for each event.")]
TaskEvent = Literal["run.success", "run.failure"]


class CreateWebhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A URL that hears of the ends of a task's runs. A task is a flow, a run, a goal job or a schedule."""

    task_id: Annotated[
        str, Meta(min_length=1, max_length=MAX_TASK_ID, description="`flow-…`, `run-…`, `job_…` or `sched_…`.")
    ]
    url: Url
    events: (
        Annotated[list[TaskEvent], Meta(min_length=1, max_length=2, description="Which to send; both where left out.")]
        | None
    ) = None


class PingUrl(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a test event goes."""

    url: Url


class WebhookOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A webhook. Moments are in milliseconds since 1970; `disabledAt`: its receiver answered 410 Gone."""

    id: str
    task_id: str
    url: str
    events: list[WebhookEvent]
    created_at: int
    disabled_at: int | None


class DeliveryOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One event on its way to one URL. `id` is its `webhook-id` header; `attempts` counts the tries so far.

    `resultId` or `poolId` names what it tells of, `webhookId` the webhook that asked for it; null where there is none.
    """

    id: str
    type: WebhookEvent
    status: DeliveryStatus
    url: str
    webhook_id: str | None
    result_id: str | None
    pool_id: str | None
    attempts: int
    created_at: int
    next_try_at: int | None
    finished_at: int | None


class AttemptOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One try. `status` is the receiver's HTTP status, null where it gave none; `detail` says what was wrong."""

    number: int
    at: int
    status: int | None
    detail: str
    elapsed_ms: int


class DeliveryDetail(DeliveryOut, frozen=True, kw_only=True, rename="camel"):
    """A delivery with its newest hundred tries, oldest first."""

    tries: list[AttemptOut]


class SecretOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A new signing secret, shown this once. Until `previousExpiresAt` the one before signs as well."""

    secret: str
    previous_expires_at: int


class Deleted(msgspec.Struct, frozen=True):
    """How many webhooks were deleted."""

    deleted: int


def webhook_id_of(id_: str) -> str:
    return prefixed(_PREFIX, id_)


def id_of_webhook(text: str) -> str | None:
    """The webhook that an id names, None where it can name nothing."""
    return unprefixed(_PREFIX, text)


def id_of_delivery(text: str) -> str | None:
    return unprefixed(MESSAGE_PREFIX, text)


def events_of(body: CreateWebhook) -> tuple[WebhookEvent, ...]:
    return TASK_EVENTS if body.events is None else tuple(WebhookEvent(event) for event in body.events)


def render_webhook(webhook: Webhook) -> WebhookOut:
    return WebhookOut(
        id=webhook_id_of(webhook.id),
        task_id=webhook.task.name,
        url=webhook.url,
        events=list(webhook.events),
        created_at=epoch_ms(webhook.created_at),
        disabled_at=epoch_ms(webhook.disabled_at) if webhook.disabled_at else None,
    )


def render_delivery(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=delivery.message_id,
        type=delivery.type,
        status=delivery.status,
        url=delivery.url,
        webhook_id=webhook_id_of(delivery.webhook_id) if delivery.webhook_id else None,
        result_id=result_id_of(delivery.run_id) if delivery.run_id else None,
        pool_id=prefixed("pool", delivery.subject_id) if delivery.type is WebhookEvent.POOL_CHANGED else None,
        attempts=delivery.attempts,
        created_at=epoch_ms(delivery.created_at),
        next_try_at=epoch_ms(delivery.due_at) if delivery.status is DeliveryStatus.PENDING else None,
        finished_at=epoch_ms(delivery.finished_at) if delivery.finished_at else None,
    )


def render_detail(delivery: Delivery, attempts: Sequence[Attempt]) -> DeliveryDetail:
    tries = [
        AttemptOut(
            number=attempt.number,
            at=epoch_ms(attempt.at),
            status=attempt.status or None,
            detail=attempt.detail,
            elapsed_ms=attempt.elapsed_ms,
        )
        for attempt in attempts
    ]
    return DeliveryDetail(**msgspec.structs.asdict(render_delivery(delivery)), tries=tries)


def render_secret(made: NewSecret) -> SecretOut:
    return SecretOut(secret=made.secret, previous_expires_at=epoch_ms(made.previous_expires_at))
