"""One picture of one page by one browser page, from its address to its image.

What the page does wrong is told in the picture's notes where something can still be shown; every await has a deadline.
"""

from __future__ import annotations

import asyncio
from importlib.resources import files

import msgspec

from domain.captures import CaptureFormat, CaptureRequest
from domain.errors import ForageError
from domain.pages import FetchOutcome
from fetch.bodies import TooLarge
from fetch.browser.document import TOO_LARGE
from fetch.browser.ending import Rendered
from fetch.browser.process import is_death
from fetch.browser.tab import Media, Tab
from fetch.browser.visit import CUT_OFF, Exhausted, Visit
from fetch.capture.ads import MAX_NAMES, AdFilter
from fetch.capture.devices import PROFILES, viewport_of
from fetch.capture.drawing import CannotDraw, Picture, Stretch, draw, metrics_of, print_pdf
from fetch.capture.gate import HTML_URL, Gate
from fetch.capture.scenario import run_script
from fetch.capture.sitter import Sitter
from fetch.capture.stealth import user_agent_override
from fetch.capture.walk import walked

DRAW_RESERVE_S = 4.0  # kept back from the deadline to stop the scripts and draw what is there
DRAW_LEAST_S = 2.0  # what a page with little time left is given before that
SETTLE_S = 3.0  # fonts, pictures in sight and data that was asked for, after the page has loaded
NETWORK_S = 2.0
QUIET_MS = 120  # for a page that fetched data: a framework draws it some steps later
FIND_S = 5.0  # an element is waited for so long; longer with `wait_for`
CONSENT_S = 3.0
CONSENT_LOOK_MS = 900  # banners come after their page: by a script that is loaded last
CHORE_S = 3.0


def _script(name: str) -> str:
    return files("fetch.capture").joinpath(name).read_text("utf-8").strip()


SETTLE, ELEMENT, CONSENT, CLASSES, STYLE = (
    _script(f"{name}.js") for name in ("settle", "element", "consent", "classes", "style")
)


class NotShown(ForageError):
    """No picture can be taken. `rendered` says why."""

    def __init__(self, rendered: Rendered) -> None:
        self.rendered = rendered
        super().__init__(rendered.detail)


class Found(msgspec.Struct, frozen=True, rename="camel"):
    x: float
    y: float
    width: float
    height: float
    is_known: bool


