"""Webhook delivery: Standard Webhooks 1.0, sent through the guarded door, tried again until it is taken or dead."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import TypeVar

import structlog

from api.wire.goscreen.captures import render_batch
from api.wire.goscreen.captures import render_event as render_capture
from api.wire.scrapedo.jobs import render_task
from api.wire.scrapehub.jobs import job_url, render_job
from api.wire.screpto.events import render_event, render_ping
from domain.errors import NotFound, StorageFull, StorageUnavailable
from domain.pictures import Capture
from domain.records import Record
from domain.runs import Run
from domain.webhooks import Attempt, Delivery, Posted, WebhookEvent, after_try, body_signature, sign
from services.bulk import get_bulk_task, webhook_headers_of
from services.captures import get_batch, get_capture, webhook_secret_of
from services.credits import credits_of
from services.records import count_apart, list_records
from services.runs import get_run
from services.service import Service
from services.webhook_secrets import signing_secrets
from services.webhooks import DELIVERIES, find_webhook, is_told_by, note_try
from store.columns import encode

log = structlog.get_logger()

POST_DEADLINE_S = 15.0
BODY_DEADLINE_S = 10.0  # to read what a run found; with the post it stays under TRY_LOST_S
MAX_RECORDS_BYTES = 8_000_000  # of a body's records: common receivers refuse more than 10 MB
RECORDS_AT_ONCE = 200
TRY_LOST_S = 30.0  # a try whose process died is made again after so long: no living try takes it
AT_ONCE = 16
OF_ACCOUNT = 8  # an account that has so many going waits: its receiver may answer nothing for POST_DEADLINE_S
LOOK_AGAIN_S = 5.0

T = TypeVar("T")

Post = Callable[[str, bytes, dict[str, str]], Awaitable[Posted]]


class NothingToSend(Exception):
    """What a delivery was to tell is no more."""


class Deliverer:
    """Sends what is due. Many processes may have one: a delivery is sent by one of them at a time.

    `lost_s` is longer than `post` can take: a try that has not ended by then is made again.
    """

    def __init__(self, service: Service, post: Post, *, lost_s: float = TRY_LOST_S) -> None:
        self._service = service
        self._post = post
        self._lost = dt.timedelta(seconds=lost_s)

    async def keep_delivering(self) -> None:
        """Delivers until it is cancelled. A slow receiver keeps its own slot and nobody else's."""
        going: dict[asyncio.Task[None], str] = {}  # whose each is
        with self._service.signals.listen(DELIVERIES) as listener:

            def done(task: asyncio.Task[None]) -> None:
                del going[task]
                listener.heard()

            async with asyncio.TaskGroup() as group:
                while True:
                    limit = min(AT_ONCE - len(going), OF_ACCOUNT)  # so that one account's never fill all slots
                    due = await self._taken(limit, _busy(going.values()))
                    for delivery in due:
                        task = group.create_task(self._tried(delivery))
                        going[task] = delivery.account_id
                        task.add_done_callback(done)
                    if limit == 0 or len(due) < limit:
                        await listener.wait(LOOK_AGAIN_S * (0.5 + random.random()))

    async def deliver_due(self) -> int:
        """Tries what is due now, up to `AT_ONCE` at once; how many were tried."""
        due = await self._take(AT_ONCE)
        await asyncio.gather(*(self._try(delivery) for delivery in due))
        return len(due)

    async def _taken(self, limit: int, busy: Collection[str]) -> Sequence[Delivery]:
        """What is due, as far as the database answers."""
        if limit == 0:
            return ()
        try:
            return await self._take(limit, busy)
        except (StorageUnavailable, StorageFull) as fault:
            log.warning("webhooks.wait", why=fault.message)
            return ()

    async def _take(self, limit: int, busy: Collection[str] = ()) -> Sequence[Delivery]:
        now = self._service.clock.now()
        async with self._service.database.write() as uow:
            return await uow.due_deliveries.take(now, now + self._lost, limit, but_of=busy)

    async def _tried(self, delivery: Delivery) -> None:
        """A try that the database may cut short: it is made again after TRY_LOST_S."""
        try:
            await self._try(delivery)
        except (StorageUnavailable, StorageFull) as fault:
            log.warning("webhook.not_told", delivery_id=delivery.id, why=fault.message)

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
        then = after_try(
            posted,
            delivery.attempts - delivery.earlier,
            self._service.clock.now(),
            random.random(),
            delivery.type.tries,
        )
        async with self._service.database.write() as uow:
            if await uow.deliveries(delivery.account_id).tell(delivery, attempt, then.status, then.due_at):
                await note_try(uow, self._service, delivery, posted)
        self._service.signals.changed(delivery.id)
        log.info("webhook.tried", delivery_id=delivery.id, type=delivery.type, status=posted.status, then=then.status)

    async def _posted(self, delivery: Delivery, at: dt.datetime) -> Posted:
        """What became of a try. A fault of ours is told as one: the others go on."""
        try:
            return await self._sent(delivery, at)
        except (StorageUnavailable, StorageFull):
            raise
        except Exception as fault:  # noqa: BLE001 - becomes an outcome that its owner sees, and is tried again
            log.error("webhook.failed", delivery_id=delivery.id, trace="".join(traceback.format_exception(fault)))
            return Posted(status=0, detail=f"a fault of ours ({type(fault).__name__})")

    async def _sent(self, delivery: Delivery, at: dt.datetime) -> Posted:
        try:
            async with asyncio.timeout(BODY_DEADLINE_S):
                body = await self._body(delivery)
                secrets = await signing_secrets(self._service, delivery.account_id)
                own = await self._own_signature(delivery, body)
                asked = await self._asked_headers(delivery)
        except NothingToSend as why:
            return Posted(status=0, detail=str(why), final=True)
        except TimeoutError:
            return Posted(status=0, detail=f"what there is to tell could not be read within {BODY_DEADLINE_S:g} s")
        signed = sign(secrets, delivery.message_id, at, body).headers()
        headers = {**asked, "content-type": "application/json", **signed, **own}
        try:
            async with asyncio.timeout(POST_DEADLINE_S):
                return await self._post(delivery.url, body, headers)
        except TimeoutError:
            return Posted(status=0, detail=f"no answer within {POST_DEADLINE_S:g} s")

    async def _body(self, delivery: Delivery) -> bytes:
        """What is sent: the same on every try. Raises NothingToSend."""
        if delivery.body:
            return delivery.body.encode()
        if delivery.type is WebhookEvent.PING:
            webhook = await find_webhook(self._service, delivery.account_id, delivery.webhook_id)
            return encode(render_ping(webhook.task.name if webhook else None, at=delivery.created_at))
        if delivery.type is WebhookEvent.BATCH_ENDED:
            batch = await self._found(get_batch(self._service, delivery.account_id, delivery.subject_id))
            return encode(render_batch(batch, batch.origin))
        if delivery.type is WebhookEvent.CAPTURE_ENDED:
            return encode(render_capture(await self._ended_capture(delivery)))
        if delivery.type is WebhookEvent.TARGET_ENDED:
            task = get_bulk_task(self._service, delivery.account_id, delivery.event, delivery.subject_id)
            return encode(render_task(await self._found(task)))
        try:
            run = await get_run(self._service, delivery.account_id, delivery.run_id)
            is_job = delivery.type is WebhookEvent.JOB_ENDED
            records, is_whole = await self._records(run, _of_job if is_job else _of_task)
            # Asked last: a run that was sent back to work while it was read is not told of half way.
            if not await is_told_by(self._service, delivery):
                raise NothingToSend("the run was extended: its next end is told instead")
        except NotFound:
            raise NothingToSend("the run was deleted") from None
        if delivery.type is WebhookEvent.JOB_ENDED:
            unclear = await count_apart(self._service, run.account_id, run.id)
            return encode(render_job(run, tuple(records), await credits_of(self._service, run), unclear))
        webhook = await find_webhook(self._service, delivery.account_id, delivery.webhook_id)
        if webhook is None:
            raise NothingToSend("the webhook was deleted")
        told = render_event(
            run,
            records,
            type=delivery.type,
            task_name=webhook.task.name,
            at=delivery.created_at,
            rest_url="" if is_whole else f"{job_url(run.id)}/download?format=json",
        )
        return encode(told)

    async def _ended_capture(self, delivery: Delivery) -> Capture:
        capture = await self._found(get_capture(self._service, delivery.account_id, delivery.run_id))
        if not await is_told_by(self._service, delivery):
            raise NothingToSend("the screenshot is being taken again: its next end is told instead")
        return capture

    async def _found(self, reading: Awaitable[T]) -> T:
        try:
            return await reading
        except NotFound:
            raise NothingToSend("what it tells of was deleted") from None

    async def _own_signature(self, delivery: Delivery, body: bytes) -> dict[str, str]:
        """The header of GoScreenAPI's document, where the caller gave a secret with the request."""
        if delivery.type is not WebhookEvent.CAPTURE_ENDED:
            return {}
        secret = await webhook_secret_of(self._service, delivery.account_id, delivery.run_id)
        return {"x-gss-signature": body_signature(secret, body)} if secret else {}

    async def _asked_headers(self, delivery: Delivery) -> dict[str, str]:
        """What the caller wants sent along with the results of a bulk job; ours stand in front of them."""
        if delivery.type is not WebhookEvent.TARGET_ENDED:
            return {}
        headers = await self._found(webhook_headers_of(self._service, delivery.account_id, delivery.event))
        return {name.lower(): value for name, value in headers}

    async def _records(self, run: Run, weigh: Callable[[Record], int]) -> tuple[Sequence[Record], bool]:
        """The run's records, as many as a body has room for, and whether they are all."""
        records: list[Record] = []
        cursor: str | None = ""
        left = MAX_RECORDS_BYTES
        while cursor is not None:
            listing = await list_records(self._service, run.account_id, run.id, limit=RECORDS_AT_ONCE, cursor=cursor)
            for record in listing.items:
                left -= weigh(record)
                if left < 0:
                    return records, False
                records.append(record)
            cursor = listing.next_cursor
        return records, True


def _of_job(record: Record) -> int:
    return len(encode(record))


def _of_task(record: Record) -> int:
    return len(encode(record.values()))


def _busy(accounts: Iterable[str]) -> Collection[str]:
    """The accounts that have as many going as they may."""
    return [account_id for account_id, count in Counter(accounts).items() if count >= OF_ACCOUNT]
