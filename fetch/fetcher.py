"""What the rest of Forage asks of the web: pages, and the URLs that sitemaps name. Light to import: the API may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from domain.egress import EgressPolicy
    from domain.pages import FetchRequest, Page

# Names us to sites and in robots.txt; sites that sort by user agent know the form.
DEFAULT_USER_AGENT = "Mozilla/5.0 (compatible; Forage/0.1)"


class FetchConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How pages are fetched.

    `browser_path` is the executable of a Chromium; empty means that this process has none and pages come by HTTP only.
    `browser_pages` is how many of its pages work at once. `per_host_delay_s` is the least time in seconds between two
    requests to one host.
    """

    policy: EgressPolicy
    browser_path: str = ""
    browser_pages: int = 4
    user_agent: str = DEFAULT_USER_AGENT
    per_host_delay_s: float = 0.5
    respect_robots: bool = True


class Fetcher(Protocol):
    async def fetch(self, request: FetchRequest) -> Page:
        """The page. Never raises for the web's faults: they are the page's `outcome`."""
        ...

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        """At most `limit` canonical URLs that the site of `url` names in its sitemaps; none where it has none."""
        ...
