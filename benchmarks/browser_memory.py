"""Whether memory grows with the pages that browsers show, while browsers are killed among them: rendered pages and
pictures in turn, of three accounts, the whole process tree at each page's end.

`python -m benchmarks.browser_memory BASE PAGES` is the process that is measured.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil

from benchmarks.meter import tree_mb
from benchmarks.protocol import several_at_once, urls_of
from benchmarks.rounds import ROOT

if TYPE_CHECKING:
    from fetch.open import WebFetcher

PAGES = 200  # some minutes on a busy machine; 1,000 take five times as long
AT_ONCE = 4
KILLS = 10
ACCOUNTS = 3
KINDS = ["article", "listing", "product", "javascript"]
DEADLINE_S = 90.0
FAILED = "failed"
SHARE = 5  # the first and the last fifth are compared


def measure(base: str, environment: dict[str, str], pages: int) -> dict[str, object]:
    """Median MB of the first fifth and of the last one, how many times the first the last is, and what failed."""
    command = [sys.executable, "-m", "benchmarks.browser_memory", base, str(pages)]
    sizes, failed = [], 0
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            failed += line.strip() == FAILED
            sizes.append(tree_mb(process.pid))
    part = max(1, len(sizes) // SHARE)
    first, last = statistics.median(sizes[:part]), statistics.median(sizes[-part:])
    return {
        "pages shown, half of them as pictures": len(sizes),
        "browsers killed among them": KILLS,
        "failed": failed + pages - len(sizes),
        f"median MB of the first {part}": round(first),
        f"median MB of the last {part}": round(last),
        "times": round(last / first, 2),
    }


async def show(base: str, pages: int) -> None:
    """Shows the pages, and prints a line for each."""
    from domain.egress import EgressPolicy
    from fetch.fetcher import FetchConfig
    from fetch.offload import InlineOffload
    from fetch.open import open_fetcher
    from forage.process import set_up_log

    set_up_log("error")
    config = FetchConfig(
        policy=EgressPolicy.parse(os.environ["BENCH_ALLOW"]),
        browser_path=os.environ["BENCH_BROWSER"],
        browser_pages=AT_ONCE,
        per_host_delay_s=0.0,
    )
    numbers, every = iter(range(pages)), max(1, pages // KILLS)
    async with open_fetcher(config, InlineOffload()) as fetcher:

        async def shown(url: str) -> int:
            number = next(numbers)
            if number % every == every - 1:
                _kill_a_browser(number // every)
            return await _shown(fetcher, url, number)

        async for length in several_at_once(shown, urls_of(base, KINDS, pages), AT_ONCE):
            print("shown" if length else FAILED, flush=True)


async def _shown(fetcher: WebFetcher, url: str, number: int) -> int:
    from domain.captures import CaptureRequest
    from domain.pages import FetchRequest, RenderMode

    account = f"account {number % ACCOUNTS}"
    if number % 2:
        picture = await fetcher.capture(CaptureRequest(url=url, full_page=number % 4 == 1), account, DEADLINE_S)
        return len(picture.image)
    request = FetchRequest(url=url, scope=account, render=RenderMode.ALWAYS, deadline_s=DEADLINE_S)
    page = await fetcher.fetch(request)
    return len(page.html) if page.ok else 0


def _kill_a_browser(turn: int) -> None:
    """One of the browsers that run, in turn: of a browser's processes, the one that is no child of its own."""
    browsers = [
        process
        for process in psutil.Process().children(recursive=True)
        if process.status() != psutil.STATUS_ZOMBIE
        and "--remote-debugging-pipe" in (command := process.cmdline())
        and not any(word.startswith("--type=") for word in command)
    ]
    if browsers:
        browsers[turn % len(browsers)].kill()


if __name__ == "__main__":
    asyncio.run(show(sys.argv[1], int(sys.argv[2])))
