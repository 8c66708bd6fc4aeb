"""A Target as a browser shows it: waited for, steered and pictured as its options say."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import time
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec.structs import replace

from domain.bulk import BulkDevice, BulkOutput, RenderOptions, TargetOptions, TargetResult, WaitUntil
from domain.captures import CaptureRequest, Device
from domain.egress import EgressPolicy, check_destination
from domain.errors import ForageError, InvalidInput, UnsafeUrl
from domain.ids import new_id
from domain.pages import FetchOutcome
from domain.proxies import Proxy
from domain.urls import ParsedUrl, is_http, parse_url
from fetch.bodies import TooLarge
from fetch.browser.document import TOO_LARGE
from fetch.browser.pool import BrowserPool
from fetch.browser.process import BrowserDied, BrowserUnusable, is_death
from fetch.browser.tab import Tab
from fetch.browser.visit import Exhausted, Rendered, Visit
from fetch.capture.devices import PROFILES
from fetch.capture.drawing import CannotDraw, Stretch, draw, metrics_of
from fetch.capture.gate import Changes, Gate
from fetch.egress.limits import REFUSAL_HEADER
from fetch.exchange import ExchangeFailed
from fetch.offload import Offloader
from fetch.politeness import Politeness
from fetch.targets.contents import as_markdown
from fetch.targets.cookies import Cookies
from fetch.targets.errand import Errand, Performed
from fetch.targets.http import UNSAFE
from fetch.targets.observed import Message, NetworkRequest, Observed
from fetch.targets.play import ActionFailed, play
from fetch.targets.retries import Try, Verdict, judge
from fetch.targets.tries import Work, tried
from fetch.targets.upstream import Upstreams

if TYPE_CHECKING:
    from playwright.async_api import Frame

READ_S = 5.0  # to write out the elements of a page
FRAME_S = 2.0
MAX_FRAMES = 20
MAX_CHARACTERS = 20_000_000
PROXY_BROWSERS = 2  # browsers behind proxies at once: each holds 400 MB
SOURCE = """(options) => {
  const type = document.doctype ? '<!DOCTYPE ' + document.doctype.name + '>' : '';
  return (type + (document.documentElement?.outerHTML ?? '')).slice(0, options.most);
}"""
BOX = """(options) => {
  const element = document.querySelector(options.selector);
  if (!element) return { x: 0, y: 0, width: 0, height: 0 };
  const box = element.getBoundingClientRect();
  return { x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height };
}"""
_DEVICES = {
    BulkDevice.DESKTOP: Device.DESKTOP,
    BulkDevice.MOBILE: Device.MOBILE,
    BulkDevice.TABLET: Device.TABLET,
}


class Manners(Protocol):
    """What is known of hosts."""

    @property
    def politeness(self) -> Politeness: ...

    def must_read_robots(self, url: ParsedUrl) -> bool: ...

    async def check_robots(self, url: ParsedUrl, deadline: float) -> None: ...


class Picture(msgspec.Struct, frozen=True):
    """A PNG in base64; `type` is the option that asked for it."""

    type: str
    image: str


class FrameTold(msgspec.Struct, frozen=True):
    url: str
    content: str


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is told of a page where its source alone is not all that is asked for."""

    url: str
    status_code: int
    content: str
    network_requests: list[NetworkRequest] | None = None
    websocket_requests: list[Message] | None = None
    frames: list[FrameTold] | None = None
    screenshots: list[Picture] | None = None


class NotShown(ForageError):
    """The page could not be shown as asked."""

    def __init__(self, outcome: FetchOutcome, detail: str) -> None:
        self.outcome = outcome
        super().__init__(detail)


