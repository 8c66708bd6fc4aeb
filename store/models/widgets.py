"""Widgets and what their checks found; comparisons of pictures."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Date, Float, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.columns import Instant
from store.models.base import Base, Hash, Id, Moment, Outside, Word


class DiffRow(Base):
    """A comparison. `key` is the hash of all that it depends on, `image` names the blob of its picture."""

    __tablename__ = "diffs"
    __table_args__ = (UniqueConstraint("account_id", "key"), Index(None, "account_id", "id"))

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    key: Mapped[Hash]
    pixels: Mapped[int]
    compared: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    threshold: Mapped[float] = mapped_column(Float(53))
    image: Mapped[Hash]
    created_at: Mapped[Moment]


class WidgetRow(Base):
    """`token` is no secret: it stands in the pages that embed the widget, and opens what it shows."""

    __tablename__ = "widgets"
    __table_args__ = (UniqueConstraint("token"), Index(None, "account_id", "id"), Index(None, "account_id", "run_id"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(64))
    type: Mapped[Word]
    url: Mapped[Outside]
    refresh_hours: Mapped[int | None]
    created_at: Mapped[Moment]
    impressions: Mapped[int] = mapped_column(BigInteger, default=0)
    last_used_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    looked_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    run_id: Mapped[Id] = mapped_column(default="")
    checked_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    health: Mapped[Word]
    detail: Mapped[Outside] = mapped_column(default="")
    elapsed_ms: Mapped[int] = mapped_column(default=0)
    picture: Mapped[Hash] = mapped_column(default="")


class WidgetDayRow(Base):
    """How many checks of a day could tell, and how many found the site up."""

    __tablename__ = "widget_days"

    widget_id: Mapped[Id] = mapped_column(ForeignKey("widgets.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    checks: Mapped[int]
    up: Mapped[int]
