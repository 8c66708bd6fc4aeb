"""One visit of one URL by one browser page: go there, let it settle, take its source and the JSON that it fetched.

Pages are hostile until shown otherwise: every await has a deadline, every collection a bound, and a page whose scripts
do not end has them stopped, so that what it shows by then can still be read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from domain.errors import ForageError
from domain.pages import FetchOutcome
from fetch.bodies import TooLarge
from fetch.browser.document import DocumentScales
from fetch.browser.ending import Rendered, failed, too_large
from fetch.browser.process import BrowserDied, is_death
from fetch.browser.snapshot import BUSY_QUIET_MS, QUIET_MS, SNAPSHOT, THIN_MS, Pose, Snapshot
from fetch.browser.standstill import stop_scripts
from fetch.browser.traffic import Traffic
from fetch.browser.unrolling import Unrolling, unrolled, with_frames
from fetch.offload import Offloader

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page, Response

T = TypeVar("T")

ARRIVE_S = 10.0  # from the answer to a parsed document: a script that never comes holds up the parser
SETTLE_S = 8.0  # in all, from the document to the last element
NETWORK_S = 4.0  # how long requests under way are waited for; some pages poll for ever
RESCUE_S = 4.0  # kept back from the deadline to stop the scripts and take what is there
STOP_S = 1.5  # of which for the stopping
MAX_ROUNDS = 6  # of settling again, because the page went elsewhere or new requests began
BEGIN_S = 0.1  # in which what a click sets off begins: a request, or a script that makes one
MAX_INTERRUPTIONS = 10  # dialogs and popups; after these the page's scripts are stopped

CUT_OFF = "Its answer broke off: what had come by then is shown."
WORLD = "forage"  # name of the isolated world that the snapshot is taken in

INTERRUPTED = "interrupted by another navigation"  # its own scripts led elsewhere: that is where it is waited for
# An evaluation that was cut off because the document is another one now.
_GONE_ELSEWHERE = ("context", "navigated", "Promise was collected", "No frame", "Frame with the given id")


class Exhausted(ForageError):
    """The page does more than any page has reason to: its scripts are to be stopped."""


class ElementGone(ForageError):
    """The element that was to be read is no longer on the page."""


class Document(msgspec.Struct, frozen=True):
    """What a page shows: `loader` is another one for each document, `url` is where its scripts say it is."""

    loader: str
    url: str


class Visit:
    """`session` is a CDP session of `page`. The owner of the page reports requests, deaths and interruptions here.
    `within` is the selector of the one element that is to be read; empty for all of the page."""

    def __init__(self, page: Page, session: CDPSession, frame_id: str, *, within: str = "") -> None:
        self._page, self._session, self._frame_id, self._within = page, session, frame_id, within
        self._loop = asyncio.get_running_loop()
        self._halt: asyncio.Future[None] = self._loop.create_future()
        self._is_fresh = True  # the document may still have to begin to draw itself
        self._interruptions = 0
        self._response: Response | None = None  # with the document that was unrolled, wherever that led
        self._unrolling: Unrolling | None = None
        self.traffic = Traffic(page, on_flood=lambda: self.halt(Exhausted("It asks for more without end.")))
        self._scales = DocumentScales(page, session, frame_id, on_excess=self.halt)

    def halt(self, fault: ForageError) -> None:
        """Ends what is being awaited now with `fault`."""
        if not self._halt.done():
            self._halt.set_exception(fault)
            self._halt.exception()  # looked at: no complaint when nobody awaits it

    def interrupted(self) -> None:
        """A dialog or a popup came up, and was sent away."""
        self._interruptions += 1
        if self._interruptions == MAX_INTERRUPTIONS:
            self.halt(Exhausted("It opens dialogs or windows without end."))

    @property
    def page(self) -> Page:
        return self._page

    @property
    def is_cut_off(self) -> bool:
        """Whether the answer with the document broke off. What had come by then is shown."""
        return self.traffic.cut_off.is_set()

    async def run(self, url: str, deadline_s: float, *, unroll: Offloader | None = None) -> Rendered:
        """Takes at most `deadline_s` seconds; with `unroll` all that the page's list has. Raises BrowserDied."""
        work = self._unrolled(url, deadline_s, unroll) if unroll else self._opened(url)
        return await self._to_its_end(work, deadline_s)

    async def shown(self) -> Snapshot:
        """The source as it now is, without waiting."""
        return await self._snapshot(cap_s=0.0)

    async def read(self, deadline_s: float, *, is_fresh: bool = False, is_stopped: bool = False) -> Rendered:
        """The same without going anywhere: the page as it is, once it has come to rest. Where it `is_fresh`, its
        document has not been waited for before; one whose scripts were stopped is at rest. Raises ElementGone too."""
        self._is_fresh = is_fresh
        return await self._to_its_end(self._last_snapshot() if is_stopped else self._settle(), deadline_s)

    async def open(self, url: str) -> None:
        """Goes there, until the document is parsed; the deadline is the caller's. The document is asked for anew, what
        belongs to it may come from the cache. Raises TimeoutError where it takes too long, TooLarge, Exhausted,
        BrowserDied and the browser's own errors: see `end_of`."""
        with self._scales.weighing(is_anew=True):
            await self._go(url)

    async def load(self, url: str) -> None:
        """Like `open`, until all that the document names has loaded: in one call, since each one has its price."""
        from playwright.async_api import Error

        with self._scales.weighing(is_anew=True):
            try:
                await self._come(self._page.goto(url, wait_until="load", timeout=0))
            except Error as fault:
                if INTERRUPTED not in fault.message:
                    raise
                await self._come(self._page.wait_for_load_state("load", timeout=0))

    def end_of(self, message: str) -> Rendered:
        """What the browser's error means for a document that could not be had. Raises BrowserDied."""
        return failed(message, self.traffic.main.url if self.traffic.main else "")

    async def calm(self) -> None:
        """Stops the page's scripts and loading, so that it can go on being looked at. Raises BrowserDied."""
        if self._halt.done():
            if isinstance(fault := self._halt.exception(), BrowserDied):
                raise fault
            self._halt = self._loop.create_future()
        await stop_scripts(self, STOP_S)

    async def rest(self) -> None:
        """Waits until what was just done to the page has had its effect; the deadline is the caller's. Raises
        Exhausted, BrowserDied and the browser's own errors."""
        self._is_fresh = False
        await self.unless_halted(asyncio.sleep(BEGIN_S))
        while self.traffic.is_navigating:
            await self.unless_halted(self.traffic.idle(NETWORK_S))
        await self._arrived()
        await self._settle(with_source=False)

    async def document(self) -> Document:
        frame = (await self.send("Page.getFrameTree"))["frameTree"]["frame"]
        return Document(loader=frame["loaderId"], url=frame.get("unreachableUrl") or frame["url"])

    async def _to_its_end(self, work: Coroutine[Any, Any, Snapshot], deadline_s: float) -> Rendered:
        ends = self._loop.time() + deadline_s
        try:
            return await self._run(work, ends)
        except BrowserDied:
            if not self._scales.is_heavy:
                raise
            return too_large()
        finally:
            self.traffic.close()

    async def _opened(self, url: str) -> Snapshot:
        with self._scales.weighing():
            await self._go(url)
        return await self._settle()

    async def _unrolled(self, url: str, deadline_s: float, offload: Offloader) -> Snapshot:
        ends, last_s = self._loop.time() + deadline_s / 2, max(0.0, deadline_s / 2 - RESCUE_S) / 2
        first = await with_frames(self, self._opened(url))
        response = self.traffic.main_response
        if first.too_large or response is None or response.status >= 400:
            return first
        self._response = response
        self._unrolling = await unrolled(self, first, offload, ends - self._loop.time(), last_s)
        return self._unrolling.snapshot

    async def _run(self, work: Coroutine[Any, Any, Snapshot], ends: float) -> Rendered:
        from playwright.async_api import Error
        from playwright.async_api import TimeoutError as CommandTimedOut

        left_s = ends - self._loop.time()
        spare_s = min(RESCUE_S, left_s / 2)
        try:
            async with asyncio.timeout(left_s - spare_s):
                snapshot = await work
        except (TimeoutError, CommandTimedOut):
            return await self._rescued(ends, "It did not come to rest in time.")
        except TooLarge:
            return too_large()
        except Exhausted as fault:
            return await self._rescued(ends, fault.message)
        except Error as fault:
            return self.end_of(fault.message)
        return await self._rendered(snapshot)

    async def _go(self, url: str) -> None:
        await self._committed(url)
        await self._arrived()

    async def _committed(self, url: str) -> None:
        from playwright.async_api import Error

        try:
            # The deadline is ours, around all of the visit: 0 switches Playwright's own off.
            await self.unless_halted(self._page.goto(url, wait_until="commit", timeout=0))
        except Error as fault:
            if INTERRUPTED not in fault.message:
                raise

    async def _arrived(self) -> None:
        async with asyncio.timeout(ARRIVE_S):
            await self._come(self._page.wait_for_load_state("domcontentloaded", timeout=0))

    async def _come(self, loading: Awaitable[object]) -> None:
        """Until the document has loaded, or its answer broke off: of that the browser waits for the rest for ever."""
        cut_off = asyncio.ensure_future(self.traffic.cut_off.wait())
        loaded = asyncio.ensure_future(loading)
        try:
            await self.unless_halted(asyncio.wait({loaded, cut_off}, return_when=asyncio.FIRST_COMPLETED))
            if loaded.done():
                loaded.result()
        finally:
            cut_off.cancel()
            loaded.cancel()
            loaded.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _settle(self, *, with_source: bool = True) -> Snapshot:
        from playwright.async_api import Error

        settled_at = self._loop.time() + SETTLE_S
        snapshot = None
        for _ in range(MAX_ROUNDS):
            await self.unless_halted(self.traffic.idle(min(NETWORK_S, settled_at - self._loop.time())))
            begun, left_s = self.traffic.begun, settled_at - self._loop.time()
            try:
                snapshot = await self._snapshot(cap_s=max(0.0, left_s), with_source=with_source)
            except Error as fault:
                if not any(sign in fault.message for sign in _GONE_ELSEWHERE):
                    raise
                await self._arrived()
                continue
            if self.traffic.is_idle or self.traffic.begun == begun or left_s <= 0:
                return snapshot
        if snapshot is None:
            raise Exhausted("It goes elsewhere without end.")
        return snapshot

    async def _snapshot(self, *, cap_s: float, with_source: bool = True) -> Snapshot:
        pose = Pose(
            cap_ms=int(cap_s * 1000),
            quiet_ms=BUSY_QUIET_MS if self.traffic.has_data else QUIET_MS,
            thin_ms=THIN_MS if self._is_fresh else 0,
            within=self._within,
            with_source=with_source,
        )
        snapshot = await self.evaluate(SNAPSHOT, pose, Snapshot)
        if snapshot.is_missing:
            raise ElementGone
        return snapshot

    async def evaluate(self, function: str, options: object, kind: type[T]) -> T:
        """What a JavaScript function gives for `options`, in a world where the page's scripts cannot reach."""
        world = await self.send("Page.createIsolatedWorld", {"frameId": self._frame_id, "worldName": WORLD})
        told = await self.send(
            "Runtime.evaluate",
            {
                "expression": f"({function})({msgspec.json.encode(options).decode()})",
                "contextId": world["executionContextId"],
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        if "exceptionDetails" in told:
            raise Exhausted("Its elements cannot be written out.")
        return msgspec.convert(told["result"].get("value"), kind)

    async def send(self, method: str, params: dict[str, object] | None = None) -> dict[str, Any]:
        return await self.unless_halted(self._session.send(method, params or {}))

    async def unless_halted(self, work: Awaitable[T]) -> T:
        """What `work` gives. Raises what `halt` was given as soon as it is given."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, self._halt}, return_when=asyncio.FIRST_COMPLETED)
            if self._halt.done():
                self._halt.result()
            return task.result()
        finally:
            if not task.done():
                task.cancel()
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _rescued(self, ends: float, why: str) -> Rendered:
        """Stops the page's scripts and loading, and takes what it shows."""
        from playwright.async_api import Error

        if self._scales.is_heavy:
            return too_large()
        if self.traffic.main_response is None:
            return Rendered(outcome=FetchOutcome.TIMED_OUT, detail="No answer came in time.", is_spoiled=True)
        if not (self._halt.done() and isinstance(self._halt.exception(), BrowserDied)):
            self._halt = self._loop.create_future()
        try:
            async with asyncio.timeout_at(ends):
                await stop_scripts(self, min(STOP_S, (ends - self._loop.time()) / 2))
                snapshot = await self._last_snapshot()
                return await self._rendered(snapshot, detail=f"{why} Its scripts were stopped.", is_spoiled=True)
        except (TimeoutError, Exhausted):
            return Rendered(outcome=FetchOutcome.TIMED_OUT, detail=why, is_spoiled=True)
        except Error as fault:
            if is_death(fault.message):
                raise BrowserDied from None
            return Rendered(outcome=FetchOutcome.TIMED_OUT, detail=why, is_spoiled=True)

    async def _last_snapshot(self) -> Snapshot:
        from playwright.async_api import Error

        for _ in range(MAX_ROUNDS):
            try:
                return await self._snapshot(cap_s=0.0)
            except Error as fault:  # a navigation that its scripts began before they were stopped
                if not any(sign in fault.message for sign in _GONE_ELSEWHERE):
                    raise
        raise Exhausted

    async def _rendered(self, snapshot: Snapshot, *, detail: str = "", is_spoiled: bool = False) -> Rendered:
        response, unrolling = self._response or self.traffic.main_response, self._unrolling
        if response is None or self._page.url.startswith("chrome-error:"):
            return self.end_of((self.traffic.main.failure if self.traffic.main else None) or "no answer")
        return Rendered(
            outcome=FetchOutcome.TOO_LARGE if snapshot.too_large else FetchOutcome.OK,
            detail="Its source is too large." if snapshot.too_large else detail or (CUT_OFF if self.is_cut_off else ""),
            status=response.status,
            final_url=response.url,
            headers=response.headers,
            html=snapshot.html,
            received=int(snapshot.received),
            responses=await self.traffic.responses(),
            unrolled=unrolling.unrolled if unrolling else None,
            is_spoiled=is_spoiled or snapshot.too_large or (unrolling is not None and unrolling.is_spoiled),
        )
