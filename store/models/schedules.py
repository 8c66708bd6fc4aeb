"""Schedules, and the due times that were dealt with."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.requests import GoalRequest
from store.columns import Instant, Json
from store.models.base import Base, Id, Moment, Outside, Word


class ScheduleRow(Base):
    """`next_due_at` is null while it is paused. `flow_id`, `pool_id` and `last_run_id` are empty where there is
    none."""

    __tablename__ = "schedules"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "account_id", "flow_id"),
        Index(None, "next_due_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[Outside]
    cron: Mapped[Outside]
    timezone: Mapped[Outside]
    request: Mapped[GoalRequest | None] = mapped_column(Json(GoalRequest))
    flow_id: Mapped[Id]
    pool_id: Mapped[Id]
    enabled: Mapped[bool]
    created_at: Mapped[Moment]
    next_due_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    last_run_id: Mapped[Id]
    last_error: Mapped[Outside]


class TickRow(Base):
    """One row for each due time that was dealt with: its key is what lets no due time start two runs."""

    __tablename__ = "schedule_ticks"
    __table_args__ = (Index(None, "at"),)

    schedule_id: Mapped[Id] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True)
    due_at: Mapped[Moment] = mapped_column(primary_key=True)
    account_id: Mapped[Id]
    at: Mapped[Moment]
    outcome: Mapped[Word]
    run_id: Mapped[Id]
    reason: Mapped[Outside]
