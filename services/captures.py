"""Pictures of pages: asked for one by one or in batches, looked at, opened by links."""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
import secrets
from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum

import msgspec

from domain.captures import CaptureRequest
from domain.errors import Gone, InvalidInput, NotFound, RateLimited
from domain.ids import new_id
from domain.pictures import (
    MAX_BATCH,
    MAX_PENDING,
    MAX_SECRET,
    Capture,
    CaptureBatch,
    CaptureStatus,
    Picture,
    SignedLink,
    link_signature,
    request_hash,
    runs_with,
)
from domain.runs import Run, RunStatus, TerminationReason
from services.capture_keys import request_key
from services.endings import after_end, end_of
from services.requests import checked_request, checked_target
from services.runs import LOOK_AGAIN_S, accept_run, wait_for_end
from services.service import Service
from services.webhooks import DELIVERIES
from store.repositories.outbox import Waiting
from store.unit import UnitOfWork

LINK_SECRET = "signed links"  # noqa: S105 - the secret's name
LINK_SECRET_BYTES = 32
NO_SUCH = "No such screenshot."
NO_SUCH_BATCH = "No such batch."
EXPIRED = "This picture has expired."
RETRY_PENDING_S = 5  # a page takes some seconds


class TooManyPending(RateLimited):
    """Too many pending requests."""


class AskedCapture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture to take. `webhook_secret` signs what its `webhook_url` is told; nobody is shown it."""

    request: CaptureRequest
    webhook_secret: str = ""


async def request_capture(
    service: Service, account_id: str, asked: AskedCapture, *, origin: str = "", idempotency_key: str = ""
) -> Capture:
    """The picture, on its way; over already where the cache had it. `origin` is where its caller finds this service.

    The same `idempotency_key` with the same request gives the picture that it gave before, with another request
    IdempotencyMismatch. Raises InvalidInput, UnsafeUrl, NotEnoughCredits, and TooManyPending where MAX_PENDING are not
    over.
    """
    asked = _checked(service, asked)
    key = request_key(idempotency_key, asked)
    async with service.database.write() as uow:
        await uow.accounts.lock(account_id)  # two calls at once do not both find room for the last one
        if before := await key.earlier(uow, account_id):
            return before
        earlier = await _earlier(uow, service, account_id, asked.request)
        pending = await uow.captures(account_id).count_pending()
        if earlier is None and pending >= MAX_PENDING:
            raise TooManyPending(
                f"Too many pending requests: at most {MAX_PENDING} at a time.", retry_after_s=RETRY_PENDING_S
            )
        # What the account has is shared among all that it may ask for at once: a picture takes seconds, and holds for
        # its whole deadline.
        share = max(1, MAX_PENDING - pending)
        run, waiting = await _accept(uow, service, account_id, asked, origin=origin, share=share)
        await key.keep(uow, run)
        is_over = earlier is not None and await _is_answered(uow, service, run, earlier)
    await _wake(service, [] if is_over else [waiting])
    return await get_capture(service, account_id, run.id)


async def request_batch(
    service: Service,
    account_id: str,
    asked: Sequence[AskedCapture],
    *,
    callback_url: str = "",
    origin: str = "",
    idempotency_key: str = "",
) -> CaptureBatch:
    """Pictures that are told of together at `callback_url` once all have ended. All of them are accepted, or none.

    The same `idempotency_key` with the same request gives the batch that it gave before. Raises InvalidInput,
    UnsafeUrl, NotEnoughCredits, IdempotencyMismatch, and TooManyPending where MAX_PENDING batches are not over.
    """
    if not 1 <= len(asked) <= MAX_BATCH:
        raise InvalidInput(fields={"requests": f"between 1 and {MAX_BATCH}"})
    callback_url = checked_target("callback_url", callback_url, service.policy)
    checked = [_checked_in_batch(service, each, at) for at, each in enumerate(asked)]
    batch = CaptureBatch(
        id=new_id(),
        account_id=account_id,
        total=len(checked),
        created_at=service.clock.now(),
        callback_url=callback_url,
        origin=origin,
    )
    key = request_key(idempotency_key, [checked, callback_url])
    rings: list[Waiting] = []
    async with service.database.write() as uow:
        await uow.accounts.lock(account_id)
        if before := await key.earlier(uow, account_id):
            return await _batch_of(uow, account_id, before.batch_id)
        if await uow.captures(account_id).count_open_batches() >= MAX_PENDING:
            raise TooManyPending(
                f"Too many pending batches: at most {MAX_PENDING} at a time.", retry_after_s=RETRY_PENDING_S
            )
        await uow.captures(account_id).add_batch(batch)
        runs: list[Run] = []
        answers: list[tuple[Run, Waiting, Picture]] = []
        for at, each in enumerate(checked):
            earlier = await _earlier(uow, service, account_id, each.request)
            run, waiting = await _accept(
                uow, service, account_id, each, origin=origin, batch_id=batch.id, share=len(checked) - at
            )
            runs.append(run)
            if earlier is None:
                rings.append(waiting)
            else:
                answers.append((run, waiting, earlier))
        await key.keep(uow, runs[0])
        for run, waiting, earlier in answers:  # once all are there: the end of the last one ends the batch
            if not await _is_answered(uow, service, run, earlier):
                rings.append(waiting)
    await _wake(service, rings)
    return await get_batch(service, account_id, batch.id)


async def get_capture(service: Service, account_id: str, capture_id: str) -> Capture:
    """Raises NotFound."""
    async with service.database.read() as uow:
        capture = await uow.captures(account_id).get(capture_id)
    if capture is None:
        raise NotFound(NO_SUCH)
    return capture


async def get_batch(service: Service, account_id: str, batch_id: str) -> CaptureBatch:
    """Raises NotFound."""
    async with service.database.read() as uow:
        return await _batch_of(uow, account_id, batch_id)


async def list_captures(
    service: Service, account_id: str, *, page: int, per_page: int, status: CaptureStatus | None = None
) -> tuple[Sequence[Capture], int]:
    """One page of them, newest first, and how many there are in all. Pages count from 1."""
    statuses = runs_with(status) if status else ()
    async with service.database.read() as uow:
        captures = uow.captures(account_id)
        found = await captures.list(per_page, (page - 1) * per_page, statuses=statuses)
        return found, await captures.count(statuses=statuses)


async def wait_for_capture(service: Service, account_id: str, capture_id: str, deadline_s: float) -> Capture:
    """At its end, or as it is after `deadline_s`. Raises NotFound."""
    await wait_for_end(service, account_id, capture_id, deadline_s)
    return await get_capture(service, account_id, capture_id)


async def webhook_secret_of(service: Service, account_id: str, capture_id: str) -> str:
    """What signs the news of a capture beside the account's own secret; empty where its caller gave none."""
    async with service.database.read() as uow:
        return await uow.captures(account_id).webhook_secret(capture_id)


