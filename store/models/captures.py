"""Pictures that were asked for, batches of them, and the secret that signs links to them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Instant, Json
from store.models.base import Base, Hash, Id, Moment, Outside

# As the index and the query that is to use it say it: a bound value would hide from SQLite that they match.
CAPTURE_IS_KEPT = text("sha256 <> ''")


class CaptureRow(Base):
    """What a run of kind capture has beside what every run has. `sha256` names the picture's blob, empty until there
    is one and after its time; `taken_at` is of the picture, `kept_since` of this row's use of it, later where it came
    from the cache; `request_hash` is what the cache looks for."""

    __tablename__ = "captures"
    __table_args__ = (
        Index(None, "account_id", "run_id"),
        Index(None, "account_id", "request_hash", "taken_at"),
        Index(None, "batch_id"),
        Index(None, "kept_since", postgresql_where=CAPTURE_IS_KEPT, sqlite_where=CAPTURE_IS_KEPT),
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
    kept_since: Mapped[dt.datetime | None] = mapped_column(Instant)


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
