"""What an account has used: true numbers, from counts that are kept as runs end."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from domain.runs import Run, RunKind, RunStatus
from services.credits import get_balance
from services.service import Service
from store.repositories.usage import Usage
from store.unit import UnitOfWork

DAYS = 30


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The runs that ended on one day, in UTC."""

    date: dt.date
    runs: int
    completed: int
    failed: int
    records: int
    pages: int


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """An account's use since its beginning; deleted runs count, previews do not.

    `by_status` and `by_kind` name every status and kind. `success_rate` is the percentage of the runs that came to
    their own end which got what was asked; None while there is none. `days` are the last 30, oldest first.
    """

    by_status: Mapping[RunStatus, int]
    by_kind: Mapping[RunKind, int]
    records: int
    pages: int
    success_rate: float | None
    credits_this_month: int
    days: tuple[Day, ...]

    @property
    def runs(self) -> int:
        return sum(self.by_status.values())


async def dashboard(service: Service, account_id: str) -> Dashboard:
    today = service.clock.now().date()
    first = today - dt.timedelta(days=DAYS - 1)
    async with service.database.read() as uow:
        usage = uow.usage(account_id)
        ended, active, recent = await usage.totals(), await usage.active(), await usage.days(first.isoformat())
    balance = await get_balance(service, account_id)
    everything = (*ended, *active)
    by_status, by_kind = Counter[RunStatus](), Counter[RunKind]()
    for part in everything:
        by_status[part.status] += part.runs
        by_kind[part.kind] += part.runs
    return Dashboard(
        by_status={status: by_status[status] for status in RunStatus},
        by_kind={kind: by_kind[kind] for kind in RunKind},
        records=sum(part.records for part in everything),
        pages=sum(part.pages for part in everything),
        success_rate=success_rate(by_status),
        credits_this_month=balance.used_this_month,
        days=tuple(_day(first + dt.timedelta(days=number), recent) for number in range(DAYS)),
    )


def success_rate(by_status: Mapping[RunStatus, int]) -> float | None:
    """Completed runs of every hundred that came to their own end; a cancelled one did not."""
    ended = sum(by_status.get(status, 0) for status in (RunStatus.COMPLETED, RunStatus.PARTIAL, RunStatus.FAILED))
    return round(100 * by_status.get(RunStatus.COMPLETED, 0) / ended, 1) if ended else None


def _day(date: dt.date, recent: Iterable[Usage]) -> Day:
    parts = [part for part in recent if part.day == date.isoformat()]
    return Day(
        date=date,
        runs=sum(part.runs for part in parts),
        completed=sum(part.runs for part in parts if part.status is RunStatus.COMPLETED),
        failed=sum(part.runs for part in parts if part.status is RunStatus.FAILED),
        records=sum(part.records for part in parts),
        pages=sum(part.pages for part in parts),
    )


async def count_end(uow: UnitOfWork, run: Run) -> None:
    """Counts a run that has just ended, in the transaction that ends it."""
    await _count(uow, run, 1)


async def uncount_end(uow: UnitOfWork, run: Run) -> None:
    """Takes back the count of a run that is sent back to work: it counts as it ends the next time."""
    await _count(uow, run, -1)


async def _count(uow: UnitOfWork, run: Run, sign: int) -> None:
    if run.request.preview or run.completed_at is None:
        return
    await uow.usage(run.account_id).add(
        Usage(
            day=run.completed_at.date().isoformat(),
            kind=run.kind,
            status=run.status,
            runs=sign,
            records=sign * run.records_found,
            pages=sign * run.pages_completed,
        )
    )
