"""Events of one account's runs. They are written with the change that they tell of: see `Runs.advance` and `move`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from domain.events import EventType, RunEvent
from store.models import EventRow
from store.repositories.base import OwnedRepository


class Events(OwnedRepository):
    async def list(self, run_id: str, after: int, limit: int) -> Sequence[RunEvent]:
        """In order, those with a sequence over `after`."""
        rows = await self._session.scalars(
            select(EventRow)
            .where(EventRow.run_id == run_id, EventRow.account_id == self._account_id, EventRow.sequence > after)
            .order_by(EventRow.sequence)
            .limit(limit)
        )
        return [
            RunEvent(run_id=row.run_id, sequence=row.sequence, type=EventType(row.type), at=row.at, data=row.data)
            for row in rows
        ]
