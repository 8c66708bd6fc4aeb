"""Runs, and what makes them durable: outbox, idempotency keys, events."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.budgets import Spend
from domain.plans import Plan
from domain.requests import Request
from store.columns import Instant, Json
from store.models.base import Base, Hash, Id, Moment, Outside, Word


class RunRow(Base):
    """`attempt` fences: it grows with each claim, and a write that names an older one changes nothing.

    `checkpoint` counts the writes of workers: one whose reply was lost is known by it, and not written twice.
    `got_on` says whether this attempt has done anything, `blame` how far the run is suspected of killing its workers,
    `lost_leases` how many it lost.
    `last_event` is the sequence of the run's newest event. `flow_id`, `pool_id` and `schedule_id` repeat the request's,
    for queries; empty where there is none.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index(None, "account_id", "kind", "preview", "id"),
        Index(None, "account_id", "flow_id", "id"),
        Index(None, "account_id", "schedule_id", "id"),
        Index(None, "account_id", "status", "id"),
        Index(None, "status", "lease_expires_at"),
        Index(None, "worker"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[Word]
    status: Mapped[Word]
    preview: Mapped[bool]
    request: Mapped[Request] = mapped_column(Json(Request))
    flow_id: Mapped[Id] = mapped_column(default="")
    pool_id: Mapped[Id] = mapped_column(default="")
    schedule_id: Mapped[Id] = mapped_column(default="")
    created_at: Mapped[Moment]
    started_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    completed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    plan: Mapped[Plan | None] = mapped_column(Json(Plan))
    termination_reason: Mapped[str | None] = mapped_column(String(32))
    error: Mapped[Outside] = mapped_column(default="")
    records_found: Mapped[int] = mapped_column(default=0)
    sources_total: Mapped[int] = mapped_column(default=0)
    sources_completed: Mapped[int] = mapped_column(default=0)
    pages_total: Mapped[int] = mapped_column(default=0)
    pages_completed: Mapped[int] = mapped_column(default=0)
    spend: Mapped[Spend] = mapped_column(Json(Spend), default=Spend())
    credits: Mapped[int] = mapped_column(BigInteger, default=0)
    queries_done: Mapped[tuple[str, ...]] = mapped_column(Json(tuple[str, ...]), default=())
    last_event: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    checkpoint: Mapped[int] = mapped_column(default=0)
    worker: Mapped[Outside] = mapped_column(default="")
    lease_expires_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    lost_leases: Mapped[int] = mapped_column(default=0)
    blame: Mapped[float] = mapped_column(default=0.0)
    got_on: Mapped[bool] = mapped_column(default=False)
    cancel_requested: Mapped[bool] = mapped_column(default=False)


class WorkerRow(Base):
    """A worker process, and when it last gave a sign of life."""

    __tablename__ = "workers"
    __table_args__ = (Index(None, "seen_at"),)

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    slots: Mapped[int]
    seen_at: Mapped[Moment]


class OutboxRow(Base):
    """One row for each run that waits for a worker; the claim takes it away. Rings again when `due_at` has passed.

    `capped` ones were refused because their account had as many runs going as it may: they are rung when one ends.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "due_at"), Index(None, "account_id", "created_at"))

    run_id: Mapped[Id] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[Id]
    created_at: Mapped[Moment]
    due_at: Mapped[Moment]
    attempt: Mapped[int]
    rings: Mapped[int]
    capped: Mapped[bool]


class IdempotencyRow(Base):
    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "created_at"), Index(None, "run_id"))

    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_sha256: Mapped[Hash]
    run_id: Mapped[Id] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    created_at: Mapped[Moment]


class EventRow(Base):
    __tablename__ = "events"

    run_id: Mapped[Id] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[Id]
    type: Mapped[Word]
    at: Mapped[Moment]
    data: Mapped[dict[str, Any]] = mapped_column(Json(dict[str, Any]))
