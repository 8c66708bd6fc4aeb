"""The size of a page's own document while it comes: Chromium itself decompresses without end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from fetch.bodies import BodyCaps, TooLarge

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

CAPS = BodyCaps()
# Chromium tells no compressed size before the end, so a bomb shows by its weight: a page decoded beyond this, that did
# not come in time or took its process down (a hundred bytes of memory for each of markup), did so by its size.
HEAVY_BYTES = CAPS.raw
# What came is weighed, never read here: it is copied for nobody.
NOTHING_KEPT = {"maxTotalBufferSize": 0, "maxResourceBufferSize": 0}
TOO_LARGE = "Its source is larger than a page may be."


class DocumentScales:
    """Weighs the document of a page's main frame. `on_excess` is called with TooLarge where it is larger than any page
    may be."""

    def __init__(self, page: Page, session: CDPSession, frame_id: str, on_excess: Callable[[TooLarge], None]) -> None:
        self._page, self._session, self._frame_id, self._on_excess = page, session, frame_id, on_excess
        self._document = ""
        self._decoded = 0
        self._is_weighing = self._is_anew = False
        self._commands: set[asyncio.Task[Any]] = set()

    @property
    def is_heavy(self) -> bool:
        return self._decoded > HEAVY_BYTES

    @contextlib.contextmanager
    def weighing(self, *, is_anew: bool = False) -> Generator[None]:
        """Until the document is parsed: to be told of all that a page fetches later costs time with every request.
        Where `is_anew` it is asked for anew; what belongs to it may come from the cache."""
        self._session.on("Network.requestWillBeSent", self._began)
        self._session.on("Network.responseReceived", self._answered)
        self._session.on("Network.dataReceived", self._weigh)
        self._page.on("domcontentloaded", self._parsed)
        self._is_weighing, self._is_anew = True, is_anew
        self._command("Network.enable", NOTHING_KEPT)
        if is_anew:
            self._command("Network.setCacheDisabled", {"cacheDisabled": True})
        try:
            yield
        finally:
            self._stop()

    def _stop(self) -> None:
        if not self._is_weighing:
            return
        self._is_weighing = False
        self._session.remove_listener("Network.requestWillBeSent", self._began)
        self._session.remove_listener("Network.responseReceived", self._answered)
        self._session.remove_listener("Network.dataReceived", self._weigh)
        self._page.remove_listener("domcontentloaded", self._parsed)
        self._command("Network.disable")

    def _parsed(self, _: Page) -> None:
        if self._document:  # else it is the document before that one
            self._stop()

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

    def _answered(self, told: dict[str, Any]) -> None:
        if self._is_anew and told["requestId"] == self._document:
            self._is_anew = False
            self._command("Network.setCacheDisabled", {"cacheDisabled": False})

    def _weigh(self, told: dict[str, Any]) -> None:
        if told["requestId"] == self._document:
            self._decoded += told["dataLength"]
            if self._decoded > CAPS.decoded:
                self._on_excess(TooLarge(TOO_LARGE))
