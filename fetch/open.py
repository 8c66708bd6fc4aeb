"""Opens the way to the web: the egress door, the HTTP tier, the browser tier, and the ladder over both."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from domain.pages import FetchRequest, Page
from fetch.fetcher import DEFAULT_USER_AGENT, FetchConfig

if TYPE_CHECKING:
    from fetch.egress.proxy import Door
    from fetch.http import HttpTier
    from fetch.ladder import Ladder
    from fetch.offload import Offloader


class WebFetcher:
    """The live web as a `Fetcher`. `door` is the one way out, for others that need it (webhooks, search)."""

    def __init__(self, door: Door, http: HttpTier, ladder: Ladder) -> None:
        self.door = door
        self._http, self._ladder = http, ladder

    async def fetch(self, request: FetchRequest) -> Page:
        """The page; what the web does wrong is its `outcome`. Raises InvalidInput for headers no caller may set."""
        return await self._ladder.fetch(request)

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        """At most `limit` canonical URLs that the site of `url` names in its sitemaps; none where it has none."""
        return await self._http.sitemap_urls(url, limit)

    def forget(self, scope: str) -> None:
        """Drops the cookies that a scope which is over left in the HTTP tier; the browser's go when they are idle."""
        self._http.forget(scope)


@contextlib.asynccontextmanager
async def open_fetcher(config: FetchConfig, offload: Offloader | None = None) -> AsyncGenerator[WebFetcher]:
    """The web, for as long as the context lasts. Large pages are parsed in `offload`; one is made where none is given.

    The browser starts with the first page that needs it, and ends with the context.
    """
    from fetch.egress.proxy import open_egress
    from fetch.http import HttpConfig, open_http
    from fetch.ladder import Ladder
    from fetch.offload import Offload
    from fetch.politeness import Manners

    http_config = HttpConfig(
        user_agent=config.user_agent,
        respect_robots=config.respect_robots,
        manners=Manners(delay_s=config.per_host_delay_s),
    )
    async with contextlib.AsyncExitStack() as stack:
        offload = offload or await stack.enter_async_context(Offload())
        door = await stack.enter_async_context(open_egress(config.policy))
        http = await stack.enter_async_context(open_http(door, config.policy, http_config, offload=offload))
        browser = None
        if config.browser_path:
            from fetch.browser import BrowserTier

            # A name that the operator chose goes to sites from both tiers; else the browser says what it is.
            agent = config.user_agent if config.user_agent != DEFAULT_USER_AGENT else ""
            browser = BrowserTier(config.browser_path, door, offload, pages=config.browser_pages, user_agent=agent)
            stack.push_async_callback(browser.close)
        yield WebFetcher(door, http, Ladder(http, browser, config.policy))