class Names(msgspec.Struct, frozen=True):
    classes: list[str]
    ids: list[str]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, and how its page answered. `browser_ms` is how long it had its browser page."""

    picture: Picture
    rendered: Rendered
    notes: tuple[str, ...] = ()
    browser_ms: int = 0


class Sitting:
    """`ends` is in loop time. `user_agent` and `version` are the browser's, for those who ask for stealth."""

    def __init__(
        self, tab: Tab, visit: Visit, request: CaptureRequest, ends: float, ads: AdFilter | None, version: str
    ) -> None:
        self._tab, self._visit, self._request, self._ends = tab, visit, request, ends
        self._ads, self._version = ads, version
        self._loop = asyncio.get_running_loop()
        self._sitter = Sitter(visit, ends - DRAW_RESERVE_S)
        self._device = PROFILES[request.device]

    async def take(self, gate: Gate) -> Taken:
        """Raises NotShown, TimeoutError, BrowserDied and the browser's own errors."""
        self._gate = gate
        await self._opened()
        self._answer()
        async with self._sitter.calmed("It did not come to rest in time."):
            await self._prepare()
        rendered = self._answer()  # scripts may have led elsewhere
        picture = await self._held_still()
        self._tab.is_spoiled = self._sitter.is_calm
        return Taken(picture=picture, rendered=rendered, notes=(*dict.fromkeys(self._sitter.notes), *picture.notes))

    @property
    def url(self) -> str:
        return HTML_URL if self._request.html else self._request.url

    # The page

    async def _opened(self) -> None:
        from playwright.async_api import Error

        request, loading_s = self._request, self._request.timeout_ms / 1_000
        try:
            async with asyncio.timeout_at(min(self._loop.time() + loading_s, self._ends - DRAW_RESERVE_S)):
                await self._dress()
                await self._visit.load(self.url)
        except TimeoutError:
            if self._visit.traffic.main_response is None:
                detail = f"No answer came in {request.timeout_ms} ms."
                raise NotShown(Rendered(outcome=FetchOutcome.TIMED_OUT, detail=detail)) from None
            self._sitter.notes.append(f"It had not loaded all of itself after {request.timeout_ms} ms.")
            if not await self._sitter.answers():
                await self._sitter.calm("One of its scripts does not end: it was stopped.")
            elif not await self._sitter.can_be_drawn():
                detail = f"A script of its head did not come in {request.timeout_ms} ms."
                raise NotShown(Rendered(outcome=FetchOutcome.TIMED_OUT, detail=detail)) from None
        except TooLarge:
            raise NotShown(Rendered(outcome=FetchOutcome.TOO_LARGE, detail=TOO_LARGE)) from None
        except Exhausted as fault:
            await self._sitter.calm(f"{fault.message} Its scripts were stopped.")
        except Error as fault:
            raise NotShown(self._visit.end_of(fault.message)) from None
        if self._visit.is_cut_off:
            self._sitter.notes.append(CUT_OFF)
            if not await self._sitter.can_be_drawn():
                raise NotShown(Rendered(outcome=FetchOutcome.UNREACHABLE, detail="Its answer broke off."))

    async def _dress(self) -> None:
        """The window and what it says of itself, before anything is asked for."""
        request = self._request
        await self._visit.unless_halted(self._tab.fit(*viewport_of(request)))
        # One long page is what is seen, pages of paper are what a page prints.
        kind = "screen" if request.format is not CaptureFormat.PDF or request.full_page else ""
        await self._show_as(Media(kind, request.theme.value))
        if request.stealth:
            agent = await self._visit.evaluate("() => navigator.userAgent", {}, str)
            override = user_agent_override(agent, self._version, request.device)
            await self._visit.send("Emulation.setUserAgentOverride", override)

    async def _show_as(self, media: Media) -> None:
        if self._tab.media == media:
            return
        self._tab.media = None
        features = [{"name": "prefers-color-scheme", "value": media.theme}]
        await self._visit.send("Emulation.setEmulatedMedia", {"media": media.kind, "features": features})
        self._tab.media = media

    def _answer(self) -> Rendered:
        """How the page answered. Raises NotShown where that is no page."""
        response = self._visit.traffic.main_response
        if response is None or self._visit.page.url.startswith("chrome-error:"):
            failure = self._visit.traffic.main.failure if self._visit.traffic.main else None
            raise NotShown(self._visit.end_of(failure or "no answer"))
        return Rendered(
            outcome=FetchOutcome.OK, status=response.status, final_url=response.url, headers=response.headers
        )

    # What is done to it

    async def _prepare(self) -> None:
        request = self._request
        await self._settle()
        if request.css:
            await self._sitter.do(STYLE, {"css": request.css}, CHORE_S)
        if request.block_cookies and not self._sitter.is_calm:
            await self._sitter.do(CONSENT, {"capMs": CONSENT_S * 1_000, "lookMs": CONSENT_LOOK_MS}, CONSENT_S + 1)
        if request.script and not self._sitter.is_calm:
            await self._run_script()
        if request.wait_selector:
            await self._wait_for(request.wait_selector)
        if request.delay_ms or request.wait_ms:
            await self._visit.unless_halted(asyncio.sleep((request.delay_ms + request.wait_ms) / 1_000))
        if request.block_ads:
            await self._hide_ads()
        if request.scroll_to:
            to = "(options) => window.scrollTo({ top: options.top, behavior: 'instant' })"
            await self._sitter.do(to, {"top": request.scroll_to}, CHORE_S)
            await self._settle()

    async def _settle(self) -> None:
        if self._sitter.is_calm:
            return
        traffic = self._visit.traffic
        if traffic.has_data and not traffic.is_idle:
            await self._visit.unless_halted(traffic.idle(NETWORK_S))
        options = {"capMs": SETTLE_S * 1_000, "quietMs": QUIET_MS if traffic.has_data else 0}
        await self._sitter.do(SETTLE, options, SETTLE_S + 1)

    async def _run_script(self) -> None:
        note = await run_script(self._visit, self._request.script, self._ends - DRAW_RESERVE_S)
        if note:
            self._sitter.notes.append(note)
        await self._settle()

    async def _wait_for(self, selector: str) -> None:
        left_s = min(self._request.timeout_ms / 1_000, self._ends - DRAW_RESERVE_S - self._loop.time())
        await self._find(selector, max(0.0, left_s), only_find=True)

    async def _find(self, selector: str, wait_s: float, *, only_find: bool) -> Stretch:
        options = {"selector": selector, "capMs": wait_s * 1_000, "onlyFind": only_find}
        async with asyncio.timeout(wait_s + CHORE_S):
            found = await self._sitter.evaluated(ELEMENT, options, Found)
        if not found.is_known:
            field = "wait_for" if only_find else "selector"
            detail = f"{field}: {selector[:200]!r} is no CSS selector."
            raise NotShown(Rendered(outcome=FetchOutcome.UNSUPPORTED_CONTENT, detail=detail))
        if found.width < 1 or found.height < 1:
            raise NotShown(Rendered(outcome=FetchOutcome.NOT_FOUND, detail=f"Nothing matches {selector[:200]!r}."))
        return Stretch(found.x, found.y, found.width, found.height)

    async def _hide_ads(self) -> None:
        if self._ads is None:
            return
        options = {"most": MAX_NAMES, "blocked": list(self._gate.blocked)}
        async with asyncio.timeout(CHORE_S):
            names = await self._sitter.evaluated(CLASSES, options, Names)
        css = self._ads.hidden(self.url, names.classes, names.ids)
        if css:
            await self._sitter.do(STYLE, {"css": css}, CHORE_S)

    # The picture

    async def _held_still(self) -> Picture:
        """The picture; of a page that leaves, or does not let us, while it is drawn, once its scripts are stopped."""
        from playwright.async_api import Error

        try:
            return await self._drawn_unless_held_up()
        except TimeoutError:
            if self._sitter.is_calm:
                raise
            why = "It did not let itself be drawn in time."
        except Exhausted as fault:
            why = fault.message
        except Error as fault:
            if self._sitter.is_calm or is_death(fault.message):
                raise
            why = "It goes elsewhere while it is drawn."
        async with asyncio.timeout_at(self._ends):
            await self._sitter.calm(f"{why} Its scripts were stopped.")
        try:
            return await self._drawn()
        except Exhausted as fault:
            raise NotShown(Rendered(outcome=FetchOutcome.TIMED_OUT, detail=fault.message)) from None

    async def _drawn_unless_held_up(self) -> Picture:
        """Raises TimeoutError while there is time to stop its scripts, where these hold the drawing up."""
        drawing = asyncio.ensure_future(self._drawn())
        try:
            if not self._sitter.is_calm:
                now = self._loop.time()
                await asyncio.wait({drawing}, timeout=max(DRAW_LEAST_S, self._ends - DRAW_RESERVE_S - now))
                if not drawing.done() and not await self._sitter.answers():
                    raise TimeoutError
            return await drawing
        finally:
            drawing.cancel()

    async def _drawn(self) -> Picture:
        request = self._request
        try:
            async with asyncio.timeout_at(self._ends):
                if request.format is CaptureFormat.PDF:
                    await self._walked()
                    return await print_pdf(self._visit, request, viewport_of(request)[0])
                return await draw(self._visit, request, self._device.scale, await self._stretch())
        except CannotDraw as fault:
            raise NotShown(Rendered(outcome=FetchOutcome.PAGE_CRASHED, detail=fault.message)) from None

    async def _stretch(self) -> Stretch | None:
        request = self._request
        if request.selector:
            return await self._find(request.selector, 0 if self._sitter.is_calm else FIND_S, only_find=False)
        if request.full_page:
            await self._walked()
            return (await metrics_of(self._visit)).content
        return None

    async def _walked(self) -> None:
        """Lets whatever waits to be seen load itself, where all of the page is shown."""
        if self._sitter.is_calm:
            return
        left_s = self._ends - DRAW_RESERVE_S - self._loop.time()
        # A printed page moves what clings to its lower edge there by itself.
        sheet = self._request.format is not CaptureFormat.PDF
        async with self._sitter.calmed("It did not come to rest while it was scrolled through."):
            if not await walked(self._sitter.evaluated, left_s, sheet=sheet):
                self._sitter.notes.append("Not all of its pictures had loaded.")
