"""Records of one account's pools: found by what identifies them, and paged in the order of an index."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.orm import aliased

from domain.pools import PoolRecord
from store.models import Base, PoolKeyRow, PoolRecordRow, PoolSortRow, PoolSourceRow
from store.repositories.base import ROWS_A_STATEMENT
from store.repositories.pools import Pools

Item = TypeVar("Item")

MARK = ""  # in place of a record's id: the source is a list


class Moment(StrEnum):
    """A time that records are listed by."""

    FIRST_SEEN = "first_seen"
    LAST_SEEN = "last_seen"


class SortRow(NamedTuple):
    slot: int
    record_id: str
    sort_key: str


class Range(NamedTuple):
    """Sort keys from `low` to `high`, both included."""

    low: str = ""
    high: str = "a"  # after every sort key, in every collation


def hashed(text: str) -> str:
    """128 bits of a key's or a source's SHA-256, in 32 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _record(row: PoolRecordRow) -> PoolRecord:
    return PoolRecord(
        id=row.id,
        identity=row.identity,
        values=row.body,
        sources=row.sources,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        changed_at=row.changed_at,
        present=row.present,
        last_run=row.last_run,
        unseen=row.unseen,
        unseen_run=row.unseen_run,
    )


class PoolRecords(Pools):
    """What writes here holds the pool's lock."""

    async def one(self, pool_id: str, record_id: str) -> PoolRecord | None:
        return (await self.many(pool_id, [record_id])).get(record_id)

    async def many(self, pool_id: str, ids: Collection[str]) -> dict[str, PoolRecord]:
        """By id; those that are not there are left out."""
        found: dict[str, PoolRecord] = {}
        for some in _chunks(sorted(set(ids))):
            rows = await self._session.scalars(
                select(PoolRecordRow).where(PoolRecordRow.pool_id == self.owned(pool_id), PoolRecordRow.id.in_(some)),
                execution_options={"populate_existing": True},
            )
            found |= {row.id: _record(row) for row in rows}
        return found

    async def holders(self, pool_id: str, keys: Iterable[str]) -> dict[str, str]:
        """The records that have these identity keys: ids by key."""
        by_hash = {hashed(key): key for key in keys}
        found: dict[str, str] = {}
        for some in _chunks(sorted(by_hash)):
            rows = await self._session.execute(
                select(PoolKeyRow.key, PoolKeyRow.record_id).where(
                    PoolKeyRow.pool_id == self.owned(pool_id), PoolKeyRow.key.in_(some)
                )
            )
            found |= {by_hash[row.key]: row.record_id for row in rows}
        return found

    async def put(self, pool_id: str, records: Sequence[PoolRecord]) -> None:
        """Adds records, and overwrites those of the same id."""
        rows = [
            {
                "pool_id": pool_id,
                "id": record.id,
                "present": record.present,
                "first_seen": record.first_seen,
                "last_seen": record.last_seen,
                "changed_at": record.changed_at,
                "last_run": record.last_run,
                "unseen": record.unseen,
                "unseen_run": record.unseen_run,
                "identity": record.identity,
                "sources": record.sources,
                "body": record.values,
            }
            for record in records
        ]
        await self._upsert(PoolRecordRow, rows, ["pool_id", "id"])

    async def put_keys(self, pool_id: str, keys: Mapping[str, str]) -> None:
        """Record ids by key. A key that another record has stays with that one."""
        rows = [{"pool_id": pool_id, "key": hashed(key), "record_id": id_} for key, id_ in keys.items()]
        await self._put(self._insert(PoolKeyRow).on_conflict_do_nothing(), rows)

    async def drop_keys(self, pool_id: str, keys: Mapping[str, str]) -> None:
        for some in _chunks([(hashed(key), record_id) for key, record_id in keys.items()]):
            await self._changed(
                delete(PoolKeyRow).where(
                    PoolKeyRow.pool_id == self.owned(pool_id), tuple_(PoolKeyRow.key, PoolKeyRow.record_id).in_(some)
                )
            )

    async def put_sort_keys(self, pool_id: str, keys: Sequence[SortRow]) -> None:
        await self._upsert(
            PoolSortRow, [{"pool_id": pool_id, **row._asdict()} for row in keys], ["pool_id", "slot", "record_id"]
        )

    async def drop_sort_keys(self, pool_id: str, ids: Sequence[str], slots: int) -> None:
        """Of records that are no longer there to be sorted."""
        for some in _chunks(list(ids)):
            await self._changed(
                delete(PoolSortRow).where(
                    PoolSortRow.pool_id == self.owned(pool_id),
                    PoolSortRow.slot.in_(range(slots)),
                    PoolSortRow.record_id.in_(some),
                )
            )

    async def put_sources(self, pool_id: str, sources: Mapping[str, Collection[str]]) -> None:
        """The sources of each record, by its id, in place of those that it had."""
        await self.drop_sources(pool_id, sorted(sources))
        rows = [
            {"pool_id": pool_id, "source": source, "record_id": record_id}
            for record_id, of_it in sources.items()
            for source in sorted({hashed(source) for source in of_it})
        ]
        await self._put(self._insert(PoolSourceRow), rows)

    async def is_list(self, pool_id: str, source: str) -> bool:
        """Whether the source was marked as a list."""
        row = await self._session.scalar(
            select(PoolSourceRow.record_id).where(
                PoolSourceRow.pool_id == self.owned(pool_id),
                PoolSourceRow.source == hashed(source),
                PoolSourceRow.record_id == MARK,
            )
        )
        return row is not None

    async def mark_lists(self, pool_id: str, lists: Collection[str], others: Collection[str]) -> None:
        """Remembers which sources are lists, whatever becomes of their records, and which are none."""
        rows = [{"pool_id": pool_id, "source": source, "record_id": MARK} for source in sorted(map(hashed, lists))]
        await self._put(self._insert(PoolSourceRow).on_conflict_do_nothing(), rows)
        for some in _chunks(sorted(map(hashed, others))):
            await self._changed(
                delete(PoolSourceRow).where(
                    PoolSourceRow.pool_id == self.owned(pool_id),
                    PoolSourceRow.source.in_(some),
                    PoolSourceRow.record_id == MARK,
                )
            )

    async def drop_sources(self, pool_id: str, ids: Sequence[str]) -> None:
        """Of records that are gone: only one that is there can be found gone."""
        for some in _chunks(list(ids)):
            await self._changed(
                delete(PoolSourceRow).where(
                    PoolSourceRow.pool_id == self.owned(pool_id), PoolSourceRow.record_id.in_(some)
                )
            )

    async def unseen(
        self, pool_id: str, run_id: str, source: str, failed: Collection[str], limit: int, after: str = ""
    ) -> Sequence[PoolRecord]:
        """Present records of a source that answered this run without it having seen them, with an id past `after`; not
        those of a source that failed, nor those that this run has counted before. Along the source's own rows: what
        else the pool holds costs nothing."""
        pool = self.owned(pool_id)
        of_failed = (
            select(PoolSourceRow.record_id)
            .where(
                PoolSourceRow.pool_id == pool,
                PoolSourceRow.record_id == PoolRecordRow.id,
                PoolSourceRow.source.in_(sorted(map(hashed, failed))),
            )
            .correlate(PoolRecordRow)
        )
        told = aliased(PoolSourceRow)
        rows = await self._session.scalars(
            select(PoolRecordRow)
            .join(told, (told.pool_id == PoolRecordRow.pool_id) & (told.record_id == PoolRecordRow.id))
            .where(
                told.pool_id == pool,
                told.source == hashed(source),
                told.record_id > after,
                PoolRecordRow.present.is_(True),
                PoolRecordRow.last_run != run_id,
                PoolRecordRow.unseen_run != run_id,
                *([~of_failed.exists()] if failed else []),
            )
            .order_by(told.record_id)
            .limit(limit),
            execution_options={"populate_existing": True},
        )
        return [_record(row) for row in rows]

    async def by_moment(
        self,
        pool_id: str,
        moment: Moment,
        limit: int,
        after: tuple[dt.datetime, str] | None = None,
        *,
        present: bool,
        descending: bool,
    ) -> Sequence[PoolRecord]:
        column = PoolRecordRow.first_seen if moment is Moment.FIRST_SEEN else PoolRecordRow.last_seen
        place = tuple_(column, PoolRecordRow.id)
        query = select(PoolRecordRow).where(
            PoolRecordRow.pool_id == self.owned(pool_id), PoolRecordRow.present.is_(present)
        )
        if after is not None:
            query = query.where(place < after if descending else place > after)
        order = (column.desc(), PoolRecordRow.id.desc()) if descending else (column, PoolRecordRow.id)
        return [_record(row) for row in await self._session.scalars(query.order_by(*order).limit(limit))]

    async def by_sort_key(
        self,
        pool_id: str,
        slot: int,
        limit: int,
        after: tuple[str, str] | None = None,
        *,
        within: Range,
        descending: bool,
    ) -> Sequence[tuple[str, PoolRecord]]:
        """Present records with the keys that they are sorted by."""
        place = tuple_(PoolSortRow.sort_key, PoolSortRow.record_id)
        query = select(PoolSortRow.sort_key, PoolSortRow.record_id).where(
            PoolSortRow.pool_id == self.owned(pool_id),
            PoolSortRow.slot == slot,
        )
        # One bound for each end: of two lower ones SQLite begins at the wider, and reads all that lies between.
        low, high = PoolSortRow.sort_key >= within.low, PoolSortRow.sort_key <= within.high
        if after is not None and descending and after[0] <= within.high:
            high = place < after
        if after is not None and not descending and after[0] >= within.low:
            low = place > after
        query = query.where(low, high)
        columns: tuple[ColumnElement[str], ...] = (PoolSortRow.sort_key.expression, PoolSortRow.record_id.expression)
        order = [column.desc() for column in columns] if descending else list(columns)
        rows = (await self._session.execute(query.order_by(*order).limit(limit))).all()
        records = await self.many(pool_id, [row.record_id for row in rows])
        return [(row.sort_key, records[row.record_id]) for row in rows if row.record_id in records]

    async def _upsert(self, model: type[Base], rows: Sequence[Mapping[str, object]], key: list[str]) -> None:
        if not rows:
            return
        statement = self._insert(model)
        changing = {name: getattr(statement.excluded, name) for name in rows[0] if name not in key}
        await self._put(statement.on_conflict_do_update(index_elements=key, set_=changing), rows)


def _chunks(rows: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (rows[start : start + ROWS_A_STATEMENT] for start in range(0, len(rows), ROWS_A_STATEMENT))
