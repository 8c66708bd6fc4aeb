"""What people decided of records."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.decisions import Decision
from store.columns import Json
from store.models.base import Base, Id, Moment


class RecordDecisionRow(Base):
    """A decision on records of a run, or the same kept for the later runs of its pool: each row has the one or the
    other and goes with it. Ids grow with time."""

    __tablename__ = "record_decisions"
    __table_args__ = (Index(None, "run_id", "id"), Index(None, "pool_id", "id"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id]
    run_id: Mapped[Id | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    pool_id: Mapped[Id | None] = mapped_column(ForeignKey("pools.id", ondelete="CASCADE"))
    made_at: Mapped[Moment]
    body: Mapped[Decision] = mapped_column(Json(Decision))
