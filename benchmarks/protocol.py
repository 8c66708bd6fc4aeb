"""How the bench talks to a contender, which is a process of its own so that its CPU and memory can be told apart.

The contender warms up, prints `ready`, waits for a line, reads its pages and prints one line of JSON. Standard library
alone: crawl4ai's environment has none of ours.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

# Pages read before the clock starts: imports, connections and a browser's launch are not what is measured. Two of each
# kind of the longest list of kinds, so that whoever launches a browser on need has launched it.
WARM_UP = 10

# Reads these URLs, several at once, and yields how many characters each gave (0: failed).
ReadAll = Callable[[list[str]], AsyncIterator[int]]
Contender = Callable[[int], AbstractAsyncContextManager[ReadAll]]


def urls_of(base: str, kinds: list[str], pages: int) -> list[str]:
    """The pages to read, their kinds taken in turn: every contender has the same ones in the same order."""
    return [f"{base}/{kinds[n % len(kinds)]}/{n // len(kinds)}" for n in range(pages)]


async def play(contender: Contender, base: str, kinds: list[str], pages: int, at_once: int) -> None:
    urls = urls_of(base, kinds, pages)
    async with contender(at_once) as read_all:
        async for _ in read_all([f"{url}?warm" for url in urls[:WARM_UP]]):
            pass
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        started, characters, failed = time.perf_counter(), 0, 0
        async for length in read_all(urls):
            characters += length
            failed += length == 0
        seconds = time.perf_counter() - started
        told = {"pages": pages, "seconds": seconds, "characters": characters, "failed": failed}
        print(json.dumps(told), flush=True)


async def several_at_once(read: Callable[[str], Awaitable[int]], urls: list[str], at_once: int) -> AsyncIterator[int]:
    """Results as they come, with at most `at_once` in work and none kept."""
    waiting = iter(urls)
    running = {asyncio.ensure_future(read(url)) for _, url in zip(range(at_once), waiting, strict=False)}
    while running:
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for finished in done:
            yield finished.result()
            if (url := next(waiting, None)) is not None:
                running.add(asyncio.ensure_future(read(url)))


def arguments() -> tuple[str, str, list[str], int, int]:
    """name, base URL, kinds, pages, pages at once: from the command line."""
    name, base, kinds, pages, at_once = sys.argv[1:6]
    return name, base, kinds.split(","), int(pages), int(at_once)
