"""The HTTP tier: a page by plain requests, without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

import msgspec

from domain.egress import EgressPolicy, check_destination, check_headers
from domain.errors import UnsafeUrl
from domain.ids import new_id
from domain.pages import FetchOutcome, FetchRequest, Page, Posted, Via
from domain.urls import MAX_URL, ParsedUrl, canonical_url, is_http, site_of
from fetch.bodies import BodyCaps
from fetch.cache import Kept, PageCache
from fetch.charset import decode
from fetch.content_types import ContentKind, kind_of, media_type
from fetch.cookies import ScopedCookies
from fetch.dom import PageFacts, describe
from fetch.exchange import Answer, Exchange, ExchangeFailed, Wants, open_exchange, percent_encoded
from fetch.fetcher import DEFAULT_USER_AGENT
from fetch.link_header import next_link
from fetch.offload import InlineOffload, Offloader, WorkerDied
from fetch.politeness import MAX_WAIT_S, Manners, Politeness, SharedTurns, retry_after_s
from fetch.robots import Robots
from fetch.sitemaps import Sitemaps

if TYPE_CHECKING:
    from fetch.egress.proxy import Door

MAX_REDIRECTS = 10
# Reading 10 KB of markup takes about 1.3 ms; a trip to a worker process 0.3 ms. Below this the loop is held for 4 ms at
# most; above it a worker, and with it another core, is worth the trip.
INLINE_CHARACTERS = 32_000

Describe = Callable[[str, str], PageFacts]


class HttpConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How the tier behaves."""

    user_agent: str = DEFAULT_USER_AGENT
    respect_robots: bool = True
    manners: Manners = Manners()
    caps: BodyCaps = BodyCaps()


