"""Bulk jobs: many Targets in one request, looked at by page, by job and by task, and canceled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from domain.bulk import MAX_TARGETS, BulkJob, BulkStatus, BulkTask, TargetOptions, job_status
from domain.egress import check_destination
from domain.errors import (
    Conflict,
    IdempotencyMismatch,
    InvalidInput,
    NotEnoughCredits,
    NotFound,
    TooManyWaiting,
    UnsafeUrl,
)
from domain.ids import new_id
from domain.prices import price_of_target
from domain.urls import MAX_URL, parse_url
from services.bulk_options import checked_options
from services.caps import room_for_bulk_job
from services.credits import get_balance, hold_for_job, settle_job
from services.requests import checked_target
from services.service import Service
from store.columns import encode
from store.repositories.bulk import NewTask, TaskHead
from store.unit import UnitOfWork

TARGETS = "bulk targets"  # the signal that there are some
MAX_IDEMPOTENCY_KEY = 255
MAX_PAGE = 100  # documented
MAX_PAGES = 10_000
MISTAKES_TOLD = 20
UNLIMITED = 2_147_483_647  # what an account without a limit is told that it has


class BulkView(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it is shown. `acquired` of its tasks are in hand; at most `limit` of its account's may be."""

    job: BulkJob
    status: BulkStatus
    tasks: tuple[TaskHead, ...]
    acquired: int = 0
    limit: int = 0


class BulkPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of an account's jobs, newest first, and how many there are in all."""

    views: tuple[BulkView, ...]
    total: int
    page: int
    page_size: int


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task with what came of it. `is_expired`: it came, and is gone by now."""

    task: BulkTask
    content: bytes
    is_expired: bool
    available: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What an account may do at once, and what it can pay for."""

    limit: int
    held: int
    open_jobs: int
    available: int


class _KeyTaken(Exception):
    """Rolls the transaction back."""


async def create_bulk_job(
    service: Service,
    account_id: str,
    targets: Sequence[str],
    options: TargetOptions,
    *,
    webhook_url: str = "",
    webhook_headers: tuple[tuple[str, str], ...] = (),
    idempotency_key: str = "",
) -> tuple[BulkJob, tuple[TaskHead, ...]]:
    """Accepts a job: when this returns, each of its Targets will be asked for, whatever happens to this process.

    The same `idempotency_key` with the same request gives the job that it gave before. Raises InvalidInput with all
    that is wrong at once, NotConfigured for proxies that are not there, IdempotencyMismatch, NotEnoughCredits, and
    TooManyWaiting where too many of its jobs are going.
    """
    problems = dict(_key_problems(idempotency_key))
    urls = _checked_targets(targets, service, problems)
    options = checked_options(options, webhook_headers, problems)
    try:
        webhook_url = checked_target("WebhookURL", webhook_url, service.policy)
    except InvalidInput as fault:
        problems |= fault.fields
    if problems:
        raise InvalidInput(fields=dict(list(problems.items())[:MISTAKES_TOLD]))
    service.proxies.check(options)
    now = service.clock.now()
    job = BulkJob(
        id=new_id(),
        account_id=account_id,
        options=options,
        total=len(urls),
        left=len(urls),
        created_at=now,
        webhook_url=webhook_url,
        webhook_headers=webhook_headers,
    )
    tasks = [NewTask(id=new_id(), url=url, host=parse_url(url).authority) for url in urls]
    asked = hashlib.sha256(encode([urls, options, webhook_url, webhook_headers])).hexdigest()
    try:
        async with service.database.write() as uow:
            await room_for_bulk_job(uow, service, account_id)
            added = await uow.bulk_jobs(account_id).add(job, tasks, key=idempotency_key, request_sha256=asked)
            if not added:
                raise _KeyTaken
            await hold_for_job(uow, service, account_id, job.id, len(urls) * price_of_target(options, service.prices))
    except (_KeyTaken, NotEnoughCredits, TooManyWaiting) as fault:
        kept = await _job_of_key(service, account_id, idempotency_key, asked)
        if kept is not None:
            return kept
        if not isinstance(fault, _KeyTaken):
            raise
        raise Conflict("The job of this Idempotency-Key is just being made; try again.") from None
    service.signals.changed(TARGETS)
    heads = (TaskHead(id=task.id, job_id=job.id, url=task.url, status=BulkStatus.QUEUED) for task in tasks)
    return job, tuple(heads)


async def get_bulk_job(service: Service, account_id: str, job_id: str) -> BulkView:
    """Raises NotFound."""
    async with service.database.read() as uow:
        jobs = uow.bulk_jobs(account_id)
        job = await jobs.get(job_id)
        if job is None:
            raise NotFound("No such job.")
        heads = await jobs.heads([job.id])
        limit = await _limit(uow, account_id)
    return _view(job, heads, limit)


