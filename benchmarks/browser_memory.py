"""Whether memory grows with the pages that browsers show, while browsers are killed among them: rendered pages and
pictures in turn, of three accounts. The whole process tree is weighed ten times, each time with nothing under way and
both browsers alive, so that one weight can be set beside another.

`python -m benchmarks.browser_memory BASE PAGES` is the process that is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import psutil

from benchmarks.meter import own_mb, tree_mb
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
WEIGHED = "weigh"  # printed where it waits to be weighed
SHARE = 3  # weights of each end that are compared


class Weight(msgspec.Struct, frozen=True):
    """MB of the whole tree, and of the process that steers its browsers, which no kill makes smaller; how many browsers
    there were, and how many processes in which they keep pages warm."""

    tree: float
    own: float
    browsers: int
    renderers: int


def measure(base: str, environment: dict[str, str], pages: int) -> dict[str, object]:
    """The weights, how many times the first ones the last ones are, and what failed."""
    command = [sys.executable, "-m", "benchmarks.browser_memory", base, str(pages)]
    weights: list[Weight] = []
    shown = 0
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        for line in process.stdout:
            shown += line.strip() == "shown"
            if line.strip() == WEIGHED:
                weights.append(_weighed(process.pid))
                process.stdin.write("go on\n")
                process.stdin.flush()
    return {
        "pages shown, half of them as pictures": shown,
        "browsers killed among them": KILLS,
        "failed": pages - shown,
        f"MB with both browsers alive, after each {pages // KILLS} pages": ", ".join(
            f"{one.tree:.0f}" for one in weights
        ),
        "browsers and their renderers then": ", ".join(f"{one.browsers}+{one.renderers}" for one in weights),
        f"median of the last {SHARE}, times that of the first": _times([one.tree for one in weights]),
        "MB of our own process alone": ", ".join(f"{one.own:.0f}" for one in weights),
        f"of these, median of the last {SHARE}, times that of the first": _times([one.own for one in weights]),
    }


def _weighed(pid: int) -> Weight:
    process = psutil.Process(pid)
    renderers = sum("--type=renderer" in _command(one) for one in process.children(recursive=True))
    return Weight(tree_mb(pid), own_mb(pid), len(_browsers(process)), renderers)


def _times(sizes: list[float]) -> float:
    return round(statistics.median(sizes[-SHARE:]) / statistics.median(sizes[:SHARE]), 2)


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
    urls, every = urls_of(base, KINDS, pages), max(1, pages // KILLS)
    async with open_fetcher(config, InlineOffload()) as fetcher:
        for first in range(0, pages, every):
            await _show_some(fetcher, urls[first : first + every], first)
            # Of each kind one more for each account: a browser that was killed is there again, and as warm.
            for number in range(2 * ACCOUNTS):
                await _shown(fetcher, urls[number], number)
            print(WEIGHED, flush=True)
            await asyncio.to_thread(sys.stdin.readline)


async def _show_some(fetcher: WebFetcher, urls: list[str], first: int) -> None:
    """A browser is killed in the middle of them."""
    numbers = iter(range(first, first + len(urls)))

    async def shown(url: str) -> int:
        number = next(numbers)
        if number == first + len(urls) // 2:
            _kill_a_browser(first // len(urls))
        return await _shown(fetcher, url, number)

    async for length in several_at_once(shown, urls, AT_ONCE):
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
    """One of the browsers that run, in turn."""
    browsers = _browsers(psutil.Process())
    if browsers:
        browsers[turn % len(browsers)].kill()


def _browsers(root: psutil.Process) -> list[psutil.Process]:
    """Whatever has a zygote and is none. What was started may be a script that starts the browser: to kill that would
    let the browser live on, where nobody weighs it."""
    parents = {
        parent.pid: parent
        for process in root.children(recursive=True)
        if "--type=zygote" in _command(process) and (parent := process.parent())
    }
    return [parents[pid] for pid in sorted(parents) if "--type=zygote" not in _command(parents[pid])]


def _command(process: psutil.Process) -> list[str]:
    """Empty where it is gone by now."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.cmdline()
    return []


if __name__ == "__main__":
    asyncio.run(show(sys.argv[1], int(sys.argv[2])))
