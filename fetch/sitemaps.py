"""The URLs that a site names in its sitemaps (sitemaps.org)."""

from __future__ import annotations

import asyncio
import html
import re

from domain.egress import EgressPolicy, check_destination
from domain.errors import InvalidInput, UnsafeUrl
from domain.urls import canonical_url, site_of
from fetch.bodies import BadBody, BodyCaps, BodyReader, CutOff, TooLarge
from fetch.charset import decode
from fetch.exchange import ExchangeFailed, Wants
from fetch.robots import Get, Robots

MAX_DOCUMENTS = 20  # of one site: a million URLs at the standard's 50,000 each
MAX_DEPTH = 2  # an index of indexes is against the standard, and seen
MAX_URLS = 50_000
DEADLINE_S = 30.0  # for all of them
# The standard allows 50 MB; what fits in a page's caps names more than a run reads.
CAPS = BodyCaps(decoded=20_971_520)
WANTS = Wants(caps=CAPS, pages_only=False, is_cut=True)

# One pattern instead of an XML parser: sitemaps are often broken or cut, and nothing else of them matters. Locations
# of pictures and videos inside an entry have a prefix.
_LOCATION = re.compile(r"<loc>\s{0,99}(?:<!\[CDATA\[)?\s{0,99}([^<\]\s]{1,2100})")
_INDEX = re.compile(r"<sitemapindex[\s>]")
_GZIP = b"\x1f\x8b"


class Sitemaps:
    def __init__(self, get: Get, robots: Robots, policy: EgressPolicy) -> None:
        self._get = get
        self._robots = robots
        self._policy = policy

    async def urls(self, url: str, limit: int) -> tuple[str, ...]:
        """At most `limit` canonical URLs of the site of `url`, in the order in which its sitemaps name them. What
        cannot be read is passed over."""
        limit = min(limit, MAX_URLS)
        deadline = asyncio.get_running_loop().time() + DEADLINE_S
        try:
            home = check_destination(url, self._policy)
            rules = await self._robots.rules(home, deadline)
        except (UnsafeUrl, ExchangeFailed):
            return ()
        named = [(address, 0) for address in rules.sitemaps[:MAX_DOCUMENTS]]
        waiting = named or [(f"{home.origin}/sitemap.xml", 0)]
        site, found, seen = site_of(home.href), dict[str, None](), set[str]()
        while waiting and len(found) < limit and len(seen) < MAX_DOCUMENTS:
            address, depth = waiting.pop(0)
            if address in seen:
                continue
            seen.add(address)
            text = await self._document(address, home.href, deadline)
            if _INDEX.search(text[:4096]):
                if depth < MAX_DEPTH:
                    waiting += [(child, depth + 1) for child in _locations(text, MAX_DOCUMENTS)]
                continue
            for location in _locations(text, MAX_URLS):
                _keep(found, location, site)
                if len(found) >= limit:
                    break
        return tuple(found)

    async def _document(self, address: str, base: str, deadline: float) -> str:
        """The text of one sitemap; empty where it cannot be had."""
        try:
            answer = await self._get(check_destination(address, self._policy, base), deadline, WANTS)
            if answer.status != 200:
                return ""
            body = _unzipped(answer.body) if answer.body.startswith(_GZIP) else answer.body
        except (UnsafeUrl, ExchangeFailed, BadBody):
            return ""
        return decode(body, answer.headers.get("Content-Type", ""))


def _unzipped(body: bytes) -> bytes:
    """A `.xml.gz`, which is a compressed file rather than a compressed answer."""
    reader = BodyReader("gzip", CAPS)
    try:
        reader.feed(body)
        return reader.finish()
    except (TooLarge, CutOff):
        return reader.so_far()


def _locations(text: str, limit: int) -> list[str]:
    if "<" not in text[:1000]:  # a plain list
        return [line.strip() for line in text.split("\n", limit)[:limit] if line.strip()]
    found = []
    for match in _LOCATION.finditer(text):
        found.append(html.unescape(match[1]))
        if len(found) >= limit:
            break
    return found


def _keep(found: dict[str, None], location: str, site: str) -> None:
    try:
        if site_of(location) == site:
            found[canonical_url(location)] = None
    except InvalidInput:
        return
