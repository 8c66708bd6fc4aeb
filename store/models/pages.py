"""What a run worked through and found: tasks, archived pages, candidates, records."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.records import Candidate, Record
from store.columns import Instant, Json
from store.models.base import Base, Hash, Id, Moment, Outside, Word


class TaskRow(Base):
    __tablename__ = "tasks"
    __table_args__ = (Index(None, "run_id", "position", unique=True),)

    run_id: Mapped[Id] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[Id]
    position: Mapped[int]
    url: Mapped[Outside]
    found_by: Mapped[Word]
    source_id: Mapped[str] = mapped_column(String(64))
    depth: Mapped[int]
    status: Mapped[Word]
    outcome: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[Outside]
    records_found: Mapped[int]
    page_id: Mapped[Id]
    title: Mapped[Outside]
    shape: Mapped[str | None] = mapped_column(String(16))


class CandidatesRow(Base):
    """What one task's page gave, before merging: kept whole, so that a run taken up again merges the same."""

    __tablename__ = "candidates"

    run_id: Mapped[Id] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    task_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[Id]
    position: Mapped[int]
    found: Mapped[tuple[Candidate, ...]] = mapped_column(Json(tuple[Candidate, ...]))


class RecordRow(Base):
    """`sha256` is of `body`: what did not change is not written again."""

    __tablename__ = "records"
    __table_args__ = (Index(None, "run_id", "position", "id"),)

    run_id: Mapped[Id] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[Id]
    position: Mapped[int]
    sha256: Mapped[Hash]
    body: Mapped[Record] = mapped_column(Json(Record))


class PageRow(Base):
    """An archived page without its bodies; the hashes name them in the blob store, empty where there is none."""

    __tablename__ = "pages"
    __table_args__ = (Index(None, "account_id", "id"), Index(None, "run_id", "id"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"))
    run_id: Mapped[Id] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    task_id: Mapped[str] = mapped_column(String(64))
    url: Mapped[Outside]
    final_url: Mapped[Outside]
    outcome: Mapped[Word]
    via: Mapped[Word]
    fetched_at: Mapped[Moment]
    status: Mapped[int]
    content_type: Mapped[Outside]
    title: Mapped[Outside]
    language: Mapped[Outside]
    elapsed_ms: Mapped[int]
    bytes_received: Mapped[int] = mapped_column(BigInteger)
    detail: Mapped[Outside]
    html_sha256: Mapped[Hash]
    text_sha256: Mapped[Hash]
    responses_sha256: Mapped[Hash]


# As the indexes and the queries that are to use them say it: a bound value would hide from SQLite that they match.
BLOB_IS_UNUSED = text("uses <= 0 AND swept_at IS NULL")
BLOB_IS_SWEPT = text("swept_at IS NOT NULL")


class BlobRow(Base):
    """How many rows of an account point at one blob. At none it is swept away: `swept_at` is when its bytes were
    deleted. The row stays for a while, for a worker that stored the same bytes just before and has yet to point at
    them."""

    __tablename__ = "blobs"
    __table_args__ = (
        Index(None, "unused_since", postgresql_where=BLOB_IS_UNUSED, sqlite_where=BLOB_IS_UNUSED),
        Index(None, "swept_at", postgresql_where=BLOB_IS_SWEPT, sqlite_where=BLOB_IS_SWEPT),
    )

    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    sha256: Mapped[Hash] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    uses: Mapped[int]
    unused_since: Mapped[dt.datetime | None] = mapped_column(Instant)
    swept_at: Mapped[dt.datetime | None] = mapped_column(Instant)
