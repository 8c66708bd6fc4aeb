"""Pools: records that are remembered over runs, the keys they are known by, what they are sorted by, what changed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.identity import Identity
from domain.pools import Change, PoolValue
from store.columns import Instant, Json
from store.models.base import Base, Id, Moment, Outside, Word

# All rows of a pool are reached through its row, which has an owner.
_POOL = "pools.id"
# Rows that are nothing but a key lie in its index: on SQLite one tree less to write and to read.
_BY_KEY = {"sqlite_with_rowid": False}


class PoolRow(Base):
    """`records` counts those present, `last_change` is the sequence of the newest change. Its lock is the pool's: two
    runs that end at once take turns. `deleted_at`: gone for its owner, its rows on their way out."""

    __tablename__ = "pools"
    __table_args__ = (Index(None, "account_id", "id"), Index(None, "deleted_at"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[Outside]
    description: Mapped[Outside]
    condition: Mapped[Outside]
    webhook_url: Mapped[Outside]
    fields: Mapped[tuple[str, ...]] = mapped_column(Json(tuple[str, ...]))
    sortable: Mapped[tuple[str, ...]] = mapped_column(Json(tuple[str, ...]))
    records: Mapped[int]
    last_change: Mapped[int]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class PoolRecordRow(Base):
    """`unseen` counts the runs that read its source without it, the last of them `unseen_run`."""

    __tablename__ = "pool_records"
    __table_args__ = (
        Index(None, "pool_id", "present", "first_seen", "id"),
        Index(None, "pool_id", "present", "last_seen", "id"),
    )

    pool_id: Mapped[Id] = mapped_column(ForeignKey(_POOL, ondelete="CASCADE"), primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    present: Mapped[bool]
    first_seen: Mapped[Moment]
    last_seen: Mapped[Moment]
    changed_at: Mapped[Moment]
    last_run: Mapped[Id]
    unseen: Mapped[int] = mapped_column(SmallInteger)
    unseen_run: Mapped[Id]
    identity: Mapped[Identity] = mapped_column(Json(Identity))
    sources: Mapped[tuple[str, ...]] = mapped_column(Json(tuple[str, ...]))
    body: Mapped[dict[str, PoolValue]] = mapped_column(Json(dict[str, PoolValue]))


class PoolKeyRow(Base):
    """An identity key, hashed, and the record that has it. The first one that had it keeps it."""

    __tablename__ = "pool_keys"
    __table_args__ = _BY_KEY

    pool_id: Mapped[Id] = mapped_column(ForeignKey(_POOL, ondelete="CASCADE"), primary_key=True)
    key: Mapped[Id] = mapped_column(primary_key=True)
    record_id: Mapped[Id]


class PoolSortRow(Base):
    """What a present record is sorted by, one row for each of the pool's sortable fields: `slot` is its place there."""

    __tablename__ = "pool_sort_keys"
    __table_args__ = (Index(None, "pool_id", "slot", "sort_key", "record_id"), _BY_KEY)

    pool_id: Mapped[Id] = mapped_column(ForeignKey(_POOL, ondelete="CASCADE"), primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[Id] = mapped_column(primary_key=True)
    sort_key: Mapped[str] = mapped_column(String(100))


class PoolSourceRow(Base):
    """A source, hashed, and a record that it told of last."""

    __tablename__ = "pool_sources"
    __table_args__ = (Index(None, "pool_id", "record_id"), _BY_KEY)

    pool_id: Mapped[Id] = mapped_column(ForeignKey(_POOL, ondelete="CASCADE"), primary_key=True)
    source: Mapped[Id] = mapped_column(primary_key=True)
    record_id: Mapped[Id] = mapped_column(primary_key=True)


class PoolChangeRow(Base):
    __tablename__ = "pool_changes"
    __table_args__ = (
        Index(None, "pool_id", "record_id", "sequence"),
        Index(None, "pool_id", "run_id", "sequence"),
        Index(None, "pool_id", "at", "sequence"),
    )

    pool_id: Mapped[Id] = mapped_column(ForeignKey(_POOL, ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[Word]
    record_id: Mapped[Id]
    run_id: Mapped[Id]
    at: Mapped[Moment]
    body: Mapped[Change] = mapped_column(Json(Change))
