"""Search providers asked in order, each behind a circuit breaker, their results made one list."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from domain.errors import InvalidInput, NotConfigured, SearchFailed, SearchUnavailable
from domain.urls import canonical_url, is_http
from fetch.search.breaker import Breaker, BreakerState
from fetch.search.fixed import FixedSearch, fixed_entries
from fetch.search.provider import (
    MAX_COUNT,
    MAX_QUERY,
    ProviderBusy,
    ProviderRefused,
    ProviderTimedOut,
    SearchProvider,
    SearchResult,
)

if TYPE_CHECKING:
    import aiohttp

T = TypeVar("T")

DEFAULT_DEADLINE_S = 20.0
PROVIDER_DEADLINE_S = 10.0  # of one provider: so that a silent first one leaves time for the second
REFUSED_REST_S = 300.0  # a wrong key mends itself only by the operator's hand
CHECK_QUERY = "weather"  # any engine has results for it


class SearchConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Which providers are asked, first first, and how to reach them. Empty URLs mean the provider's own.

    `fixed_urls` are URLs, or paths of JSON files with `{"title", "url", "snippet"}` entries.
    """

    chain: tuple[str, ...] = ()
    searxng_url: str = ""
    brave_api_key: str = ""
    brave_url: str = ""
    tavily_api_key: str = ""
    tavily_url: str = ""
    fixed_urls: tuple[str, ...] = ()


class ProviderHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One provider as `/readyz` and `forage doctor` show it. `detail` is its last failure, empty if it had none."""

    name: str
    state: BreakerState
    failures: int
    rests_s: float
    detail: str


class HasProxy(Protocol):
    @property
    def proxy_url(self) -> str: ...


class _Link:
    def __init__(self, provider: SearchProvider, monotonic: Callable[[], float]) -> None:
        self.provider, self.breaker, self.detail = provider, Breaker(monotonic), ""

    async def ask(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        """What the provider answers. Raises SearchFailed; the breaker has heard of it either way."""
        try:
            async with asyncio.timeout(deadline_s):
                results = await self.provider.search(query, count, deadline_s)
        except TimeoutError:
            self._failed(late := ProviderTimedOut(f"no answer in {deadline_s:.0f} s"))
            raise late from None
        except SearchFailed as fault:
            self._failed(fault)
            raise
        except BaseException:
            self.breaker.abandoned()
            raise
        self.breaker.succeeded()
        self.detail = ""
        return results

    def _failed(self, fault: SearchFailed) -> None:
        self.detail = fault.message
        if isinstance(fault, ProviderRefused):
            self.breaker.failed(at_least_s=REFUSED_REST_S)
        elif isinstance(fault, ProviderBusy):
            self.breaker.failed(at_least_s=fault.retry_after_s)
        else:
            self.breaker.failed()

    def health(self) -> ProviderHealth:
        breaker = self.breaker
        return ProviderHealth(
            name=self.provider.name,
            state=breaker.state,
            failures=breaker.failures,
            rests_s=breaker.rests_s,
            detail=self.detail,
        )


class SearchChain:
    """The first provider with results answers; the next is asked when one fails, rests or knows nothing."""

    def __init__(
        self, providers: tuple[SearchProvider, ...], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._links = [_Link(provider, monotonic) for provider in providers]

    async def search(self, query: str, count: int, deadline_s: float = DEFAULT_DEADLINE_S) -> tuple[SearchResult, ...]:
        """At most `count` results with canonical http(s) URLs, each once. Empty when providers answered and knew none.

        Raises SearchUnavailable, which names each provider's failure, when none answered within `deadline_s` seconds.
        """
        query, count = " ".join(query.split())[:MAX_QUERY], min(count, MAX_COUNT)
        ends = asyncio.get_running_loop().time() + deadline_s
        answered, failures = False, []
        for link in self._links:
            left_s = ends - asyncio.get_running_loop().time()
            if left_s <= 0:
                failures.append(f"{link.provider.name}: no time was left")
            elif not link.breaker.admit():
                failures.append(f"{link.provider.name}: rests after failures ({link.detail})")
            else:
                try:
                    results = await link.ask(query, count, min(left_s, PROVIDER_DEADLINE_S))
                except SearchFailed as fault:
                    failures.append(f"{link.provider.name}: {fault.message}")
                    continue
                answered = True
                if usable := _distinct(results):
                    return usable
        if answered:
            return ()
        raise SearchUnavailable("; ".join(failures) or "no search provider is set up")

    def health(self) -> tuple[ProviderHealth, ...]:
        """What is known of each provider from earlier calls; asks nobody."""
        return tuple(link.health() for link in self._links)

    async def check(self, deadline_s: float = PROVIDER_DEADLINE_S) -> tuple[ProviderHealth, ...]:
        """Asks every provider one harmless query, whatever its breaker says, and tells how it went."""

        async def probe(link: _Link) -> None:
            with contextlib.suppress(SearchFailed):
                await link.ask(CHECK_QUERY, 1, deadline_s)

        await asyncio.gather(*(probe(link) for link in self._links))
        return self.health()


def _distinct(results: tuple[SearchResult, ...]) -> tuple[SearchResult, ...]:
    by_url: dict[str, SearchResult] = {}
    for result in results:
        try:
            url = canonical_url(result.url)
        except InvalidInput:
            continue
        if is_http(url) and url not in by_url:
            by_url[url] = msgspec.structs.replace(result, url=url)
    return tuple(by_url.values())


@contextlib.asynccontextmanager
async def open_search(config: SearchConfig, door: HasProxy | None) -> AsyncGenerator[SearchChain]:
    """The chain that `config` names. `door` is the way out of providers that scrape the public web (ddgs).

    Raises NotConfigured for a provider that lacks its setting, InvalidInput for an unreadable fixed list.
    """
    import aiohttp

    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(trust_env=False))
        yield SearchChain(tuple(_provider(name, config, door, session, stack) for name in config.chain))


def _provider(
    name: str,
    config: SearchConfig,
    door: HasProxy | None,
    session: aiohttp.ClientSession,
    stack: contextlib.AsyncExitStack,
) -> SearchProvider:
    match name:
        case "fixed":
            return FixedSearch(fixed_entries(_needed(name, "FORAGE_SEARCH_FIXED", config.fixed_urls)))
        case "searxng":
            from fetch.search.searxng import SearxngSearch

            return SearxngSearch(session, _needed(name, "SEARXNG_URL", config.searxng_url))
        case "brave":
            from fetch.search import brave

            key = _needed(name, "BRAVE_API_KEY", config.brave_api_key)
            return brave.BraveSearch(session, key, config.brave_url or brave.BASE_URL)
        case "tavily":
            from fetch.search import tavily

            key = _needed(name, "TAVILY_API_KEY", config.tavily_api_key)
            return tavily.TavilySearch(session, key, config.tavily_url or tavily.BASE_URL)
        case "ddgs":
            from fetch.search.ddgs import DdgsSearch

            if door is None:
                raise NotConfigured("the search provider 'ddgs' leaves by the egress door, and there is none")
            ddgs = DdgsSearch(door.proxy_url)
            stack.callback(ddgs.close)
            return ddgs
        case _:
            raise NotConfigured(f"no search provider is called {name!r}")


def _needed(name: str, setting: str, value: T) -> T:
    if not value:
        raise NotConfigured(f"the search provider {name!r} needs {setting} to be set")
    return value
