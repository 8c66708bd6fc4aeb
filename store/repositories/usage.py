"""What one account has used, day by day."""

from __future__ import annotations

import msgspec
from sqlalchemy import func, select

from domain.runs import ACTIVE, RunKind, RunStatus
from store.models import RunRow, UsageRow
from store.repositories.base import OwnedRepository


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What runs of one kind and status came to; `day` is that on which they ended, empty for a sum over days."""

    kind: RunKind
    status: RunStatus
    runs: int
    records: int
    pages: int
    day: str = ""


class Usages(OwnedRepository):
    async def add(self, usage: Usage) -> None:
        """Adds to a day's counts; negative numbers take back what was counted before."""
        statement = self._insert(UsageRow).values(
            account_id=self._account_id,
            day=usage.day,
            kind=usage.kind.value,
            status=usage.status.value,
            runs=usage.runs,
            records=usage.records,
            pages=usage.pages,
        )
        await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["account_id", "day", "kind", "status"],
                set_={
                    name: getattr(UsageRow, name) + getattr(statement.excluded, name)
                    for name in ("runs", "records", "pages")
                },
            )
        )

    async def totals(self) -> tuple[Usage, ...]:
        """All that has ended, by kind and status."""
        rows = await self._session.execute(
            select(
                UsageRow.kind,
                UsageRow.status,
                func.sum(UsageRow.runs).label("runs"),
                func.sum(UsageRow.records).label("records"),
                func.sum(UsageRow.pages).label("pages"),
            )
            .where(UsageRow.account_id == self._account_id)
            .group_by(UsageRow.kind, UsageRow.status)
        )
        return tuple(_usage(*row) for row in rows)

    async def days(self, since: str) -> tuple[Usage, ...]:
        """From the day `since` on, by day, kind and status."""
        rows = await self._session.execute(
            select(UsageRow.kind, UsageRow.status, UsageRow.runs, UsageRow.records, UsageRow.pages, UsageRow.day)
            .where(UsageRow.account_id == self._account_id, UsageRow.day >= since)
            .order_by(UsageRow.day)
        )
        return tuple(_usage(*row) for row in rows)

    async def active(self) -> tuple[Usage, ...]:
        """Runs that have not ended, by kind and status, with what they have so far."""
        rows = await self._session.execute(
            select(
                RunRow.kind,
                RunRow.status,
                func.count().label("runs"),
                func.sum(RunRow.records_found).label("records"),
                func.sum(RunRow.pages_completed).label("pages"),
            )
            .where(
                RunRow.account_id == self._account_id,
                RunRow.status.in_([status.value for status in ACTIVE]),
                RunRow.preview.is_(False),
            )
            .group_by(RunRow.kind, RunRow.status)
        )
        return tuple(_usage(*row) for row in rows)


def _usage(kind: str, status: str, runs: int, records: int, pages: int, day: str = "") -> Usage:
    # PostgreSQL's sums of big integers are decimals.
    return Usage(
        kind=RunKind(kind),
        status=RunStatus(status),
        runs=int(runs),
        records=int(records),
        pages=int(pages),
        day=day,
    )
