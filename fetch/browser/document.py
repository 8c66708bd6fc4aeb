"""The size of a page's own document while it comes: Chromium itself decompresses without end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from fetch.bodies import BodyCaps, TooLarge

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

CAPS = BodyCaps()
# Chromium tells no compressed size before the end, so a bomb shows by its weight: a page decoded beyond this, that did
# not come in time or took its process down (a hundred bytes of memory for each of markup), did so by its size.
HEAVY_BYTES = CAPS.raw
TOO_LARGE = "Its source is larger than a page may be."


class DocumentScales:
    """Weighs the document of one frame. `on_excess` is called with TooLarge where it is beyond what a page may be."""

    def __init__(self, session: CDPSession, frame_id: str, on_excess: Callable[[TooLarge], None]) -> None:
        self._session, self._frame_id, self._on_excess = session, frame_id, on_excess
        self._document = ""
        self._decoded = 0
        self._commands: set[asyncio.Task[Any]] = set()

    @property
    def is_heavy(self) -> bool:
        return self._decoded > HEAVY_BYTES

    @contextlib.contextmanager
    def weighing(self) -> Generator[None]:
        """Only while the document comes: to be told of all that a page fetches later costs time with every request."""
        self._session.on("Network.requestWillBeSent", self._began)
        self._session.on("Network.dataReceived", self._weigh)
        self._command("Network.enable")
        try:
            yield
        finally:
            self._session.remove_listener("Network.requestWillBeSent", self._began)
            self._session.remove_listener("Network.dataReceived", self._weigh)
            self._command("Network.disable")

    def uncached(self, wanted: bool) -> None:
        """Whether what is asked for from now on may not come from the cache; only while weighing."""
        self._command("Network.setCacheDisabled", {"cacheDisabled": wanted})

    def _command(self, method: str, params: dict[str, Any] | None = None) -> None:
        # Commands of one session are heard in their order: nothing has to wait for this one.
        task = asyncio.ensure_future(self._session.send(method, params))
        self._commands.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._commands.discard(task)
        if not task.cancelled():
            task.exception()  # looked at: a page that went needs no complaint

    def _began(self, told: dict[str, Any]) -> None:
        if told.get("type") == "Document" and told.get("frameId") == self._frame_id:
            self._document = told["requestId"]
            self._decoded = 0

    def _weigh(self, told: dict[str, Any]) -> None:
        if told["requestId"] == self._document:
            self._decoded += told["dataLength"]
            if self._decoded > CAPS.decoded:
                self._on_excess(TooLarge(TOO_LARGE))
