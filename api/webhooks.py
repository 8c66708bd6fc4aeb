"""Webhooks of tasks; what was sent to them and to every other webhook, sent again; the secret that signs it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, QueryParameter, RawBody

from api.auth import needs
from api.given import AccountId, ConfigGiven, ServiceGiven
from api.ids import named
from api.jobs import takes_json
from api.openapi import answer_of, body_of, errors_of
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.wire.reading import read_body
from api.wire.screpto.ids import task_of
from api.wire.screpto.webhooks import (
    MAX_TASK_ID,
    MAX_URL,
    CreateWebhook,
    Deleted,
    DeliveryDetail,
    DeliveryOut,
    PingUrl,
    SecretOut,
    WebhookOut,
    events_of,
    id_of_delivery,
    id_of_webhook,
    render_delivery,
    render_detail,
    render_secret,
    render_webhook,
)
from domain.accounts import Scope
from domain.webhooks import Delivery, DeliveryStatus
from services.deliveries import get_delivery, list_attempts, list_deliveries, ping, replay_delivery, wait_for_try
from services.service import Service
from services.webhook_secrets import rotate_secret
from services.webhooks import create_webhook, delete_webhook, delete_webhooks, get_webhook, list_webhooks

_CREATE = {
    "taskId": "flow-01a1fd7bc0de70c0965a666767579315",
    "url": "https://hooks.example/forage",
    "events": ["run.success", "run.failure"],
}
_CREATED = {
    "id": "hook_01a1fd7bc0de70c0965a6667675793aa",
    **_CREATE,
    "createdAt": 1769509800000,
    "disabledAt": None,
}
_PING = {"url": "https://hooks.example/forage"}

WebhookId = FromPath[str]
DeliveryId = FromPath[str]
TaskId = Annotated[str, QueryParameter(name="taskId", max_length=MAX_TASK_ID, description="Of this task alone.")]
Status = Annotated[DeliveryStatus | None, QueryParameter(description="Those that are so.")]


def webhook_of(text: str) -> str:
    return named(id_of_webhook(text), "No such webhook.")


def delivery_of(text: str) -> str:
    return named(id_of_delivery(text), "No such delivery.")


@post(
    "/webhooks",
    summary="Register a webhook",
    opt=needs(Scope.WEBHOOKS_WRITE),
    guards=[takes_json],
    operation_class=body_of(CreateWebhook, task=_CREATE),
    responses=errors_of(400, 404, 409, 413, 415, 422, 507) | {201: answer_of(WebhookOut, "The webhook.", _CREATED)},
)
async def register_webhook(body: RawBody, service: ServiceGiven, account_id: AccountId) -> WebhookOut:
    """Lets a URL hear of the ends of a task's runs. A task can register up to 2; one more is a 409."""
    asked = read_body(body, CreateWebhook)
    webhook = await create_webhook(service, account_id, task_of(asked.task_id), url=asked.url, events=events_of(asked))
    return render_webhook(webhook)


