"""Screenshots as GoScreenAPI's document answers, streams and posts them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from api.wire.goscreen.ids import API, STORAGE, dashed, file_of
from api.wire.scrapehub.credits import UNLIMITED
from api.wire.times import iso_seconds_or_none
from domain.captures import CaptureFormat, Device
from domain.clock import iso_seconds
from domain.credits import Balance
from domain.pictures import Capture, CaptureBatch, CaptureStatus, SignedLink
from services.captures import EXPIRED


class QuotaOut(msgspec.Struct, frozen=True, kw_only=True):
    """Credits of the month: a screenshot costs what its seconds do. Where a plan has no limit, `monthly_quota` is a
    thousand million. `overage_active` is always false: what is not there is not spent."""

    monthly_quota: int
    monthly_used: int
    monthly_remaining: int
    overage_active: bool = False


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A screenshot that its caller waited for. `notes` tell of what was not done as asked."""

    status: CaptureStatus
    request_id: str
    image_url: str
    duration_ms: int
    cache_hit: bool
    width: int
    height: int
    notes: Sequence[str]
    wait: bool = msgspec.field(name="async", default=False)
    signed_url: str | UnsetType = UNSET
    signed_url_expires_at: str | UnsetType = UNSET
    quota: QuotaOut


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """A screenshot on its way: ask for it at `poll_url`. One from the cache is completed already."""

    status: CaptureStatus
    request_id: str
    poll_url: str
    cache_hit: bool
    wait: bool = msgspec.field(name="async", default=True)
    quota: QuotaOut


class NotTaken(msgspec.Struct, frozen=True, kw_only=True):
    """A screenshot that its caller waited for, and that could not be taken."""

    status: CaptureStatus
    request_id: str
    error_message: str
    statusCode: int  # noqa: N815 - the wire's own spelling
    error: str
    message: str
    wait: bool = msgspec.field(name="async", default=False)
    quota: QuotaOut


class RequestOut(msgspec.Struct, frozen=True, kw_only=True):
    """A screenshot as it is now. `image_url`, `duration_ms`, the sides and `completed_at` are null until it is there;
    `error_message` is null unless it failed. Once the picture has been kept for its time `image_url` is null again, and
    `notes` say so."""

    id: str
    url: str | None
    status: CaptureStatus
    format: CaptureFormat
    device: Device
    image_url: str | None
    duration_ms: int | None
    cache_hit: bool
    width: int | None
    height: int | None
    notes: Sequence[str]
    error_message: str | None
    requested_at: str
    completed_at: str | None
    signed_url: str | UnsetType = UNSET
    signed_url_expires_at: str | UnsetType = UNSET


class RequestShown(msgspec.Struct, frozen=True, kw_only=True):
    status: str = "success"
    request: RequestOut
    quota: QuotaOut


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    current_page: int
    per_page: int
    total: int
    last_page: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    status: str = "success"
    data: Sequence[RequestOut]
    meta: Meta
    quota: QuotaOut


class ScreenshotEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook is told of a screenshot at its end."""

    request_id: str
    status: CaptureStatus
    image_url: str | None
    duration_ms: int | None
    requested_at: str
    completed_at: str | None
    error_message: str | UnsetType = UNSET


class BatchQueued(msgspec.Struct, frozen=True, kw_only=True):
    status: CaptureStatus
    batch_id: str
    total_items: int
    poll_url: str
    quota: QuotaOut


class BatchItem(msgspec.Struct, frozen=True, kw_only=True):
    request_id: str
    url: str | None
    status: CaptureStatus
    image_url: str | None
    duration_ms: int | None
    cache_hit: bool
    error_message: str | UnsetType = UNSET


class BatchTold(msgspec.Struct, frozen=True, kw_only=True):
    """A batch. `batch_status` is failed where nothing came of any item."""

    status: str = "success"
    batch_id: str
    batch_status: CaptureStatus
    total_items: int
    completed_items: int
    failed_items: int
    items: Sequence[BatchItem]


class BatchShown(BatchTold, frozen=True, kw_only=True):
    quota: QuotaOut


class UserOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key it is. `email` is empty for an account that nobody logs in to. `wallet_balance` is what the available
    credits are worth in the operator's currency."""

    email: str
    plan: str
    overage_enabled: bool
    wallet_balance: float


class MonthOut(QuotaOut, frozen=True, kw_only=True):
    reset_at: str


class MeOut(msgspec.Struct, frozen=True, kw_only=True):
    status: str = "success"
    user: UserOut
    quota: MonthOut


def image_url(capture: Capture, origin: str) -> str | None:
    if capture.picture is None:
        return None
    return f"{origin}{STORAGE}/{file_of(capture.id, capture.format)}"


def signed_url(capture: Capture, link: SignedLink, origin: str) -> str:
    return f"{image_url(capture, origin)}?expires={link.expires}&signature={link.signature}"


def poll_url(capture_id: str, origin: str) -> str:
    return f"{origin}{API}/screenshot/{dashed(capture_id)}"


