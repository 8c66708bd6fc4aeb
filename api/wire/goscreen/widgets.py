"""Widgets as they are made, listed and embedded. GoScreenAPI's document shows their embed codes alone."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from api.wire.goscreen.ids import dashed
from api.wire.times import iso_seconds_or_none
from domain.clock import iso_seconds
from domain.urls import parse_url
from domain.widgets import Health, Widget, WidgetType

MAX_URL = 2_048
PATH = "/widget"


class CreateWidget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it shows. `refresh` is the hours between two pictures of a screenshot, 24 where it is left out; badges and
    status pages check every five minutes."""

    type: Literal["screenshot", "badge", "status"]
    url: Annotated[str, Meta(min_length=1, max_length=MAX_URL, description="http or https.")]
    refresh: Annotated[int, Meta(description="1, 6 or 24, of a screenshot alone.")] | None = None


class WidgetOut(msgspec.Struct, frozen=True, kw_only=True):
    """`token` opens this widget and nothing else. `embed_code` goes into the page that shows it. `health` is what the
    last check found; a widget that nobody looks at is not checked."""

    id: str
    type: WidgetType
    url: str
    refresh: int | None
    token: str
    embed_code: str
    impressions: int
    last_used_at: str | None
    created_at: str
    health: Health
    last_checked_at: str | None


class WidgetShown(msgspec.Struct, frozen=True, kw_only=True):
    status: str = "success"
    data: WidgetOut


class WidgetList(msgspec.Struct, frozen=True, kw_only=True):
    status: str = "success"
    data: Sequence[WidgetOut]


class WidgetDeleted(msgspec.Struct, frozen=True, kw_only=True):
    status: str = "success"
    id: str


def render_widget(widget: Widget, origin: str) -> WidgetOut:
    return WidgetOut(
        id=dashed(widget.id),
        type=widget.type,
        url=widget.url,
        refresh=widget.refresh_hours,
        token=widget.token,
        embed_code=embed_code(widget, origin),
        impressions=widget.impressions,
        last_used_at=iso_seconds_or_none(widget.last_used_at),
        created_at=iso_seconds(widget.created_at),
        health=widget.health,
        last_checked_at=iso_seconds_or_none(widget.checked_at),
    )


def embed_code(widget: Widget, origin: str) -> str:
    """HTML to paste. `origin` is where this service is, as `https://host`."""
    at, host = html.escape(f"{origin}{PATH}"), html.escape(host_of(widget))
    match widget.type:
        case WidgetType.SCREENSHOT:
            return f'<script src="{at}/screenshot.js?t={widget.token}"></script>'
        case WidgetType.BADGE:
            return f'<img src="{at}/badge/{widget.token}.svg" alt="Uptime of {host}">'
        case WidgetType.STATUS:
            return f'<iframe src="{at}/status/{widget.token}" title="Status of {host}"></iframe>'


def host_of(widget: Widget) -> str:
    return parse_url(widget.url).host
