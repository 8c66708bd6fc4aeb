"""The fetch ladder: plain HTTP first, the browser where the page needs it, and a memory of which sites do."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec.structs import replace

from domain.egress import EgressPolicy, check_url
from domain.errors import InvalidInput, UnsafeUrl
from domain.ids import new_id
from domain.pages import FetchOutcome, FetchRequest, Page, RenderMode, Via
from domain.urls import ParsedUrl, parse_url
from fetch.challenge import WallKind, find_wall
from fetch.content_types import ContentKind, declared_kind
from fetch.exchange import ExchangeFailed
from fetch.fetcher import NO_BROWSER
from fetch.more_words import offers_more
from fetch.pieces import with_pieces

if TYPE_CHECKING:
    from fetch.politeness import Politeness

THIN = 400  # characters of visible text; under it a page needs a browser with recall .90 and 0.15 % false alarms
THIN_SHELL = 1500  # with an empty mount point as well: menus and footers around nothing
GRACE_S = 1.5  # past the deadline the tiers, which keep it themselves, are no longer waited for
LEAST_RENDER_S = 3.0  # less is not worth a browser
REMEMBERED_S = 3600.0
MAX_SITES = 2000
USELESS_TRIES = 3  # renderings that gave no more than HTTP, after which a thin page of that site is left thin
HEAD = 200_000  # characters of source that are looked at
# Of a rendering: what the browser could not bring, and HTTP may. Other failures are the address's own (it is gone, not
# ours to read, out of reach), and tell nothing of the pages beside it.
_BEYOND_THE_BROWSER = frozenset({FetchOutcome.TIMED_OUT, FetchOutcome.TOO_LARGE, FetchOutcome.PAGE_CRASHED})

_SCRIPT = re.compile(r"<script\b", re.I)
# An element that frameworks mount into, with nothing in it but space, comments or a "loading" of a few words.
_EMPTY_ROOT = re.compile(
    r"<(div|main|section|body)\b[^>]{0,300}?\bid=[\"']?(?:root|app|__next|__nuxt|__layout|react-root|svelte|main-app|"
    r"application|ember-app|q-app|gatsby-focus-wrapper)[\"'\s>][^<]{0,300}(?:<!--.{0,200}?-->[^<]{0,80})*</\1>"
    r"|<(app-root|ng-app|my-app)\b[^>]{0,300}>[^<]{0,80}</\2>",
    re.I | re.S,
)
_NOSCRIPT = re.compile(r"<noscript[^>]*>(.{0,1000}?)</noscript>", re.I | re.S)
_ASKS_FOR_SCRIPTS = re.compile(r"javascript|scripts? (?:enabled|disabled)", re.I)


class Tier(Protocol):
    async def fetch(self, request: FetchRequest) -> Page: ...


class Manners(Protocol):
    """What the HTTP tier knows of hosts, for the browser to keep to as well."""

    @property
    def politeness(self) -> Politeness: ...

    async def check_robots(self, url: ParsedUrl, deadline: float) -> None: ...


class HttpRung(Tier, Manners, Protocol):
    """The HTTP tier as the ladder sees it."""


class Need(msgspec.Struct, frozen=True):
    """Why a page that came by HTTP should be rendered. `is_certain`: without it there is nothing worth reading."""

    reason: str
    is_certain: bool


def need_of_browser(page: Page) -> Need | None:
    """What in this page, got by HTTP, speaks for a browser; None where nothing does. Under 1 ms a page."""
    if not page.ok or declared_kind(page.content_type) is not ContentKind.MARKUP:
        return None
    if len(page.text) >= THIN_SHELL:
        return None
    source = page.html[:HEAD]
    if not _SCRIPT.search(source):
        return None  # no script, nothing to wait for
    if _EMPTY_ROOT.search(source):
        return Need("Its content is drawn by scripts.", True)
    if len(page.text) >= THIN:
        return None
    if any(_ASKS_FOR_SCRIPTS.search(told) for told in _NOSCRIPT.findall(source)):
        return Need("It asks for scripts.", True)
    if not page.text.strip():
        return Need("It shows nothing without scripts.", True)
    return Need("It shows very little without scripts.", False)


class SiteMemory:
    """Which parts of which sites need a browser, and where one was no use. Bounded, and forgets after an hour."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: OrderedDict[str, _Verdict] = OrderedDict()

    def needs_browser(self, url: str) -> bool:
        return self._verdict(url).needs_browser

    def is_use_doubtful(self, url: str) -> bool:
        return self._verdict(url).useless >= USELESS_TRIES

    def learn(self, url: str, *, helped: bool) -> None:
        known = self._verdict(url)
        useless = 0 if helped else known.useless + 1
        key, expires = _part_of(url), self._monotonic() + REMEMBERED_S
        self._known[key] = _Verdict(helped or (known.needs_browser and useless < USELESS_TRIES), useless, expires)
        self._known.move_to_end(key)
        if len(self._known) > MAX_SITES:
            self._known.popitem(last=False)

    def _verdict(self, url: str) -> _Verdict:
        known = self._known.get(_part_of(url))
        return known if known and known.expires > self._monotonic() else _Verdict(False, 0, 0.0)


