"""How bulk tasks end: done, lost with their workers, canceled long ago. Serves all accounts.

Locks are taken in one order everywhere: an account, then tasks, hosts, jobs, books, blobs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import cast

import msgspec
from sqlalchemy import Table, bindparam, case, delete, literal, select, update

from domain.bulk import BulkJob, BulkStatus
from store.models import BulkJobRow, BulkSessionRow, BulkTaskRow
from store.repositories.base import Repository
from store.repositories.bulk import HELD_WORDS, job_of

_TASKS = cast("Table", BulkTaskRow.__table__)
_JOBS = cast("Table", BulkJobRow.__table__)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a task ended, to be written under the attempt that it was done in."""

    task_id: str
    attempt: int
    status: BulkStatus
    status_code: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    content: str = ""
    is_binary: bool = False
    error: str = ""
    credits: int = 0


class Written(msgspec.Struct, frozen=True):
    """Tasks that took their outcome: the ids of their jobs, and what was written, by task."""

    jobs: Mapping[str, str] = {}
    outcomes: Mapping[str, Outcome] = {}


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a write of outcomes came to: the jobs of those tasks that took theirs, by task, and the jobs that are over
    with it."""

    jobs: Mapping[str, BulkJob] = {}
    over: tuple[BulkJob, ...] = ()


class Expired(msgspec.Struct, frozen=True):
    account_id: str
    content: str


_WRITTEN = ("status_code", "headers", "content", "is_binary", "error", "credits")
_WRITE = (
    update(_TASKS)
    .where(_TASKS.c.id == bindparam("of_id"))
    .values(
        status=bindparam("of_status"),
        worker="",
        lease_expires_at=None,
        completed_at=bindparam("of_now", type_=_TASKS.c.completed_at.type),
        updated_at=bindparam("of_now", type_=_TASKS.c.updated_at.type),
        expires_at=bindparam("of_expiry", type_=_TASKS.c.expires_at.type),
        **{name: bindparam(f"of_{name}", type_=_TASKS.c[name].type) for name in _WRITTEN},
    )
)


class BulkEnds(Repository):
    async def write(
        self, worker: str | None, outcomes: Sequence[Outcome], now: dt.datetime, expires_at: dt.datetime
    ) -> Written:
        """Writes how tasks ended, each once: what another worker has taken up, or somebody has canceled, is left as it
        is. `worker` None: whoever holds them has been silent for too long. Their jobs are told of it by `count_down`.
        """
        by_id = {outcome.task_id: outcome for outcome in outcomes}
        if not by_id:
            return Written()
        held = select(_TASKS.c.id, _TASKS.c.job_id, _TASKS.c.attempt).where(
            _TASKS.c.id.in_(list(by_id)), _TASKS.c.status.in_(HELD_WORDS)
        )
        if worker is not None:
            held = held.where(_TASKS.c.worker == worker)
        connection = await self._session.connection()
        rows = [
            row
            for row in await connection.execute(held.order_by(_TASKS.c.id).with_for_update())
            if row.attempt == by_id[row.id].attempt
        ]
        if rows:
            ends = {"of_now": now, "of_expiry": expires_at}
            await connection.execute(_WRITE, [_values(by_id[row.id]) | ends for row in rows])
        return Written({row.id: row.job_id for row in rows}, {row.id: by_id[row.id] for row in rows})

    async def count_down(self, written: Written, now: dt.datetime) -> Ended:
        """Counts tasks that have ended off their jobs."""
        connection = await self._session.connection()
        counted: dict[str, BulkJob] = {}
        for job_id in sorted(set(written.jobs.values())):
            ended = [written.outcomes[task_id] for task_id, of in written.jobs.items() if of == job_id]
            left = _JOBS.c.left - len(ended)
            told = await connection.execute(
                update(_JOBS)
                .where(_JOBS.c.id == job_id)
                .values(
                    left=left,
                    succeeded=_JOBS.c.succeeded + sum(1 for one in ended if one.status is BulkStatus.SUCCESS),
                    credits=_JOBS.c.credits + sum(one.credits for one in ended),
                    is_open=case((left <= 0, literal(False)), else_=_JOBS.c.is_open),
                    completed_at=case((left <= 0, literal(now, _JOBS.c.completed_at.type)), else_=None),
                )
                .returning(*_JOBS.c)
            )
            if (row := told.one_or_none()) is not None:
                counted[job_id] = job_of(row)
        return Ended(
            jobs={task_id: counted[job_id] for task_id, job_id in written.jobs.items() if job_id in counted},
            over=tuple(job for job in counted.values() if job.left <= 0 and not job.canceled),
        )

    async def requeue_lost(self, now: dt.datetime, most_lost: int, limit: int) -> tuple[int, Sequence[Outcome]]:
        """Puts tasks whose worker has been silent for too long back in the queue; how many. Those that have lost so
        many workers are not: their ends are given, held until this transaction ends, for `write`."""
        rows = list(
            await self._session.execute(
                select(_TASKS.c.id, _TASKS.c.attempt, _TASKS.c.lost_leases)
                .where(_TASKS.c.status.in_(HELD_WORDS), _TASKS.c.lease_expires_at < now)
                .order_by(_TASKS.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
        )
        again = [row.id for row in rows if row.lost_leases + 1 < most_lost]
        if again:
            await self._changed(
                update(BulkTaskRow)
                .where(BulkTaskRow.id.in_(again))
                .values(
                    status=BulkStatus.QUEUED.value,
                    worker="",
                    lease_expires_at=None,
                    updated_at=now,
                    lost_leases=BulkTaskRow.lost_leases + 1,
                )
            )
        dead = [
            Outcome(task_id=row.id, attempt=row.attempt, status=BulkStatus.ERROR, error="worker_crashed")
            for row in rows
            if row.lost_leases + 1 >= most_lost
        ]
        return len(again), dead

    async def expire(self, now: dt.datetime, limit: int) -> Sequence[Expired]:
        """Lets go of results past their time; the blobs that they were."""
        rows = list(
            await self._session.execute(
                select(_TASKS.c.id, _TASKS.c.account_id, _TASKS.c.content)
                .where(_TASKS.c.expires_at <= now, _TASKS.c.content != "")
                .order_by(_TASKS.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
        )
        if rows:
            await self._changed(
                update(BulkTaskRow).where(BulkTaskRow.id.in_([row.id for row in rows])).values(content="", headers=())
            )
        return [Expired(row.account_id, row.content) for row in rows]

    async def tidy(
        self, *, jobs_before: dt.datetime, sessions_before: dt.datetime, keys_before: dt.datetime, limit: int
    ) -> None:
        """Forgets jobs that were over long ago, Idempotency-Keys of jobs that were made long ago, and sessions that
        nobody has used since."""
        old = (
            select(BulkJobRow.id)
            .where(BulkJobRow.is_open.is_(False), BulkJobRow.completed_at < jobs_before)
            .order_by(BulkJobRow.id)
            .limit(limit)
        )
        kept = select(BulkTaskRow.job_id).where(BulkTaskRow.job_id == BulkJobRow.id, BulkTaskRow.content != "")
        await self._changed(delete(BulkJobRow).where(BulkJobRow.id.in_(old), ~kept.exists()))
        await self._changed(
            update(BulkJobRow)
            .where(BulkJobRow.idempotency_key.is_not(None), BulkJobRow.created_at < keys_before)
            .values(idempotency_key=None)
        )
        await self._changed(delete(BulkSessionRow).where(BulkSessionRow.used_at < sessions_before))


def _values(outcome: Outcome) -> dict[str, object]:
    return {"of_id": outcome.task_id, "of_status": outcome.status.value} | {
        f"of_{name}": getattr(outcome, name) for name in _WRITTEN
    }
