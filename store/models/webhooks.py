"""Webhooks, what is on its way to them, and the secrets that signed it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.webhooks import WebhookEvent
from store.columns import Instant, Json
from store.models.base import Base, Hash, Id, Moment, Outside, Word


class WebhookRow(Base):
    __tablename__ = "webhooks"
    __table_args__ = (Index(None, "account_id", "id"), Index(None, "account_id", "task_id"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    task_kind: Mapped[Word]
    task_id: Mapped[Id]
    task_name: Mapped[str] = mapped_column(String(64))
    url: Mapped[Outside]
    events: Mapped[tuple[WebhookEvent, ...]] = mapped_column(Json(tuple[WebhookEvent, ...]))
    created_at: Mapped[Moment]
    disabled_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class DeliveryRow(Base):
    """A delivery that is due, was taken, or is dead. One for each event and destination, so that all goes out once.

    `destination` is a webhook's id, else the SHA-256 of the URL, which is too long to be in an index. A delivery that
    is read from a run goes with it.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("account_id", "subject_id", "type", "event", "destination", name="uq_webhook_deliveries_once"),
        Index(None, "status", "due_at"),
        Index(None, "account_id", "id"),
        Index(None, "account_id", "status", "id"),
        Index(None, "run_id"),
        Index(None, "webhook_id", "status"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"))
    type: Mapped[Word]
    subject_id: Mapped[Id]
    event: Mapped[str] = mapped_column(String(64))
    destination: Mapped[Hash]
    webhook_id: Mapped[Id]
    run_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("runs.id", ondelete="CASCADE"))
    url: Mapped[Outside]
    body: Mapped[Outside]
    status: Mapped[Word]
    attempts: Mapped[int]
    earlier: Mapped[int]
    created_at: Mapped[Moment]
    due_at: Mapped[Moment]
    finished_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class DeliveryAttemptRow(Base):
    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[Id] = mapped_column(ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[Id]
    at: Mapped[Moment]
    status: Mapped[int]
    detail: Mapped[Outside]
    elapsed_ms: Mapped[int]


class GoneReceiverRow(Base):
    """A URL that answered 410 Gone when it was told of something that no webhook of its own asked for: a pool's."""

    __tablename__ = "gone_receivers"

    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    subject_id: Mapped[Id] = mapped_column(primary_key=True)
    destination: Mapped[Hash] = mapped_column(primary_key=True)


class RetiredSecretRow(Base):
    """A secret that was rotated away and signs along until `expires_at`."""

    __tablename__ = "retired_webhook_secrets"
    __table_args__ = (Index(None, "account_id", "expires_at"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    secret: Mapped[Outside]
    expires_at: Mapped[Moment]
