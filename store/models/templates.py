"""Learned extractors."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.templates import Template
from store.columns import Json
from store.models.base import Base, Id, Moment, Outside


class TemplateRow(Base):
    """What one account's runs learned of a site; no other account's runs read by it."""

    __tablename__ = "templates"
    __table_args__ = (Index(None, "account_id", "site"), Index(None, "account_id", "updated_at"))

    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    site: Mapped[Outside]
    updated_at: Mapped[Moment]
    template: Mapped[Template] = mapped_column(Json(Template))
