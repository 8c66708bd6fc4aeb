"""How a screenshot is going, as the document's event stream tells it."""

from __future__ import annotations

import msgspec

from api.wire.goscreen.captures import image_url
from api.wire.goscreen.ids import dashed
from domain.pictures import CaptureStatus
from services.captures import News, NewsKind


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """`connected`, `heartbeat`, `timeout`."""

    request_id: str
    status: CaptureStatus


class Taken(Going, frozen=True, kw_only=True):
    """`completed`."""

    image_url: str | None
    duration_ms: int | None


class Failed(Going, frozen=True, kw_only=True):
    """`failed`."""

    error_message: str


def render_news(news: News, origin: str) -> Going:
    capture = news.capture
    going = {"request_id": dashed(capture.id), "status": capture.status}
    match news.kind:
        case NewsKind.COMPLETED:
            return Taken(**going, image_url=image_url(capture, origin), duration_ms=capture.duration_ms)
        case NewsKind.FAILED:
            return Failed(**going, error_message=capture.why_not)
        case _:
            return Going(**going)
