"""Numbers over all accounts, for whoever operates the service."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from domain.runs import RunStatus
from store.models import OutboxRow, RunRow
from store.repositories.base import Repository
from store.repositories.runs import RUNNING


class Overview(Repository):
    async def runs_by_status(self) -> dict[RunStatus, int]:
        """How many runs have each status; every status is there."""
        rows = await self._session.execute(select(RunRow.status, func.count()).group_by(RunRow.status))
        found: dict[str, int] = dict(rows.tuples().all())
        return {status: found.get(status.value, 0) for status in RunStatus}

    async def oldest_waiting(self) -> dt.datetime | None:
        """Since when the oldest of the runs that may start at once has waited for a worker."""
        return await self._session.scalar(
            select(func.min(OutboxRow.created_at, type_=OutboxRow.created_at.type)).where(~OutboxRow.capped)
        )

    async def leases_held(self, now: dt.datetime) -> int:
        """How many runs a living worker holds."""
        return (
            await self._session.scalar(
                select(func.count())
                .select_from(RunRow)
                .where(RunRow.status.in_([status.value for status in RUNNING]), RunRow.lease_expires_at > now)
            )
            or 0
        )