class NewsKind(StrEnum):
    CONNECTED = "connected"
    HEARTBEAT = "heartbeat"  # it is still going
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"  # it is not over, and this is no longer told


class News(msgspec.Struct, frozen=True, kw_only=True):
    """A capture as it was when it was looked at."""

    kind: NewsKind
    capture: Capture


async def follow_capture(
    service: Service, account_id: str, capture_id: str, *, beat_s: float, life_s: float
) -> AsyncGenerator[News]:
    """How a capture is: at once, every `beat_s` while it goes on, at its end or after `life_s`. Raises NotFound."""
    loop = asyncio.get_running_loop()
    deadline, next_beat = loop.time() + life_s, loop.time() + beat_s
    with service.signals.listen(capture_id) as listener:
        capture = await get_capture(service, account_id, capture_id)
        yield News(kind=NewsKind.CONNECTED, capture=capture)
        while not capture.status.is_over:
            now = loop.time()
            if now >= deadline:
                yield News(kind=NewsKind.TIMEOUT, capture=capture)
                return
            if now >= next_beat:
                yield News(kind=NewsKind.HEARTBEAT, capture=capture)
                next_beat += beat_s
            await listener.wait(max(0.0, min(LOOK_AGAIN_S, next_beat - now, deadline - now)))
            capture = await get_capture(service, account_id, capture_id)
        done = capture.status is CaptureStatus.COMPLETED
        yield News(kind=NewsKind.COMPLETED if done else NewsKind.FAILED, capture=capture)


async def read_picture(service: Service, capture: Capture) -> bytes:
    """The picture's bytes. Raises NotFound where there is none, Gone where it has expired."""
    if capture.is_expired:
        raise Gone(EXPIRED)
    if capture.picture is None:
        raise NotFound(NO_SUCH)
    return await service.blobs.get(capture.run.account_id, capture.picture.sha256)


