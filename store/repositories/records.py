"""Records of one account's runs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Text, cast, delete, func, select, tuple_

from domain.records import Record
from store.columns import encode
from store.models import RecordRow
from store.repositories.base import ROWS_A_STATEMENT, OwnedRepository

MENTIONS = 100  # records that name another one: its possible duplicates are few


def fingerprint(record: Record) -> str:
    """SHA-256 of all that is kept of a record: equal where nothing changed."""
    return hashlib.sha256(encode(record)).hexdigest()


def _place(record: Record) -> int:
    """Where a record's row stands. Those kept apart from the result stand below zero, counted downwards: what asks for
    the result never meets them."""
    return -1 - record.position if record.is_apart else record.position


class Records(OwnedRepository):
    async def put(self, run_id: str, records: Mapping[str, Record]) -> None:
        """Adds records, and overwrites those of the same id. `records` are by their fingerprint."""
        rows = [
            {
                "run_id": run_id,
                "id": record.id,
                "account_id": self._account_id,
                "position": _place(record),
                "sha256": sha256,
                "body": record,
            }
            for sha256, record in records.items()
        ]
        statement = self._insert(RecordRow)
        new = statement.excluded
        await self._put(
            statement.on_conflict_do_update(
                index_elements=["run_id", "id"],
                set_={"position": new.position, "sha256": new.sha256, "body": new.body},
                where=RecordRow.account_id == self._account_id,
            ),
            rows,
        )

    async def remove(self, run_id: str, ids: Collection[str]) -> None:
        """Removes records that are none any more: merged into others."""
        for start in range(0, len(ids), ROWS_A_STATEMENT):
            await self._changed(
                delete(RecordRow).where(
                    RecordRow.run_id == run_id,
                    RecordRow.account_id == self._account_id,
                    RecordRow.id.in_(sorted(ids)[start : start + ROWS_A_STATEMENT]),
                )
            )

    async def fingerprints(self, run_id: str) -> dict[str, str]:
        """By record id."""
        rows = await self._session.execute(
            select(RecordRow.id, RecordRow.sha256).where(
                RecordRow.run_id == run_id, RecordRow.account_id == self._account_id
            )
        )
        return {row.id: row.sha256 for row in rows}

    async def list(
        self, run_id: str, limit: int, after: tuple[int, str] | None = None, *, apart: bool = False
    ) -> Sequence[Record]:
        """In order of position, those after this (position, id): the result, or the records kept apart from it."""
        place = -1 - RecordRow.position if apart else RecordRow.position
        query = select(RecordRow.body).where(
            RecordRow.run_id == run_id, RecordRow.account_id == self._account_id, place >= 0
        )
        if after is not None:
            query = query.where(tuple_(place, RecordRow.id) > after)
        return list(await self._session.scalars(query.order_by(place, RecordRow.id).limit(limit)))

    async def count_apart(self, run_id: str) -> int:
        query = select(func.count()).where(
            RecordRow.run_id == run_id, RecordRow.account_id == self._account_id, RecordRow.position < 0
        )
        return await self._session.scalar(query) or 0

    async def places(self, run_id: str) -> dict[str, int]:
        """All of a run's records, those apart included, and where their rows stand: those apart below zero."""
        rows = await self._session.execute(
            select(RecordRow.id, RecordRow.position).where(
                RecordRow.run_id == run_id, RecordRow.account_id == self._account_id
            )
        )
        return {row.id: row.position for row in rows}

    async def many(self, run_id: str, ids: Collection[str]) -> dict[str, Record]:
        """By id; those that are not there are left out."""
        wanted, found = sorted(set(ids)), dict[str, Record]()
        for start in range(0, len(wanted), ROWS_A_STATEMENT):
            rows = await self._session.execute(
                select(RecordRow.id, RecordRow.body).where(
                    RecordRow.run_id == run_id,
                    RecordRow.account_id == self._account_id,
                    RecordRow.id.in_(wanted[start : start + ROWS_A_STATEMENT]),
                )
            )
            found |= {row.id: row.body for row in rows}
        return found

    async def holding(self, run_id: str, record_id: str) -> Record | None:
        """The record, or the one that it was merged into."""
        record = await self.get(run_id, record_id)
        if record is not None:
            return record
        rows = await self._session.scalars(
            select(RecordRow.body)
            .where(
                RecordRow.run_id == run_id,
                RecordRow.account_id == self._account_id,
                cast(RecordRow.body, Text).contains(f'"{record_id}"', autoescape=True),
            )
            .limit(MENTIONS)
        )
        return next((each for each in rows if any(member.id == record_id for member in each.members)), None)

    async def get(self, run_id: str, record_id: str) -> Record | None:
        return await self._session.scalar(
            select(RecordRow.body).where(
                RecordRow.run_id == run_id, RecordRow.account_id == self._account_id, RecordRow.id == record_id
            )
        )
