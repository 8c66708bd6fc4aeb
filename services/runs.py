"""Runs: submitted, looked at, extended, cancelled, deleted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from enum import StrEnum

import msgspec

from domain.budgets import Budget, Spend
from domain.captures import CaptureRequest
from domain.errors import Conflict, IdempotencyMismatch, InvalidInput, NotEnoughCredits, NotFound, TooManyWaiting
from domain.events import EventType
from domain.ids import new_id
from domain.pictures import request_hash
from domain.prices import cost_of
from domain.requests import Request
from domain.runs import TERMINAL, Run, RunKind, RunStatus, TerminationReason, kind_of
from services.archive_use import check_unread
from services.blobs import sweep_blobs
from services.caps import room_for_run
from services.capture_ends import release_picture
from services.credits import hold_for_run
from services.endings import after_end, end_of
from services.listing import Listing, checked_limit, id_cursor, listed
from services.pools import pool_exists
from services.requests import checked_counts, checked_request
from services.screenshots import screenshots_of
from services.service import Service
from services.stats import uncount_end
from services.webhooks import DELIVERIES, forget_task
from store.columns import encode
from store.repositories.outbox import Waiting
from store.repositories.runs import RUNNING, NewEvent
from store.unit import UnitOfWork

LOOK_AGAIN_S = 0.5  # how late another process's change is seen by a caller who waits for it
MAX_IDEMPOTENCY_KEY = 255


class Discarded(StrEnum):
    """What became of a run that its owner wants gone."""

    CANCELLED = "cancelled"  # it was active: it ends, and keeps what it found
    DELETED = "deleted"


class _KeyTaken(Exception):
    """Rolls the transaction back."""


async def submit_run(
    service: Service,
    account_id: str,
    request: Request,
    *,
    idempotency_key: str = "",
    asked: str = "",
    claim_by: str = "",
) -> Run:
    """Accepts a run: when this returns, it will be executed, whatever happens to this process.

    The same `idempotency_key` with the same request gives the run that it gave before; with another request
    IdempotencyMismatch. `asked` is what the caller said, where the request was made of what is kept here and may be
    another by the next time. `claim_by` names a worker in this process that will claim the run itself: no other is
    woken for it, unless it does not come. Raises InvalidInput and UnsafeUrl for what may not be asked, NotEnoughCredits
    where the account cannot pay for it, TooManyWaiting where too many runs of it wait.
    """
    request = checked_request(request, service.policy, service.proxies)
    _check_key(idempotency_key)
    fingerprint = _fingerprint(asked or request) if idempotency_key else ""
    try:
        async with service.database.write() as uow:
            await pool_exists(uow, account_id, request.pool_id)
            run, waiting = await accept_run(uow, service, account_id, request)
            if idempotency_key and not await uow.idempotency(account_id).keep(
                idempotency_key, fingerprint, run.id, run.created_at
            ):
                raise _KeyTaken
    except _KeyTaken:
        return await _run_of_key(service, account_id, idempotency_key, fingerprint)
    except (NotEnoughCredits, TooManyWaiting):
        # What was paid for once may be asked for again with nothing left.
        earlier = await _kept_run(service, account_id, idempotency_key, fingerprint) if idempotency_key else None
        if earlier is None:
            raise
        return earlier
    if not claim_by:
        await service.doorbell.ring(waiting)
    return run


async def accept_run(
    uow: UnitOfWork, service: Service, account_id: str, request: Request, *, share: int = 1
) -> tuple[Run, Waiting]:
    """Adds a run in the caller's transaction; once it is committed, ring `service.doorbell` for the second value.

    `request` has been through `checked_request`; `share` is among how many such runs the account's credits should go
    round. Raises NotEnoughCredits and TooManyWaiting: then that transaction must be given up.
    """
    await room_for_run(uow, service, account_id)
    run_id = new_id()
    request = await hold_for_run(uow, service, account_id, run_id, request, share=share)
    run = Run(
        id=run_id,
        account_id=account_id,
        kind=kind_of(request),
        status=RunStatus.QUEUED,
        request=request,
        created_at=service.clock.now(),
    )
    waiting = Waiting(run_id=run.id, account_id=account_id, since=run.created_at, attempt=0)
    await uow.runs(account_id).add(run, NewEvent(EventType.QUEUED, _asked(request)))
    if isinstance(request, CaptureRequest):
        await uow.captures(account_id).add(run.id, request_hash(request))
    await uow.outbox.put(waiting, run.created_at + service.limits.ring_again)
    return run, waiting


def _asked(request: Request) -> dict[str, object]:
    return {"goal": request.goal, "url": request.url, "max_results": request.max_results}


async def run_of_key(service: Service, account_id: str, key: str, asked: str) -> Run | None:
    """The run that was submitted under this key for what was `asked`; None where there is none, as without a key.

    Raises InvalidInput for what is no key, IdempotencyMismatch where it was used for something else.
    """
    _check_key(key)
    return await _kept_run(service, account_id, key, _fingerprint(asked)) if key else None


def _check_key(key: str) -> None:
    if len(key) > MAX_IDEMPOTENCY_KEY or not key.isprintable():
        raise InvalidInput(fields={"Idempotency-Key": f"at most {MAX_IDEMPOTENCY_KEY} printable characters"})


def _fingerprint(asked: Request | str) -> str:
    return hashlib.sha256(encode(asked)).hexdigest()


async def _run_of_key(service: Service, account_id: str, key: str, fingerprint: str) -> Run:
    run = await _kept_run(service, account_id, key, fingerprint)
    if run is None:
        raise Conflict("The run of this Idempotency-Key is just being deleted; try again.")
    return run


async def _kept_run(service: Service, account_id: str, key: str, fingerprint: str) -> Run | None:
    async with service.database.read() as uow:
        kept = await uow.idempotency(account_id).get(key)
        run = None if kept is None else await uow.runs(account_id).get(kept.run_id)
    if kept is not None and run is not None and kept.request_sha256 != fingerprint:
        raise IdempotencyMismatch
    return run


async def get_run(service: Service, account_id: str, run_id: str) -> Run:
    """Raises NotFound, for another account's run too."""
    async with service.database.read() as uow:
        run = await uow.runs(account_id).get(run_id)
    if run is None:
        raise NotFound("No such job.")
    return run