class _Verdict(msgspec.Struct, frozen=True):
    needs_browser: bool
    useless: int
    expires: float


def _part_of(url: str) -> str:
    """The host and the first directory: a shop's `/blog/` may be plain where its `/search/` is not."""
    try:
        parsed = parse_url(url)
    except InvalidInput:
        return ""
    path = parsed.href.removeprefix(parsed.origin).partition("?")[0]
    directories = path.split("/")[1:-1]
    return f"{parsed.authority}/{directories[0] if directories else ''}"


class Ladder:
    """Pages by the cheapest tier that gives them. `browser` is None where this machine has none."""

    def __init__(self, http: HttpRung, browser: Tier | None, policy: EgressPolicy) -> None:
        self._http, self._browser, self._policy = http, browser, policy
        self._memory = SiteMemory(asyncio.get_running_loop().time)
        self._buttons = SiteMemory(asyncio.get_running_loop().time)  # where those that show more were no use

    async def fetch(self, request: FetchRequest) -> Page:
        """The page. Never raises for the web's faults. A wall (challenge, login, consent) is a blocked page."""
        deadline = asyncio.get_running_loop().time() + request.deadline_s
        try:
            async with asyncio.timeout_at(deadline + GRACE_S):
                return await self._fetch(request, deadline)
        except TimeoutError:
            return _untold(request, FetchOutcome.TIMED_OUT, "It did not come to an end in time.")

    async def _fetch(self, request: FetchRequest, deadline: float) -> Page:
        if request.render is RenderMode.NEVER:
            return judged(await self._http.fetch(request))
        if request.render is RenderMode.ALWAYS:
            if self._browser is None:
                return _untold(request, FetchOutcome.BROWSER_UNAVAILABLE, NO_BROWSER)
            return await self._rendered(self._browser, request, deadline)
        if self._browser is not None and self._memory.needs_browser(request.url):
            page = await self._rendered(self._browser, request, deadline)
            # A download, say, or data: a site's pages need a browser and its files do not.
            is_data = page.ok and declared_kind(page.content_type) is ContentKind.PLAIN
            if not is_data and page.outcome not in {FetchOutcome.UNSUPPORTED_CONTENT, FetchOutcome.BROWSER_UNAVAILABLE}:
                if page.ok or page.outcome in _BEYOND_THE_BROWSER:
                    self._memory.learn(request.url, helped=page.ok)
                return page
        return await self._climb(request, deadline)

    async def _climb(self, request: FetchRequest, deadline: float) -> Page:
        plain = await self._http.fetch(request)
        wall = find_wall(plain)
        need = need_of_browser(plain) if wall is None else None
        if wall is not None and wall.kind is WallKind.CHALLENGE:
            need = Need(wall.reason, False)
        plain = judged(plain)
        if need is None and request.unroll and plain.ok and self._browser is not None:
            return await self._unrolled(self._browser, plain, request, deadline)
        if need is None or (not need.is_certain and self._memory.is_use_doubtful(request.url)):
            return plain
        if self._browser is None:
            return _without_browser(plain, need, NO_BROWSER)
        shown = await self._rendered(self._browser, request, deadline)
        if shown.outcome is FetchOutcome.BROWSER_UNAVAILABLE:
            return _without_browser(plain, need, shown.detail)
        best = better(plain, shown, need)
        self._memory.learn(request.url, helped=best is shown and shown.ok)
        return replace(best, refused=shown.refused)

    async def _unrolled(self, browser: Tier, plain: Page, request: FetchRequest, deadline: float) -> Page:
        """A page that says enough by itself, and may say more where its button is pressed."""
        is_markup = declared_kind(plain.content_type) is ContentKind.MARKUP
        if not is_markup or self._buttons.is_use_doubtful(request.url) or not offers_more(plain.html):
            return plain
        shown = await self._rendered(browser, request, deadline)
        more = shown.unrolled if shown.ok else None
        self._buttons.learn(request.url, helped=more is not None and more.rounds + more.pieces > 0)
        return shown if more else plain

    async def _rendered(self, browser: Tier, request: FetchRequest, deadline: float) -> Page:
        """The page by the browser, at the pace and by the rules of its host."""
        try:
            url = parse_url(check_url(request.url, self._policy))
        except (UnsafeUrl, InvalidInput):
            return await browser.fetch(request)  # which says so
        try:
            await self._http.check_robots(url, deadline)
            async with self._http.politeness.gate(url.authority).turn(deadline):
                left_s = deadline - asyncio.get_running_loop().time()
                if left_s < min(LEAST_RENDER_S, request.deadline_s / 2):
                    return _untold(request, FetchOutcome.TIMED_OUT, "No time was left for the browser.")
                page = judged(await browser.fetch(replace(request, deadline_s=left_s)))
                if page.outcome is FetchOutcome.UNREACHABLE:
                    raise _Unreached(page)
            if page.final_url != page.url:
                # Redirects are the browser's own; what they led to is still the site's to forbid.
                await self._http.check_robots(parse_url(page.final_url), deadline)
        except _Unreached as fault:
            return fault.page
        except ExchangeFailed as fault:
            return _untold(request, fault.outcome, fault.message)
        return await with_pieces(page, self._http, request, deadline) if request.unroll and page.ok else page


