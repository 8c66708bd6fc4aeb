"""What people put right in records."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.records import FieldValue
from store.columns import Json
from store.models.base import Base, Id, Moment, Outside, Word


class CorrectionRow(Base):
    """A field of a record as a person wants it, also once the run's records are merged anew.

    `page_id` is the archived page that says it, of `site`; empty where none does. `lesson` says whether templates have
    learned from it.
    """

    __tablename__ = "corrections"
    __table_args__ = (Index(None, "account_id", "site", "lesson"),)

    run_id: Mapped[Id] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    field: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[Id]
    value: Mapped[FieldValue] = mapped_column(Json(FieldValue))
    page_id: Mapped[Id] = mapped_column(default="")
    site: Mapped[Outside] = mapped_column(default="")
    lesson: Mapped[Word]
    made_at: Mapped[Moment]