async def link_to(service: Service, capture: Capture) -> SignedLink | None:
    """A link that opens the picture without a key, for as long as its request says; None where none was asked for."""
    life_s, ended = capture.request.link_s, capture.run.completed_at
    if life_s is None or ended is None or capture.picture is None:
        return None
    return await sign_link(service, capture, ended + dt.timedelta(seconds=life_s))


async def sign_link(service: Service, capture: Capture, expires_at: dt.datetime) -> SignedLink:
    """A link that opens the picture without a key until `expires_at`, to the second."""
    expires_at = expires_at.replace(microsecond=0)
    expires = int(expires_at.timestamp())
    signature = link_signature(await _link_secret(service), capture.id, capture.format.value, expires)
    return SignedLink(expires_at=expires_at, signature=signature)


async def open_link(service: Service, capture_id: str, format_: str, *, expires: int, signature: str) -> Capture:
    """What a signed link opens. Raises NotFound where it is not one of ours, Gone where it has expired."""
    expected = link_signature(await _link_secret(service), capture_id, format_, expires)
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass")):
        raise NotFound(NO_SUCH)
    if service.clock.now().timestamp() >= expires:
        raise Gone("This link has expired.")
    async with service.database.read() as uow:
        capture = await uow.linked_captures.get(capture_id)
    if capture is None:
        raise NotFound(NO_SUCH)
    return capture


async def _link_secret(service: Service) -> str:
    async with service.database.read() as uow:
        secret = await uow.server_secrets.get(LINK_SECRET)
    if secret is not None:
        return secret
    async with service.database.write() as uow:
        await uow.server_secrets.keep(LINK_SECRET, secrets.token_hex(LINK_SECRET_BYTES))
        secret = await uow.server_secrets.get(LINK_SECRET)
    assert secret is not None
    return secret


async def _batch_of(uow: UnitOfWork, account_id: str, batch_id: str) -> CaptureBatch:
    batch = await uow.captures(account_id).batch(batch_id)
    if batch is None:
        raise NotFound(NO_SUCH_BATCH)
    return batch


def _checked(service: Service, asked: AskedCapture) -> AskedCapture:
    if len(asked.webhook_secret) > MAX_SECRET:
        raise InvalidInput(fields={"webhook_secret": f"at most {MAX_SECRET} characters"})
    checked = checked_request(asked.request, service.policy, service.proxies)
    assert isinstance(checked, CaptureRequest)
    return msgspec.structs.replace(asked, request=checked)


def _checked_in_batch(service: Service, asked: AskedCapture, at: int) -> AskedCapture:
    try:
        return _checked(service, asked)
    except InvalidInput as fault:
        raise type(fault)(fields={f"requests[{at}].{name}": why for name, why in fault.fields.items()}) from None


async def _earlier(uow: UnitOfWork, service: Service, account_id: str, request: CaptureRequest) -> Picture | None:
    """The picture in the account's cache that will do for `request`."""
    if request.cache_ttl_s is None:
        return None
    since = service.clock.now() - dt.timedelta(seconds=request.cache_ttl_s)
    found = await uow.captures(account_id).newest(request_hash(request), since)
    return found.picture if found else None


async def _accept(
    uow: UnitOfWork,
    service: Service,
    account_id: str,
    asked: AskedCapture,
    *,
    origin: str,
    share: int,
    batch_id: str = "",
) -> tuple[Run, Waiting]:
    run, waiting = await accept_run(uow, service, account_id, asked.request, share=share)
    await uow.captures(account_id).dress(run.id, origin=origin, batch_id=batch_id, webhook_secret=asked.webhook_secret)
    return run, waiting


async def _is_answered(uow: UnitOfWork, service: Service, run: Run, picture: Picture) -> bool:
    """Ends a run that no worker knows of with an earlier picture. False where that one has just expired: a worker is to
    take it."""
    now = service.clock.now()
    if await uow.blobs.use(run.account_id, [picture.sha256], {picture.sha256: picture.size}):
        await uow.blobs.release(run.account_id, [picture.sha256], now)
        return False
    await uow.captures(run.account_id).put_picture(run.id, picture, now, cached=True)
    end = end_of(run, reason=TerminationReason.CAPTURED, records=0, pages=0, now=now)
    ended = await uow.runs(run.account_id).move(run.id, [RunStatus.QUEUED], end.values, [end.event], now)
    assert ended is not None  # it was made in this transaction
    await after_end(uow, service, run, ended)
    return True


async def _wake(service: Service, rings: Sequence[Waiting]) -> None:
    for waiting in rings:
        await service.doorbell.ring(waiting)
    service.signals.changed(DELIVERIES)
