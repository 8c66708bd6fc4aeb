"""What the rest of Forage asks of the web: pages, and the URLs that sitemaps name. Light to import: the API may."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

import msgspec

from domain.proxies import ProxyTable

if TYPE_CHECKING:
    from domain.bulk import TargetOptions
    from domain.egress import EgressPolicy
    from domain.pages import FetchRequest, Page
    from fetch.interaction import Interaction
    from fetch.targets.errand import Errand, Performed

# Names us to sites and in robots.txt; sites that sort by user agent know the form.
DEFAULT_USER_AGENT = "Mozilla/5.0 (compatible; Forage/0.1)"
NO_BROWSER = "There is no browser here: `forage browser --install` finds or installs one."


class FetchConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How pages are fetched.

    `browser_path` is the executable of a Chromium; empty means that this process has none and pages come by HTTP only.
    `browser_pages` is how many of its pages work at once. `filter_lists` are files in EasyList's syntax that say what
    pictures without advertisements leave out, besides our own. `per_host_delay_s` is the least time in seconds between
    two requests to one host. `proxies` are the operator's, for Targets that ask for one.
    """

    policy: EgressPolicy
    browser_path: str = ""
    browser_pages: int = 4
    user_agent: str = DEFAULT_USER_AGENT
    per_host_delay_s: float = 0.5
    respect_robots: bool = True
    filter_lists: tuple[str, ...] = ()
    proxies: ProxyTable = ProxyTable()


class Fetcher(Protocol):
    async def fetch(self, request: FetchRequest) -> Page:
        """The page. Never raises for the web's faults: they are the page's `outcome`."""
        ...

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        """At most `limit` canonical URLs that the site of `url` names in its sitemaps; none where it has none."""
        ...

    async def perform(self, target: str, options: TargetOptions, errand: Errand) -> Performed:
        """What comes of one Target of a bulk job; what the web does wrong is its `outcome`."""
        ...

    def interact(self, scope: str, deadline_s: float) -> AbstractAsyncContextManager[Interaction]:
        """A browser page to be steered for at most `deadline_s` seconds, with cookies of its own. Raises CannotInteract
        where none is to be had."""
        ...
