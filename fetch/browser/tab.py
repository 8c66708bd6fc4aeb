"""A browser page that is visited more than once, and the jar of one scope that it belongs to."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Generator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from fetch.browser.ending import Rendered
from fetch.browser.process import CLOSE_S, STEP_S, BrowserDied, within
from fetch.browser.profile import Profile
from fetch.browser.visit import Visit
from fetch.offload import Offloader

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Dialog, Page, Request

TAB_VISITS = 20  # keeps 96 % of what using a page again saves, and what a page leaks is given back
TAB_AGE_S = 300.0


class Media(NamedTuple):
    """What style sheets are told: `kind` is `screen`, or empty for the page's own way; `theme` is light or dark."""

    kind: str
    theme: str


class Tab:
    """A browser page with the session that commands it, and the visit that it is on."""

    def __init__(self, page: Page, session: CDPSession, frame_id: str, profile: Profile) -> None:
        self._page, self._session, self._frame_id, self._profile = page, session, frame_id, profile
        self._visit: Visit | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self.born = self.used_at = time.monotonic()
        self.visits = 0
        self.is_dirty = False  # it still holds its last document, whose scripts may run
        self.is_spoiled = False
        self.soils_jar = False  # it has left something there that the next visit must not find
        self.media: Media | None = None  # how it was told to look, which it remembers
        self._is_gone = False
        page.on("request", self._began)
        page.on("requestfinished", self._finished)
        page.on("requestfailed", self._failed)
        page.on("crash", self._died)
        page.on("close", self._died)
        page.on("dialog", self._dismiss)
        page.on("popup", self._shut)

    @classmethod
    async def open(cls, jar: BrowserContext, profile: Profile) -> Tab:
        """`profile` is the jar's. Raises BrowserDied where the browser gives none, TimeoutError."""
        from playwright.async_api import Error

        try:
            page = await within(STEP_S, jar.new_page())
            session = await within(STEP_S, jar.new_cdp_session(page))
            tree = await within(STEP_S, session.send("Page.getFrameTree"))
            tab = cls(page, session, tree["frameTree"]["frame"]["id"], profile)
            await within(STEP_S, tab._hold_screen(profile.width, profile.height))
        except Error:  # it went while it was made
            raise BrowserDied from None
        return tab

    async def visit(self, url: str, deadline_s: float, *, unroll: Offloader | None = None) -> Rendered:
        """Never raises for the page's faults. Raises BrowserDied when the browser or this page's process went."""
        self.visits += 1
        self.is_dirty = self.is_spoiled = True
        visit = self._visit = Visit(self._page, self._session, self._frame_id)
        try:
            rendered = await visit.run(url, deadline_s, unroll=unroll)
        finally:
            self._visit = None
            self.used_at = time.monotonic()
        self.is_spoiled = rendered.is_spoiled
        return msgspec.structs.replace(rendered, unanswered=frozenset(visit.traffic.unanswered))

    def go_on(self, *, within: str = "") -> Visit:
        """A visit that begins where the last one ended, and hears of what the page does until the next one begins. A
        tab that was steered so is not used again."""
        self.is_dirty = self.is_spoiled = True
        visit = Visit(self._page, self._session, self._frame_id, within=within)
        if self._visit:
            visit.traffic.go_on_from(self._visit.traffic)
        if self._is_gone:
            visit.halt(BrowserDied())
        self._visit = visit
        return visit

    @contextlib.contextmanager
    def led(self) -> Generator[Visit]:
        """A visit that the caller leads. The tab is used again where the caller says that it is not spoiled."""
        self.visits += 1
        self.is_dirty = self.is_spoiled = True
        visit = self._visit = Visit(self._page, self._session, self._frame_id)
        try:
            yield visit
        finally:
            visit.traffic.close()
            self._visit = None
            self.used_at = time.monotonic()

    async def fit(self, width: int, height: int) -> None:
        """Makes the viewport so large, in CSS pixels."""
        if self._page.viewport_size == {"width": width, "height": height}:
            return
        await self._page.set_viewport_size({"width": width, "height": height})
        await self._hold_screen(width, height)

    async def _hold_screen(self, width: int, height: int) -> None:
        """Tells the screen in our own session too: a picture of a clip puts back what the session that asks for it has
        set, and ends what another one has. Without this the page is on no phone while it is drawn, nor ever after."""
        screen = {
            "width": width,
            "height": height,
            "screenWidth": width,
            "screenHeight": height,
            "deviceScaleFactor": self._profile.scale,
            "mobile": self._profile.is_mobile,
        }
        await self._session.send("Emulation.setDeviceMetricsOverride", screen)

    @property
    def session(self) -> CDPSession:
        return self._session

    @property
    def frame_id(self) -> str:
        """Of its main frame."""
        return self._frame_id

    @property
    def is_worn(self) -> bool:
        return self.is_spoiled or self.visits >= TAB_VISITS or time.monotonic() - self.born > TAB_AGE_S

    async def blank(self) -> None:
        """Leaves the last document, and with it whatever its scripts still do."""
        self.is_dirty = False
        await within(STEP_S, self._session.send("Page.navigate", {"url": "about:blank"}))

    async def close(self) -> bool:
        """False when the browser does not obey."""
        return await _obeys(self._page.close())

    def _began(self, request: Request) -> None:
        if self._visit:
            self._visit.traffic.began(request)

    def _finished(self, request: Request) -> None:
        if self._visit:
            self._visit.traffic.ended(request, ok=True)

    def _failed(self, request: Request) -> None:
        if self._visit:
            self._visit.traffic.ended(request, ok=False)

    def _died(self, _: Page) -> None:
        self.is_spoiled = self._is_gone = True
        if self._visit:
            self._visit.halt(BrowserDied())

    def _dismiss(self, dialog: Dialog) -> None:
        if self._visit:
            self._visit.interrupted()
        self._chore(dialog.dismiss())

    def _shut(self, popup: Page) -> None:
        popup.on("popup", self._shut)
        popup.on("dialog", self._dismiss)
        if self._visit:
            self._visit.interrupted()
        self._chore(popup.close())

    def _chore(self, work: Awaitable[None]) -> None:
        async def quietly() -> None:
            from playwright.async_api import Error

            with contextlib.suppress(Error, TimeoutError, BrowserDied):
                await within(STEP_S, work)

        task = asyncio.get_running_loop().create_task(quietly())
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)


class Jar:
    """One scope's browser context, and its pages that wait to be used again, the least recently used first."""

    def __init__(self, context: BrowserContext, profile: Profile) -> None:
        self.context, self.profile = context, profile
        self.idle: list[Tab] = []
        self.busy = 0
        self.used_at = time.monotonic()

    async def close(self) -> bool:
        """With all its pages, whatever they do. False when the browser does not obey."""
        self.idle.clear()
        return await _obeys(self.context.close())


async def _obeys(closing: Awaitable[None]) -> bool:
    from playwright.async_api import Error

    with contextlib.suppress(Error, BrowserDied):  # what is gone is closed
        try:
            await within(CLOSE_S, closing)
        except TimeoutError:
            return False
    return True
