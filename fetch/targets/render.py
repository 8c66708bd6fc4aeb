"""A Target as a browser shows it: waited for, steered and pictured as its options say."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Iterable
from typing import Any, Protocol

from msgspec.structs import replace

from domain.bulk import RenderOptions, TargetOptions, TargetResult, WaitUntil
from domain.egress import EgressPolicy
from domain.errors import InvalidInput
from domain.ids import new_id
from domain.pages import FetchOutcome
from domain.proxies import Proxy
from domain.urls import ParsedUrl, is_http, parse_url
from fetch.bodies import TooLarge
from fetch.browser.document import TOO_LARGE
from fetch.browser.ending import Rendered
from fetch.browser.pool import BrowserPool
from fetch.browser.process import BrowserDied, BrowserUnusable, is_death
from fetch.browser.tab import Tab
from fetch.browser.visit import Exhausted, Visit
from fetch.capture.devices import PROFILES
from fetch.capture.drawing import CannotDraw
from fetch.egress.limits import OUTCOMES, REFUSAL_HEADER, Refusal
from fetch.exchange import ExchangeFailed
from fetch.offload import Offloader
from fetch.politeness import Politeness
from fetch.targets.contents import DROPPED
from fetch.targets.errand import Errand, Performed
from fetch.targets.main_request import MainRequest
from fetch.targets.observed import Observed
from fetch.targets.play import ActionFailed, play
from fetch.targets.retries import Try, Verdict, judge
from fetch.targets.shown import DEVICES, NotShown, content_of
from fetch.targets.tries import Work, performed
from fetch.targets.upstream import Upstreams


class Manners(Protocol):
    """What is known of hosts."""

    @property
    def politeness(self) -> Politeness: ...

    def must_read_robots(self, url: ParsedUrl) -> bool: ...

    async def check_robots(self, url: ParsedUrl, deadline: float) -> None: ...


class _Failed(Exception):
    """No document came."""

    def __init__(self, ended: Rendered) -> None:
        self.ended = ended
        super().__init__()


class RenderedTargets:
    """`plain` shows pages without pictures and fonts, `drawn` with them."""

    def __init__(
        self,
        plain: BrowserPool,
        drawn: BrowserPool,
        manners: Manners,
        policy: EgressPolicy,
        upstreams: Upstreams,
        offload: Offloader,
    ) -> None:
        self._plain, self._drawn = plain, drawn
        self._manners, self._policy, self._upstreams, self._offload = manners, policy, upstreams, offload

    async def perform(self, target: str, options: TargetOptions, errand: Errand) -> Performed:
        """What came of it; never raises for what the web does wrong."""
        return await performed(target, options, errand, self._policy, self._upstreams, self._try)

    async def _try(self, work: Work, proxy: Proxy | None, number: int) -> tuple[TargetResult, Verdict]:
        began = time.monotonic()
        now = dt.datetime.now(dt.UTC)
        try:
            async with asyncio.timeout_at(work.deadline):
                is_given = work.use_turn(asks_first=self._manners.must_read_robots(work.home))
                await self._manners.check_robots(work.home, work.deadline)
                gate = self._manners.politeness.gate(work.home.authority)
                async with gate.turn(work.deadline, is_given=is_given):
                    result = await self._shown(work, proxy)
        except (ExchangeFailed, NotShown) as fault:
            result = TargetResult(outcome=fault.outcome, error=fault.message)
        except TimeoutError:
            result = TargetResult(outcome=FetchOutcome.TIMED_OUT, error="It did not come to an end in time.")
        except BrowserUnusable as fault:
            result = TargetResult(outcome=FetchOutcome.BROWSER_UNAVAILABLE, error=fault.message)
        except BrowserDied:
            result = TargetResult(outcome=FetchOutcome.PAGE_CRASHED, error="The browser died on this page.")
        result = replace(result, browser_ms=int((time.monotonic() - began) * 1000))
        if not result.ok:
            return result, judge(work.options, Try(number=number, outcome=result.outcome), now)
        retry_after = next((value for name, value in result.headers if name.lower() == "retry-after"), "")
        verdict = judge(work.options, Try(number=number, status=result.status_code, retry_after=retry_after), now)
        if verdict.is_good:
            return result, verdict
        error = f"The site answered with status {result.status_code}."
        return replace(result, outcome=FetchOutcome.HTTP_ERROR, error=error), verdict

    async def _shown(self, work: Work, proxy: Proxy | None) -> TargetResult:
        from playwright.async_api import Error

        render = work.options.render
        assert render is not None
        pool = self._plain if render.block_resources else self._drawn
        # Behind a proxy is a door of its own, and a jar that knows no other.
        profile = replace(PROFILES[DEVICES[work.options.device]], proxy_url=await self._upstreams.door(proxy))
        wait_s = max(0.1, work.deadline - asyncio.get_running_loop().time())
        # A jar for each try: what a session keeps goes in and comes out by hand, and nobody else's is near.
        place = f"{work.errand.scope} {new_id()}"
        async with pool.tab(place, wait_s=wait_s, is_last=True, profile=profile) as tab:
            with tab.led() as visit:
                try:
                    return await self._looked_at(work, render, tab, visit)
                except TooLarge:
                    raise NotShown(FetchOutcome.TOO_LARGE, TOO_LARGE) from None
                except (ActionFailed, CannotDraw) as fault:
                    raise NotShown(FetchOutcome.UNSUPPORTED_CONTENT, fault.message) from None
                except Exhausted as fault:
                    raise NotShown(FetchOutcome.TIMED_OUT, fault.message) from None
                except _Failed as fault:
                    raise self._not_shown(fault.ended, proxy) from None
                except Error as fault:
                    if is_death(fault.message):
                        raise BrowserDied from None
                    raise self._not_shown(visit.end_of(fault.message), proxy) from None

    def _not_shown(self, ended: Rendered, proxy: Proxy | None) -> NotShown:
        """A browser tells of a tunnel only that it failed; the door knows why."""
        reason = self._upstreams.refusal(proxy, ended.final_url) if ended.outcome is FetchOutcome.UNREACHABLE else None
        return NotShown(*OUTCOMES[reason]) if reason else NotShown(ended.outcome, ended.detail)

    async def _looked_at(self, work: Work, render: RenderOptions, tab: Tab, visit: Visit) -> TargetResult:
        seen = Observed(visit.page)
        asked = MainRequest(tab.session, tab.frame_id, work.home, work.options)
        async with asked.watching():
            await self._set_cookies(work, visit)
            await visit.open(work.home.href)
            if asked.redirect is not None:
                status, headers = asked.redirect
                return TargetResult(outcome=FetchOutcome.OK, status_code=status, headers=_kept(headers))
            _answer(visit)
            await self._waited(render, visit, seen)
            await play(visit, seen, render.play)
            rendered = _answer(visit)
            await self._check_end(work, rendered)
            content = await content_of(work, visit, seen, rendered, self._offload)
            await self._keep_cookies(work, visit)
        return TargetResult(
            outcome=FetchOutcome.OK,
            status_code=rendered.status,
            headers=_kept(rendered.headers.items()),
            content=content.encode("utf-8", "replace"),
        )

    async def _check_end(self, work: Work, rendered: Rendered) -> None:
        """Redirects are the browser's own; what they led to is still the site's to forbid."""
        if rendered.final_url != work.home.href and is_http(rendered.final_url):
            with contextlib.suppress(InvalidInput):
                await self._manners.check_robots(parse_url(rendered.final_url), work.deadline)

    async def _waited(self, render: RenderOptions, visit: Visit, seen: Observed) -> None:
        match render.wait_until:
            case WaitUntil.NETWORK_IDLE_0:
                await visit.unless_halted(seen.idle(0))
            case WaitUntil.NETWORK_IDLE_2:
                await visit.unless_halted(seen.idle(2))
            case WaitUntil.DOM_CONTENT_LOADED:
                pass
        if render.wait_selector:
            from playwright.async_api import Error

            try:
                element = visit.page.locator(f"css={render.wait_selector}").first
                await visit.unless_halted(element.wait_for(state="attached", timeout=0))
            except Error as fault:
                if is_death(fault.message):
                    raise BrowserDied from None
                detail = f"{render.wait_selector[:200]!r} is no CSS selector."
                raise NotShown(FetchOutcome.UNSUPPORTED_CONTENT, detail) from None
        if render.custom_wait_ms:
            await visit.unless_halted(asyncio.sleep(render.custom_wait_ms / 1000))

    async def _set_cookies(self, work: Work, visit: Visit) -> None:
        for pair in filter(None, work.cookies.header(work.home).split("; ")):
            name, _, value = pair.partition("=")
            await visit.send("Network.setCookie", {"name": name, "value": value, "url": work.home.href})

    async def _keep_cookies(self, work: Work, visit: Visit) -> None:
        if not work.options.session_id:
            return
        told = await visit.send("Network.getCookies")
        work.cookies.keep(work.home, [_line(cookie) for cookie in told.get("cookies", ())])


def _kept(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The same as of a Target without a browser: none that tell of a hop, or of a body as it was packed."""
    return tuple((name, value) for name, value in headers if name.lower() not in DROPPED)


def _line(cookie: dict[str, Any]) -> str:
    domain = f"; Domain={cookie['domain']}" if str(cookie.get("domain", "")).startswith(".") else ""
    secure = "; Secure" if cookie.get("secure") else ""
    return f"{cookie['name']}={cookie['value']}; Path={cookie.get('path', '/')}{domain}{secure}"


def _answer(visit: Visit) -> Rendered:
    """How the page answered. Raises NotShown where that is no page."""
    response = visit.traffic.main_response
    if response is None or visit.page.url.startswith("chrome-error:"):
        failure = visit.traffic.main.failure if visit.traffic.main else None
        raise _Failed(visit.end_of(failure or "no answer"))
    if reason := response.headers.get(REFUSAL_HEADER.lower()):
        raise NotShown(*OUTCOMES[_refusal_of(reason)])
    return Rendered(outcome=FetchOutcome.OK, status=response.status, final_url=response.url, headers=response.headers)


def _refusal_of(reason: str) -> Refusal:
    try:
        return Refusal(reason)
    except ValueError:  # over TLS only the server can have written it
        return Refusal.BAD_ANSWER
