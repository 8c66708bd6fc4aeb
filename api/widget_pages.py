"""What widgets show to anybody: a script that shows a screenshot, a badge, a status page.

They stand in pages of others, so each says by its headers that it may; nothing in them acts but our own scripts, and
what comes from sites and callers is text. A token opens its widget and nothing else.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from jinja2 import Environment, FileSystemLoader
from litestar import Response, get
from litestar.params import FromPath, QueryParameter

from api.given import ServiceGiven
from api.wire.goscreen.widgets import host_of
from domain.clock import iso_seconds
from domain.errors import NotFound
from domain.widgets import CHECK_EVERY, DAYS, Day, Health, WidgetType, percent, uptime
from services.widgets import Shown, read_widget_picture, show_widget

_HERE = Path(__file__).parent
_TEMPLATES = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, trim_blocks=True)
_STYLE = (_HERE / "static" / "widget_status.css").read_text(encoding="utf-8")
_SCRIPT = (_HERE / "static" / "widget_status.js").read_text(encoding="utf-8")
_SCREENSHOT = (_HERE / "static" / "widget_screenshot.js").read_text(encoding="utf-8")
SOON_S = 10  # until when a first check may have found something
CACHED_S = int(CHECK_EVERY.total_seconds())
_COLOURS = {Health.UP: "#15803d", Health.DOWN: "#b91c1c", Health.UNKNOWN: "#52525b"}
_HEADLINES = {Health.UP: "Up", Health.DOWN: "Down", Health.UNKNOWN: "Not known"}
_MARKS = {Health.UP: "●", Health.DOWN: "▲", Health.UNKNOWN: "○"}
_PERIODS = (("Today", 1), ("7 days", 7), ("30 days", 30), (f"{DAYS} days", DAYS))
_SHOWABLE = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin"}
_NOTHING_ACTS = {**_SHOWABLE, "Content-Security-Policy": "default-src 'none'; sandbox"}
_UNKNOWN = {"Cache-Control": "public, max-age=60"}

FileName = FromPath[str]
Token = FromPath[str]
TokenInQuery = Annotated[str, QueryParameter(name="t", max_length=512, description="The widget's token.")]
Live = Annotated[str, QueryParameter(max_length=8, description="An update of a page that is open already.")]


def _digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


_STATUS_POLICY = (
    f"default-src 'none'; style-src {_digest(_STYLE)}; script-src {_digest(_SCRIPT)}; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *"
)


@get("/screenshot.js", summary="Show a screenshot widget", media_type="text/javascript")
async def screenshot_script(service: ServiceGiven, t: TokenInQuery = "") -> Response[str]:
    """A script that puts the newest screenshot where it stands."""
    try:
        shown = await show_widget(service, t, WidgetType.SCREENSHOT)
    except NotFound:
        headers = {**_SHOWABLE, **_UNKNOWN}
        return Response("// No such widget.\n", status_code=404, media_type="text/javascript", headers=headers)
    widget = shown.widget
    told = {
        "url": widget.url,
        "alt": f"Screenshot of {host_of(widget)}",
        "picture": f"screenshot/{widget.token}.png",
        "version": widget.picture[:12] or "first",
    }
    headers = {**_SHOWABLE, "Cache-Control": f"public, max-age={CACHED_S if widget.picture else SOON_S}"}
    return Response(_SCREENSHOT.replace("__TOLD__", _literal(told)), media_type="text/javascript", headers=headers)


@get("/screenshot/{file_name:str}", summary="Get the picture of a screenshot widget", media_type="image/png")
async def screenshot_picture(file_name: FileName, service: ServiceGiven) -> Response[bytes]:
    """`TOKEN.png`: the newest picture."""
    picture = await read_widget_picture(service, _token_in(file_name, ".png"))
    headers = {**_NOTHING_ACTS, "Cache-Control": f"public, max-age={CACHED_S}"}
    return Response(picture, media_type="image/png", headers=headers)


@get("/badge/{file_name:str}", summary="Show an uptime badge", media_type="image/svg+xml")
async def badge(file_name: FileName, service: ServiceGiven) -> Response[str]:
    """`TOKEN.svg`. One that is not known gives a neutral badge."""
    try:
        shown = await show_widget(service, _token_in(file_name, ".svg"), WidgetType.BADGE)
    except NotFound:
        return _badge("unknown", Health.UNKNOWN, status=404, headers=_UNKNOWN)
    cached = {"Cache-Control": f"public, max-age={CACHED_S if shown.widget.checked_at else SOON_S}"}
    return _badge(_told_by_badge(shown), shown.widget.health, status=200, headers=cached)


@get("/status/{token:str}", summary="Show a status page", media_type="text/html")
async def status_page(token: Token, service: ServiceGiven, live: Live = "") -> Response[str]:
    """A page for an iframe. It keeps itself live."""
    shown = await show_widget(service, token, WidgetType.STATUS, counted=not live)
    widget, today = shown.widget, service.clock.now().date()
    page = _TEMPLATES.get_template("widget_status.html").render(
        widget=widget,
        host=host_of(widget),
        headline=_HEADLINES[widget.health],
        mark=_MARKS[widget.health],
        uptimes=[(name, percent(_uptime_of(shown, today, days))) for name, days in _PERIODS],
        bars=_bars(shown.days, today),
        checked_at=iso_seconds(widget.checked_at) if widget.checked_at else "",
        style=_STYLE,
        script=_SCRIPT,
    )
    headers = {
        **_SHOWABLE,
        "Content-Security-Policy": _STATUS_POLICY,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Response(page, media_type="text/html", headers=headers)


class _Bar(msgspec.Struct, frozen=True):
    day: str
    share: str
    kind: str


class _Text(msgspec.Struct, frozen=True):
    """A text on a badge, with the pixels that it and its box take."""

    text: str

    @property
    def drawn(self) -> int:
        return round(sum(4.0 if letter in "il.,: %" else 7.2 for letter in self.text))

    @property
    def width(self) -> int:
        return self.drawn + 12


def _badge(value: str, health: Health, *, status: int, headers: dict[str, str]) -> Response[str]:
    picture = _TEMPLATES.get_template("widget_badge.svg").render(
        label=_Text("uptime"), value=_Text(value), colour=_COLOURS[health]
    )
    return Response(picture, status_code=status, media_type="image/svg+xml", headers={**_NOTHING_ACTS, **headers})


def _told_by_badge(shown: Shown) -> str:
    if shown.widget.health is Health.DOWN:
        return "down"
    share = uptime(shown.days)
    return "checking" if share is None and shown.widget.checked_at is None else percent(share)


def _uptime_of(shown: Shown, today: dt.date, days: int) -> float | None:
    return uptime(shown.days, today - dt.timedelta(days=days - 1))


def _bars(days: Sequence[Day], today: dt.date) -> list[_Bar]:
    """One for each of the last days, oldest first."""
    known = {day.day: day for day in days}
    told = []
    for back in reversed(range(DAYS)):
        day = today - dt.timedelta(days=back)
        share = uptime([known[day]]) if day in known else None
        kind = "none" if share is None else "up" if share >= 100 else "down" if share <= 0 else "part"
        told.append(_Bar(day.isoformat(), percent(share), kind))
    return told


def _token_in(file_name: str, suffix: str) -> str:
    if not file_name.endswith(suffix):
        raise NotFound("No such widget.")
    return file_name.removesuffix(suffix)


def _literal(told: dict[str, str]) -> str:
    """A JavaScript literal that is one in HTML too."""
    text = msgspec.json.encode(told).decode()
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


HANDLERS = (screenshot_script, screenshot_picture, badge, status_page)
