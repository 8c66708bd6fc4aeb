"""crawl4ai as a contender, in its own environment: its ordinary batch call, with its page cache off."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crawl4ai import AsyncWebCrawler, BrowserConfig, CacheMode, CrawlerRunConfig
from crawl4ai.async_configs import HTTPCrawlerConfig
from crawl4ai.async_crawler_strategy import AsyncHTTPCrawlerStrategy
from crawl4ai.async_dispatcher import SemaphoreDispatcher
from playwright.async_api import BrowserType

from benchmarks.protocol import ReadAll, arguments, play


def use_this_browser(path: str) -> None:
    """Its BrowserConfig cannot name an executable, so the launch call is told: the same browser for everybody."""
    launch = BrowserType.launch
    BrowserType.launch = functools.partialmethod(launch, executable_path=path)


def _reader(crawler: AsyncWebCrawler, at_once: int) -> ReadAll:
    async def read_all(urls: list[str]) -> AsyncIterator[int]:
        config = CrawlerRunConfig(cache_mode=CacheMode.BYPASS, verbose=False)
        dispatcher = SemaphoreDispatcher(semaphore_count=at_once)
        for result in await crawler.arun_many(urls, config=config, dispatcher=dispatcher):
            yield len(result.markdown.raw_markdown) if result.success and result.markdown else 0

    return read_all


@asynccontextmanager
async def http(at_once: int) -> AsyncIterator[ReadAll]:
    strategy = AsyncHTTPCrawlerStrategy(browser_config=HTTPCrawlerConfig())
    async with AsyncWebCrawler(crawler_strategy=strategy, verbose=False) as crawler:
        yield _reader(crawler, at_once)


@asynccontextmanager
async def browser(at_once: int) -> AsyncIterator[ReadAll]:
    use_this_browser(os.environ["BENCH_BROWSER"])
    async with AsyncWebCrawler(config=BrowserConfig(headless=True, verbose=False)) as crawler:
        yield _reader(crawler, at_once)


CONTENDERS = {"crawl4ai-http": http, "crawl4ai-browser": browser}

if __name__ == "__main__":
    name, *rest = arguments()
    asyncio.run(play(CONTENDERS[name], *rest))
