"""ddgs, a metasearch library that needs no key. It scrapes public engines, so it leaves through the guarded door."""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor

from fetch.search.provider import (
    Hit,
    ProviderBusy,
    ProviderGarbled,
    ProviderTimedOut,
    SearchResult,
    results_of,
)

MAX_THREADS = 2  # the library blocks; a thread past its deadline cannot be stopped, so their number is bounded
MAX_ENGINE_S = 8  # one engine's own timeout: a slow one must not use up the deadline of all


class DdgsSearch:
    name = "ddgs"

    def __init__(self, proxy_url: str) -> None:
        self._proxy_url = proxy_url
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="ddgs")
        self._busy = 0

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        if self._busy >= MAX_THREADS:
            raise ProviderBusy("earlier searches still run")
        self._busy += 1
        loop = asyncio.get_running_loop()
        work = self._threads.submit(_search, self._proxy_url, query, count, deadline_s)
        work.add_done_callback(lambda _: loop.is_closed() or loop.call_soon_threadsafe(self._free))
        try:
            async with asyncio.timeout(deadline_s):
                hits = await asyncio.shield(asyncio.wrap_future(work))
        except TimeoutError:
            raise ProviderTimedOut(f"no answer in {deadline_s:.0f} s") from None
        return results_of(hits, provider=self.name, query=query, count=count)

    def _free(self) -> None:
        self._busy -= 1

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _search(proxy_url: str, query: str, count: int, deadline_s: float) -> list[Hit]:
    from ddgs import DDGS
    from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

    try:
        engine_s = max(1, math.floor(min(deadline_s, MAX_ENGINE_S)))
        found = DDGS(proxy=proxy_url, timeout=engine_s).text(query, max_results=count)
    except RatelimitException:
        raise ProviderBusy("the engines ask to come back later") from None
    except TimeoutException:
        raise ProviderTimedOut("the engines did not answer in time") from None
    except DDGSException as fault:
        if "No results" in str(fault):
            # The library says this as well when every engine failed: an answer that cannot be relied on.
            raise ProviderGarbled("no engine gave a result") from None
        raise ProviderGarbled(f"the engines failed ({type(fault).__name__})") from None
    return [Hit(item.get("href"), item.get("title"), item.get("body")) for item in found]
