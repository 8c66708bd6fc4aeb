"""What workers do with bulk tasks: take them, tell how they ended, look after what was lost."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import msgspec

from domain.bulk import MAX_LOST, RESULTS_KEPT, BulkStatus, TargetOptions, TargetResult
from domain.errors import StorageFull, StorageUnavailable
from domain.prices import price_of_target
from domain.webhooks import WebhookEvent
from services.archive import sweep_blobs
from services.bulk import TARGETS
from services.credits import settle_job
from services.service import Service
from services.webhooks import DELIVERIES, new_delivery
from store.blobs import Stored
from store.repositories.bulk_work import Claimed, Ended, Outcome, Pace, Wanted
from store.unit import UnitOfWork

JOBS_KEPT = dt.timedelta(days=30)
SESSIONS_KEPT = dt.timedelta(hours=1)
LATE = 0.3  # of the pause between two requests, by which one may begin late
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

    tasks: tuple[Claimed, ...]
    options: Mapping[str, TargetOptions]


async def take_tasks(
    service: Service, worker: str, lease: dt.timedelta, wanted: Wanted, pace: Pace, known: Collection[str]
) -> Taken:
    """Claims tasks for `worker` until its lease runs out. `known` are the jobs whose options it has."""
    now = service.clock.now()
    async with service.database.write() as uow:
        tasks = await uow.bulk_work.claim(worker, now, now + lease, wanted, pace)
        unknown = {one.task.job_id for one in tasks} - set(known)
        options = await uow.bulk_work.options(unknown)
    return Taken(tasks=tuple(tasks), options=options)


async def store_content(service: Service, done: Done) -> Done:
    """Stores what came ahead of `record_tasks`, so that a group's transaction waits for no disk. What cannot be stored
    now is left to it."""
    try:
        return msgspec.structs.replace(done, blob=await _stored(service, done))
    except (StorageUnavailable, StorageFull):
        return done


async def record_tasks(service: Service, worker: str, done: Sequence[Done]) -> Ended:
    """Writes how tasks ended, in one transaction, each once; what somebody else has taken or canceled is dropped."""
    stored = await asyncio.gather(*(_stored(service, one) for one in done))
    blobs = {one.claimed.task.id: blob for one, blob in zip(done, stored, strict=True) if blob is not None}
    outcomes = [_outcome(service, one, blobs.get(one.claimed.task.id)) for one in done]
    now = service.clock.now()
    async with service.database.write() as uow:
        ended = await uow.bulk_work.finish(worker, outcomes, now, now + RESULTS_KEPT)
        await _after(uow, service, ended)
        for one in done:
            if one.cookies is not None and one.claimed.task.id in ended.jobs:
                jobs = uow.bulk_jobs(one.claimed.task.account_id)
                await jobs.keep_cookies(one.options.session_id, one.cookies, now)
        fresh = await _count_uses(uow, {id_: blob for id_, blob in blobs.items() if id_ in ended.jobs}, ended)
    await _restore_swept(service, done, fresh)
    _tell(service, ended)
    return ended


async def rotate_task(service: Service, worker: str, claimed: Claimed) -> None:
    """Shows that a task is tried again over another proxy."""
    async with service.database.write() as uow:
        await uow.bulk_work.rotate(worker, claimed.task.id, claimed.task.attempt, service.clock.now())


async def session_cookies(service: Service, account_id: str, session: str) -> str:
    """What the sites of an account's session have set, as `record_tasks` was given it; empty at first."""
    async with service.database.read() as uow:
        return await uow.bulk_jobs(account_id).cookies(session)


async def host_turn(service: Service, host: str, delay_s: float) -> float:
    """Seconds until one more request to a host may begin: that turn is the caller's."""
    if not delay_s:
        return 0.0
    now = service.clock.now()
    async with service.database.write() as uow:
        at = await uow.bulk_work.turn(host, now, delay_s)
    return await wait_of(service, host, at, delay_s)


