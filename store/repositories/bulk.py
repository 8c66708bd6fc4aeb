"""Bulk jobs and tasks of one account."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update

from domain.bulk import HELD, OVER, BulkJob, BulkStatus, BulkTask
from store.models import AccountRow, BulkJobRow, BulkSessionRow, BulkTaskRow
from store.repositories.base import OwnedRepository

HELD_WORDS = [status.value for status in HELD]
OVER_WORDS = [status.value for status in OVER]


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """A Target that is to be stored. `host` is the one whose turns it takes."""

    id: str
    url: str
    host: str


class TaskHead(msgspec.Struct, frozen=True, kw_only=True):
    """A task as its job lists it."""

    id: str
    job_id: str
    url: str
    status: BulkStatus


def job_of(row: BulkJobRow | Row[Any]) -> BulkJob:
    return BulkJob(
        id=row.id,
        account_id=row.account_id,
        options=row.options,
        total=row.total,
        left=row.left,
        created_at=row.created_at,
        succeeded=row.succeeded,
        canceled=row.canceled,
        started_at=row.started_at,
        completed_at=row.completed_at,
        webhook_url=row.webhook_url,
        webhook_headers=row.webhook_headers,
        credits=row.credits,
    )


def task_of(row: BulkTaskRow) -> BulkTask:
    return BulkTask(
        id=row.id,
        job_id=row.job_id,
        account_id=row.account_id,
        position=row.position,
        url=row.url,
        status=BulkStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        attempt=row.attempt,
        started_at=row.started_at,
        completed_at=row.completed_at,
        expires_at=row.expires_at,
        status_code=row.status_code,
        headers=row.headers,
        content=row.content,
        is_binary=row.is_binary,
        error=row.error,
        credits=row.credits,
    )


class BulkJobs(OwnedRepository):
    async def add(self, job: BulkJob, tasks: Sequence[NewTask], *, key: str = "", request_sha256: str = "") -> bool:
        """Adds a job with its tasks, in their order. False where its Idempotency-Key is taken: then nothing is added.
        Waits for another transaction that is about to take it."""
        added = await self._changed(
            self._insert(BulkJobRow)
            .values(
                id=job.id,
                account_id=self._account_id,
                options=job.options,
                total=job.total,
                left=job.left,
                created_at=job.created_at,
                webhook_url=job.webhook_url,
                webhook_headers=job.webhook_headers,
                idempotency_key=key or None,
                request_sha256=request_sha256,
            )
            .on_conflict_do_nothing(index_elements=["account_id", "idempotency_key"])
        )
        if not added:
            return False
        rendered = job.options.render is not None
        rows = [
            {
                "id": task.id,
                "job_id": job.id,
                "account_id": self._account_id,
                "position": position,
                "url": task.url,
                "host": task.host,
                "rendered": rendered,
                "status": BulkStatus.QUEUED.value,
                "created_at": job.created_at,
                "updated_at": job.created_at,
            }
            for position, task in enumerate(tasks)
        ]
        await self._session.execute(insert(BulkTaskRow), rows)
        return True

    async def get(self, job_id: str) -> BulkJob | None:
        row = await self._session.scalar(
            select(BulkJobRow).where(BulkJobRow.account_id == self._account_id, BulkJobRow.id == job_id),
            execution_options={"populate_existing": True},
        )
        return None if row is None else job_of(row)

    async def of_key(self, key: str) -> tuple[str, str] | None:
        """The id of the job that was made under an Idempotency-Key, and the hash of what was asked."""
        row = (
            await self._session.execute(
                select(BulkJobRow.id, BulkJobRow.request_sha256).where(
                    BulkJobRow.account_id == self._account_id, BulkJobRow.idempotency_key == key
                )
            )
        ).one_or_none()
        return None if row is None else (row.id, row.request_sha256)

    async def list(self, limit: int, offset: int) -> Sequence[BulkJob]:
        """Newest first."""
        rows = await self._session.scalars(
            select(BulkJobRow)
            .where(BulkJobRow.account_id == self._account_id)
            .order_by(BulkJobRow.id.desc())
            .limit(limit)
            .offset(offset)
        )
        return [job_of(row) for row in rows]

    async def count(self, *, is_open: bool | None = None) -> int:
        query = select(func.count()).select_from(BulkJobRow).where(BulkJobRow.account_id == self._account_id)
        if is_open is not None:
            query = query.where(BulkJobRow.is_open.is_(is_open))
        return await self._session.scalar(query) or 0

    async def heads(self, job_ids: Collection[str]) -> Mapping[str, Sequence[TaskHead]]:
        """The tasks of these jobs by job, in their order."""
        rows = await self._session.execute(
            select(BulkTaskRow.id, BulkTaskRow.job_id, BulkTaskRow.url, BulkTaskRow.status)
            .where(BulkTaskRow.account_id == self._account_id, BulkTaskRow.job_id.in_(job_ids))
            .order_by(BulkTaskRow.job_id, BulkTaskRow.position)
        )
        heads: defaultdict[str, list[TaskHead]] = defaultdict(list)
        for row in rows:
            heads[row.job_id].append(TaskHead(id=row.id, job_id=row.job_id, url=row.url, status=BulkStatus(row.status)))
        return heads

    async def task(self, job_id: str, task_id: str) -> BulkTask | None:
        row = await self._session.scalar(
            select(BulkTaskRow).where(
                BulkTaskRow.account_id == self._account_id, BulkTaskRow.job_id == job_id, BulkTaskRow.id == task_id
            ),
            execution_options={"populate_existing": True},
        )
        return None if row is None else task_of(row)

    async def count_held(self) -> int:
        """How many of the account's tasks a worker has in hand."""
        query = (
            select(func.count())
            .select_from(BulkTaskRow)
            .where(BulkTaskRow.account_id == self._account_id, BulkTaskRow.status.in_(HELD_WORDS))
        )
        return await self._session.scalar(query) or 0

    async def cancel(self, job_id: str, now: dt.datetime) -> bool:
        """Ends what is not over of a job. False where it is over, or there is none."""
        # The account, tasks, their job: in the order in which workers lock them, or the two could wait for each other.
        await self._session.execute(
            select(AccountRow.id).where(AccountRow.id == self._account_id).with_for_update(key_share=True)
        )
        stopped = await self._changed(
            update(BulkTaskRow)
            .where(
                BulkTaskRow.account_id == self._account_id,
                BulkTaskRow.job_id == job_id,
                BulkTaskRow.status.not_in(OVER_WORDS),
            )
            .values(
                status=BulkStatus.CANCELED.value, completed_at=now, updated_at=now, worker="", lease_expires_at=None
            )
        )
        return (
            await self._changed(
                update(BulkJobRow)
                .where(BulkJobRow.account_id == self._account_id, BulkJobRow.id == job_id, BulkJobRow.is_open)
                .values(canceled=True, is_open=False, completed_at=now, left=BulkJobRow.left - stopped)
            )
            > 0
        )

    # Cookies of sessions

    async def cookies(self, session: str) -> str:
        query = select(BulkSessionRow.cookies).where(
            BulkSessionRow.account_id == self._account_id, BulkSessionRow.name == session
        )
        return await self._session.scalar(query) or ""

    async def keep_cookies(self, session: str, cookies: str, now: dt.datetime) -> None:
        await self._session.execute(
            self._insert(BulkSessionRow)
            .values(account_id=self._account_id, name=session, cookies=cookies, used_at=now)
            .on_conflict_do_update(index_elements=["account_id", "name"], set_={"cookies": cookies, "used_at": now})
        )
