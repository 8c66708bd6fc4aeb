"""Accounts: their keys, who logs in to them, what they have used."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.accounts import Scope
from store.columns import Instant, Json
from store.models.base import Base, Hash, Id, Moment, Outside, Word


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
    last_used_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class UserRow(Base):
    """`password` is an argon2id hash with its salt and costs, as its makers write it."""

    __tablename__ = "users"
    __table_args__ = (Index(None, "account_id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[Outside]
    password: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[Moment]


class SessionRow(Base):
    """A login at rest: the SHA-256 of its token."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_id", "expires_at"), Index(None, "expires_at"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    sha256: Mapped[Hash] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class UsageRow(Base):
    """What the runs that ended on one day (UTC, `2026-11-21`) came to, by kind and status; previews do not count."""

    __tablename__ = "usage_days"

    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    kind: Mapped[Word] = mapped_column(primary_key=True)
    status: Mapped[Word] = mapped_column(primary_key=True)
    runs: Mapped[int] = mapped_column(BigInteger)
    records: Mapped[int] = mapped_column(BigInteger)
    pages: Mapped[int] = mapped_column(BigInteger)