class _Unreached(ExchangeFailed):
    """Raised inside a turn, so that the host's gate hears of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        super().__init__(page.outcome, page.detail)


def judged(page: Page) -> Page:
    """The same page, blocked where it is a wall: walls are not for extraction."""
    wall = find_wall(page)
    return replace(page, outcome=FetchOutcome.BLOCKED, detail=wall.reason) if wall else page


def better(plain: Page, shown: Page, need: Need) -> Page:
    """Which of the two to go on with: by HTTP, or by the browser."""
    if not shown.ok:
        return plain if plain.ok and not need.is_certain else shown
    # A browser may show less: a dialog over the page, a script that failed.
    gains = bool(shown.responses) or len(shown.text) >= len(plain.text)
    return shown if gains or need.is_certain or not plain.ok else plain


def _without_browser(plain: Page, need: Need, why: str) -> Page:
    """The page by HTTP where no browser could be had: good as it is, unless there is nothing in it to read."""
    if plain.ok and need.is_certain:
        return replace(plain, outcome=FetchOutcome.BROWSER_UNAVAILABLE, detail=f"{need.reason} {why}")
    return plain


def _untold(request: FetchRequest, outcome: FetchOutcome, detail: str) -> Page:
    """A page that was not even asked for."""
    return Page(
        id=new_id(),
        url=request.url,
        final_url=request.url,
        outcome=outcome,
        via=Via.BROWSER,
        fetched_at=dt.datetime.now(dt.UTC),
        detail=detail,
    )