class _Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One request on the way to a page."""

    url: ParsedUrl
    scope: str
    headers: tuple[tuple[str, str], ...]
    deadline: float  # event loop time


class HttpTier:
    """Made by `open_http`. Every request goes through the door; DNS is asked there and nowhere else."""

    def __init__(
        self,
        exchange: Exchange,
        policy: EgressPolicy,
        config: HttpConfig,
        *,
        offload: Offloader,
        describe_page: Describe,
        turns: SharedTurns | None = None,
    ) -> None:
        self.exchange = exchange
        self._policy = policy
        self._config = config
        self._offload = offload
        self._describe_page = describe_page
        self._wants = Wants(caps=config.caps)
        self._cookies = ScopedCookies()
        self._cache = PageCache()
        self.politeness = Politeness(config.manners, turns)
        self.robots = Robots(self._get_following, config.user_agent)
        self._sitemaps = Sitemaps(self._get_following, self.robots, policy)

    async def fetch(self, request: FetchRequest) -> Page:
        """The page; what the web does wrong is its `outcome`. A page that is not ok keeps what came of it.

        Raises InvalidInput only for headers that no caller may set.
        """
        check_headers(request.headers)
        loop = asyncio.get_running_loop()
        started = loop.time()
        visit = _Visit(request=request, started=started, deadline=started + request.deadline_s)
        try:
            return await self._follow(visit)
        except UnsafeUrl as fault:
            return visit.page(FetchOutcome.UNSAFE_URL, fault.message)
        except ExchangeFailed as fault:
            return visit.page(fault.outcome, fault.message)

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        """At most `limit` canonical URLs that the site of `url` names in its sitemaps; none where it has none."""
        return await self._sitemaps.urls(url, limit)

    async def check_robots(self, url: ParsedUrl, deadline: float) -> None:
        """Raises ExchangeFailed where the site asks to be left alone; takes over its Crawl-delay."""
        if self._config.respect_robots:
            rules = await self.robots.rules(url, deadline)
            rules.check(url)
            if rules.crawl_delay_s:
                self.politeness.gate(url.authority).ask_delay(rules.crawl_delay_s)

    def must_read_robots(self, url: ParsedUrl) -> bool:
        """Whether `check_robots` would ask the site first: that request takes a turn of its host."""
        return self._config.respect_robots and not self.robots.knows(url)

    def forget(self, scope: str) -> None:
        """Drops the cookies and pages of a scope that is over."""
        self._cookies.forget(scope)
        self._cache.forget(scope)

    async def _follow(self, visit: _Visit) -> Page:
        request = visit.request
        url = self._checked(request.url)
        asked = url
        for _ in range(MAX_REDIRECTS + 1):
            visit.at(url)
            await self.check_robots(url, visit.deadline)
            # A caller's headers may hold secrets: they are for the site that was asked, and not for an insecure one.
            is_home = site_of(url.href) == site_of(asked.href) and (url.scheme == asked.scheme or url.scheme == "https")
            headers = request.headers if is_home else ()
            hop = _Hop(url=url, scope=request.scope, headers=headers, deadline=visit.deadline)
            kept = None if headers or request.posted else self._cache.get(request.scope, url.href)
            answer = await self._ask(hop, kept, request.posted)
            if answer.location is None:
                return await self._arrived(visit, hop, answer, kept)
            url = self._redirected(answer.location, url)
        raise ExchangeFailed(FetchOutcome.TOO_MANY_REDIRECTS, f"It redirects more than {MAX_REDIRECTS} times.")

    def _checked(self, url: str, base: str = "") -> ParsedUrl:
        parsed = check_destination(url, self._policy, base)
        if parsed.scheme not in {"http", "https"}:
            raise UnsafeUrl
        return parsed

    def _redirected(self, location: str, url: ParsedUrl) -> ParsedUrl:
        try:
            return self._checked(percent_encoded(location), base=url.href)
        except UnsafeUrl:
            raise UnsafeUrl("It redirects to a URL that may not be fetched.") from None

    async def _ask(self, hop: _Hop, kept: Kept | None, posted: Posted | None) -> Answer:
        headers = dict(hop.headers)
        if cookies := self._cookies.header(hop.scope, hop.url):
            mine = next((name for name in headers if name.lower() == "cookie"), "Cookie")
            headers[mine] = f"{headers[mine]}; {cookies}" if mine in headers else cookies
        if kept is not None:
            headers |= kept.conditions
        within = headers, hop.deadline, self._wants
        asked = self._post_once(hop.url, posted, *within) if posted else self._ask_politely(hop.url, *within)
        answer = await asked
        self._cookies.keep(hop.scope, hop.url, answer.headers.getall("Set-Cookie", ()))
        return answer

    async def _post_once(
        self, url: ParsedUrl, posted: Posted, headers: dict[str, str], deadline: float, wants: Wants
    ) -> Answer:
        """Nowhere else, and not again: what became of the first is not known."""
        gate = self.politeness.gate(url.authority)
        async with gate.turn(deadline):
            answer = await self.exchange.post(url, posted, headers, deadline, wants)
        if (wait_s := _wait_s(answer)) is not None:
            gate.wait(wait_s)
        if answer.location is not None:
            raise ExchangeFailed(FetchOutcome.HTTP_ERROR, "It redirects what is sent to it.")
        return answer

    async def _ask_politely(self, url: ParsedUrl, headers: dict[str, str], deadline: float, wants: Wants) -> Answer:
        """In turn, and once more where that may help: after a reset, or when a busy server says how long to wait."""
        gate = self.politeness.gate(url.authority)
        try:
            async with gate.turn(deadline):
                answer = await self.exchange.get(url, headers, deadline, wants)
        except ExchangeFailed as fault:
            if not fault.is_passing:
                raise
        else:
            wait_s = _wait_s(answer)
            if wait_s is None:
                return answer
            gate.wait(wait_s)
            if asyncio.get_running_loop().time() + wait_s >= deadline:
                return answer
        async with gate.turn(deadline):
            return await self.exchange.get(url, headers, deadline, wants)

    async def _get_following(self, url: ParsedUrl, deadline: float, wants: Wants) -> Answer:
        """For robots.txt and sitemaps: no cookies, no cache, and half the redirects (RFC 9309 asks for five).

        Raises ExchangeFailed, and UnsafeUrl where a redirect leads to what may not be fetched.
        """
        for hops in range(MAX_REDIRECTS // 2 + 1):
            try:
                answer = await self._ask_politely(url, {}, deadline, wants)
            except ExchangeFailed as fault:
                if hops and fault.outcome is FetchOutcome.UNSAFE_URL:
                    raise UnsafeUrl from None
                raise
            if answer.location is None:
                return answer
            url = self._checked(percent_encoded(answer.location), base=url.href)
        raise ExchangeFailed(FetchOutcome.TOO_MANY_REDIRECTS, "It redirects too often.")

    async def _arrived(self, visit: _Visit, hop: _Hop, answer: Answer, kept: Kept | None) -> Page:
        if answer.status == 304 and kept is not None:
            return visit.confirmed(kept.page, answer.raw_size)
        page = await self._read(visit, answer)
        has_own = hop.headers or visit.request.posted
        if page.ok and not has_own and "no-store" not in answer.headers.get("Cache-Control", "").lower():
            etag, modified = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
            self._cache.keep(hop.scope, hop.url.href, Kept(page, etag, modified))
        return page

    async def _read(self, visit: _Visit, answer: Answer) -> Page:
        content_type = answer.headers.get("Content-Type", "")
        outcome, detail = _judge(answer.status)
        kind = kind_of(content_type, answer.body)
        html = text = title = language = ""
        if kind is None:
            if outcome is FetchOutcome.OK:
                outcome, detail = FetchOutcome.UNSUPPORTED_CONTENT, "It is not a page."
        else:
            html = text = decode(answer.body, content_type)
            if kind is ContentKind.MARKUP:
                facts = await self._describe(html, answer.url.href, visit.deadline)
                text, title, language = facts.text, facts.title, facts.language
        return msgspec.structs.replace(
            visit.page(outcome, detail),
            status=answer.status,
            content_type=media_type(content_type),
            following=next_link(",".join(answer.headers.getall("Link", ())), answer.url.href),
            html=html,
            text=text,
            title=title,
            language=language,
            bytes_received=answer.raw_size,
        )

    async def _describe(self, html: str, url: str, deadline: float) -> PageFacts:
        if len(html) <= INLINE_CHARACTERS:
            return self._describe_page(html, url)
        left_s = deadline - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(left_s):
                return await self._offload.run(self._describe_page, html, url, deadline_s=left_s)
        except TimeoutError:
            raise ExchangeFailed(FetchOutcome.TIMED_OUT, "It took too long to read.") from None
        except WorkerDied:
            raise ExchangeFailed(FetchOutcome.TOO_LARGE, "It took too much memory to read.") from None


class _Visit:
    """One fetch under way: what its page will say whatever becomes of it."""

    def __init__(self, *, request: FetchRequest, started: float, deadline: float) -> None:
        self.request = request
        self.deadline = deadline
        self._started = started
        self._final_url = request.url[:MAX_URL]

    def at(self, url: ParsedUrl) -> None:
        self._final_url = canonical_url(url.href)

    def page(self, outcome: FetchOutcome, detail: str = "") -> Page:
        """The page as far as it is known without its content."""
        url = self.request.url[:MAX_URL]
        elapsed_s = asyncio.get_running_loop().time() - self._started
        return Page(
            id=new_id(),
            url=canonical_url(url) if is_http(url) else url,
            final_url=self._final_url,
            outcome=outcome,
            detail=detail,
            via=Via.HTTP,
            fetched_at=dt.datetime.now(dt.UTC),
            elapsed_ms=int(elapsed_s * 1000),
        )

    def confirmed(self, kept: Page, bytes_received: int) -> Page:
        """The page that was kept, as of now."""
        now = self.page(kept.outcome)
        return msgspec.structs.replace(
            kept,
            id=now.id,
            url=now.url,
            final_url=now.final_url,
            via=Via.CACHE,
            fetched_at=now.fetched_at,
            elapsed_ms=now.elapsed_ms,
            bytes_received=bytes_received,
        )


def _judge(status: int) -> tuple[FetchOutcome, str]:
    """What an HTTP status means for a page, with a line for people."""
    if 200 <= status < 300:
        return FetchOutcome.OK, ""
    detail = f"The site answered with status {status}."
    if status in {401, 403, 429}:
        return FetchOutcome.BLOCKED, detail
    if status in {404, 410}:
        return FetchOutcome.NOT_FOUND, detail
    return FetchOutcome.HTTP_ERROR, detail


def _wait_s(answer: Answer) -> float | None:
    """How long to wait before asking once more; None where that is no use."""
    if answer.status not in {429, 503}:
        return None
    seconds = retry_after_s(answer.headers.get("Retry-After", ""), dt.datetime.now(dt.UTC))
    return seconds if seconds is not None and seconds <= MAX_WAIT_S else None


@contextlib.asynccontextmanager
async def open_http(
    door: Door,
    policy: EgressPolicy,
    config: HttpConfig | None = None,
    *,
    offload: Offloader | None = None,
    describe_page: Describe = describe,
    tls: ssl.SSLContext | None = None,
    turns: SharedTurns | None = None,
) -> AsyncGenerator[HttpTier]:
    """The tier, for as long as the context lasts. Large pages are read in `offload`; `describe_page` fills the text
    facts of every page and must be importable by name; `tls` replaces the certificates that are trusted; `turns` at a
    host are those of all processes, else of this one."""
    config = config or HttpConfig()
    async with open_exchange(door, config.user_agent, tls=tls) as exchange:
        tier = HttpTier(
            exchange, policy, config, offload=offload or InlineOffload(), describe_page=describe_page, turns=turns
        )
        try:
            yield tier
        finally:
            tier.robots.close()