async def wait_of(service: Service, host: str, at: dt.datetime, delay_s: float) -> float:
    """Seconds until the turn `at`. One that has passed too far is let go for another: a request that begins late would
    come too close to the one after it."""
    wait_s = (at - service.clock.now()).total_seconds()
    return max(0.0, wait_s) if wait_s >= -LATE * delay_s else await host_turn(service, host, delay_s)


async def keep_tasks(service: Service, worker: str, lease: dt.timedelta) -> Mapping[str, int]:
    """Extends the leases of what `worker` holds; the attempts by task. What is missing is no longer its own."""
    async with service.database.write() as uow:
        return await uow.bulk_work.beat(worker, service.clock.now() + lease)


async def give_back_tasks(service: Service, worker: str) -> int:
    """Puts what `worker` holds back in the queue; how many."""
    async with service.database.write() as uow:
        return await uow.bulk_work.give_back(worker, service.clock.now())


async def sweep_lost(service: Service) -> int:
    """Takes tasks from workers that have been silent for too long: back into the queue, or to their end where they have
    lost too many; how many."""
    now = service.clock.now()
    async with service.database.write() as uow:
        again, dead = await uow.bulk_work.requeue_lost(now, MAX_LOST, AT_ONCE)
        ended = await uow.bulk_work.finish(None, dead, now, now + RESULTS_KEPT) if dead else Ended()
        await _after(uow, service, ended)
    _tell(service, ended)
    if again:
        service.signals.changed(TARGETS)
    return again + len(dead)


async def sweep_expired(service: Service) -> int:
    """Lets go of results past their time, and of what is long over; how many results."""
    now = service.clock.now()
    async with service.database.write() as uow:
        expired = await uow.bulk_work.expire(now, AT_ONCE)
        by_account: defaultdict[str, list[str]] = defaultdict(list)
        for one in expired:
            by_account[one.account_id].append(one.content)
        for account_id, hashes in sorted(by_account.items()):
            await uow.blobs.release(account_id, hashes, now)
        await uow.bulk_work.tidy(
            jobs_before=now - JOBS_KEPT,
            sessions_before=now - SESSIONS_KEPT,
            keys_before=now - service.limits.idempotency_keys,
            limit=AT_ONCE,
        )
    if expired:
        await sweep_blobs(service)
    return len(expired)


async def _stored(service: Service, one: Done) -> Stored | None:
    if one.blob is not None or not one.result.content:
        return one.blob
    return await service.blobs.put(one.claimed.task.account_id, one.result.content)


def _outcome(service: Service, one: Done, blob: Stored | None) -> Outcome:
    result = one.result
    return Outcome(
        task_id=one.claimed.task.id,
        attempt=one.claimed.task.attempt,
        status=BulkStatus.SUCCESS if result.ok else BulkStatus.ERROR,
        status_code=result.status_code,
        headers=result.headers,
        content=blob.sha256 if blob else "",
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


async def _count_uses(uow: UnitOfWork, blobs: Mapping[str, Stored], ended: Ended) -> set[str]:
    """Counts a use of each blob; those that nothing used before."""
    by_account: defaultdict[str, list[Stored]] = defaultdict(list)
    for task_id, blob in blobs.items():
        by_account[ended.jobs[task_id].account_id].append(blob)
    fresh: set[str] = set()
    for account_id, used in sorted(by_account.items()):
        sizes = {blob.sha256: blob.size for blob in used}
        fresh |= set(await uow.blobs.use(account_id, [blob.sha256 for blob in used], sizes))
    return fresh


async def _restore_swept(service: Service, done: Sequence[Done], fresh: set[str]) -> None:
    """Puts back what a sweep took between a body's `put` and the commit that counted its first use."""
    for one in done:
        if one.result.content and (sha256 := hashlib.sha256(one.result.content).hexdigest()) in fresh:
            account_id = one.claimed.task.account_id
            if not await service.blobs.has(account_id, sha256):
                await service.blobs.put(account_id, one.result.content)


def _tell(service: Service, ended: Ended) -> None:
    for job in ended.over:
        service.signals.changed(job.id)
    if any(job.webhook_url for job in ended.jobs.values()):
        service.signals.changed(DELIVERIES)