async def list_runs(
    service: Service,
    account_id: str,
    *,
    limit: int,
    cursor: str = "",
    kind: RunKind | None = None,
    flow_id: str = "",
    statuses: Collection[RunStatus] = (),
) -> Listing[Run]:
    """Newest first; previews are not among them."""
    async with service.database.read() as uow:
        runs = await uow.runs(account_id).list(
            checked_limit(limit) + 1, id_cursor(cursor), kind=kind, flow_id=flow_id, statuses=statuses
        )
    return listed(runs, limit, [run.id for run in runs])


async def cancel_run(service: Service, account_id: str, run_id: str) -> Run:
    """Ends a run, which keeps what it found. One that is running ends within seconds, at its worker's next look.

    Raises NotFound, and Conflict where the run is over.
    """
    async with service.database.write() as uow:
        run = await _existing(uow, account_id, run_id)
        if not await _cancelled(service, uow, run):
            raise Conflict("This job is over; there is nothing to cancel.")
    service.signals.changed(run_id)
    service.signals.changed(DELIVERIES)
    return await get_run(service, account_id, run_id)


async def fail_run(service: Service, account_id: str, run_id: str, detail: str) -> bool:
    """Ends a run that nobody here can take up, and says why: our fault, which costs nothing. False where it waits no
    more. Raises NotFound."""
    async with service.database.write() as uow:
        run = await _existing(uow, account_id, run_id)
        now = service.clock.now()
        reason = TerminationReason.INTERNAL_ERROR
        end = end_of(run, reason=reason, records=run.records_found, detail=detail, pages=run.pages_completed, now=now)
        ended = await uow.runs(account_id).move(run_id, [RunStatus.QUEUED], end.values, [end.event], now)
        if ended is None:
            return False
        await after_end(uow, service, run, ended)
    service.signals.changed(run_id)
    service.signals.changed(DELIVERIES)
    return True


async def delete_run(service: Service, account_id: str, run_id: str) -> Discarded:
    """Cancels an active run; deletes one that is over, with its records, pages and events. Raises NotFound; Conflict
    while another job has yet to read its archive."""
    async with service.database.write() as uow:
        run = await _existing(uow, account_id, run_id)
        if await _cancelled(service, uow, run):
            discarded = Discarded.CANCELLED
        else:
            await _deleted(service, uow, run)
            discarded = Discarded.DELETED
    if discarded is Discarded.DELETED:
        await sweep_blobs(service)
    service.signals.changed(run_id)
    return discarded


