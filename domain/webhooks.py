"""Webhooks: who wants to hear of what, the deliveries of it, and how they are signed and tried again."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from enum import StrEnum

import msgspec

MAX_WEBHOOKS_OF_TASK = 2  # documented
MAX_KEPT_BODY = 256 * 1024  # bytes: of a body that lies in its row; what a run found is read when it is sent
SECRET_PREFIX = "whsec_"  # noqa: S105 - of Standard Webhooks, no secret
MESSAGE_PREFIX = "msg"
GONE = 410

# Seconds from one try to the next; the first is made at once.
_MINUTE, _HOUR = 60.0, 3600.0
SCHEDULE_S = (
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
JITTER = 0.1  # of a pause, so that many deliveries to one receiver do not come back together
MAX_RETRY_AFTER_S = 24 * _HOUR


class WebhookEvent(StrEnum):
    """What a delivery tells of."""

    JOB_ENDED = "job.ended"  # to the `webhook_url` of a run: its results
    RUN_SUCCESS = "run.success"
    RUN_FAILURE = "run.failure"
    POOL_CHANGED = "pool.changed"
    CAPTURE_ENDED = "screenshot.ended"  # to the `webhook_url` of a picture
    BATCH_ENDED = "batch.ended"  # to the `callback_url` of a batch of pictures
    TARGET_ENDED = "target.ended"  # to the `WebhookURL` of a bulk job: the result of one Target
    PING = "ping"

    @property
    def tries(self) -> int:
        """A ping is for someone who waits for it: one try."""
        return 1 if self is WebhookEvent.PING else len(SCHEDULE_S) + 1


TASK_EVENTS = (WebhookEvent.RUN_SUCCESS, WebhookEvent.RUN_FAILURE)  # those that a webhook of a task may ask for


class TaskKind(StrEnum):
    RUN = "run"
    FLOW = "flow"
    SCHEDULE = "schedule"


class WatchedTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook watches. `name` is its id as the caller wrote it: bodies repeat it."""

    kind: TaskKind
    id: str
    name: str


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A URL that hears of the ends of a task's runs. `disabled_at`: its receiver answered 410 Gone."""

    id: str
    account_id: str
    task: WatchedTask
    url: str
    events: tuple[WebhookEvent, ...]
    created_at: dt.datetime
    disabled_at: dt.datetime | None = None


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A signing secret just made. It is shown now and cannot be shown again; the one before signs along until then."""

    secret: str
    previous_expires_at: dt.datetime


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # every try failed, or the receiver said 410 Gone: it can be replayed


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one URL.

    `subject_id` names what it tells of: a run, a pool, a webhook that is tested; `event` which of its events, so that
    none goes out twice. `run_id` is the run that it is read from when it is sent; where it is empty, `body` is what is
    sent. `attempts` counts tries begun, this one included; `earlier` of them were before the last replay.
    """

    id: str
    account_id: str
    type: WebhookEvent
    subject_id: str
    event: str
    url: str
    status: DeliveryStatus
    created_at: dt.datetime
    due_at: dt.datetime
    webhook_id: str = ""
    run_id: str = ""
    body: str = ""
    attempts: int = 0
    earlier: int = 0
    finished_at: dt.datetime | None = None

    @property
    def message_id(self) -> str:
        """The `webhook-id` header: the same on every try, and on a replay."""
        return f"{MESSAGE_PREFIX}_{self.id}"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try. `status` is the HTTP status, 0 where there was no answer."""

    number: int
    at: dt.datetime
    status: int
    detail: str
    elapsed_ms: int


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver answered. `status` 0: nothing, and `detail` says why. Redirects are answers, never followed.

    `final`: there is nothing to send any more.
    """

    status: int
    detail: str = ""
    retry_after_s: float | None = None
    final: bool = False

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a delivery after a try."""

    status: DeliveryStatus
    due_at: dt.datetime | None = None


def after_try(posted: Posted, attempts: int, now: dt.datetime, jitter: float, tries: int = len(SCHEDULE_S) + 1) -> Next:
    """Delivered by any 2xx; dead by 410 or when all tries are used; else due again. `jitter` is from 0 to 1.

    `attempts` counts the tries since the delivery was made or replayed, this one included.
    """
    if posted.taken:
        return Next(status=DeliveryStatus.DELIVERED)
    if posted.final or posted.status == GONE or attempts >= tries:
        return Next(status=DeliveryStatus.DEAD)
    pause = SCHEDULE_S[attempts - 1] * (1 + JITTER * jitter)
    if posted.retry_after_s is not None:
        pause = max(pause, min(posted.retry_after_s, MAX_RETRY_AFTER_S))
    return Next(status=DeliveryStatus.PENDING, due_at=now + dt.timedelta(seconds=pause))


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """The headers of one delivery."""

    id: str
    timestamp: int
    value: str

    def headers(self) -> dict[str, str]:
        return {
            "webhook-id": self.id,
            "webhook-timestamp": str(self.timestamp),
            "webhook-signature": self.value,
        }


def sign(secrets: Sequence[str], message_id: str, at: dt.datetime, body: bytes) -> Signature:
    """Signs as Standard Webhooks 1.0 says: HMAC-SHA-256 over `id.timestamp.body` with each decoded `whsec_` secret.

    Several secrets give several signatures, with spaces between them: a receiver takes the one that it can check.
    """
    timestamp = int(at.timestamp())
    signed = f"{message_id}.{timestamp}.".encode() + body
    values = [base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode() for secret in secrets]
    return Signature(id=message_id, timestamp=timestamp, value=" ".join(f"v1,{value}" for value in values))


def body_signature(secret: str, body: bytes) -> str:
    """HMAC-SHA256 of the body in hex, as GoScreenAPI's document signs with a secret that the caller chose."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), body, hashlib.sha256).hexdigest()


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX))
