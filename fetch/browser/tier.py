"""The browser tier: one request in, one page out, whatever the page tries."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator

import structlog
from msgspec.structs import replace

from domain.clock import Clock, SystemClock
from domain.egress import check_url
from domain.errors import InvalidInput, UnsafeUrl
from domain.ids import new_id
from domain.pages import FetchOutcome, FetchRequest, Page, Via
from domain.urls import canonical_url, parse_url
from fetch.browser.actions import BrowserInteraction, Manners
from fetch.browser.ending import Rendered
from fetch.browser.pool import BrowserPool
from fetch.browser.process import BrowserDied, BrowserUnusable
from fetch.content_types import declared_kind, media_type
from fetch.dom import describe
from fetch.egress.limits import REFUSAL_HEADER, Refusal
from fetch.egress.proxy import Door
from fetch.interaction import CannotInteract, Interaction
from fetch.link_header import next_link
from fetch.offload import Offloader, WorkerDied

log = structlog.get_logger(__name__)

ATTEMPTS = 2  # the second on a fresh browser page; a page that takes two down is the one at fault
LEAST_ATTEMPT_S = 2.0  # less is not worth a second browser
DESCRIBE_S = 20.0
DESCRIBE_GRACE_S = 1.0  # past the deadline: what was taken in its last moment can still be read
OPAQUE = "This URL may not be fetched."
_UNSAFE = frozenset({Refusal.UNSAFE_URL, Refusal.BAD_REQUEST})
REFUSED = {
    Refusal.UNSAFE_URL: (FetchOutcome.UNSAFE_URL, OPAQUE),
    Refusal.TIMED_OUT: (FetchOutcome.TIMED_OUT, "No answer came in time."),
    Refusal.TOO_LARGE: (FetchOutcome.TOO_LARGE, "Its headers are too large."),
}


class BrowserTier:
    """Pages by the Chromium at `path`, launched at the first fetch, which leaves by `door` alone. `pool` is for pages
    that are only read, `steered` for those that are drawn, and where people log in."""

    def __init__(
        self,
        path: str,
        door: Door,
        offload: Offloader,
        *,
        pages: int = 4,
        user_agent: str = "",
        clock: Clock | None = None,
    ) -> None:
        self._door, self._offload = door, offload
        self._clock = clock or SystemClock()
        self.pool = BrowserPool(path, door.proxy_url, pages=pages, user_agent=user_agent)
        self.steered = BrowserPool(path, door.proxy_url, pages=pages, user_agent=user_agent, draws=True)

    async def fetch(self, request: FetchRequest) -> Page:
        """The page as shown. Never raises for the web's faults: they are its outcome. `html` is the serialised DOM,
        open shadow roots written out in place, iframes empty. A caller's `headers` are not sent: a browser would send
        them with every request of the page, to other sites too."""
        began = time.monotonic()
        try:
            url = check_url(request.url, self._door.policy)
        except (UnsafeUrl, InvalidInput):
            return self.page_of(request.url, Rendered(outcome=FetchOutcome.UNSAFE_URL, detail=OPAQUE), began)
        page = self.page_of(url, self.judged(await self._rendered(url, request)), began)
        return await self.described(page, began + request.deadline_s + DESCRIBE_GRACE_S)

    @contextlib.asynccontextmanager
    async def interact(self, scope: str, deadline_s: float, manners: Manners) -> AsyncGenerator[Interaction]:
        """A browser page to be steered for at most `deadline_s` seconds. Its cookies are its own and go with it, also
        where another interaction is of the same scope. Raises CannotInteract where there is none to be had."""
        ends = asyncio.get_running_loop().time() + deadline_s
        async with contextlib.AsyncExitStack() as stack:
            lent = self.steered.tab(f"{scope} {new_id()}", wait_s=deadline_s, is_last=True)
            try:
                tab = await stack.enter_async_context(lent)
            except BrowserUnusable as fault:
                raise CannotInteract(FetchOutcome.BROWSER_UNAVAILABLE, fault.message) from None
            except TimeoutError:
                raise CannotInteract(FetchOutcome.TIMED_OUT, "No browser page became free in time.") from None
            except BrowserDied:
                raise CannotInteract(FetchOutcome.PAGE_CRASHED, "The browser died while it was started.") from None
            yield BrowserInteraction(tab, self, manners, self._door.policy, ends)

    async def _rendered(self, url: str, request: FetchRequest) -> Rendered:
        ends = time.monotonic() + request.deadline_s
        for attempt in range(ATTEMPTS):
            left_s = ends - time.monotonic()
            if left_s < min(LEAST_ATTEMPT_S, request.deadline_s / 2):
                break
            try:
                async with self.pool.tab(request.scope, wait_s=left_s, is_fresh=attempt > 0) as tab:
                    unroll = self._offload if request.unroll else None
                    return await tab.visit(url, max(0.1, ends - time.monotonic()), unroll=unroll)
            except BrowserUnusable as fault:
                return Rendered(outcome=FetchOutcome.BROWSER_UNAVAILABLE, detail=fault.message)
            except TimeoutError:
                return Rendered(outcome=FetchOutcome.TIMED_OUT, detail="No browser page became free in time.")
            except BrowserDied:
                log.warning("browser.died", url=url)
        return Rendered(outcome=FetchOutcome.PAGE_CRASHED, detail="The browser died on this page.")

    def judged(self, rendered: Rendered) -> Rendered:
        """What the answer's status, type and origin say about a page that was rendered."""
        refusal = self._refusal(rendered)
        if refusal:
            outcome, detail = REFUSED.get(refusal, (FetchOutcome.UNREACHABLE, "It could not be reached."))
            return Rendered(outcome=outcome, detail=detail)
        kind = rendered.headers.get("content-type", "text/html")
        if rendered.outcome is FetchOutcome.OK and declared_kind(kind) is None:
            return Rendered(
                outcome=FetchOutcome.UNSUPPORTED_CONTENT, status=rendered.status, detail="It is not a page."
            )
        return rendered

    def _refusal(self, rendered: Rendered) -> str | None:
        """Why the door did not let the page's document through, if it was the door."""
        if rendered.outcome is FetchOutcome.OK:
            return rendered.headers.get(REFUSAL_HEADER.lower())
        try:
            url = parse_url(rendered.final_url)
        except InvalidInput:
            return None
        # A browser says of https only that the tunnel failed; the door knows why.
        return self._door.last_refusal(url.host, url.port) if rendered.outcome is FetchOutcome.UNREACHABLE else None

    def page_of(self, url: str, rendered: Rendered, began: float) -> Page:
        try:
            final_url = canonical_url(rendered.final_url or url)
        except InvalidInput:
            final_url = url
        outcome, detail = rendered.outcome, rendered.detail
        if outcome is FetchOutcome.OK:
            outcome, detail = outcome_of_status(rendered.status, detail)
        return Page(
            id=new_id(),
            url=url,
            final_url=final_url,
            outcome=outcome,
            via=Via.BROWSER,
            fetched_at=self._clock.now(),
            status=rendered.status,
            content_type=media_type(rendered.headers.get("content-type", "")),
            html=rendered.html,
            elapsed_ms=int((time.monotonic() - began) * 1000),
            bytes_received=rendered.received,
            detail=detail,
            responses=rendered.responses,
            unrolled=rendered.unrolled,
            following=next_link(rendered.headers.get("link", ""), final_url),
            refused=self._refused_hosts(rendered),
        )

    def _refused_hosts(self, rendered: Rendered) -> tuple[str, ...]:
        refused = {host for host, port in rendered.unanswered if self._door.last_refusal(host, port) in _UNSAFE}
        return tuple(sorted(refused))

    async def described(self, page: Page, ends: float) -> Page:
        """`ends` is in the time of `time.monotonic()`."""
        if not page.html:
            return page
        try:
            # Around the wait for a free worker as well.
            async with asyncio.timeout(ends - time.monotonic()):
                facts = await self._offload.run(describe, page.html, page.final_url, deadline_s=DESCRIBE_S)
        except (TimeoutError, WorkerDied, MemoryError):
            if time.monotonic() >= ends:
                return replace(page, outcome=FetchOutcome.TIMED_OUT, detail="No time was left to read it.")
            return replace(page, outcome=FetchOutcome.TOO_LARGE, detail="Its elements are too many to read.")
        return replace(page, text=facts.text, title=facts.title, language=facts.language)

    async def close(self) -> None:
        await asyncio.gather(self.pool.close(), self.steered.close())


def outcome_of_status(status: int, detail: str = "") -> tuple[FetchOutcome, str]:
    """What an HTTP status means for whoever wants the page, and one line on why; `detail` stays where all is well."""
    if status < 400:
        return FetchOutcome.OK, detail
    outcome = {
        401: FetchOutcome.BLOCKED,
        403: FetchOutcome.BLOCKED,
        429: FetchOutcome.BLOCKED,
        404: FetchOutcome.NOT_FOUND,
        410: FetchOutcome.NOT_FOUND,
    }.get(status, FetchOutcome.HTTP_ERROR)
    return outcome, f"The site answered with status {status}."