@get("/webhooks", summary="List webhooks", opt=needs(Scope.WEBHOOKS_READ), responses=errors_of(404, 422))
async def list_registered_webhooks(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    task_id: TaskId = "",
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[list[WebhookOut]]:
    """Your webhooks, newest first, of all tasks or of one. The `Link` header leads to the next page."""
    task = task_of(task_id) if task_id else None
    listing = await list_webhooks(service, account_id, limit=limit, cursor=cursor, task=task)
    return Response(
        [render_webhook(webhook) for webhook in listing.items], headers=next_link(request, listing.next_cursor)
    )


@delete(
    "/webhooks",
    summary="Delete a task's webhooks",
    response_description="Done.",
    status_code=200,
    opt=needs(Scope.WEBHOOKS_WRITE),
    responses=errors_of(404, 422),
)
async def delete_task_webhooks(
    service: ServiceGiven,
    account_id: AccountId,
    task_id: Annotated[str, QueryParameter(name="taskId", min_length=1, max_length=MAX_TASK_ID)],
    url: Annotated[str, QueryParameter(max_length=MAX_URL, description="The one to this URL alone.")] = "",
) -> Deleted:
    """Deletes the webhooks of a task, or the one that goes to `url`."""
    return Deleted(deleted=await delete_webhooks(service, account_id, task_of(task_id), url=url))


@get("/webhooks/{webhook_id:str}", summary="Get a webhook", opt=needs(Scope.WEBHOOKS_READ), responses=errors_of(404))
async def get_registered_webhook(webhook_id: WebhookId, service: ServiceGiven, account_id: AccountId) -> WebhookOut:
    """A webhook, and whether it is disabled: 410 Gone from its receiver does that."""
    return render_webhook(await get_webhook(service, account_id, webhook_of(webhook_id)))


@delete(
    "/webhooks/{webhook_id:str}",
    summary="Delete a webhook",
    response_description="Done.",
    status_code=200,
    opt=needs(Scope.WEBHOOKS_WRITE),
    responses=errors_of(404),
)
async def delete_one_webhook(webhook_id: WebhookId, service: ServiceGiven, account_id: AccountId) -> Deleted:
    """Deletes a webhook; what is still on its way to it is given up."""
    await delete_webhook(service, account_id, webhook_of(webhook_id))
    return Deleted(deleted=1)


@post(
    "/webhooks/ping",
    summary="Test a URL",
    response_description="The test event, with how its receiver took it.",
    status_code=200,
    opt=needs(Scope.WEBHOOKS_WRITE),
    guards=[takes_json],
    operation_class=body_of(PingUrl, url=_PING),
    responses=errors_of(400, 413, 415, 422, 507),
)
async def ping_url(
    body: RawBody, service: ServiceGiven, config: ConfigGiven, account_id: AccountId
) -> Response[DeliveryDetail]:
    """Sends a signed test event, once, and tells how it went. A 202 says that it is not sent yet: no worker is free."""
    sent = await ping(service, account_id, url=read_body(body, PingUrl).url)
    return await _pinged(service, sent, config.ping_deadline_s)


@post(
    "/webhooks/{webhook_id:str}/ping",
    summary="Test a webhook",
    response_description="The test event, with how its receiver took it.",
    status_code=200,
    opt=needs(Scope.WEBHOOKS_WRITE),
    responses=errors_of(404, 507),
)
async def ping_webhook(
    webhook_id: WebhookId, service: ServiceGiven, config: ConfigGiven, account_id: AccountId
) -> Response[DeliveryDetail]:
    """Sends a signed test event, once, and tells how it went. A disabled webhook that takes it is enabled again."""
    sent = await ping(service, account_id, webhook_id=webhook_of(webhook_id))
    return await _pinged(service, sent, config.ping_deadline_s)


@post(
    "/webhooks/secret/rotate",
    summary="Rotate the signing secret",
    response_description="The new secret.",
    status_code=200,
    opt=needs(Scope.WEBHOOKS_WRITE),
    responses=errors_of(409, 507),
)
async def rotate_signing_secret(service: ServiceGiven, account_id: AccountId) -> SecretOut:
    """A new secret, shown this once. For 24 hours every delivery carries a signature by the one before, too."""
    return render_secret(await rotate_secret(service, account_id))


@get(
    "/webhooks/deliveries",
    summary="List deliveries",
    opt=needs(Scope.WEBHOOKS_READ),
    responses=errors_of(422),
)
async def list_webhook_deliveries(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    status: Status = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[list[DeliveryOut]]:
    """What is on its way, was taken, or is dead, newest first. The `Link` header leads to the next page."""
    listing = await list_deliveries(service, account_id, limit=limit, cursor=cursor, status=status)
    return Response(
        [render_delivery(delivery) for delivery in listing.items], headers=next_link(request, listing.next_cursor)
    )


@get(
    "/webhooks/deliveries/{delivery_id:str}",
    summary="Get a delivery",
    opt=needs(Scope.WEBHOOKS_READ),
    responses=errors_of(404),
)
async def get_webhook_delivery(delivery_id: DeliveryId, service: ServiceGiven, account_id: AccountId) -> DeliveryDetail:
    """A delivery with its tries. Its id is the `webhook-id` header that the receiver saw."""
    return await _detail(service, await get_delivery(service, account_id, delivery_of(delivery_id)))


@post(
    "/webhooks/deliveries/{delivery_id:str}/replay",
    summary="Send a delivery again",
    response_description="The delivery, on its way again.",
    status_code=202,
    opt=needs(Scope.WEBHOOKS_WRITE),
    responses=errors_of(404, 409, 507),
)
async def replay_webhook_delivery(
    delivery_id: DeliveryId, service: ServiceGiven, account_id: AccountId
) -> DeliveryDetail:
    """Sends one that was taken or is dead again, under the same `webhook-id`, with all tries before it."""
    return await _detail(service, await replay_delivery(service, account_id, delivery_of(delivery_id)))


async def _detail(service: Service, delivery: Delivery) -> DeliveryDetail:
    return render_detail(delivery, await list_attempts(service, delivery.account_id, delivery.id))


async def _pinged(service: Service, sent: Delivery, deadline_s: float) -> Response[DeliveryDetail]:
    told = await wait_for_try(service, sent.account_id, sent.id, deadline_s)
    status = HTTPStatus.ACCEPTED if told.status is DeliveryStatus.PENDING else HTTPStatus.OK
    return Response(await _detail(service, told), status_code=status)


HANDLERS = (
    register_webhook,
    list_registered_webhooks,
    delete_task_webhooks,
    get_registered_webhook,
    delete_one_webhook,
    ping_url,
    ping_webhook,
    rotate_signing_secret,
    list_webhook_deliveries,
    get_webhook_delivery,
    replay_webhook_delivery,
)
