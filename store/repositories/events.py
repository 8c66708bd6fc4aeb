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
        return [_event(row) for row in rows]

    async def last(self, run_id: str, type_: EventType) -> int:
        """The sequence of the newest event of this type, 0 where there is none."""
        return (
            await self._session.scalar(
                select(EventRow.sequence)
                .where(EventRow.run_id == run_id, EventRow.account_id == self._account_id, EventRow.type == type_.value)
                .order_by(EventRow.sequence.desc())
                .limit(1)
            )
            or 0
        )

    async def of_type(self, run_id: str, type_: EventType) -> Sequence[RunEvent]:
        """In order. For types of which a run tells few: a flow has at most 100 steps, a goal run one source a page."""
        rows = await self._session.scalars(
            select(EventRow)
            .where(EventRow.run_id == run_id, EventRow.account_id == self._account_id, EventRow.type == type_.value)
            .order_by(EventRow.sequence)
        )
        return [_event(row) for row in rows]

    async def ends(self, run_id: str, limit: int) -> Sequence[RunEvent]:
        """The newest first: more than one where the run was extended."""
        rows = await self._session.scalars(
            select(EventRow)
            .where(
                EventRow.run_id == run_id,
                EventRow.account_id == self._account_id,
                EventRow.type == EventType.ENDED.value,
            )
            .order_by(EventRow.sequence.desc())
            .limit(limit)
        )
        return [_event(row) for row in rows]


def _event(row: EventRow) -> RunEvent:
    return RunEvent(run_id=row.run_id, sequence=row.sequence, type=EventType(row.type), at=row.at, data=row.data)
