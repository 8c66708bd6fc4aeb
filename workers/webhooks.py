"""Webhook delivery: Standard Webhooks 1.0, sent through the guarded door, tried again until it is taken or dead."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import random
import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from api.wire.scrapehub.jobs import render_job
from domain.errors import NotFound, StorageFull, StorageUnavailable
from domain.records import Record
from domain.runs import Run
from services.records import list_records
from services.runs import get_run
from services.service import Service
from services.webhooks import DELIVERIES
from store.columns import encode
from store.repositories.webhooks import Attempt, Delivery, DeliveryStatus

log = structlog.get_logger()

# Seconds from one try to the next; the first is made at once.
_MINUTE, _HOUR = 60.0, 3600.0
SCHEDULE_S = (
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
JITTER = 0.1  # of a pause, so that many deliveries to one receiver do not come back together
POST_DEADLINE_S = 15.0
TRY_LOST_S = 30.0  # a try whose process died is made again after so long: no living try takes half of it
AT_ONCE = 8
LOOK_AGAIN_S = 5.0
MAX_RETRY_AFTER_S = 24 * _HOUR
GONE = 410


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver answered. `status` 0: nothing, and `detail` says why. Redirects are answers, never followed."""

    status: int
    detail: str = ""
    retry_after_s: float | None = None


Post = Callable[[str, bytes, dict[str, str]], Awaitable[Posted]]
Render = Callable[[Run, Sequence[Record]], bytes]


def job_document(run: Run, records: Sequence[Record]) -> bytes:
    """The job as `GET /jobs/{id}` tells it, with all of its records."""
    return encode(render_job(run, tuple(records)))


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """The headers of one delivery."""

    id: str
    timestamp: int
    value: str

    def headers(self) -> dict[str, str]:
        return {
            "webhook-id": self.id,
            "webhook-timestamp": str(self.timestamp),
            "webhook-signature": self.value,
        }


def sign(secret: str, message_id: str, at: dt.datetime, body: bytes) -> Signature:
    """Signs as Standard Webhooks 1.0 says: HMAC-SHA-256 over `id.timestamp.body` with the decoded `whsec_` secret."""
    timestamp = int(at.timestamp())
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return Signature(id=message_id, timestamp=timestamp, value=f"v1,{base64.b64encode(digest).decode()}")


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a delivery after a try."""

    status: DeliveryStatus
    due_at: dt.datetime | None = None


def after_try(posted: Posted, attempts: int, now: dt.datetime, jitter: float) -> Next:
    """Delivered by any 2xx; dead by 410 or when all tries are used; else due again. `jitter` is from 0 to 1."""
    if 200 <= posted.status < 300:
        return Next(status=DeliveryStatus.DELIVERED)
    if posted.status == GONE or attempts > len(SCHEDULE_S):
        return Next(status=DeliveryStatus.DEAD)
    pause = SCHEDULE_S[attempts - 1] * (1 + JITTER * jitter)
    if posted.retry_after_s is not None:
        pause = max(pause, min(posted.retry_after_s, MAX_RETRY_AFTER_S))
    return Next(status=DeliveryStatus.PENDING, due_at=now + dt.timedelta(seconds=pause))


class Deliverer:
    """Sends what is due. Many processes may have one: a delivery is sent by one of them at a time."""

    def __init__(self, service: Service, post: Post, render: Render = job_document) -> None:
        self._service = service
        self._post = post
        self._render = render

    async def keep_delivering(self) -> None:
        """Delivers until it is cancelled."""
        while True:
            try:
                sent = await self.deliver_due()
            except (StorageUnavailable, StorageFull) as fault:
                log.warning("webhooks.wait", why=fault.message)
                sent = 0
            if sent < AT_ONCE:
                with self._service.signals.listen(DELIVERIES) as listener:
                    await listener.wait(LOOK_AGAIN_S * (0.5 + random.random()))

    async def deliver_due(self) -> int:
        """Tries what is due now, up to `AT_ONCE` at once; how many were tried."""
        now = self._service.clock.now()
        async with self._service.database.write() as uow:
            due = await uow.deliveries.take_due(now, now + dt.timedelta(seconds=TRY_LOST_S), AT_ONCE)
        await asyncio.gather(*(self._try(delivery) for delivery in due))
        return len(due)

    async def _try(self, delivery: Delivery) -> None:
        began, at = time.monotonic(), self._service.clock.now()
        posted = await self._posted(delivery, at)
        attempt = Attempt(
            number=delivery.attempts,
            at=at,
            status=posted.status,
            detail=posted.detail,
            elapsed_ms=int(1000 * (time.monotonic() - began)),
        )
        then = after_try(posted, delivery.attempts, self._service.clock.now(), random.random())
        async with self._service.database.write() as uow:
            await uow.deliveries.tell(delivery, attempt, then.status, then.due_at)
        log.info(
            "webhook.tried", delivery_id=delivery.id, run_id=delivery.run_id, status=posted.status, then=then.status
        )

    async def _posted(self, delivery: Delivery, at: dt.datetime) -> Posted:
        try:
            body = await self._body(delivery)
        except NotFound:
            return Posted(status=GONE, detail="the run was deleted")
        if body is None:
            return Posted(status=GONE, detail="the run was extended: its next end is told instead")
        async with self._service.database.read() as uow:
            secret = await uow.accounts.webhook_secret(delivery.account_id)
        assert secret is not None
        headers = {"content-type": "application/json", **sign(secret, f"msg_{delivery.id}", at, body).headers()}
        try:
            async with asyncio.timeout(POST_DEADLINE_S):
                return await self._post(delivery.url, body, headers)
        except TimeoutError:
            return Posted(status=0, detail=f"no answer within {POST_DEADLINE_S:g} s")

    async def _body(self, delivery: Delivery) -> bytes | None:
        run = await get_run(self._service, delivery.account_id, delivery.run_id)
        if not run.status.is_terminal:
            return None
        records: list[Record] = []
        cursor: str | None = ""
        while cursor is not None:
            listing = await list_records(self._service, delivery.account_id, delivery.run_id, limit=500, cursor=cursor)
            records += listing.items
            cursor = listing.next_cursor
        return self._render(run, records)
