"""Pictures of pages: one request in, one result out, whatever the page tries."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import structlog
from msgspec.structs import replace

from domain.bulk import TargetOptions
from domain.captures import CaptureRequest, CaptureResult, check_country
from domain.egress import check_headers, check_url
from domain.errors import InvalidInput, UnsafeUrl
from domain.ids import new_id
from domain.pages import FetchOutcome
from domain.proxies import Proxy
from domain.urls import ParsedUrl, canonical_url, is_http, parse_url
from fetch.browser.ending import Rendered
from fetch.browser.pool import BrowserPool
from fetch.browser.process import BrowserDied, BrowserUnusable, is_death
from fetch.browser.profile import Profile
from fetch.browser.tab import Tab
from fetch.browser.tier import OPAQUE, REFUSED
from fetch.browser.visit import Exhausted
from fetch.capture.ads import AdFilter
from fetch.capture.devices import PROFILES
from fetch.capture.gate import HTML_URL, Changes, Gate
from fetch.capture.sitting import NotShown, Sitting, Taken
from fetch.capture.stealth import SCRIPT as STEALTH
from fetch.capture.traces import Traces
from fetch.egress.limits import REFUSAL_HEADER, Refusal
from fetch.egress.proxy import Door
from fetch.exchange import ExchangeFailed
from fetch.politeness import Politeness
from fetch.targets.upstream import Upstreams

log = structlog.get_logger(__name__)

ATTEMPTS = 2  # the second on a fresh browser page; a page that takes two down is the one at fault
LEAST_ATTEMPT_S = 2.0


class Manners(Protocol):
    """What is known of hosts."""

    @property
    def politeness(self) -> Politeness: ...

    async def check_robots(self, url: ParsedUrl, deadline: float) -> None: ...


class CaptureTier:
    """Pictures by a Chromium of their own, launched at the first one, which leaves by `door` alone. `filter_lists` are
    files of more filters for those who want no advertisements."""

    def __init__(
        self,
        path: str,
        door: Door,
        manners: Manners,
        *,
        pages: int = 4,
        user_agent: str = "",
        filter_lists: Sequence[str] = (),
        upstreams: Upstreams,
    ) -> None:
        self._door, self._manners, self._user_agent, self._filter_lists = door, manners, user_agent, filter_lists
        self.pool = BrowserPool(path, door.proxy_url, pages=pages, draws=True, frames_apart=False)
        self._upstreams = upstreams
        self._ads: AdFilter | None = None
        self._seats: defaultdict[str, set[int]] = defaultdict(set)

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        """The picture. What the web does wrong is its `outcome`. Ends within `deadline_s` seconds. `scope` names whose
        warm pages may be used: one account. Raises NotConfigured for a proxy's country, InvalidInput for headers."""
        check_country(request, self._upstreams.table)
        check_headers(request.headers)
        began = time.monotonic()
        ends = asyncio.get_running_loop().time() + deadline_s
        try:
            async with asyncio.timeout_at(ends):
                result = await self._captured(request, scope, ends)
        except TimeoutError:
            result = CaptureResult(outcome=FetchOutcome.TIMED_OUT, detail="It did not come to an end in time.")
        except ExchangeFailed as fault:
            result = CaptureResult(outcome=fault.outcome, detail=fault.message)
        return replace(result, elapsed_ms=_ms_since(began))

    async def _captured(self, request: CaptureRequest, scope: str, ends: float) -> CaptureResult:
        if request.html:
            return await self._attempted(request, scope, ends)
        try:
            url = check_url(request.url, self._door.policy)
        except (UnsafeUrl, InvalidInput):
            return CaptureResult(outcome=FetchOutcome.UNSAFE_URL, detail=OPAQUE)
        parsed = parse_url(url)
        await self._manners.check_robots(parsed, ends)
        async with self._manners.politeness.gate(parsed.authority).turn(ends):
            result = await self._attempted(replace(request, url=url), scope, ends)
            if result.outcome is FetchOutcome.UNREACHABLE:
                raise ExchangeFailed(result.outcome, result.detail)  # the host's gate hears of it
        if result.ok and result.final_url != url and is_http(result.final_url):
            # Redirects are the browser's own; what they led to is still the site's to forbid.
            await self._manners.check_robots(parse_url(result.final_url), ends)
        return result

    async def _attempted(self, request: CaptureRequest, scope: str, ends: float) -> CaptureResult:
        loop = asyncio.get_running_loop()
        proxy = self._upstreams.table.choose(TargetOptions(geo_code=request.proxy_country), key=scope)
        for attempt in range(ATTEMPTS):
            left_s = ends - loop.time()
            if attempt and left_s < LEAST_ATTEMPT_S:
                break
            try:
                return self._result(request, await self._by_a_page(request, scope, ends, proxy, attempt), proxy)
            except BrowserUnusable as fault:
                return CaptureResult(outcome=FetchOutcome.BROWSER_UNAVAILABLE, detail=fault.message)
            except NotShown as fault:
                return self._failed(fault.rendered, proxy)
            except Exhausted as fault:
                return CaptureResult(outcome=FetchOutcome.TIMED_OUT, detail=fault.message)
            except BrowserDied:
                log.warning("capture.browser_died", url=request.url)
        return CaptureResult(outcome=FetchOutcome.PAGE_CRASHED, detail="The browser died on this page.")

    async def _by_a_page(
        self, request: CaptureRequest, scope: str, ends: float, proxy: Proxy | None, attempt: int
    ) -> Taken:
        """Raises NotShown, Exhausted, BrowserDied, BrowserUnusable."""
        from playwright.async_api import Error

        # Behind a proxy is a door of its own, and a jar that knows no other.
        profile = replace(self._profile(request), proxy_url=await self._upstreams.door(proxy))
        kind = f"{request.device} {'stealth' if request.stealth else ''} {profile.proxy_url}"
        with self._seat(f"{scope} {kind}") as seat:
            # What the caller's headers open may be kept by nobody: that jar goes with its picture.
            is_last = bool(request.headers)
            place = f"{seat} {new_id()}" if is_last else seat
            wait_s = ends - asyncio.get_running_loop().time()
            lent = self.pool.tab(place, wait_s=wait_s, is_fresh=attempt > 0, is_last=is_last, profile=profile)
            async with lent as tab:
                began = time.monotonic()
                try:
                    taken = await self._taken(tab, request, ends)
                    return replace(taken, browser_ms=_ms_since(began))
                except Error as fault:
                    if is_death(fault.message):
                        raise BrowserDied from None
                    log.info("capture.not_shown", url=request.url, reason=fault.message[:200])
                    raise Exhausted("It did not stay in place to be shown.") from None

    async def _taken(self, tab: Tab, request: CaptureRequest, ends: float) -> Taken:
        ads = self._ad_filter() if request.block_ads else None
        page_url = HTML_URL if request.html else request.url
        changes = Changes(page_url=page_url, html=request.html, headers=request.headers, ads=ads)
        tab.soils_jar = True  # unless it is cleaned
        with tab.led() as visit:
            sitting = Sitting(tab, visit, request, ends, ads, self.pool.version)
            async with Traces(visit.page, tab.session).watching() as traces:
                async with Gate(tab.session, changes).watching(tab.frame_id) as gate:
                    taken = await sitting.take(gate)
                if not tab.is_spoiled:
                    tab.soils_jar = not await traces.cleared(visit)
                    tab.is_spoiled = traces.are_in_tab
                    tab.is_dirty = False
            return taken

    def _result(self, request: CaptureRequest, taken: Taken, proxy: Proxy | None) -> CaptureResult:
        rendered = taken.rendered
        if self._refusal(rendered, proxy):
            return self._failed(rendered, proxy)
        notes = taken.notes
        if rendered.status >= 400:
            notes = (f"The site answered with status {rendered.status}.", *notes)
        return CaptureResult(
            outcome=FetchOutcome.OK,
            image=taken.picture.image,
            media_type=request.format.media_type,
            width=taken.picture.width,
            height=taken.picture.height,
            notes=notes,
            status=rendered.status,
            final_url="" if rendered.final_url.startswith(HTML_URL) else _canonical(rendered.final_url),
            browser_ms=taken.browser_ms,
        )

    def _failed(self, rendered: Rendered, proxy: Proxy | None) -> CaptureResult:
        refusal = self._refusal(rendered, proxy)
        outcome, detail = rendered.outcome, rendered.detail
        if refusal:
            outcome, detail = REFUSED.get(Refusal(refusal), (FetchOutcome.UNREACHABLE, "It could not be reached."))
        return CaptureResult(outcome=outcome, detail=detail, status=0 if refusal else rendered.status)

    def _refusal(self, rendered: Rendered, proxy: Proxy | None) -> str | None:
        """Why the door did not let the page's document through, if it was the door."""
        if rendered.outcome is FetchOutcome.OK:
            return rendered.headers.get(REFUSAL_HEADER.lower())
        is_in_vain = rendered.outcome is FetchOutcome.UNREACHABLE
        return self._upstreams.refusal(proxy, rendered.final_url) if is_in_vain else None

    def _profile(self, request: CaptureRequest) -> Profile:
        profile = PROFILES[request.device]
        if self._user_agent:
            profile = replace(profile, user_agent=self._user_agent)
        return replace(profile, init_script=STEALTH) if request.stealth else profile

    def _ad_filter(self) -> AdFilter:
        if self._ads is None:
            self._ads = AdFilter(self._filter_lists)
        return self._ads

    @contextlib.contextmanager
    def _seat(self, scope: str):
        """A jar of the scope that nobody else uses meanwhile: two pictures at once share no cookies."""
        taken = self._seats[scope]
        seat = next(number for number in range(len(taken) + 1) if number not in taken)
        taken.add(seat)
        try:
            yield f"{scope} {seat}"
        finally:
            taken.discard(seat)
            if not taken:
                self._seats.pop(scope, None)

    async def close(self) -> None:
        await self.pool.close()


def _ms_since(began: float) -> int:
    return int((time.monotonic() - began) * 1_000)


def _canonical(url: str) -> str:
    try:
        return canonical_url(url)
    except InvalidInput:
        return url
