"""What workers do with bulk tasks: take them, tell how they ended, look after what was lost."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from domain.bulk import MAX_LOST, RESULTS_KEPT, BulkStatus, TargetOptions, TargetResult
from domain.prices import price_of_target
from domain.webhooks import WebhookEvent
from services.blobs import SWEEP_AT_ONCE, sweep_blobs, use_blobs
from services.bulk import TARGETS
from services.credits import settle_job
from services.service import Service
from services.webhooks import DELIVERIES, new_delivery
from store.blobs import Stored
from store.repositories.bulk_claims import Claimed, Pace, Wanted
from store.repositories.bulk_ends import Ended, Outcome
from store.unit import UnitOfWork

JOBS_KEPT = dt.timedelta(days=30)
SESSIONS_KEPT = dt.timedelta(hours=1)
TURNS_KEPT = dt.timedelta(hours=1)
AT_ONCE = 200  # rows of one kind that one sweep takes


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A task that was done, with what came of it and the cookies that its session has now (None: as before). `blob`:
    its content is stored already."""

    claimed: Claimed
    options: TargetOptions
    result: TargetResult
    cookies: str | None = None
    blob: Stored | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks to be done, with the options of those of their jobs that were not known."""

    tasks: tuple[Claimed, ...] = ()
    options: Mapping[str, TargetOptions] = {}


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker would have. `known` are the jobs whose options it has."""

    wanted: Wanted
    lease: dt.timedelta
    pace: Pace = Pace()
    known: frozenset[str] = frozenset()


async def has_tasks(service: Service) -> bool:
    """Whether any task waits for a worker."""
    async with service.database.read() as uow:
        return await uow.bulk_claims.is_waiting()


async def store_contents(service: Service, done: Sequence[Done]) -> Sequence[Done]:
    """Stores what came, ahead of the transaction that tells of it, so that it waits for no disk."""
    full = [one for one in done if one.blob is None and one.result.content]
    if not full:
        return done
    stored = await service.blobs.put_all([(one.claimed.task.account_id, one.result.content) for one in full])
    blobs = {one.claimed.task.id: blob for one, blob in zip(full, stored, strict=True)}
    return [msgspec.structs.replace(one, blob=blobs.get(one.claimed.task.id, one.blob)) for one in done]


async def turn_over(
    service: Service, worker: str, done: Sequence[Done], claim: Claim | None = None
) -> tuple[Ended, Taken]:
    """Writes how tasks ended, each once, and takes others in their place, in one transaction: each commit is a wait
    for the disk. What somebody else has taken up or canceled meanwhile is dropped."""
    done = await store_contents(service, done)
    now = service.clock.now()
    async with service.database.write() as uow:
        lot = await uow.bulk_claims.lot() if claim is not None else None  # locks in their order: the account is first
        outcomes = [_outcome(service, one) for one in done]
        written = await uow.bulk_ends.write(worker, outcomes, now, now + RESULTS_KEPT)
        taken = Taken()
        if claim is not None:
            tasks = await uow.bulk_claims.claim(worker, now, now + claim.lease, claim.wanted, claim.pace, lot)
            options = await uow.bulk_claims.begun({one.task.job_id for one in tasks} - claim.known, now)
            taken = Taken(tasks=tuple(tasks), options=options)
        ended = await uow.bulk_ends.count_down(written, now)
        await _after(uow, service, ended)
        for one in done:
            if one.cookies is not None and one.claimed.task.id in ended.jobs:
                jobs = uow.bulk_jobs(one.claimed.task.account_id)
                await jobs.keep_cookies(one.options.session_id, one.cookies, now)
        await _count_uses(uow, service, done, ended)
    _tell(service, ended)
    return ended, taken


async def rotate_task(service: Service, worker: str, claimed: Claimed) -> None:
    """Shows that a task is tried again over another proxy."""
    async with service.database.write() as uow:
        await uow.bulk_claims.rotate(worker, claimed.task.id, claimed.task.attempt, service.clock.now())


async def session_cookies(service: Service, account_id: str, session: str) -> str:
    """What the sites of an account's session have set, as `turn_over` was given it; empty at first."""
    async with service.database.read() as uow:
        return await uow.bulk_jobs(account_id).cookies(session)


