"""Pictures that were asked for, batches of them, and the secret that signs links to them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Instant, Json
from store.models.base import Base, Hash, Id, Moment, Outside


class CaptureRow(Base):
    """What a run of kind capture has beside what every run has. `sha256` names the picture's blob, empty until there
    is one; `request_hash` is what the cache looks for."""

    __tablename__ = "captures"
    __table_args__ = (
        Index(None, "account_id", "run_id"),
        Index(None, "account_id", "request_hash", "taken_at"),
        Index(None, "batch_id"),
    )

    run_id: Mapped[Id] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[Id]
    request_hash: Mapped[Hash]
    batch_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("capture_batches.id", ondelete="CASCADE"))
    origin: Mapped[Outside] = mapped_column(default="")
    webhook_secret: Mapped[Outside] = mapped_column(default="")
    cached: Mapped[bool] = mapped_column(default=False)
    sha256: Mapped[Hash] = mapped_column(default="")
    media_type: Mapped[Outside] = mapped_column(default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    duration_ms: Mapped[int] = mapped_column(default=0)
    notes: Mapped[tuple[str, ...]] = mapped_column(Json(tuple[str, ...]), default=())
    taken_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class CaptureBatchRow(Base):
    __tablename__ = "capture_batches"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    total: Mapped[int]
    callback_url: Mapped[Outside]
    origin: Mapped[Outside]
    created_at: Mapped[Moment]
    completed_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class ServerSecretRow(Base):
    """A secret of the service itself, the same for all of its processes."""

    __tablename__ = "server_secrets"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    secret: Mapped[str] = mapped_column(String(128))
