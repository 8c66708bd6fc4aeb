"""Which worker holds which task of which bulk job. Serves all accounts: a worker takes whoever's task comes.

Locks are taken in one order everywhere: an account, then tasks, hosts, jobs, books, blobs. Statements name columns, not
rows: a busy worker passes here ten times a second, and rows as objects cost as much again as the database.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import cast

import msgspec
from sqlalchemy import Select, Table, func, select, update

from domain.bulk import BulkStatus, TargetOptions
from store.models import AccountRow, BulkJobRow, BulkTaskRow
from store.repositories.base import Repository
from store.repositories.bulk import HELD_WORDS
from store.repositories.host_turns import HostTurns

ACCOUNTS_AT_ONCE = 20  # looked at in one claim
WINDOW = 4_000  # tasks of an account that a claim chooses from, oldest first
_TASKS = cast("Table", BulkTaskRow.__table__)
_JOBS = cast("Table", BulkJobRow.__table__)


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


class HeldTask(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a task as its worker needs. `attempt` fences its writes."""

    id: str
    job_id: str
    account_id: str
    url: str
    is_rendered: bool
    attempt: int


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is now this worker's. Its host's turn is at `starts_at`."""

    task: HeldTask
    starts_at: dt.datetime


class Lot(msgspec.Struct, frozen=True):
    """An account that has open jobs, locked. `limit` is how many tasks it may have in hand."""

    account_id: str
    limit: int


class _Head(msgspec.Struct, frozen=True):
    id: str
    host: str
    rendered: bool


class BulkClaims(Repository):
    async def is_waiting(self) -> bool:
        """Whether any task waits for a worker: a look, much cheaper than a claim."""
        query = select(_TASKS.c.id).where(_TASKS.c.status == BulkStatus.QUEUED.value).limit(1)
        return (await self._session.scalar(query)) is not None

    async def lot(self) -> Lot | None:
        """An account that has open jobs, in no order that favours any, locked: ahead of tasks, as locks go."""
        open_to = _open_accounts().limit(1).scalar_subquery()
        row = (
            await self._session.execute(
                select(AccountRow.id, AccountRow.max_concurrent_runs)
                .where(AccountRow.id == open_to)
                .with_for_update(key_share=True)
            )
        ).one_or_none()
        return None if row is None else Lot(row.id, row.max_concurrent_runs)

    async def claim(
        self, worker: str, now: dt.datetime, expires_at: dt.datetime, wanted: Wanted, pace: Pace, lot: Lot | None
    ) -> Sequence[Claimed]:
        """Gives `worker` tasks, over as many hosts as there are, within the limits of accounts and hosts: those of
        `lot` first, then of others."""
        if lot is None:
            return ()
        claimed = list(await self._claim_of(lot, worker, now, expires_at, wanted, pace))
        if len(claimed) == wanted.tasks:
            return claimed
        others = await self._session.scalars(_open_accounts(but=lot.account_id).limit(ACCOUNTS_AT_ONCE))
        for account_id in list(others):
            rest = Wanted(
                tasks=wanted.tasks - len(claimed),
                rendered=wanted.rendered - sum(1 for one in claimed if one.task.is_rendered),
            )
            if rest.tasks <= 0:
                break
            # Who holds one account's lock waits for no other's.
            limit = await self._session.scalar(
                select(AccountRow.max_concurrent_runs)
                .where(AccountRow.id == account_id)
                .with_for_update(key_share=True, skip_locked=True)
            )
            if limit is not None:
                claimed += await self._claim_of(Lot(account_id, limit), worker, now, expires_at, rest, pace)
        return claimed

    async def _claim_of(
        self, lot: Lot, worker: str, now: dt.datetime, expires_at: dt.datetime, wanted: Wanted, pace: Pace
    ) -> Sequence[Claimed]:
        busy = await self._busy(now, pace)  # under the account's lock: what another worker has just claimed counts
        tasks = min(wanted.tasks, lot.limit - busy.of_account(lot.account_id))
        if tasks <= 0:
            return ()
        heads = await self._choose(lot.account_id, tasks, wanted.rendered, busy, pace)
        return await self._take(worker, now, expires_at, await self._starts(heads, now, pace))

    async def begun(self, job_ids: Collection[str], now: dt.datetime) -> Mapping[str, TargetOptions]:
        """Notes that these jobs have begun, where nobody has; their options."""
        if not job_ids:
            return {}
        connection = await self._session.connection()
        await connection.execute(
            update(_JOBS).where(_JOBS.c.id.in_(job_ids), _JOBS.c.started_at.is_(None)).values(started_at=now)
        )
        rows = await connection.execute(select(_JOBS.c.id, _JOBS.c.options).where(_JOBS.c.id.in_(job_ids)))
        return {row.id: row.options for row in rows}

    async def _busy(self, now: dt.datetime, pace: Pace) -> _Busy:
        rows = await self._session.execute(
            select(_TASKS.c.account_id, _TASKS.c.host, func.count().label("number"))
            .where(_TASKS.c.status.in_(HELD_WORDS))
            .group_by(_TASKS.c.account_id, _TASKS.c.host)
        )
        hosts: Counter[str] = Counter()
        accounts: Counter[str] = Counter()
        for row in rows:
            hosts[row.host] += row.number
            accounts[row.account_id] += row.number
        given: Collection[str] = ()
        if pace.delay_s:
            given = await self._turns.given_beyond(now + dt.timedelta(seconds=pace.ahead_s))
        return _Busy(hosts, accounts, given)

    async def _choose(self, account_id: str, limit: int, rendered: int, busy: _Busy, pace: Pace) -> Sequence[_Head]:
        """The oldest tasks, first one of each host, then the second of each, and so on."""
        conditions = [_TASKS.c.status == BulkStatus.QUEUED.value, _TASKS.c.account_id == account_id]
        if full := busy.full(pace.at_once):
            conditions.append(_TASKS.c.host.not_in(full))
        if rendered <= 0:
            conditions.append(_TASKS.c.rendered.is_(False))
        window = (
            select(_TASKS.c.id, _TASKS.c.host, _TASKS.c.rendered)
            .where(*conditions)
            .order_by(_TASKS.c.id)
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
        turns = await self._turns.held(sorted({head.host for head in heads}), now)
        starts: dict[str, dt.datetime] = {}
        ahead, delay = now + dt.timedelta(seconds=pace.ahead_s), dt.timedelta(seconds=pace.delay_s)
        for head in heads:
            if (turn := max(now, turns[head.host])) <= ahead:
                starts[head.id] = turn
                turns[head.host] = turn + delay
        await self._turns.keep(turns)
        return starts

    @property
    def _turns(self) -> HostTurns:
        return HostTurns(self._session, self._dialect)

    async def _take(
        self, worker: str, now: dt.datetime, expires_at: dt.datetime, starts: Mapping[str, dt.datetime]
    ) -> Sequence[Claimed]:
        if not starts:
            return ()
        connection = await self._session.connection()
        rows = await connection.execute(
            update(_TASKS)
            .where(_TASKS.c.id.in_(list(starts)), _TASKS.c.status == BulkStatus.QUEUED.value)
            .values(
                status=BulkStatus.PENDING.value,
                worker=worker,
                attempt=_TASKS.c.attempt + 1,
                lease_expires_at=expires_at,
                updated_at=now,
                started_at=func.coalesce(_TASKS.c.started_at, now, type_=_TASKS.c.started_at.type),
            )
            .returning(*(_TASKS.c[name] for name in ("id", "job_id", "account_id", "url", "rendered", "attempt")))
        )
        taken = [
            Claimed(
                task=HeldTask(
                    id=row.id,
                    job_id=row.job_id,
                    account_id=row.account_id,
                    url=row.url,
                    is_rendered=row.rendered,
                    attempt=row.attempt,
                ),
                starts_at=starts[row.id],
            )
            for row in rows
        ]
        return sorted(taken, key=lambda one: (one.starts_at, one.task.id))

    async def beat(self, worker: str, expires_at: dt.datetime) -> Mapping[str, int]:
        """Extends the leases of all tasks that `worker` holds; their attempts by id."""
        connection = await self._session.connection()
        rows = await connection.execute(
            update(_TASKS)
            .where(_TASKS.c.worker == worker, _TASKS.c.status.in_(HELD_WORDS))
            .values(lease_expires_at=expires_at)
            .returning(_TASKS.c.id, _TASKS.c.attempt)
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


def _open_accounts(but: str = "") -> Select[tuple[str]]:
    """Accounts that have open jobs, in no order that favours any."""
    accounts = select(_JOBS.c.account_id).where(_JOBS.c.is_open, _JOBS.c.account_id != but)
    return accounts.group_by(_JOBS.c.account_id).order_by(func.random())


class _Busy:
    """Hosts and accounts as a claim finds them: how many tasks of each are in hand, and which turns are all given."""

    def __init__(self, hosts: Counter[str], accounts: Counter[str], given: Collection[str]) -> None:
        self._hosts = hosts
        self._accounts = accounts
        self._given = given

    def of_account(self, account_id: str) -> int:
        return self._accounts[account_id]

    def full(self, at_once: int) -> Sequence[str]:
        return sorted({*self._given, *(host for host, number in self._hosts.items() if number >= at_once)})

    def room(self, at_once: int) -> _Room:
        return _Room(Counter(self._hosts), at_once)


class _Room:
    """Counts what is chosen against what one host may have in hand."""

    def __init__(self, held: Counter[str], at_once: int) -> None:
        self._held = held
        self._at_once = at_once

    def __call__(self, host: str) -> bool:
        self._held[host] += 1
        return self._held[host] <= self._at_once
