"""Events as Server-Sent Events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TypeVar

import msgspec
import structlog

from api.config import ApiConfig
from api.metrics import Metrics
from api.wire.scrapehub.records import render_event
from domain.errors import ForageError, InvalidInput, RateLimited
from domain.events import RunEvent

_log = structlog.get_logger("forage.api")

T = TypeVar("T")

MEDIA_TYPE = "text/event-stream"
# nginx holds a response back until its buffer is full unless told otherwise.
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_RETRY = b"retry: 2000\n\n"  # ms until a browser asks again after a cut
_HEARTBEAT = b": still here\n\n"
_MAX_SEQUENCE = 2**53  # what JSON numbers can tell apart
_MAX_DIGITS = 16  # of such a number
_RETRY_STREAM_S = 5


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One event on the wire. `id` is where a client that comes back goes on; None leaves that as it was."""

    event: str
    data: msgspec.Struct
    id: int | None = None


def resume_after(last_event_id: str | None) -> int:
    """The sequence after which a stream goes on; 0 for a new one. Raises InvalidInput on what was never an id."""
    text = (last_event_id or "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and int(text) < _MAX_SEQUENCE):
        raise InvalidInput(fields={"Last-Event-ID": "expected the id of an event of this stream, a whole number"})
    return int(text)


def check_room(metrics: Metrics, config: ApiConfig, account_id: str) -> None:
    """Raises RateLimited where as many streams are open as may be, of all accounts or of this one."""
    own = metrics.streams_of[account_id]
    if metrics.open_streams >= config.max_streams or own >= config.max_streams_of_account:
        raise RateLimited("Too many open event streams.", retry_after_s=_RETRY_STREAM_S)


async def frames(
    events: AsyncIterator[T], frame_of: Callable[[T], Frame], *, heartbeat_s: float, metrics: Metrics, account_id: str
) -> AsyncGenerator[bytes, None]:
    """Each event as a frame, a comment when nothing happens for `heartbeat_s`; ends with the events.

    A storage fault ends the stream too: the client comes back with the last id, and nothing is lost.
    """
    pending: asyncio.Task[T | None] | None = None
    with metrics.stream_open(account_id):
        try:
            yield _RETRY
            while True:
                pending = pending or asyncio.ensure_future(_next(events))
                done, _ = await asyncio.wait({pending}, timeout=heartbeat_s)
                if not done:
                    yield _HEARTBEAT
                    continue
                event, pending = pending.result(), None
                if event is None:
                    return
                frame = frame_of(event)
                metrics.event_sent(frame.event)
                yield _encoded(frame)
        except ForageError as fault:
            _log.warning("stream.cut", why=fault.message)
        finally:
            await _close(pending, events)


async def _next(events: AsyncIterator[T]) -> T | None:
    return await anext(events, None)


async def _close(pending: asyncio.Task[T | None] | None, events: AsyncIterator[T]) -> None:
    if pending is not None:
        pending.cancel()
        await asyncio.wait({pending})
    if isinstance(events, AsyncGenerator):
        await events.aclose()


def frame_of_event(event: RunEvent) -> Frame:
    return Frame(id=event.sequence, event=event.type.value, data=render_event(event))


def _encoded(frame: Frame) -> bytes:
    known = b"" if frame.id is None else b"id: %d\n" % frame.id
    data = msgspec.json.encode(frame.data)  # on one line: JSON escapes line ends inside text
    return b"%sevent: %s\ndata: %s\n\n" % (known, frame.event.encode(), data)