async def list_bulk_jobs(service: Service, account_id: str, *, page: int, page_size: int) -> BulkPage:
    """Raises InvalidInput for a page that cannot be."""
    problems = {}
    if not 1 <= page_size <= MAX_PAGE:
        problems["page_size"] = f"between 1 and {MAX_PAGE}"
    if not 1 <= page <= MAX_PAGES:
        problems["page"] = f"between 1 and {MAX_PAGES}"
    if problems:
        raise InvalidInput(fields=problems)
    async with service.database.read() as uow:
        jobs = uow.bulk_jobs(account_id)
        found = await jobs.list(page_size, (page - 1) * page_size)
        total = await jobs.count()
        heads = await jobs.heads([job.id for job in found])
        limit = await _limit(uow, account_id)
    return BulkPage(views=tuple(_view(job, heads, limit) for job in found), total=total, page=page, page_size=page_size)


async def get_bulk_task(service: Service, account_id: str, job_id: str, task_id: str) -> TaskView:
    """A task, and what came of it for as long as it is kept. Raises NotFound."""
    async with service.database.read() as uow:
        task = await uow.bulk_jobs(account_id).task(job_id, task_id)
    if task is None:
        raise NotFound("No such task.")
    expired = task.expires_at is not None and task.expires_at <= service.clock.now()
    content = b""
    if task.content and not expired:
        content = await service.blobs.get(account_id, task.content)
    balance = await available_credits(service, account_id)
    return TaskView(task=task, content=content, is_expired=expired, available=balance)


async def webhook_headers_of(service: Service, account_id: str, job_id: str) -> tuple[tuple[str, str], ...]:
    """What is sent along with a job's results. They may hold secrets, and are told to nobody else. Raises NotFound."""
    async with service.database.read() as uow:
        job = await uow.bulk_jobs(account_id).get(job_id)
    if job is None:
        raise NotFound("No such job.")
    return job.webhook_headers


async def cancel_bulk_job(service: Service, account_id: str, job_id: str) -> BulkJob:
    """Ends what is not over of a job; what came is kept. Raises NotFound, and Conflict where it is over."""
    now = service.clock.now()
    async with service.database.write() as uow:
        jobs = uow.bulk_jobs(account_id)
        if not await jobs.cancel(job_id, now):
            if await jobs.get(job_id) is None:
                raise NotFound("No such job.")
            raise Conflict("This job is already completed or canceled.")
        job = await jobs.get(job_id)
        assert job is not None
        await settle_job(uow, service, account_id, job.id, job.credits)
    service.signals.changed(TARGETS)
    return job


async def bulk_standing(service: Service, account_id: str) -> Standing:
    async with service.database.read() as uow:
        jobs = uow.bulk_jobs(account_id)
        limit = await _limit(uow, account_id)
        held, open_jobs = await jobs.count_held(), await jobs.count(is_open=True)
    balance = await available_credits(service, account_id)
    return Standing(limit=limit, held=held, open_jobs=open_jobs, available=balance)


async def available_credits(service: Service, account_id: str) -> int:
    """What an account can spend; UNLIMITED where it has no limit."""
    balance = await get_balance(service, account_id)
    return UNLIMITED if balance.monthly_limit is None else balance.available


def _view(job: BulkJob, heads: Mapping[str, Sequence[TaskHead]], limit: int) -> BulkView:
    tasks = tuple(heads.get(job.id, ()))
    held = [task.status for task in tasks if task.status in {BulkStatus.PENDING, BulkStatus.ROTATING}]
    return BulkView(job=job, status=job_status(job, set(held)), tasks=tasks, acquired=len(held), limit=limit)


async def _limit(uow: UnitOfWork, account_id: str) -> int:
    account = await uow.accounts.get(account_id)
    return account.max_concurrent_runs if account else 0


async def _job_of_key(
    service: Service, account_id: str, key: str, asked: str
) -> tuple[BulkJob, tuple[TaskHead, ...]] | None:
    """The job that was made under a key before, None where there is none. Raises IdempotencyMismatch."""
    if not key:
        return None
    async with service.database.read() as uow:
        jobs = uow.bulk_jobs(account_id)
        kept = await jobs.of_key(key)
        if kept is None:
            return None
        if kept[1] != asked:
            raise IdempotencyMismatch
        job = await jobs.get(kept[0])
        heads = await jobs.heads([kept[0]])
    return None if job is None else (job, tuple(heads[job.id]))


def _key_problems(key: str) -> Mapping[str, str]:
    if len(key) > MAX_IDEMPOTENCY_KEY or not key.isprintable():
        return {"Idempotency-Key": f"at most {MAX_IDEMPOTENCY_KEY} printable characters"}
    return {}


def _checked_targets(targets: Sequence[str], service: Service, problems: dict[str, str]) -> tuple[str, ...]:
    """The URLs as they are asked for, of which nothing but a fragment is dropped."""
    if not 1 <= len(targets) <= MAX_TARGETS:
        problems["Targets"] = f"between 1 and {MAX_TARGETS} URLs, got {len(targets)}"
        return ()
    urls = []
    for at, target in enumerate(targets):
        try:
            url = check_destination(target.strip(), service.policy)
        except UnsafeUrl as fault:
            problems[f"Targets[{at}]"] = fault.message
            continue
        if url.scheme not in {"http", "https"} or len(url.href) > MAX_URL:
            problems[f"Targets[{at}]"] = f"an http or https URL of at most {MAX_URL} characters"
            continue
        urls.append(url.href)
    return tuple(urls)
