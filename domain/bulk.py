"""Bulk jobs: many Targets under one set of options, each a task that any worker may take."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

from domain.pages import FetchOutcome

MAX_TARGETS = 1_000  # of a job
RESULTS_KEPT = dt.timedelta(hours=24)  # documented: ExpiresAt is a day after EndTime
MAX_LOST = 3  # workers that a task may lose before it is taken for what kills them
MIN_TIMEOUT_MS, MAX_TIMEOUT_MS = 1_000, 120_000
MAX_CUSTOM_WAIT_MS = 35_000  # documented
MAX_PLAY_WAIT_MS = 35_000  # as long as CustomWait
MAX_BODY = 1_000_000  # characters
MAX_ACTIONS = 100
MAX_SELECTOR = 1_000
MAX_SCRIPT = 10_000
MAX_SESSION = 64  # characters of a session's name
MAX_COOKIES = 4_096  # characters, as of one Cookie header
MAX_SCROLL = 1_000_000  # pixels
MAX_REQUEST_COUNT = 1_000


class BulkMethod(StrEnum):
    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    HEAD = "HEAD"
    DELETE = "DELETE"

    @property
    def has_body(self) -> bool:
        return self in {BulkMethod.POST, BulkMethod.PUT, BulkMethod.PATCH, BulkMethod.DELETE}


class BulkDevice(StrEnum):
    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"


class BulkOutput(StrEnum):
    RAW = "raw"
    MARKDOWN = "markdown"


class WaitUntil(StrEnum):
    DOM_CONTENT_LOADED = "domcontentloaded"
    NETWORK_IDLE_0 = "networkidle0"  # no request under way for half a second
    NETWORK_IDLE_2 = "networkidle2"  # two at most


class PlayKind(StrEnum):
    """What `PlayWithBrowser` may do."""

    CLICK = "Click"
    WAIT = "Wait"
    WAIT_SELECTOR = "WaitSelector"
    FILL = "Fill"
    SCROLL_X = "ScrollX"
    SCROLL_Y = "ScrollY"
    SCROLL_TO = "ScrollTo"
    EXECUTE = "Execute"
    WAIT_FOR_REQUEST_COUNT = "WaitForRequestCount"


class PlayAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step in the browser. `amount` is what its kind counts: milliseconds, pixels or requests; `text` what is
    filled in, run, or the pattern of URLs that are counted."""

    kind: PlayKind
    selector: str = ""
    amount: int = 0
    text: str = ""
    timeout_ms: int = 10_000


class RenderOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a Target is shown in a browser. `block_resources` leaves out pictures, styles, fonts and media."""

    block_resources: bool = True
    wait_until: WaitUntil = WaitUntil.DOM_CONTENT_LOADED
    custom_wait_ms: int = 0
    wait_selector: str = ""
    play: tuple[PlayAction, ...] = ()
    return_json: bool = False
    show_websocket_requests: bool = False
    show_frames: bool = False
    screenshot: bool = False
    full_screenshot: bool = False
    particular_screenshot: str = ""

    @property
    def takes_pictures(self) -> bool:
        return self.screenshot or self.full_screenshot or bool(self.particular_screenshot)


class TargetOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How each Target of a job is asked for.

    `body` goes with the methods that have one.
    `forward_headers` sends `headers` in place of ours, not beside them. `timeout_ms` bounds all tries together,
    `retry_timeout_ms` each of them. `transparent_response` takes the first answer, whatever its status. `session_id`
    keeps cookies and proxy from one Target to the next. `geo_code` is an ISO 3166-1 alpha-2 code, `regional_geo_code` a
    region of the operator's table of proxies, `super_proxy` wants a residential or mobile one.
    """

    method: BulkMethod = BulkMethod.GET
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    forward_headers: bool = False
    set_cookies: str = ""
    device: BulkDevice = BulkDevice.DESKTOP
    timeout_ms: int = 60_000
    retry_timeout_ms: int = 15_000
    disable_retry: bool = False
    transparent_response: bool = False
    disable_redirection: bool = False
    session_id: str = ""
    geo_code: str = ""
    regional_geo_code: str = ""
    super_proxy: bool = False
    output: BulkOutput = BulkOutput.RAW
    render: RenderOptions | None = None

    @property
    def wants_proxy(self) -> bool:
        return bool(self.geo_code or self.regional_geo_code or self.super_proxy)


class TargetPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A PNG that was taken of a Target. `kind` is the option that asked for it."""

    kind: str
    png: bytes


class TargetResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one Target. `error` is one line for people, empty where it succeeded.

    `status_code` is 0 where no server answered. `is_binary`: `content` is no text, and goes out in base64.
    """

    outcome: FetchOutcome
    status_code: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    is_binary: bool = False
    error: str = ""
    tries: int = 1
    browser_ms: int = 0
    elapsed_ms: int = 0
    bytes_received: int = 0

    @property
    def ok(self) -> bool:
        return self.outcome is FetchOutcome.OK


class BulkStatus(StrEnum):
    """Of jobs and of tasks alike, as documented."""

    QUEUING = "queuing"
    QUEUED = "queued"
    PENDING = "pending"
    ROTATING = "rotating"
    SUCCESS = "success"
    ERROR = "error"
    CANCELED = "canceled"

    @property
    def is_over(self) -> bool:
        return self in OVER


OVER = frozenset({BulkStatus.SUCCESS, BulkStatus.ERROR, BulkStatus.CANCELED})
HELD = frozenset({BulkStatus.PENDING, BulkStatus.ROTATING})  # by a worker


class BulkJob(msgspec.Struct, frozen=True, kw_only=True):
    """Many Targets. `left` of its `total` tasks are not over; `succeeded` of them ended well.

    `webhook_headers` may hold secrets: they are sent, and never told.
    """

    id: str
    account_id: str
    options: TargetOptions
    total: int
    left: int
    created_at: dt.datetime
    succeeded: int = 0
    canceled: bool = False
    started_at: dt.datetime | None = None
    completed_at: dt.datetime | None = None
    webhook_url: str = ""
    webhook_headers: tuple[tuple[str, str], ...] = ()
    credits: int = 0


class BulkTask(msgspec.Struct, frozen=True, kw_only=True):
    """One Target of a job. `attempt` fences: it grows with each claim, and a write under an older one changes nothing.

    `content` is the SHA-256 of the blob that holds what came, empty for none; after `expires_at` it is gone.
    """

    id: str
    job_id: str
    account_id: str
    position: int
    url: str
    status: BulkStatus
    created_at: dt.datetime
    updated_at: dt.datetime
    attempt: int = 0
    started_at: dt.datetime | None = None
    completed_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    status_code: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    content: str = ""
    is_binary: bool = False
    error: str = ""
    credits: int = 0


def job_status(job: BulkJob, held: frozenset[BulkStatus] | set[BulkStatus] = frozenset()) -> BulkStatus:
    """A job's status, given those of its tasks that a worker holds. It has succeeded where any of its Targets has."""
    if job.canceled:
        return BulkStatus.CANCELED
    if job.completed_at is not None:
        return BulkStatus.SUCCESS if job.succeeded else BulkStatus.ERROR
    if BulkStatus.PENDING in held:
        return BulkStatus.PENDING
    if BulkStatus.ROTATING in held:
        return BulkStatus.ROTATING
    return BulkStatus.QUEUED if job.started_at is None else BulkStatus.PENDING
