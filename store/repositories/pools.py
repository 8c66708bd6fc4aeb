"""Pools of one account, and what changed in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, delete, func, insert, inspect, select, tuple_, update

from domain.pools import Change, Pool
from store.models import PoolChangeRow, PoolKeyRow, PoolRecordRow, PoolRow, PoolSortRow, PoolSourceRow
from store.repositories.base import ROWS_A_STATEMENT, OwnedRepository, Repository

_OF_RECORDS = (PoolSortRow, PoolKeyRow, PoolSourceRow, PoolChangeRow, PoolRecordRow)


def _pool(row: PoolRow) -> Pool:
    return Pool(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        description=row.description,
        condition=row.condition,
        webhook_url=row.webhook_url,
        fields=row.fields,
        sortable=row.sortable,
        records=row.records,
        last_change=row.last_change,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


class Pools(OwnedRepository):
    async def add(self, pool: Pool) -> None:
        await self._session.execute(
            insert(PoolRow).values(id=pool.id, account_id=self._account_id, created_at=pool.created_at, **_values(pool))
        )

    async def get(self, pool_id: str) -> Pool | None:
        row = await self._session.scalar(
            select(PoolRow).where(self._is(pool_id)), execution_options={"populate_existing": True}
        )
        return None if row is None else _pool(row)

    async def lock(self, pool_id: str) -> Pool | None:
        """The pool, held until this transaction ends: another one that wants to write to it waits."""
        row = await self._session.scalar(
            select(PoolRow).where(self._is(pool_id)).with_for_update(), execution_options={"populate_existing": True}
        )
        return None if row is None else _pool(row)

    async def list(self, limit: int, before: str = "") -> Sequence[Pool]:
        """Newest first, those with an id under `before`."""
        query = select(PoolRow).where(PoolRow.account_id == self._account_id, PoolRow.deleted_at.is_(None))
        if before:
            query = query.where(PoolRow.id < before)
        return [_pool(row) for row in await self._session.scalars(query.order_by(PoolRow.id.desc()).limit(limit))]

    async def count(self) -> int:
        query = select(func.count()).where(PoolRow.account_id == self._account_id, PoolRow.deleted_at.is_(None))
        return await self._session.scalar(query) or 0

    async def save(self, pool: Pool) -> bool:
        """False where there is no such pool."""
        return await self._changed(update(PoolRow).where(self._is(pool.id)).values(**_values(pool))) == 1

    async def mark_deleted(self, pool_id: str, at: dt.datetime) -> bool:
        return await self._changed(update(PoolRow).where(self._is(pool_id)).values(deleted_at=at)) == 1

    async def add_changes(self, pool_id: str, changes: Sequence[Change]) -> None:
        """Their sequences follow the pool's last one, which the caller holds."""
        rows = [
            {
                "pool_id": pool_id,
                "sequence": change.sequence,
                "type": change.type.value,
                "record_id": change.record_id,
                "run_id": change.run_id,
                "at": change.at,
                "body": change,
            }
            for change in changes
        ]
        for start in range(0, len(rows), ROWS_A_STATEMENT):
            await self._session.execute(insert(PoolChangeRow), rows[start : start + ROWS_A_STATEMENT])

    async def changes(
        self, pool_id: str, limit: int, after: int = 0, *, run_id: str = "", record_id: str = ""
    ) -> Sequence[Change]:
        """In order, those with a sequence over `after`."""
        query = select(PoolChangeRow.body).where(
            PoolChangeRow.pool_id == self.owned(pool_id), PoolChangeRow.sequence > after
        )
        if run_id:
            query = query.where(PoolChangeRow.run_id == run_id)
        if record_id:
            query = query.where(PoolChangeRow.record_id == record_id)
        return list(await self._session.scalars(query.order_by(PoolChangeRow.sequence).limit(limit)))

    async def sequence_before(self, pool_id: str, moment: dt.datetime) -> int | None:
        """The sequence after which changes are later than `moment`; None where none is."""
        first = await self._session.scalar(
            select(PoolChangeRow.sequence)
            .where(PoolChangeRow.pool_id == self.owned(pool_id), PoolChangeRow.at > moment)
            .order_by(PoolChangeRow.at, PoolChangeRow.sequence)
            .limit(1)
        )
        return None if first is None else first - 1

    def owned(self, pool_id: str) -> ColumnElement[str]:
        """The pool's id, or nothing where the account has no such pool."""
        return select(PoolRow.id).where(self._is(pool_id)).scalar_subquery()

    def _is(self, pool_id: str) -> ColumnElement[bool]:
        return (PoolRow.id == pool_id) & (PoolRow.account_id == self._account_id) & PoolRow.deleted_at.is_(None)


class DeletedPools(Repository):
    """Pools that are gone for their owners: their rows go in small steps, for a million would hold up every writer."""

    async def next(self) -> str | None:
        return await self._session.scalar(
            select(PoolRow.id).where(PoolRow.deleted_at.is_not(None)).order_by(PoolRow.deleted_at).limit(1)
        )

    async def purge(self, pool_id: str, most: int) -> bool:
        """Deletes at most so many rows of one table. True once nothing of the pool is left."""
        gone = select(PoolRow.id).where(PoolRow.id == pool_id, PoolRow.deleted_at.is_not(None)).scalar_subquery()
        for model in _OF_RECORDS:
            key = list(inspect(model).primary_key)
            some: Select[tuple[object, ...]] = select(*key).where(model.pool_id == gone).limit(most)
            if await self._changed(delete(model).where(tuple_(*key).in_(some))):
                return False
        await self._changed(delete(PoolRow).where(PoolRow.id == pool_id, PoolRow.deleted_at.is_not(None)))
        return True


def _values(pool: Pool) -> dict[str, object]:
    return {
        "name": pool.name,
        "description": pool.description,
        "condition": pool.condition,
        "webhook_url": pool.webhook_url,
        "fields": pool.fields,
        "sortable": pool.sortable,
        "records": pool.records,
        "last_change": pool.last_change,
        "updated_at": pool.updated_at,
    }