def render_quota(balance: Balance) -> QuotaOut:
    quota = UNLIMITED if balance.monthly_limit is None else balance.monthly_limit
    left = quota - balance.used_this_month if balance.monthly_limit is None else balance.available
    return QuotaOut(monthly_quota=quota, monthly_used=balance.used_this_month, monthly_remaining=max(0, left))


def render_me(email: str, balance: Balance, worth: float, now: dt.datetime) -> MeOut:
    quota = render_quota(balance)
    return MeOut(
        user=UserOut(email=email, plan=balance.plan.value.title(), overage_enabled=False, wallet_balance=worth),
        quota=MonthOut(**msgspec.structs.asdict(quota), reset_at=iso_seconds(_next_month(now))),
    )


def render_answered(capture: Capture, link: SignedLink | None, quota: QuotaOut, origin: str) -> Answered:
    assert capture.picture is not None
    url, expires = _link(capture, link, origin)
    return Answered(
        status=capture.status,
        request_id=dashed(capture.id),
        image_url=image_url(capture, origin) or "",
        duration_ms=capture.duration_ms or 0,
        cache_hit=capture.cached,
        width=capture.picture.width,
        height=capture.picture.height,
        notes=capture.picture.notes,
        signed_url=url,
        signed_url_expires_at=expires,
        quota=quota,
    )


def render_queued(capture: Capture, quota: QuotaOut, origin: str) -> Queued:
    return Queued(
        status=capture.status,
        request_id=dashed(capture.id),
        poll_url=poll_url(capture.id, origin),
        cache_hit=capture.cached,
        quota=quota,
    )


def render_not_taken(capture: Capture, status: int, phrase: str, quota: QuotaOut) -> NotTaken:
    return NotTaken(
        status=capture.status,
        request_id=dashed(capture.id),
        error_message=capture.why_not,
        statusCode=status,
        error=phrase,
        message=capture.why_not,
        quota=quota,
    )


def render_request(capture: Capture, origin: str, link: SignedLink | None = None) -> RequestOut:
    picture = capture.picture
    url, expires = _link(capture, link, origin)
    notes = picture.notes if picture else (EXPIRED,) if capture.is_expired else ()
    return RequestOut(
        id=dashed(capture.id),
        url=capture.request.url or None,
        status=capture.status,
        format=capture.format,
        device=capture.request.device,
        image_url=image_url(capture, origin),
        duration_ms=capture.duration_ms,
        cache_hit=capture.cached,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        notes=notes,
        error_message=capture.why_not or None,
        requested_at=iso_seconds(capture.run.created_at),
        completed_at=iso_seconds_or_none(capture.run.completed_at),
        signed_url=url,
        signed_url_expires_at=expires,
    )


def render_history(
    captures: Sequence[Capture], quota: QuotaOut, origin: str, *, page: int, per_page: int, total: int
) -> History:
    meta = Meta(current_page=page, per_page=per_page, total=total, last_page=max(1, -(-total // per_page)))
    return History(data=[render_request(capture, origin) for capture in captures], meta=meta, quota=quota)


def render_event(capture: Capture) -> ScreenshotEvent:
    return ScreenshotEvent(
        request_id=dashed(capture.id),
        status=capture.status,
        image_url=image_url(capture, capture.origin),
        duration_ms=capture.duration_ms,
        requested_at=iso_seconds(capture.run.created_at),
        completed_at=iso_seconds_or_none(capture.run.completed_at),
        error_message=capture.why_not or UNSET,
    )


def render_batch_queued(batch: CaptureBatch, quota: QuotaOut, origin: str) -> BatchQueued:
    return BatchQueued(
        status=batch.status,
        batch_id=dashed(batch.id),
        total_items=batch.total,
        poll_url=f"{origin}{API}/batch/{dashed(batch.id)}",
        quota=quota,
    )


def render_batch(batch: CaptureBatch, origin: str) -> BatchTold:
    """As its callback is told."""
    return BatchTold(
        batch_id=dashed(batch.id),
        batch_status=batch.status,
        total_items=batch.total,
        completed_items=batch.completed,
        failed_items=batch.failed,
        items=[_item(capture, origin) for capture in batch.captures],
    )


def render_batch_shown(batch: CaptureBatch, quota: QuotaOut, origin: str) -> BatchShown:
    told = render_batch(batch, origin)
    return BatchShown(**{name: getattr(told, name) for name in told.__struct_fields__}, quota=quota)


def _item(capture: Capture, origin: str) -> BatchItem:
    return BatchItem(
        request_id=dashed(capture.id),
        url=capture.request.url or None,
        status=capture.status,
        image_url=image_url(capture, origin),
        duration_ms=capture.duration_ms,
        cache_hit=capture.cached,
        error_message=capture.why_not or UNSET,
    )


def _link(capture: Capture, link: SignedLink | None, origin: str) -> tuple[str | UnsetType, str | UnsetType]:
    if link is None:
        return UNSET, UNSET
    return signed_url(capture, link, origin), iso_seconds(link.expires_at)


def _next_month(now: dt.datetime) -> dt.datetime:
    first = now.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + dt.timedelta(days=32)).replace(day=1)