class RenderedTargets:
    """`plain` shows pages without pictures and fonts, `drawn` with them; behind a proxy is a browser of its own."""

    def __init__(
        self,
        path: str,
        plain: BrowserPool,
        drawn: BrowserPool,
        manners: Manners,
        policy: EgressPolicy,
        upstreams: Upstreams,
        offload: Offloader,
    ) -> None:
        self._path, self._plain, self._drawn = path, plain, drawn
        self._manners, self._policy, self._upstreams, self._offload = manners, policy, upstreams, offload
        self._behind = asyncio.Semaphore(PROXY_BROWSERS)

    async def perform(self, target: str, options: TargetOptions, errand: Errand) -> Performed:
        """What came of it; never raises for what the web does wrong."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            home = check_destination(target, self._policy)
        except UnsafeUrl:
            return Performed(result=TargetResult(outcome=FetchOutcome.UNSAFE_URL, error=UNSAFE), cookies=errand.cookies)
        cookies = Cookies(errand.cookies, options.set_cookies, home)
        work = Work(home, options, errand, cookies, began + options.timeout_ms / 1000)

        async def attempt(proxy: Proxy | None, number: int) -> tuple[TargetResult, Verdict]:
            return await self._try(work, proxy, number)

        result = await tried(work, self._upstreams, attempt)
        elapsed_ms = int((loop.time() - began) * 1000)
        return Performed(result=replace(result, elapsed_ms=elapsed_ms), cookies=cookies.dump())

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

        options = work.options
        render = options.render
        assert render is not None
        profile = PROFILES[_DEVICES[options.device]]
        async with self._pool(proxy, render) as pool:
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
                    except Error as fault:
                        if is_death(fault.message):
                            raise BrowserDied from None
                        ended = visit.end_of(fault.message)
                        raise NotShown(ended.outcome, ended.detail) from None

    @contextlib.asynccontextmanager
    async def _pool(self, proxy: Proxy | None, render: RenderOptions) -> AsyncGenerator[BrowserPool]:
        if proxy is None:
            yield self._plain if render.block_resources else self._drawn
            return
        async with self._behind:
            door = await self._upstreams.door(proxy)
            pool = BrowserPool(self._path, door, pages=1, draws=not render.block_resources)
            try:
                yield pool
            finally:
                await pool.close()

    async def _looked_at(self, work: Work, render: RenderOptions, tab: Tab, visit: Visit) -> TargetResult:
        home = work.home.href
        seen = Observed(visit.page)
        changes = Changes(page_url=home, headers=work.options.headers)
        async with Gate(tab.session, changes).watching(tab.frame_id):
            await self._set_cookies(work, visit)
            await visit.open(home)
            rendered = _answer(visit)
            await self._waited(render, visit, seen)
            await play(visit, seen, render.play)
            rendered = _answer(visit)
            await self._check_end(work, rendered)
            content = await self._content(work, render, visit, seen, rendered)
            await self._keep_cookies(work, visit)
        return TargetResult(
            outcome=FetchOutcome.OK,
            status_code=rendered.status,
            headers=tuple((str(name), str(value)) for name, value in rendered.headers.items()),
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

    async def _content(
        self, work: Work, render: RenderOptions, visit: Visit, seen: Observed, rendered: Rendered
    ) -> str:
        async with asyncio.timeout(READ_S):
            source = await visit.evaluate(SOURCE, {"most": MAX_CHARACTERS}, str)
        if work.options.output is BulkOutput.MARKDOWN:
            source = await as_markdown(source, rendered.final_url or work.home.href, self._offload, work.deadline)
        extra = render.show_websocket_requests or render.show_frames or render.takes_pictures
        if not render.return_json and not extra:
            return source
        shown = Shown(
            url=rendered.final_url,
            status_code=rendered.status,
            content=source,
            network_requests=await _requests(visit, seen) if render.return_json else None,
            websocket_requests=seen.messages if render.show_websocket_requests else None,
            frames=await _frames(visit) if render.show_frames else None,
            screenshots=[await _picture(work, render, visit)] if render.takes_pictures else None,
        )
        return msgspec.json.encode(shown).decode("utf-8", "replace")

    async def _set_cookies(self, work: Work, visit: Visit) -> None:
        for pair in filter(None, work.cookies.header(work.home).split("; ")):
            name, _, value = pair.partition("=")
            await visit.send("Network.setCookie", {"name": name, "value": value, "url": work.home.href})

    async def _keep_cookies(self, work: Work, visit: Visit) -> None:
        if not work.options.session_id:
            return
        told = await visit.send("Network.getCookies")
        work.cookies.keep(work.home, [_line(cookie) for cookie in told.get("cookies", ())])


def _line(cookie: dict[str, Any]) -> str:
    domain = f"; Domain={cookie['domain']}" if str(cookie.get("domain", "")).startswith(".") else ""
    secure = "; Secure" if cookie.get("secure") else ""
    return f"{cookie['name']}={cookie['value']}; Path={cookie.get('path', '/')}{domain}{secure}"


def _answer(visit: Visit) -> Rendered:
    """How the page answered. Raises NotShown where that is no page."""
    response = visit.traffic.main_response
    if response is None or visit.page.url.startswith("chrome-error:"):
        failure = visit.traffic.main.failure if visit.traffic.main else None
        ended = visit.end_of(failure or "no answer")
        raise NotShown(ended.outcome, ended.detail)
    if response.headers.get(REFUSAL_HEADER.lower()):
        raise NotShown(FetchOutcome.UNSAFE_URL, UNSAFE)
    return Rendered(outcome=FetchOutcome.OK, status=response.status, final_url=response.url, headers=response.headers)


async def _requests(visit: Visit, seen: Observed) -> list[NetworkRequest]:
    bodies = {captured.url: captured.body for captured in await visit.traffic.responses()}
    for request in seen.requests:
        request.response_body = bodies.get(request.url, "")
    return seen.requests


async def _frames(visit: Visit) -> list[FrameTold]:
    frames = [frame for frame in visit.page.frames if frame != visit.page.main_frame][:MAX_FRAMES]
    return [told for told in [await _frame(visit, frame) for frame in frames] if told is not None]


async def _frame(visit: Visit, frame: Frame) -> FrameTold | None:
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(FRAME_S):
            content = await visit.unless_halted(frame.content())
    except (Error, TimeoutError):
        return None  # gone meanwhile, or it resists
    return FrameTold(frame.url, content[:MAX_CHARACTERS])


async def _picture(work: Work, render: RenderOptions, visit: Visit) -> Picture:
    device = PROFILES[_DEVICES[work.options.device]]
    kind, stretch = "Screenshot", None
    if render.full_screenshot:
        kind, stretch = "FullScreenshot", (await metrics_of(visit)).content
    elif render.particular_screenshot:
        kind, stretch = "ParticularScreenshot", await _box(visit, render.particular_screenshot)
    request = CaptureRequest(url=work.home.href, device=_DEVICES[work.options.device])
    picture = await draw(visit, request, device.scale, stretch)
    return Picture(kind, base64.b64encode(picture.image).decode())


async def _box(visit: Visit, selector: str) -> Stretch:
    from playwright.async_api import Error

    try:
        box = await visit.evaluate(BOX, {"selector": selector}, Stretch)
    except (Error, Exhausted):
        raise NotShown(FetchOutcome.UNSUPPORTED_CONTENT, f"{selector[:200]!r} is no CSS selector.") from None
    if box.width < 1 or box.height < 1:
        raise NotShown(FetchOutcome.NOT_FOUND, f"Nothing matches {selector[:200]!r}.")
    return box
