"""Which worker holds which task of which bulk job. Serves all accounts: a worker takes whoever's task comes.

Locks are taken in one order everywhere: an account, then tasks, hosts, jobs, books, blobs.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import cast

import msgspec
from sqlalchemy import Table, bindparam, case, delete, func, literal, select, update

from domain.bulk import BulkJob, BulkStatus, BulkTask, TargetOptions
from store.models import AccountRow, BulkJobRow, BulkSessionRow, BulkTaskRow, HostSlotRow
from store.repositories.base import Repository
from store.repositories.bulk import HELD_WORDS, job_of, task_of

ACCOUNTS_AT_ONCE = 20  # looked at in one claim
WINDOW = 4_000  # tasks of an account that a claim chooses from, oldest first
_TASKS = cast("Table", BulkTaskRow.__table__)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How hosts are treated by all workers together: `at_once` tasks of one in hand, `delay_s` between the starts of
    two, and starts at most `ahead_s` from now are given away."""

    at_once: int = 8
    delay_s: float = 0.0
    ahead_s: float = 0.3


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker has room for: tasks in all, and of them rendered ones."""

    tasks: int
    rendered: int


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is now this worker's. Its host's turn is at `starts_at`."""

    task: BulkTask
    starts_at: dt.datetime


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


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a write of outcomes came to: the jobs of those tasks that took theirs, by task, and the jobs that are over
    with it."""

    jobs: Mapping[str, BulkJob] = {}
    over: tuple[BulkJob, ...] = ()


class Expired(msgspec.Struct, frozen=True):
    account_id: str
    content: str


class _Head(msgspec.Struct, frozen=True):
    id: str
    host: str
    rendered: bool


class BulkWork(Repository):
    async def claim(
        self, worker: str, now: dt.datetime, expires_at: dt.datetime, wanted: Wanted, pace: Pace
    ) -> Sequence[Claimed]:
        """Gives `worker` tasks, over as many hosts as there are, within the limits of accounts and hosts."""
        claimed: list[Claimed] = []
        busy = await self._busy_hosts(now, pace)
        for at, account_id in enumerate(await self._accounts()):
            left = Wanted(
                tasks=wanted.tasks - len(claimed),
                rendered=wanted.rendered - sum(1 for one in claimed if one.task.id in busy.rendered),
            )
            if left.tasks <= 0:
                break
            free = await self._free(account_id, wait=at == 0)
            if free <= 0:
                continue
            heads = await self._choose(account_id, min(left.tasks, free), left.rendered, busy, pace)
            starts = await self._starts(heads, now, pace)
            taken = await self._take(worker, now, expires_at, starts)
            claimed += taken
            busy.add([head for head in heads if head.id in starts])
        if claimed:
            started = {one.task.job_id for one in claimed}
            await self._changed(
                update(BulkJobRow)
                .where(BulkJobRow.id.in_(started), BulkJobRow.started_at.is_(None))
                .values(started_at=now)
            )
        return claimed

    async def options(self, job_ids: Collection[str]) -> Mapping[str, TargetOptions]:
        if not job_ids:
            return {}
        rows = await self._session.execute(select(BulkJobRow.id, BulkJobRow.options).where(BulkJobRow.id.in_(job_ids)))
        return {row.id: row.options for row in rows}

    async def _accounts(self) -> Sequence[str]:
        """Accounts that have open jobs, in no order that favours any."""
        rows = await self._session.scalars(
            select(BulkJobRow.account_id)
            .where(BulkJobRow.is_open)
            .group_by(BulkJobRow.account_id)
            .order_by(func.random())
            .limit(ACCOUNTS_AT_ONCE)
        )
        return list(rows)

    async def _free(self, account_id: str, *, wait: bool) -> int:
        """How many more tasks the account may have in hand; 0 where another worker is just claiming for it, and it is
        not to be waited for: who holds one account's lock waits for no other's."""
        limit = await self._session.scalar(
            select(AccountRow.max_concurrent_runs)
            .where(AccountRow.id == account_id)
            .with_for_update(key_share=True, skip_locked=not wait)
        )
        if limit is None:
            return 0
        held = select(func.count()).select_from(BulkTaskRow)
        held = held.where(BulkTaskRow.account_id == account_id, BulkTaskRow.status.in_(HELD_WORDS))
        return limit - (await self._session.scalar(held) or 0)

    async def _busy_hosts(self, now: dt.datetime, pace: Pace) -> _Busy:
        rows = await self._session.execute(
            select(BulkTaskRow.host, func.count().label("number"))
            .where(BulkTaskRow.status.in_(HELD_WORDS))
            .group_by(BulkTaskRow.host)
        )
        held = Counter({row.host: row.number for row in rows})
        given: set[str] = set()
        if pace.delay_s:
            ahead = now + dt.timedelta(seconds=pace.ahead_s)
            given = set(await self._session.scalars(select(HostSlotRow.host).where(HostSlotRow.next_at > ahead)))
        return _Busy(held, given)

    async def _choose(self, account_id: str, limit: int, rendered: int, busy: _Busy, pace: Pace) -> Sequence[_Head]:
        """The oldest tasks, first one of each host, then the second of each, and so on."""
        conditions = [BulkTaskRow.status == BulkStatus.QUEUED.value, BulkTaskRow.account_id == account_id]
        if full := busy.full(pace.at_once):
            conditions.append(BulkTaskRow.host.not_in(full))
        if rendered <= 0:
            conditions.append(BulkTaskRow.rendered.is_(False))
        window = (
            select(BulkTaskRow.id, BulkTaskRow.host, BulkTaskRow.rendered)
            .where(*conditions)
            .order_by(BulkTaskRow.id)
            .limit(WINDOW)
            .subquery()
        )
        number = func.row_number().over(partition_by=window.c.host, order_by=window.c.id).label("number")
        ranked = select(window.c.id, window.c.host, window.c.rendered, number).subquery()
        rows = await self._session.execute(
            select(ranked.c.id, ranked.c.host, ranked.c.rendered)
            .where(ranked.c.number <= pace.at_once)
            .order_by(ranked.c.number, ranked.c.id)
            .limit(2 * limit + 2 * pace.at_once)
        )
        chosen: list[_Head] = []
        room = busy.room(pace.at_once)
        for row in rows:
            if len(chosen) == limit:
                break
            if row.rendered and rendered <= 0:
                continue
            if room(row.host):
                rendered -= row.rendered
                chosen.append(_Head(row.id, row.host, row.rendered))
        return chosen

    async def _starts(self, heads: Sequence[_Head], now: dt.datetime, pace: Pace) -> Mapping[str, dt.datetime]:
        """When each task may begin, a turn of its host for each. Tasks whose turn is far off are left out."""
        if not pace.delay_s:
            return {head.id: now for head in heads}
        hosts = sorted({head.host for head in heads})
        turns = await self._turns(hosts, now)
        starts: dict[str, dt.datetime] = {}
        ahead, delay = now + dt.timedelta(seconds=pace.ahead_s), dt.timedelta(seconds=pace.delay_s)
        for head in heads:
            if (turn := max(now, turns[head.host])) <= ahead:
                starts[head.id] = turn
                turns[head.host] = turn + delay
        await self._give(turns)
        return starts

    async def turn(self, host: str, now: dt.datetime, delay_s: float) -> dt.datetime:
        """When one more request to a host may begin: its turn is given to the caller."""
        turns = await self._turns([host], now)
        at = max(now, turns[host])
        await self._give({host: at + dt.timedelta(seconds=delay_s)})
        return at

    async def _turns(self, hosts: Sequence[str], now: dt.datetime) -> dict[str, dt.datetime]:
        """The next turns of these hosts, held until the transaction ends."""
        if not hosts:
            return {}
        values = [{"host": host, "next_at": now} for host in hosts]
        await self._session.execute(self._insert(HostSlotRow).values(values).on_conflict_do_nothing())
        rows = await self._session.execute(
            select(HostSlotRow.host, HostSlotRow.next_at)
            .where(HostSlotRow.host.in_(hosts))
            .order_by(HostSlotRow.host)
            .with_for_update()
        )
        return {row.host: row.next_at for row in rows}

    async def _give(self, turns: Mapping[str, dt.datetime]) -> None:
        for host, next_at in sorted(turns.items()):
            await self._changed(update(HostSlotRow).where(HostSlotRow.host == host).values(next_at=next_at))

    async def _take(
        self, worker: str, now: dt.datetime, expires_at: dt.datetime, starts: Mapping[str, dt.datetime]
    ) -> Sequence[Claimed]:
        if not starts:
            return ()
        rows = await self._session.scalars(
            update(BulkTaskRow)
            .where(BulkTaskRow.id.in_(list(starts)), BulkTaskRow.status == BulkStatus.QUEUED.value)
            .values(
                status=BulkStatus.PENDING.value,
                worker=worker,
                attempt=BulkTaskRow.attempt + 1,
                lease_expires_at=expires_at,
                updated_at=now,
                started_at=func.coalesce(BulkTaskRow.started_at, now, type_=BulkTaskRow.started_at.type),
            )
            .returning(BulkTaskRow),
            execution_options={"synchronize_session": False, "populate_existing": True},
        )
        taken = [Claimed(task=task_of(row), starts_at=starts[row.id]) for row in rows]
        return sorted(taken, key=lambda one: (one.starts_at, one.task.id))

    async def beat(self, worker: str, expires_at: dt.datetime) -> Mapping[str, int]:
        """Extends the leases of all tasks that `worker` holds; their attempts by id."""
        rows = await self._session.execute(
            update(BulkTaskRow)
            .where(BulkTaskRow.worker == worker, BulkTaskRow.status.in_(HELD_WORDS))
            .values(lease_expires_at=expires_at)
            .returning(BulkTaskRow.id, BulkTaskRow.attempt),
            execution_options={"synchronize_session": False},
        )
        return {row.id: row.attempt for row in rows}

    async def rotate(self, worker: str, task_id: str, attempt: int, now: dt.datetime) -> None:
        """Notes that a task is tried again over another proxy."""
        await self._changed(
            update(BulkTaskRow)
            .where(
                BulkTaskRow.id == task_id,
                BulkTaskRow.worker == worker,
                BulkTaskRow.attempt == attempt,
                BulkTaskRow.status == BulkStatus.PENDING.value,
            )
            .values(status=BulkStatus.ROTATING.value, updated_at=now)
        )

    async def give_back(self, worker: str, now: dt.datetime) -> int:
        """Puts all that `worker` holds back in the queue; how many."""
        return await self._changed(
            update(BulkTaskRow)
            .where(BulkTaskRow.worker == worker, BulkTaskRow.status.in_(HELD_WORDS))
            .values(status=BulkStatus.QUEUED.value, worker="", lease_expires_at=None, updated_at=now)
        )

    async def requeue_lost(self, now: dt.datetime, most_lost: int, limit: int) -> tuple[int, Sequence[Outcome]]:
        """Puts tasks whose worker has been silent for too long back in the queue; how many. Those that have lost so
        many workers are not: their ends are given, held until this transaction ends, for `finish`."""
        rows = list(
            await self._session.execute(
                select(BulkTaskRow.id, BulkTaskRow.attempt, BulkTaskRow.lost_leases)
                .where(BulkTaskRow.status.in_(HELD_WORDS), BulkTaskRow.lease_expires_at < now)
                .order_by(BulkTaskRow.id)
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

    async def finish(
        self, worker: str | None, outcomes: Sequence[Outcome], now: dt.datetime, expires_at: dt.datetime
    ) -> Ended:
        """Writes how tasks ended, each once: what another worker has taken up, or somebody has canceled, is left as it
        is. `worker` None: whoever holds them has been silent for too long."""
        by_id = {outcome.task_id: outcome for outcome in outcomes}
        held = select(BulkTaskRow.id, BulkTaskRow.job_id, BulkTaskRow.attempt).where(
            BulkTaskRow.id.in_(list(by_id)), BulkTaskRow.status.in_(HELD_WORDS)
        )
        if worker is not None:
            held = held.where(BulkTaskRow.worker == worker)
        rows = [
            row
            for row in await self._session.execute(held.order_by(BulkTaskRow.id).with_for_update())
            if row.attempt == by_id[row.id].attempt
        ]
        if not rows:
            return Ended()
        await self._write([by_id[row.id] for row in rows], now, expires_at)
        jobs = await self._count_down({row.id: row.job_id for row in rows}, by_id, now)
        return Ended(
            jobs={row.id: jobs[row.job_id] for row in rows if row.job_id in jobs},
            over=tuple(job for job in jobs.values() if job.left <= 0 and not job.canceled),
        )

    async def _write(self, outcomes: Iterable[Outcome], now: dt.datetime, expires_at: dt.datetime) -> None:
        written = ("status_code", "headers", "content", "is_binary", "error", "credits")
        statement = (
            update(_TASKS)
            .where(_TASKS.c.id == bindparam("of_id"))
            .values(
                status=bindparam("of_status"),
                worker="",
                lease_expires_at=None,
                completed_at=now,
                updated_at=now,
                expires_at=expires_at,
                **{name: bindparam(f"of_{name}", type_=_TASKS.c[name].type) for name in written},
            )
        )
        connection = await self._session.connection()
        await connection.execute(
            statement,
            [
                {"of_id": outcome.task_id, "of_status": outcome.status.value}
                | {f"of_{name}": getattr(outcome, name) for name in written}
                for outcome in outcomes
            ],
        )

    async def _count_down(
        self, jobs: Mapping[str, str], by_id: Mapping[str, Outcome], now: dt.datetime
    ) -> Mapping[str, BulkJob]:
        """Counts the tasks off their jobs; these by id, as they are then."""
        counted: dict[str, BulkJob] = {}
        for job_id in sorted(set(jobs.values())):
            ended = [by_id[task_id] for task_id, of in jobs.items() if of == job_id]
            left = BulkJobRow.left - len(ended)
            row = await self._session.scalar(
                update(BulkJobRow)
                .where(BulkJobRow.id == job_id)
                .values(
                    left=left,
                    succeeded=BulkJobRow.succeeded + sum(1 for one in ended if one.status is BulkStatus.SUCCESS),
                    credits=BulkJobRow.credits + sum(one.credits for one in ended),
                    is_open=case((left <= 0, literal(False)), else_=BulkJobRow.is_open),
                    completed_at=case((left <= 0, literal(now, BulkJobRow.completed_at.type)), else_=None),
                )
                .returning(BulkJobRow),
                execution_options={"synchronize_session": False, "populate_existing": True},
            )
            if row is not None:
                counted[job_id] = job_of(row)
        return counted

    async def expire(self, now: dt.datetime, limit: int) -> Sequence[Expired]:
        """Lets go of results past their time; the blobs that they were."""
        rows = list(
            await self._session.execute(
                select(BulkTaskRow.id, BulkTaskRow.account_id, BulkTaskRow.content)
                .where(BulkTaskRow.expires_at <= now, BulkTaskRow.content != "")
                .order_by(BulkTaskRow.id)
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
        """Forgets jobs that were over long ago, Idempotency-Keys of jobs that were made long ago, sessions that nobody
        has used since, and turns that are past."""
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
        await self._changed(delete(HostSlotRow).where(HostSlotRow.next_at < sessions_before))


class _Busy:
    """Hosts as a claim finds them and goes on: how many tasks of each are in hand, and which turns are all given."""

    def __init__(self, held: Counter[str], given: set[str]) -> None:
        self._held = held
        self._given = given
        self.rendered: set[str] = set()

    def full(self, at_once: int) -> Sequence[str]:
        return sorted(self._given | {host for host, number in self._held.items() if number >= at_once})

    def room(self, at_once: int) -> _Room:
        return _Room(Counter(self._held), at_once)

    def add(self, heads: Iterable[_Head]) -> None:
        for head in heads:
            self._held[head.host] += 1
            if head.rendered:
                self.rendered.add(head.id)


class _Room:
    """Counts what is chosen against what one host may have in hand."""

    def __init__(self, held: Counter[str], at_once: int) -> None:
        self._held = held
        self._at_once = at_once

    def __call__(self, host: str) -> bool:
        self._held[host] += 1
        return self._held[host] <= self._at_once
