"""GoScreenAPI's screenshots: taken one by one or in batches, polled, listed, streamed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import aclosing, contextmanager
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter, RawBody
from litestar.response import Stream

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ConfigGiven, MetricsGiven, ServiceGiven
from api.jobs import IdempotencyKey, takes_json
from api.openapi import answer_of, body_of, errors_of, streams
from api.streams import HEADERS, MEDIA_TYPE, Frame, check_room, frames
from api.wire.faults import phrase_of
from api.wire.goscreen.captures import (
    Answered,
    BatchQueued,
    BatchShown,
    History,
    MeOut,
    NotTaken,
    Queued,
    QuotaOut,
    RequestShown,
    render_answered,
    render_batch_queued,
    render_batch_shown,
    render_history,
    render_me,
    render_not_taken,
    render_queued,
    render_quota,
    render_request,
)
from api.wire.goscreen.ids import undashed
from api.wire.goscreen.news import render_news
from api.wire.goscreen.requests import Screenshot, TakeBatch, TakeScreenshot, read_batch, read_screenshot
from domain.accounts import Scope
from domain.errors import Conflict, NotEnoughCredits, NotFound, NoWorker, RateLimited, TookTooLong
from domain.pictures import Capture, CaptureStatus
from domain.prices import in_currency
from services.accounts import email_of
from services.captures import (
    NO_SUCH,
    NO_SUCH_BATCH,
    AskedCapture,
    follow_capture,
    get_batch,
    get_capture,
    link_to,
    list_captures,
    request_batch,
    request_capture,
    wait_for_capture,
)
from services.credits import get_balance
from services.runs import cancel_run
from services.service import Service

MAX_BODY = 8_000_000  # bytes: a million characters of HTML, each of up to four bytes, as JSON may write them
MAX_BATCH_BODY = 16_000_000
MAX_PER_PAGE = 100  # documented
DEFAULT_PER_PAGE = 20
MAX_PAGE = 100_000
NOT_TAKEN = 502

_ASYNC = {"url": "https://example.com", "device": "mobile", "webhook_url": "https://hooks.example/pictures"}
_SYNC = {"url": "https://example.com", "format": "png", "full_page": True, "block_ads": True, "async": False}
_ELEMENT = {
    "url": "https://example.com",
    "selector": "#pricing-table",
    "theme": "dark",
    "wait_for": ".pricing-loaded",
    "css": ".cookie-banner { display: none; }",
    "headers": '{"Authorization": "Bearer my_token"}',
    "format": "png",
}
_BATCH = {
    "callback_url": "https://hooks.example/batch",
    "requests": [
        {"url": "https://example.com", "format": "png"},
        {"url": "https://example.org", "device": "mobile"},
        {"url": "https://example.net", "full_page": True},
    ],
}
_QUEUED = {
    "status": "queued",
    "request_id": "018e1234-abcd-7000-8000-000000000001",
    "poll_url": "https://forage.example/api/v1/screenshot/018e1234-abcd-7000-8000-000000000001",
    "cache_hit": False,
    "async": True,
    "quota": {"monthly_quota": 10_000, "monthly_used": 4, "monthly_remaining": 9_996, "overage_active": False},
}

RequestId = FromPath[str]
BatchId = FromPath[str]
StatusFilter = Annotated[
    Literal["queued", "processing", "completed", "failed"] | None,
    QueryParameter(name="status", description="Those of this status alone."),
]
PerPage = Annotated[int, QueryParameter(ge=1, le=MAX_PER_PAGE)]
PageNumber = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)]
AnyRequest = Request[Any, Any, Any]


class QuotaExceeded(RateLimited):
    """Quota exceeded."""  # which this document tells by a 429, others by a 402


@post(
    "/screenshot",
    summary="Take a screenshot",
    status_code=200,
    opt=needs(Scope.RUNS_WRITE) | charged(once_by_key=True),
    guards=[takes_json],
    request_max_body_size=MAX_BODY,
    operation_class=body_of(TakeScreenshot, queued=_ASYNC, waited_for=_SYNC, element=_ELEMENT),
    responses=errors_of(400, 413, 415, 422, 429, 502, 503, 504, 507)
    | {
        200: ResponseSpec(Answered, description="The screenshot, with `async` false."),
        202: answer_of(Queued, "Queued: poll for it.", _QUEUED),
    },
)
async def take_screenshot(
    body: RawBody,
    request: AnyRequest,
    service: ServiceGiven,
    config: ConfigGiven,
    account_id: AccountId,
    idempotency_key: IdempotencyKey = None,
) -> Response[Answered] | Response[Queued] | Response[NotTaken]:
    """Of the page at `url`, or of `html`. At most ten of yours may be pending at a time."""
    asked = read_screenshot(body, service.policy)
    origin = origin_of(request)
    with quota_told():
        capture = await request_capture(
            service, account_id, _asked(asked), origin=origin, idempotency_key=idempotency_key or ""
        )
    if not asked.at_once:
        return Response(render_queued(capture, await _quota(service, account_id), origin), status_code=202)
    capture = await ended_capture(service, capture, config.capture_queue_s)
    quota = await _quota(service, account_id)
    if capture.status is CaptureStatus.FAILED:
        told = render_not_taken(capture, NOT_TAKEN, phrase_of(NOT_TAKEN), quota)
        return Response(told, status_code=NOT_TAKEN)
    return Response(render_answered(capture, await link_to(service, capture), quota, origin))


@get("/screenshot/{request_id:str}", summary="Get a screenshot", opt=needs(Scope.RUNS_READ), responses=errors_of(404))
async def get_screenshot_request(
    request_id: RequestId, request: AnyRequest, service: ServiceGiven, account_id: AccountId
) -> RequestShown:
    """How it is going; once `status` is `completed`, with its `image_url`."""
    capture = await get_capture(service, account_id, _id(request_id))
    shown = render_request(capture, origin_of(request), await link_to(service, capture))
    return RequestShown(request=shown, quota=await _quota(service, account_id))


@get(
    "/screenshot/{request_id:str}/stream",
    summary="Follow a screenshot",
    opt=needs(Scope.RUNS_READ, query_key="key"),
    media_type=MEDIA_TYPE,
    operation_class=streams(MEDIA_TYPE, says="`connected`, `heartbeat`, then `completed`, `failed` or `timeout`."),
    responses=errors_of(404),
)
async def stream_screenshot(
    request_id: RequestId,
    request: AnyRequest,
    service: ServiceGiven,
    account_id: AccountId,
    config: ConfigGiven,
    metrics: MetricsGiven,
) -> Stream:
    """Server-Sent Events. `?key=` takes the key where no header can be set."""
    capture_id, origin = _id(request_id), origin_of(request)
    await get_capture(service, account_id, capture_id)
    check_room(metrics, config, account_id)
    news = follow_capture(service, account_id, capture_id, beat_s=config.capture_beat_s, life_s=config.capture_stream_s)
    told = frames(
        news,
        lambda one: Frame(event=one.kind.value, data=render_news(one, origin)),
        heartbeat_s=config.heartbeat_s,
        metrics=metrics,
        account_id=account_id,
    )

    async def sent() -> Any:
        async with aclosing(told) as stream:
            async for chunk in stream:
                yield chunk

    return Stream(sent(), media_type=MEDIA_TYPE, headers=HEADERS)


@get("/screenshots", summary="List screenshots", opt=needs(Scope.RUNS_READ), responses=errors_of(422))
async def list_screenshots(
    request: AnyRequest,
    service: ServiceGiven,
    account_id: AccountId,
    status: StatusFilter = None,
    per_page: PerPage = DEFAULT_PER_PAGE,
    page: PageNumber = 1,
) -> History:
    """Newest first."""
    only = CaptureStatus(status) if status else None
    captures, total = await list_captures(service, account_id, page=page, per_page=per_page, status=only)
    quota = await _quota(service, account_id)
    return render_history(captures, quota, origin_of(request), page=page, per_page=per_page, total=total)


@get("/me", summary="Get the account and its quota", opt=needs(Scope.CREDITS_READ), responses=errors_of())
async def get_me(service: ServiceGiven, account_id: AccountId) -> MeOut:
    """The plan, what was used of it this month, and when that begins anew."""
    balance = await get_balance(service, account_id)
    worth = in_currency(balance.available, service.prices)
    return render_me(await email_of(service, account_id), balance, worth, service.clock.now())


@post(
    "/batch",
    summary="Take a batch of screenshots",
    status_code=202,
    opt=needs(Scope.RUNS_WRITE) | charged(once_by_key=True),
    guards=[takes_json],
    request_max_body_size=MAX_BATCH_BODY,
    operation_class=body_of(TakeBatch, batch=_BATCH),
    responses=errors_of(400, 413, 415, 422, 429, 507),
)
async def take_batch(
    body: RawBody,
    request: AnyRequest,
    service: ServiceGiven,
    account_id: AccountId,
    idempotency_key: IdempotencyKey = None,
) -> Response[BatchQueued]:
    """At most 50, all of them or none. `callback_url` receives the batch once all have ended."""
    asked = read_batch(body, service.policy)
    origin = origin_of(request)
    with quota_told():
        batch = await request_batch(
            service,
            account_id,
            [_asked(each) for each in asked.screenshots],
            callback_url=asked.callback_url,
            origin=origin,
            idempotency_key=idempotency_key or "",
        )
    return Response(render_batch_queued(batch, await _quota(service, account_id), origin), status_code=202)


@get("/batch/{batch_id:str}", summary="Get a batch", opt=needs(Scope.RUNS_READ), responses=errors_of(404))
async def get_screenshot_batch(
    batch_id: BatchId, request: AnyRequest, service: ServiceGiven, account_id: AccountId
) -> BatchShown:
    """Each of its screenshots as it is now."""
    found = undashed(batch_id)
    if found is None:
        raise NotFound(NO_SUCH_BATCH)
    batch = await get_batch(service, account_id, found)
    return render_batch_shown(batch, await _quota(service, account_id), origin_of(request))


def origin_of(request: AnyRequest) -> str:
    """Where the caller finds this service, as `https://host`."""
    return str(request.base_url).rstrip("/")


def _id(text: str) -> str:
    found = undashed(text)
    if found is None:
        raise NotFound(NO_SUCH)
    return found


def _asked(screenshot: Screenshot) -> AskedCapture:
    return AskedCapture(request=screenshot.request, webhook_secret=screenshot.webhook_secret)


async def _quota(service: Service, account_id: str) -> QuotaOut:
    return render_quota(await get_balance(service, account_id))


async def ended_capture(service: Service, capture: Capture, queue_s: float) -> Capture:
    """The capture at its end. Raises NoWorker where nobody took it within `queue_s`: then it is given up; TookTooLong
    where it is still going after that."""
    account_id = capture.run.account_id
    capture = await wait_for_capture(service, account_id, capture.id, queue_s)
    if capture.status is CaptureStatus.QUEUED:
        try:
            await cancel_run(service, account_id, capture.id)
        except Conflict:
            pass  # it has ended since
        else:
            raise NoWorker
    capture = await wait_for_capture(service, account_id, capture.id, capture.request.deadline_s)
    if not capture.status.is_over:
        raise TookTooLong(f"This takes longer than a request may wait; poll for {capture.id}.")
    return capture


@contextmanager
def quota_told() -> Generator[None]:
    try:
        yield
    except NotEnoughCredits as fault:
        raise QuotaExceeded(f"Quota exceeded: {fault.message}", retry_after_s=3600) from None


HANDLERS = (
    take_screenshot,
    get_screenshot_request,
    stream_screenshot,
    list_screenshots,
    get_me,
    take_batch,
    get_screenshot_batch,
)
