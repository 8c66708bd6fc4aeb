"""Accounts and their keys."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.accounts import Scope
from store.columns import Instant, Json
from store.models.base import Base, Hash, Id, Moment, Outside


class AccountRow(Base):
    __tablename__ = "accounts"

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[Outside]
    created_at: Mapped[Moment]
    max_concurrent_runs: Mapped[int]
    webhook_secret: Mapped[Outside]


class ApiKeyRow(Base):
    """A key at rest: the SHA-256 of its text, and what may be shown of it."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[Outside]
    sha256: Mapped[Hash] = mapped_column(unique=True)
    masked: Mapped[Outside]
    scopes: Mapped[tuple[Scope, ...]] = mapped_column(Json(tuple[Scope, ...]))
    created_at: Mapped[Moment]
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Instant)
