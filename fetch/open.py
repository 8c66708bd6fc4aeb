"""Opens the way to the web: the egress door, the HTTP tier, the browser tier, and the ladder over both."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from domain.bulk import TargetOptions
from domain.captures import CaptureRequest, CaptureResult
from domain.pages import FetchOutcome, FetchRequest, Page
from fetch.fetcher import DEFAULT_USER_AGENT, NO_BROWSER, FetchConfig
from fetch.interaction import CannotInteract, Interaction
from fetch.targets.errand import Errand, Performed

if TYPE_CHECKING:
    from fetch.browser import BrowserTier
    from fetch.capture import CaptureTier
    from fetch.egress.proxy import Door
    from fetch.http import HttpTier
    from fetch.ladder import Ladder
    from fetch.offload import Offloader
    from fetch.politeness import SharedTurns
    from fetch.targets.tier import Targets


class WebFetcher:
    """The live web as a `Fetcher`. `door` is the one way out, for others that need it (webhooks, search)."""

    def __init__(
        self,
        door: Door,
        http: HttpTier,
        ladder: Ladder,
        browser: BrowserTier | None,
        pictures: CaptureTier | None = None,
        *,
        targets: Targets,
    ) -> None:
        self.door = door
        self._targets = targets
        self._http, self._ladder, self._browser, self._pictures = http, ladder, browser, pictures

    async def fetch(self, request: FetchRequest) -> Page:
        """The page; what the web does wrong is its `outcome`. Raises InvalidInput for headers no caller may set."""
        return await self._ladder.fetch(request)

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        """At most `limit` canonical URLs that the site of `url` names in its sitemaps; none where it has none."""
        return await self._http.sitemap_urls(url, limit)

    async def perform(self, target: str, options: TargetOptions, errand: Errand) -> Performed:
        """What comes of one Target of a bulk job; what the web does wrong is its `outcome`."""
        return await self._targets.perform(target, options, errand)

    @contextlib.asynccontextmanager
    async def interact(self, scope: str, deadline_s: float) -> AsyncGenerator[Interaction]:
        """A browser page to be steered for at most `deadline_s` seconds, by one caller, with cookies of its own.
        Raises CannotInteract where none is to be had."""
        if self._browser is None:
            raise CannotInteract(FetchOutcome.BROWSER_UNAVAILABLE, NO_BROWSER)
        async with self._browser.interact(scope, deadline_s, self._http) as interaction:
            yield interaction

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        """A picture of a page; what the web does wrong is its `outcome`. Ends within `deadline_s` seconds. `scope` is
        the account's. Raises NotConfigured for a proxy's country, InvalidInput for headers no caller may set."""
        if self._pictures is None:
            return CaptureResult(outcome=FetchOutcome.BROWSER_UNAVAILABLE, detail=NO_BROWSER)
        return await self._pictures.capture(request, scope, deadline_s)

    def forget(self, scope: str) -> None:
        """Drops the cookies that a scope which is over left in the HTTP tier; the browser's go when they are idle."""
        self._http.forget(scope)


@contextlib.asynccontextmanager
async def open_fetcher(
    config: FetchConfig, offload: Offloader | None = None, turns: SharedTurns | None = None
) -> AsyncGenerator[WebFetcher]:
    """The web, for as long as the context lasts. Large pages are parsed in `offload`; one is made where none is given.
    `turns` at a host are those of all processes, else of this one.

    The browser starts with the first page that needs it, and ends with the context.
    """
    from fetch.egress.proxy import open_egress
    from fetch.http import HttpConfig, open_http
    from fetch.ladder import Ladder
    from fetch.offload import Offload
    from fetch.politeness import Manners
    from fetch.targets.http import HttpTargets
    from fetch.targets.tier import Targets
    from fetch.targets.upstream import open_upstreams

    http_config = HttpConfig(
        user_agent=config.user_agent,
        respect_robots=config.respect_robots,
        manners=Manners(delay_s=config.per_host_delay_s),
    )
    async with contextlib.AsyncExitStack() as stack:
        offload = offload or await stack.enter_async_context(Offload())
        door = await stack.enter_async_context(open_egress(config.policy))
        http = await stack.enter_async_context(
            open_http(door, config.policy, http_config, offload=offload, turns=turns)
        )
        upstreams = await stack.enter_async_context(open_upstreams(config.proxies, config.policy, door))
        browser = pictures = None
        if config.browser_path:
            from fetch.browser import BrowserTier
            from fetch.capture import CaptureTier

            # A name that the operator chose goes to sites from both tiers; else the browser says what it is.
            agent = config.user_agent if config.user_agent != DEFAULT_USER_AGENT else ""
            browser = BrowserTier(config.browser_path, door, offload, pages=config.browser_pages, user_agent=agent)
            stack.push_async_callback(browser.close)
            pictures = CaptureTier(
                config.browser_path,
                door,
                http,
                pages=config.browser_pages,
                user_agent=agent,
                filter_lists=config.filter_lists,
                upstreams=upstreams,
            )
            stack.push_async_callback(pictures.close)
        rendered = None
        if browser is not None:
            from fetch.targets.render import RenderedTargets

            rendered = RenderedTargets(browser.pool, browser.steered, http, config.policy, upstreams, offload)
        targets = Targets(HttpTargets(http, config.policy, upstreams, offload), rendered)
        yield WebFetcher(door, http, Ladder(http, browser, config.policy), browser, pictures, targets=targets)
