"""Flows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.actions import Step
from domain.fields import Field
from store.columns import Json
from store.models.base import Base, Id, Moment, Outside, Word


class FlowRow(Base):
    """The counts are of runs that have ended; those that were cancelled are in `total_runs` alone. `pool_id` and
    `schedule_id` are empty where there is none."""

    __tablename__ = "flows"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index(None, "account_id", "status", "id"),
        Index(None, "account_id", "mode", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[Outside]
    description: Mapped[Outside]
    url: Mapped[Outside]
    mode: Mapped[Word]
    status: Mapped[Word]
    steps: Mapped[tuple[Step, ...]] = mapped_column(Json(tuple[Step, ...]))
    output_schema: Mapped[dict[str, Any]] = mapped_column(Json(dict[str, Any]))
    fields: Mapped[tuple[Field, ...]] = mapped_column(Json(tuple[Field, ...]))
    max_items: Mapped[int]
    schedule: Mapped[Outside]
    timezone: Mapped[str] = mapped_column(String(64))
    pool_id: Mapped[Id]
    schedule_id: Mapped[Id]
    total_runs: Mapped[int]
    succeeded_runs: Mapped[int]
    failed_runs: Mapped[int]
    failures_in_a_row: Mapped[int]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
