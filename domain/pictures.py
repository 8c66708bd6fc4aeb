"""Pictures that were asked for: how each is going, what was taken, and the links that open it."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from enum import StrEnum

import msgspec

from domain.captures import CaptureFormat, CaptureRequest
from domain.runs import Run, RunStatus

MAX_PENDING = 10  # of an account at a time; documented
MAX_BATCH = 50  # documented
MAX_SECRET = 255  # characters of a webhook secret


class CaptureStatus(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in {CaptureStatus.COMPLETED, CaptureStatus.FAILED}


STATUS_OF: dict[RunStatus, CaptureStatus] = {
    RunStatus.QUEUED: CaptureStatus.QUEUED,
    RunStatus.PLANNING: CaptureStatus.PROCESSING,
    RunStatus.RUNNING: CaptureStatus.PROCESSING,
    RunStatus.COMPLETED: CaptureStatus.COMPLETED,
    RunStatus.PARTIAL: CaptureStatus.COMPLETED,
    RunStatus.FAILED: CaptureStatus.FAILED,
    RunStatus.CANCELLED: CaptureStatus.FAILED,
}


def runs_with(status: CaptureStatus) -> tuple[RunStatus, ...]:
    """The statuses of the runs whose captures have this one."""
    return tuple(run for run, capture in STATUS_OF.items() if capture is status)


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken. `sha256` names its bytes in the blob store; sides are in pixels, of a PDF its page's in CSS ones.

    `taken_at` is when the page was drawn: of one from the cache, earlier than its run. `notes` tell of what was not
    done as asked.
    """

    sha256: str
    media_type: str
    width: int
    height: int
    size: int
    taken_at: dt.datetime
    duration_ms: int
    notes: tuple[str, ...] = ()


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that was asked for, with the run that takes it; both have one id.

    `origin` is the address at which the caller knows this service, as `https://host`. `cached`: an earlier picture of
    the same request did. `is_expired`: it was taken, kept for its time, and is no more.
    """

    run: Run
    origin: str = ""
    batch_id: str = ""
    picture: Picture | None = None
    cached: bool = False
    is_expired: bool = False

    @property
    def id(self) -> str:
        return self.run.id

    @property
    def request(self) -> CaptureRequest:
        assert isinstance(self.run.request, CaptureRequest)
        return self.run.request

    @property
    def format(self) -> CaptureFormat:
        return self.request.format

    @property
    def status(self) -> CaptureStatus:
        return STATUS_OF[self.run.status]

    @property
    def duration_ms(self) -> int | None:
        """How long it took: from the cache, next to nothing."""
        if self.picture is None:
            return None
        return 0 if self.cached else self.picture.duration_ms

    @property
    def why_not(self) -> str:
        """Why there is no picture, in a line for people; empty where there is one, or may still be."""
        if self.status is not CaptureStatus.FAILED:
            return ""
        return "It was cancelled." if self.run.status is RunStatus.CANCELLED else self.run.error


class CaptureBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Captures that were asked for together, told of at `callback_url` once all of them have ended."""

    id: str
    account_id: str
    total: int
    created_at: dt.datetime
    callback_url: str = ""
    origin: str = ""
    completed_at: dt.datetime | None = None
    captures: tuple[Capture, ...] = ()

    @property
    def completed(self) -> int:
        return self._count(CaptureStatus.COMPLETED)

    @property
    def failed(self) -> int:
        return self._count(CaptureStatus.FAILED)

    @property
    def status(self) -> CaptureStatus:
        """Failed where nothing came of any of it."""
        if self.captures and not all(capture.status.is_over for capture in self.captures):
            begun = any(capture.status is not CaptureStatus.QUEUED for capture in self.captures)
            return CaptureStatus.PROCESSING if begun else CaptureStatus.QUEUED
        return CaptureStatus.COMPLETED if self.completed or not self.captures else CaptureStatus.FAILED

    def _count(self, status: CaptureStatus) -> int:
        return sum(capture.status is status for capture in self.captures)


class SignedLink(msgspec.Struct, frozen=True, kw_only=True):
    """What opens one picture without a key until it expires."""

    expires_at: dt.datetime
    signature: str

    @property
    def expires(self) -> int:
        """Seconds since 1970."""
        return int(self.expires_at.timestamp())


def link_signature(secret: str, capture_id: str, format_: str, expires: int) -> str:
    """HMAC-SHA256 in hex, over what the link opens and until when."""
    return hmac.new(bytes.fromhex(secret), f"{capture_id}.{format_}.{expires}".encode(), hashlib.sha256).hexdigest()


def request_hash(request: CaptureRequest) -> str:
    """The same for two requests whose pictures are the same: what says how long one is kept, to whom it is told and
    what it may cost is left out."""
    plain = CaptureRequest()
    same = msgspec.structs.replace(
        request,
        webhook_url=plain.webhook_url,
        cache_ttl_s=plain.cache_ttl_s,
        link_s=plain.link_s,
        max_credits=plain.max_credits,
        budget=plain.budget,
        timeout_ms=plain.timeout_ms,
        headers=tuple(sorted(request.headers)),
    )
    # Control characters and lone surrogates of a script count too.
    return hashlib.sha256(repr(same).encode("utf-8", "surrogatepass")).hexdigest()
