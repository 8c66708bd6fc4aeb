"""robots.txt (RFC 9309): what a site asks crawlers to leave alone."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import msgspec
from protego import Protego

from domain.errors import UnsafeUrl
from domain.pages import FetchOutcome
from domain.urls import ParsedUrl, parse_url
from fetch.bodies import BodyCaps
from fetch.charset import decode
from fetch.exchange import Answer, ExchangeFailed, Wants

# What robots.txt files name a crawler by: the product in its user agent that is not a browser's.
_PRODUCT = re.compile(r"\b(?!Mozilla|AppleWebKit|Chrome|Safari|Gecko|Firefox|Headless)([A-Za-z_-]{2,60})/[\d.]", re.I)
DEFAULT_PRODUCT = "Forage"
# The standard asks for no more than a day, and for at least 500 KiB to be read.
FRESH_S = 3600.0
MAX_SITES = 2048
WANTS = Wants(caps=BodyCaps(raw=512_000, decoded=512_000), pages_only=False, is_cut=True)
# A site whose robots.txt cannot be read is asked again soon, and left alone until then.
FAILED_S = 30.0
DEADLINE_S = 10.0

Get = Callable[[ParsedUrl, float, Wants], Awaitable[Answer]]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What one site says to `product`. `failure` and `detail` tell why nobody knows: then the site is off limits."""

    product: str = DEFAULT_PRODUCT
    parsed: Protego | None = None
    failure: FetchOutcome | None = None
    detail: str = ""

    @property
    def crawl_delay_s(self) -> float:
        return (self.parsed.crawl_delay(self.product) if self.parsed else None) or 0.0

    @property
    def sitemaps(self) -> tuple[str, ...]:
        return tuple(self.parsed.sitemaps) if self.parsed else ()

    def check(self, url: ParsedUrl) -> None:
        """Raises ExchangeFailed where this URL is off limits."""
        if self.failure is not None:
            raise ExchangeFailed(self.failure, self.detail)
        if self.parsed is not None and not self.parsed.can_fetch(url.href, self.product):
            raise ExchangeFailed(FetchOutcome.ROBOTS_DENIED, "The site's robots.txt asks to leave it alone.")


def product_of(user_agent: str) -> str:
    """`Mozilla/5.0 (compatible; AcmeBot/2.1)` goes by `AcmeBot`."""
    found = _PRODUCT.search(user_agent)
    return found[1] if found else DEFAULT_PRODUCT


class Robots:
    """The rules of each site, read when first needed. `get` fetches a URL and follows its redirects."""

    def __init__(self, get: Get, user_agent: str) -> None:
        self._get = get
        self._product = product_of(user_agent)
        self._known: OrderedDict[str, tuple[float, Rules]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Rules]] = {}

    async def rules(self, url: ParsedUrl, deadline: float) -> Rules:
        """The rules of the site of this URL. Raises ExchangeFailed where they do not come by `deadline`."""
        origin, loop = url.origin, asyncio.get_running_loop()
        if (known := self._known.get(origin)) and known[0] > loop.time():
            return known[1]
        task = self._asking.get(origin)
        if task is None:
            task = self._asking[origin] = loop.create_task(self._ask(origin))
            task.add_done_callback(lambda _: self._asking.pop(origin, None))
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.shield(task)
        except TimeoutError:
            raise ExchangeFailed(FetchOutcome.TIMED_OUT, "Its robots.txt did not come in time.") from None

    def knows(self, url: ParsedUrl) -> bool:
        """Whether the rules of this URL's site need not be asked for."""
        known = self._known.get(url.origin)
        return known is not None and known[0] > asyncio.get_running_loop().time()

    def close(self) -> None:
        for task in list(self._asking.values()):
            task.cancel()

    async def _ask(self, origin: str) -> Rules:
        loop = asyncio.get_running_loop()
        try:
            answer = await self._get(parse_url(f"{origin}/robots.txt"), loop.time() + DEADLINE_S, WANTS)
            rules = _read(answer, self._product)
        except UnsafeUrl:  # it redirects to where nobody may go: as good as none
            rules = Rules()
        except ExchangeFailed as fault:
            rules = _unread(fault)
        lasts = FAILED_S if rules.failure else FRESH_S
        self._known[origin] = (loop.time() + lasts, rules)
        self._known.move_to_end(origin)
        if len(self._known) > MAX_SITES:
            self._known.popitem(last=False)
        return rules


def _read(answer: Answer, product: str) -> Rules:
    if 200 <= answer.status < 300:
        text = decode(answer.body, answer.headers.get("Content-Type", ""))
        return Rules(product=product, parsed=Protego.parse(text))
    if answer.status >= 500:
        # "Unreachable" in the standard's words: complete disallow.
        detail = "The site's robots.txt cannot be read, so the site is left alone for now."
        return Rules(failure=FetchOutcome.ROBOTS_DENIED, detail=detail)
    return Rules()  # "unavailable": there are no rules


def _unread(fault: ExchangeFailed) -> Rules:
    """A host that cannot be reached is told as that: it hides nothing from crawlers. What is no text has no rules."""
    down = {FetchOutcome.UNREACHABLE, FetchOutcome.TIMED_OUT, FetchOutcome.UNSAFE_URL}
    return Rules(failure=fault.outcome, detail=fault.message) if fault.outcome in down else Rules()
