"""What a page leaves behind in the jar that it was shown in, and how that goes before the next picture.

Cookies are the whole jar's. Storage is kept by origin, and for a frame of another site by the page around it too: of
each frame that was ever shown, the browser is asked for the name under which it keeps that frame's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from domain.errors import InvalidInput
from domain.urls import is_http, parse_url
from fetch.browser.process import STEP_S, BrowserDied
from fetch.browser.visit import Exhausted, Visit

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

MOST_KEYS = 50  # of one page; past them its jar is closed, which costs less than to clear so many
CLEAR_S = 3.0
BLANK = "about:blank"
# In a world of its own: what the page has put in the place of these does nothing here.
FORGET = "() => { try { sessionStorage.clear() } catch {} return window.name !== '' }"


class Traces:
    """Of one page. `keys` name where its frames keep storage; `are_all_known` is false where one was missed."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._main_frame = ""
        self._left = asyncio.Event()
        self._is_named = False
        self._asking: set[asyncio.Task[None]] = set()
        self.keys: set[str] = set()
        self.are_all_known = True

    @contextlib.asynccontextmanager
    async def watching(self, main_frame: str) -> AsyncGenerator[Traces]:
        self._main_frame = main_frame
        self._session.on("Page.frameNavigated", self._navigated)
        try:
            async with asyncio.timeout(STEP_S):
                await self._session.send("Page.enable")
            yield self
        finally:
            self._session.remove_listener("Page.frameNavigated", self._navigated)
            for asking in self._asking:
                asking.cancel()

    async def cleared(self, visit: Visit) -> bool:
        """Leaves the page, and nothing of it but what its site's own rules let be cached. False where that could not be
        done: then the jar must go."""
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(CLEAR_S):
                if self._asking:
                    await asyncio.wait(set(self._asking))
                if not self.are_all_known:
                    return False
                # Its scripts may not write while it is left: they run until the next document is there.
                await visit.send("Emulation.setScriptExecutionDisabled", {"value": True})
                self._is_named = await visit.evaluate(FORGET, {}, bool)
                await visit.send("Page.navigate", {"url": BLANK})
                await visit.unless_halted(self._left.wait())
                storage = [
                    visit.send("Storage.clearDataForStorageKey", {"storageKey": key, "storageTypes": "all"})
                    for key in self.keys
                ]
                await asyncio.gather(
                    visit.send("Network.clearBrowserCookies"),
                    *storage,
                    visit.send("Emulation.setScriptExecutionDisabled", {"value": False}),
                )
        except (Error, TimeoutError, Exhausted, BrowserDied):
            return False
        return True

    @property
    def are_in_tab(self) -> bool:
        """Whether the browser page itself remembers something, which only its end clears: a name of its window, which
        the browser gives back to the next document; what its session holds of other origins than the last one's."""
        return self._is_named or len(self.keys) > 1

    def _navigated(self, told: dict[str, Any]) -> None:
        frame = told["frame"]
        url = frame["url"]
        if url == BLANK and frame["id"] == self._main_frame:
            self._left.set()
        if not is_http(url):
            return
        try:
            origin = parse_url(url).origin
        except InvalidInput:
            self.are_all_known = False
            return
        if frame["id"] == self._main_frame:
            self.keys.add(f"{origin}/")
        elif len(self.keys) + len(self._asking) >= MOST_KEYS:
            self.are_all_known = False
        else:
            asking = asyncio.get_running_loop().create_task(self._ask(frame["id"], origin))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)

    async def _ask(self, frame_id: str, origin: str) -> None:
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(STEP_S):
                told = await self._session.send("Storage.getStorageKeyForFrame", {"frameId": frame_id})
        except Error as fault:
            # A frame in a sandbox keeps nothing. One that is gone by now may have kept something.
            self.are_all_known &= "opaque" in fault.message
        except TimeoutError:
            self.are_all_known = False
        else:
            self.keys.add(told["storageKey"])
            # It went on to another site before it was asked.
            self.are_all_known &= told["storageKey"].startswith(f"{origin}/")
