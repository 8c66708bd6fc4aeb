"""Bulk jobs, their tasks, and whose turn it is at a host."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.bulk import TargetOptions
from store.columns import Instant, Json
from store.models.base import Base, Hash, Id, Moment, Outside, Word

Headers = tuple[tuple[str, str], ...]
HOST_LENGTH = 262  # a name of 253 characters, a colon and a port


class BulkJobRow(Base):
    """`left` tasks are not over: the one that ends the last of them ends the job. `is_open` is for the index that
    workers look for work by."""

    __tablename__ = "bulk_jobs"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "is_open", "id"),
        UniqueConstraint("account_id", "idempotency_key"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"))
    options: Mapped[TargetOptions] = mapped_column(Json(TargetOptions))
    total: Mapped[int]
    left: Mapped[int]
    succeeded: Mapped[int] = mapped_column(default=0)
    is_open: Mapped[bool] = mapped_column(default=True)
    canceled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    started_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    completed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    webhook_url: Mapped[Outside] = mapped_column(default="")
    webhook_headers: Mapped[Headers] = mapped_column(Json(Headers), default=())
    credits: Mapped[int] = mapped_column(default=0)
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    request_sha256: Mapped[Hash] = mapped_column(default="")


class BulkTaskRow(Base):
    """`attempt` fences: a worker's write that names an older one changes nothing. `lost_leases` counts workers that
    were lost with it. `content` names a blob, empty for none."""

    __tablename__ = "bulk_tasks"
    __table_args__ = (
        Index(None, "job_id", "position"),
        Index(None, "job_id", "status", "host"),
        Index(None, "status", "lease_expires_at"),
        Index(None, "status", "account_id", "id"),
        Index(None, "status", "host"),
        Index(None, "worker"),
        Index(None, "expires_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    job_id: Mapped[Id] = mapped_column(ForeignKey("bulk_jobs.id", ondelete="CASCADE"))
    account_id: Mapped[Id]
    position: Mapped[int]
    url: Mapped[Outside]
    host: Mapped[str] = mapped_column(String(HOST_LENGTH))
    rendered: Mapped[bool]
    status: Mapped[Word]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[Outside] = mapped_column(default="")
    lease_expires_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    lost_leases: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    completed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    expires_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    status_code: Mapped[int] = mapped_column(default=0)
    headers: Mapped[Headers] = mapped_column(Json(Headers), default=())
    content: Mapped[Hash] = mapped_column(default="")
    is_binary: Mapped[bool] = mapped_column(default=False)
    error: Mapped[Outside] = mapped_column(default="")
    credits: Mapped[int] = mapped_column(default=0)


class HostSlotRow(Base):
    """When the next request to a host may begin, whichever process makes it."""

    __tablename__ = "host_slots"
    __table_args__ = (Index(None, "next_at"),)

    host: Mapped[str] = mapped_column(String(HOST_LENGTH), primary_key=True)
    next_at: Mapped[Moment]


class BulkSessionRow(Base):
    """The cookies of an account's session, for whichever worker takes its next Target."""

    __tablename__ = "bulk_sessions"
    __table_args__ = (Index(None, "used_at"),)

    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    cookies: Mapped[Outside]
    used_at: Mapped[Moment]
