"""What people decided of records of one account's runs and pools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, insert, or_, select

from domain.decisions import Decision
from domain.ids import new_id
from store.models import RecordDecisionRow
from store.repositories.base import OwnedRepository

MAX_HEEDED = 2_000  # of a run or a pool, the newest: a person makes some a minute


class Decisions(OwnedRepository):
    async def add(self, run_id: str, pool_id: str, decision: Decision, now: dt.datetime) -> None:
        """For the run, and for later runs of its pool where it has one."""
        owners = [{"run_id": run_id, "pool_id": None}, *([{"run_id": None, "pool_id": pool_id}] if pool_id else [])]
        rows = [
            {"id": new_id(), "account_id": self._account_id, **owner, "made_at": now, "body": decision}
            for owner in owners
        ]
        await self._session.execute(insert(RecordDecisionRow), rows)

    async def of_run(self, run_id: str) -> tuple[Decision, ...]:
        """Those on its own records, in the order of time."""
        return await self._newest(RecordDecisionRow.run_id == run_id)

    async def bearing_on(self, run_id: str, pool_id: str = "") -> tuple[Decision, ...]:
        """Those on its own records, and on records of its pool, in the order of time."""
        if not pool_id:
            return await self.of_run(run_id)
        return await self._newest(or_(RecordDecisionRow.run_id == run_id, RecordDecisionRow.pool_id == pool_id))

    async def _newest(self, of: ColumnElement[bool]) -> tuple[Decision, ...]:
        found: Sequence[Decision] = (
            await self._session.scalars(
                select(RecordDecisionRow.body)
                .where(of, RecordDecisionRow.account_id == self._account_id)
                .order_by(RecordDecisionRow.made_at.desc(), RecordDecisionRow.id.desc())
                .limit(MAX_HEEDED)
            )
        ).all()
        return tuple(reversed(found))
