"""Events as Server-Sent Events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import msgspec
import structlog

from api.metrics import Metrics
from api.wire.scrapehub.records import render_event
from domain.errors import ForageError, InvalidInput
from domain.events import RunEvent

_log = structlog.get_logger("forage.api")

MEDIA_TYPE = "text/event-stream"
# nginx holds a response back until its buffer is full unless told otherwise.
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_RETRY = b"retry: 2000\n\n"  # ms until a browser asks again after a cut
_HEARTBEAT = b": still here\n\n"
_MAX_SEQUENCE = 2**53  # what JSON numbers can tell apart
_MAX_DIGITS = 16  # of such a number


def resume_after(last_event_id: str | None) -> int:
    """The sequence after which a stream goes on; 0 for a new one. Raises InvalidInput on what was never an id."""
    text = (last_event_id or "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and int(text) < _MAX_SEQUENCE):
        raise InvalidInput(fields={"Last-Event-ID": "expected the id of an event of this stream, a whole number"})
    return int(text)


async def frames(
    events: AsyncIterator[RunEvent], *, heartbeat_s: float, metrics: Metrics
) -> AsyncGenerator[bytes, None]:
    """Each event as a frame, a comment when nothing happens for `heartbeat_s`; ends with the events.

    A storage fault ends the stream too: the client comes back with the last id, and nothing is lost.
    """
    pending: asyncio.Task[RunEvent | None] | None = None
    with metrics.stream_open():
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
                metrics.event_sent(event.type.value)
                yield _frame(event)
        except ForageError as fault:
            _log.warning("stream.cut", why=fault.message)
        finally:
            await _close(pending, events)


async def _next(events: AsyncIterator[RunEvent]) -> RunEvent | None:
    return await anext(events, None)


async def _close(pending: asyncio.Task[RunEvent | None] | None, events: AsyncIterator[RunEvent]) -> None:
    if pending is not None:
        pending.cancel()
        await asyncio.wait({pending})
    if isinstance(events, AsyncGenerator):
        await events.aclose()


def _frame(event: RunEvent) -> bytes:
    data = msgspec.json.encode(render_event(event))  # on one line: JSON escapes line ends inside text
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.sequence, event.type.value.encode(), data)