async def keep_tasks(service: Service, worker: str, lease: dt.timedelta) -> Mapping[str, int]:
    """Extends the leases of what `worker` holds; the attempts by task. What is missing is no longer its own."""
    async with service.database.write() as uow:
        return await uow.bulk_claims.beat(worker, service.clock.now() + lease)


async def give_back_tasks(service: Service, worker: str) -> int:
    """Puts what `worker` holds back in the queue; how many."""
    async with service.database.write() as uow:
        return await uow.bulk_claims.give_back(worker, service.clock.now())


async def sweep_lost(service: Service) -> int:
    """Takes tasks from workers that have been silent for too long: back into the queue, or to their end where they have
    lost too many; how many."""
    now = service.clock.now()
    async with service.database.write() as uow:
        again, dead = await uow.bulk_ends.requeue_lost(now, MAX_LOST, AT_ONCE)
        ended = await uow.bulk_ends.count_down(await uow.bulk_ends.write(None, dead, now, now + RESULTS_KEPT), now)
        await _after(uow, service, ended)
    _tell(service, ended)
    if again:
        service.signals.changed(TARGETS)
    return again + len(dead)


async def sweep_expired(service: Service) -> int:
    """Lets go of results past their time, and of what is long over; how many results."""
    now = service.clock.now()
    async with service.database.write() as uow:
        expired = await uow.bulk_ends.expire(now, AT_ONCE)
        by_account: defaultdict[str, list[str]] = defaultdict(list)
        for one in expired:
            by_account[one.account_id].append(one.content)
        for account_id, hashes in sorted(by_account.items()):
            await uow.blobs.release(account_id, hashes, now)
        await uow.bulk_ends.tidy(
            jobs_before=now - JOBS_KEPT,
            sessions_before=now - SESSIONS_KEPT,
            keys_before=now - service.limits.idempotency_keys,
            limit=AT_ONCE,
        )
        await uow.host_turns.forget(now - TURNS_KEPT)
    while await sweep_blobs(service) == SWEEP_AT_ONCE:
        pass
    return len(expired)


def _outcome(service: Service, one: Done) -> Outcome:
    result = one.result
    return Outcome(
        task_id=one.claimed.task.id,
        attempt=one.claimed.task.attempt,
        status=BulkStatus.SUCCESS if result.ok else BulkStatus.ERROR,
        status_code=result.status_code,
        headers=result.headers,
        content=one.blob.sha256 if one.blob else "",
        is_binary=result.is_binary,
        error=result.error,
        credits=price_of_target(one.options, service.prices) if result.ok else 0,
    )


async def _after(uow: UnitOfWork, service: Service, ended: Ended) -> None:
    """What the end of tasks means beyond themselves, in the transaction that ends them."""
    now = service.clock.now()
    for task_id, job in ended.jobs.items():
        if job.webhook_url:
            delivery = new_delivery(
                job.account_id,
                now,
                type=WebhookEvent.TARGET_ENDED,
                subject_id=task_id,
                event=job.id,
                url=job.webhook_url,
            )
            await uow.deliveries(job.account_id).add(delivery)
    for job in ended.over:
        await settle_job(uow, service, job.account_id, job.id, job.credits)


async def _count_uses(uow: UnitOfWork, service: Service, done: Sequence[Done], ended: Ended) -> None:
    """Counts a use of each blob. What nobody wants is left to the sweep."""
    used: defaultdict[str, list[Stored]] = defaultdict(list)
    dropped: defaultdict[str, dict[str, int]] = defaultdict(dict)
    bodies: dict[str, bytes] = {}
    for one in done:
        if one.blob is None:
            continue
        account_id, bodies[one.blob.sha256] = one.claimed.task.account_id, one.result.content
        if one.claimed.task.id in ended.jobs:
            used[account_id].append(one.blob)
        else:
            dropped[account_id][one.blob.sha256] = one.blob.size
    for account_id, blobs in sorted(used.items()):
        await use_blobs(uow, service, account_id, blobs, bodies)
    for account_id, sizes in sorted(dropped.items()):
        await uow.blobs.offer(account_id, sizes, service.clock.now())


def _tell(service: Service, ended: Ended) -> None:
    for job in ended.over:
        service.signals.changed(job.id)
    if any(job.webhook_url for job in ended.jobs.values()):
        service.signals.changed(DELIVERIES)
