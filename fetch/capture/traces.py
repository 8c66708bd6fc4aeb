"""What a page leaves behind in the jar that it was shown in, and how that goes before the next picture.

Cookies are the whole jar's. Storage is kept by origin, and for a frame of another site by the page around it too: of
each frame that was ever shown, the browser is asked for the name under which it keeps that frame's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine
from typing import TYPE_CHECKING, Any

from domain.errors import InvalidInput
from domain.urls import is_http, parse_url
from fetch.browser.process import STEP_S, BrowserDied
from fetch.browser.visit import Exhausted, Visit

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame, Page

MOST_KEYS = 50  # of one page; past them its jar is closed, which costs less than to clear so many
CLEAR_S = 3.0
BLANK = "about:blank"
# In a world of its own: what the page has put in the place of these does nothing here.
FORGET = "() => { try { sessionStorage.clear() } catch {} return window.name !== '' }"


class Traces:
    """Of one page. `keys` name where its frames keep storage; `are_all_known` is false where one was missed."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self._page, self._session = page, session
        self._left = asyncio.Event()
        self._is_named = False
        self._has_frames = False
        self._frame_origins: set[str] = set()  # that frames were at
        self._known_origins: set[str] = set()  # whose storage was asked for
        self._met: set[tuple[str, str]] = set()
        self._asking: set[asyncio.Task[None]] = set()
        self.keys: set[str] = set()
        self.are_all_known = True

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncGenerator[Traces]:
        self._page.on("frameattached", self._attached)
        self._page.on("framenavigated", self._navigated)
        self._session.on("Page.frameNavigated", self._frame_navigated)
        try:
            yield self
        finally:
            self._page.remove_listener("frameattached", self._attached)
            self._page.remove_listener("framenavigated", self._navigated)
            self._session.remove_listener("Page.frameNavigated", self._frame_navigated)
            for asking in self._asking:
                asking.cancel()

    async def cleared(self, visit: Visit) -> bool:
        """Leaves the page, and nothing of it but what its site's own rules let be cached. False where that could not be
        done: then the jar must go."""
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(CLEAR_S):
                while self._asking:
                    await asyncio.wait(set(self._asking))
                if not (self.are_all_known and self._frame_origins <= self._known_origins):
                    return False
                # Its scripts may not write while it is left: they run until the next document is there.
                await visit.send("Emulation.setScriptExecutionDisabled", {"value": True})
                self._is_named = await visit.evaluate(FORGET, {}, bool)
                self._left.clear()
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

    def _navigated(self, frame: Frame) -> None:
        is_main = frame == self._page.main_frame
        if is_main and frame.url == BLANK:
            self._left.set()
        if not is_http(frame.url):
            return
        origin = _origin(frame.url)
        if not origin:
            self.are_all_known = False
        elif is_main:
            self.keys.add(f"{origin}/")
        else:
            self._frame_origins.add(origin)

    def _attached(self, _: Frame) -> None:
        """What names a frame's storage is told by the session alone, and for a price: only to pages that have any."""
        if not self._has_frames:
            self._has_frames = True
            self._in_background(self._meet_all())

    async def _meet_all(self) -> None:
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(STEP_S):
                await self._session.send("Page.enable")
                tree = (await self._session.send("Page.getFrameTree"))["frameTree"]
        except (Error, TimeoutError):
            self.are_all_known = False
            return
        waiting = [tree]
        while waiting:
            children = waiting.pop().get("childFrames", ())
            waiting.extend(children)
            for child in children:
                self._meet(child["frame"])

    def _frame_navigated(self, told: dict[str, Any]) -> None:
        if told["frame"].get("parentId"):
            self._meet(told["frame"])

    def _meet(self, frame: dict[str, Any]) -> None:
        origin, met = _origin(frame["url"]), (frame["id"], frame["url"])
        if not origin or met in self._met:
            return
        if len(self.keys) + len(self._asking) >= MOST_KEYS:
            self.are_all_known = False
            return
        self._met.add(met)
        self._in_background(self._ask(frame["id"], origin))

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
        self._known_origins.add(origin)

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)


def _origin(url: str) -> str:
    """Empty where the address has none that keeps anything."""
    try:
        return parse_url(url).origin if is_http(url) else ""
    except InvalidInput:
        return ""