async def _deleted(service: Service, uow: UnitOfWork, run: Run) -> None:
    now = service.clock.now()
    runs = uow.runs(run.account_id)
    # An empty move holds the row: nobody extends the run, or deletes it a second time, while its blobs are released.
    if await runs.move(run.id, TERMINAL, {}, [], now) is None:
        raise Conflict("This job has changed in the meantime.")
    await check_unread(uow, run)
    await uow.blobs.release(run.account_id, await uow.pages(run.account_id).layers_of(run.id), now)
    await uow.blobs.release(run.account_id, await screenshots_of(uow, run), now)
    await release_picture(uow, service, run)
    await forget_task(uow, service, run.account_id, run.id)
    await runs.delete(run.id)


async def extend_run(
    service: Service,
    account_id: str,
    run_id: str,
    *,
    max_results: int,
    min_results: int | None = None,
    max_credits: int | None = None,
) -> Run:
    """Sends a run that is over back to work for more records. It keeps what it has, and gets its budget once more.

    `max_credits` caps what the extension may cost. Raises NotFound; Conflict where the run is active or was cancelled;
    InvalidInput where it is not asked for more; NotEnoughCredits where the account cannot pay for it.
    """
    checked_counts(max_results, min_results)
    now = service.clock.now()
    async with service.database.write() as uow:
        run = await _existing(uow, account_id, run_id)
        if not run.status.is_terminal or run.status is RunStatus.CANCELLED:
            raise Conflict(f"Only a job that has come to its end can be extended; this one is {run.status.value}.")
        if max_results < run.request.max_results:
            raise InvalidInput(fields={"max_results": f"at least {run.request.max_results}, as it was"})
        request = msgspec.structs.replace(
            run.request,
            max_results=max_results,
            max_is_default=False,
            min_results=min_results,
            preview=False,
            budget=_renewed(run.request.budget, run.spend),
            max_credits=max_credits,
        )
        await room_for_run(uow, service, account_id)
        # It was claimed since it was last held for, or it would not be over: the attempt tells its holds apart.
        so_far = cost_of(run.spend, service.prices)
        request = await hold_for_run(uow, service, account_id, run_id, request, number=run.attempt + 1, before=so_far)
        waiting = Waiting(run_id=run_id, account_id=account_id, since=now, attempt=run.attempt)
        moved = await uow.runs(account_id).move(
            run_id,
            [run.status],
            {
                "status": RunStatus.QUEUED.value,
                "request": request,
                "preview": False,
                "started_at": None,
                "completed_at": None,
                "termination_reason": None,
                "error": "",
                "lost_leases": 0,
                "blame": 0.0,
            },
            [NewEvent(EventType.QUEUED, {**_asked(request), "extended": True})],
            now,
        )
        if moved is None:
            raise Conflict("This job has changed in the meantime.")
        await uncount_end(uow, run)
        await uow.outbox.put(waiting, now + service.limits.ring_again)
    await service.doorbell.ring(waiting)
    service.signals.changed(run_id)
    return await get_run(service, account_id, run_id)


def _renewed(budget: Budget, spend: Spend) -> Budget:
    """The same budget again, on top of what has been used."""
    default = Budget()
    return msgspec.structs.replace(
        budget,
        max_pages=spend.pages + min(budget.max_pages, default.max_pages),
        max_tokens=spend.tokens + min(budget.max_tokens, default.max_tokens),
    )


async def wait_for_end(service: Service, account_id: str, run_id: str, deadline_s: float) -> Run:
    """The run at its end, or as it is after `deadline_s`. Raises NotFound."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + deadline_s
    with service.signals.listen(run_id) as listener:
        while True:
            run = await get_run(service, account_id, run_id)
            left = deadline - loop.time()
            if run.status.is_terminal or left <= 0:
                return run
            await listener.wait(min(LOOK_AGAIN_S, left))


async def _existing(uow: UnitOfWork, account_id: str, run_id: str) -> Run:
    run = await uow.runs(account_id).get(run_id)
    if run is None:
        raise NotFound("No such job.")
    return run


async def _cancelled(service: Service, uow: UnitOfWork, run: Run) -> bool:
    """Cancels an active run in this transaction. False where it is over."""
    now = service.clock.now()
    end = end_of(run, reason=TerminationReason.CANCELLED, records=run.records_found, pages=run.pages_completed, now=now)
    runs = uow.runs(run.account_id)
    ended = await runs.move(run.id, [RunStatus.QUEUED], end.values, [end.event], now)
    if ended is not None:
        await after_end(uow, service, run, ended)
        return True
    return await runs.move(run.id, RUNNING, {"cancel_requested": True}, [], now) is not None
