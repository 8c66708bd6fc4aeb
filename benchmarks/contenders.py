"""Ours and the bare limits behind the same protocol: `-m benchmarks.contenders NAME BASE KINDS PAGES AT_ONCE`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.protocol import Contender, ReadAll, arguments, play, several_at_once

DEADLINE_S = 60.0


@asynccontextmanager
async def _forage(at_once: int, mode_name: str) -> AsyncIterator[ReadAll]:
    """What a run of Forage does to a page: guarded egress, the tier or ladder, and markdown in worker processes."""
    from domain.egress import EgressPolicy
    from domain.pages import FetchRequest, RenderMode
    from fetch.fetcher import FetchConfig
    from fetch.markdown import to_markdown
    from fetch.offload import Offload
    from fetch.open import open_fetcher

    mode = RenderMode(mode_name)
    config = FetchConfig(
        policy=EgressPolicy.parse(os.environ["BENCH_ALLOW"]),
        browser_path=os.environ["BENCH_BROWSER"],
        browser_pages=at_once,
        per_host_delay_s=0.0,
    )
    async with Offload(workers=os.cpu_count() or 2) as offload, open_fetcher(config, offload) as fetcher:

        async def read(url: str) -> int:
            request = FetchRequest(url=url, scope="bench", render=mode, deadline_s=DEADLINE_S)
            page = await fetcher.fetch(request)
            return len(await offload.run(to_markdown, page.html, page.final_url)) if page.ok else 0

        yield lambda urls: several_at_once(read, urls, at_once)


@asynccontextmanager
async def forage_http(at_once: int) -> AsyncIterator[ReadAll]:
    async with _forage(at_once, "never") as read_all:
        yield read_all


@asynccontextmanager
async def forage_browser(at_once: int) -> AsyncIterator[ReadAll]:
    async with _forage(at_once, "always") as read_all:
        yield read_all


@asynccontextmanager
async def forage_ladder(at_once: int) -> AsyncIterator[ReadAll]:
    async with _forage(at_once, "auto") as read_all:
        yield read_all


@asynccontextmanager
async def bare_fetch(at_once: int) -> AsyncIterator[ReadAll]:
    """The limit over HTTP: aiohttp, and nothing done with the page."""
    import aiohttp

    async with aiohttp.ClientSession() as session:

        async def read(url: str) -> int:
            async with session.get(url) as answer:
                return len(await answer.text())

        yield lambda urls: several_at_once(read, urls, at_once)


@asynccontextmanager
async def fetch_and_trafilatura(at_once: int) -> AsyncIterator[ReadAll]:
    """What many write by hand: aiohttp, and trafilatura in the same process."""
    import aiohttp
    import trafilatura

    async with aiohttp.ClientSession() as session:

        async def read(url: str) -> int:
            async with session.get(url) as answer:
                html = await answer.text()
            return len(trafilatura.extract(html, output_format="markdown", include_links=True) or "")

        yield lambda urls: several_at_once(read, urls, at_once)


@asynccontextmanager
async def bare_goto(at_once: int) -> AsyncIterator[ReadAll]:
    """The limit of Playwright: `goto` on pages that are kept open, and the HTML read out."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=os.environ["BENCH_BROWSER"])
        free: asyncio.Queue = asyncio.Queue()
        for _ in range(at_once):
            free.put_nowait(await browser.new_page())

        async def read(url: str) -> int:
            page = await free.get()
            try:
                await page.goto(url)
                return len(await page.content())
            finally:
                free.put_nowait(page)

        yield lambda urls: several_at_once(read, urls, at_once)
        await browser.close()


@asynccontextmanager
async def forage_rendered(at_once: int) -> AsyncIterator[ReadAll]:
    """What a rendered page costs before anything is made of it: guarded egress, and the browser pool."""
    from domain.egress import EgressPolicy
    from domain.pages import FetchRequest, RenderMode
    from fetch.fetcher import FetchConfig
    from fetch.offload import InlineOffload
    from fetch.open import open_fetcher

    config = FetchConfig(
        policy=EgressPolicy.parse(os.environ["BENCH_ALLOW"]),
        browser_path=os.environ["BENCH_BROWSER"],
        browser_pages=at_once,
        per_host_delay_s=0.0,
    )
    async with open_fetcher(config, InlineOffload()) as fetcher:

        async def read(url: str) -> int:
            request = FetchRequest(url=url, scope="bench", render=RenderMode.ALWAYS, deadline_s=DEADLINE_S)
            page = await fetcher.fetch(request)
            return len(page.html) if page.ok else 0

        yield lambda urls: several_at_once(read, urls, at_once)


@asynccontextmanager
async def forage_pictures(at_once: int) -> AsyncIterator[ReadAll]:
    """What a picture costs: guarded egress, a page of the account's own, cleared after each picture."""
    from domain.captures import CaptureRequest
    from domain.egress import EgressPolicy
    from fetch.fetcher import FetchConfig
    from fetch.offload import InlineOffload
    from fetch.open import open_fetcher

    config = FetchConfig(
        policy=EgressPolicy.parse(os.environ["BENCH_ALLOW"]),
        browser_path=os.environ["BENCH_BROWSER"],
        browser_pages=at_once,
        per_host_delay_s=0.0,
    )
    async with open_fetcher(config, InlineOffload()) as fetcher:

        async def read(url: str) -> int:
            return len((await fetcher.capture(CaptureRequest(url=url), "bench", DEADLINE_S)).image)

        yield lambda urls: several_at_once(read, urls, at_once)


@asynccontextmanager
async def bare_pictures(at_once: int) -> AsyncIterator[ReadAll]:
    """The limit of Playwright: `goto` and `screenshot` on pages that are kept open."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=os.environ["BENCH_BROWSER"])
        free: asyncio.Queue = asyncio.Queue()
        for _ in range(at_once):
            free.put_nowait(await browser.new_page(viewport={"width": 1280, "height": 900}))

        async def read(url: str) -> int:
            page = await free.get()
            try:
                await page.goto(url)
                return len(await page.screenshot())
            finally:
                free.put_nowait(page)

        yield lambda urls: several_at_once(read, urls, at_once)
        await browser.close()


CONTENDERS: dict[str, Contender] = {
    "forage-pictures": forage_pictures,
    "forage-rendered": forage_rendered,
    "bare-pictures": bare_pictures,
    "forage-http": forage_http,
    "forage-browser": forage_browser,
    "forage-ladder": forage_ladder,
    "bare-fetch": bare_fetch,
    "fetch-trafilatura": fetch_and_trafilatura,
    "bare-goto": bare_goto,
}

if __name__ == "__main__":
    name, *rest = arguments()
    asyncio.run(play(CONTENDERS[name], *rest))
