"""`python -m benchmarks`: every race in turn, as markdown tables and, with `--json`, as data.

Ratios are what to read: absolute speeds move with the machine and its load, ratios of one run hardly do.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from benchmarks import browser_memory, memory, pools, rows, runs, steps, targets, tokens
from benchmarks.queue import measure_sqlite
from benchmarks.rival import CRAWL4AI, rival_python
from benchmarks.rounds import ROOT, Entry, Race, Standing, run_race, table
from forage.browsers import find_browser
from forage.process import set_up_log

PARTS = "http,browser,mixed,rendered,pictures,queue,runs,steps,rows,tokens,pools,targets,memory,browsers"
RACES = frozenset({"http", "browser", "mixed", "rendered", "pictures"})
BARE = frozenset({"rendered", "pictures"})  # beside bare limits alone
SETTLE_S = 60.0  # making the pages takes a second or two on an idle machine


@contextmanager
def page_server() -> Generator[str]:
    """The pages, served by another process. Its base URL."""
    command = [sys.executable, "-m", "benchmarks.web"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.stdin.close()
            server.wait(SETTLE_S)


def races(pages: int, rival: Path | str) -> dict[str, Race]:
    """HTTP, browser, mixed, rendered pages and pictures. crawl4ai is in the first three where it could be installed."""

    def ours(name: str, words: str) -> Entry:
        return Entry(name=name, words=words, command=(sys.executable, "-m", "benchmarks.contenders"))

    def theirs(name: str, words: str) -> tuple[Entry, ...]:
        command = (str(rival), "-m", "benchmarks.crawl4ai_contender")
        return (Entry(name=name, words=words, command=command),) if isinstance(rival, Path) else ()

    http_kinds, mixed_kinds = (
        ("article", "listing", "product"),
        ("article", "listing", "product", "article", "javascript"),
    )
    http = Race(
        title="HTTP to markdown",
        kinds=http_kinds,
        pages=pages,
        at_once=8,
        baseline="crawl4ai-http",
        entries=(
            *theirs("crawl4ai-http", f"crawl4ai {CRAWL4AI.version}, HTTP strategy"),
            ours("forage-http", "Forage, HTTP tier"),
            ours("fetch-trafilatura", "aiohttp + trafilatura, one process"),
            ours("bare-fetch", "limit: aiohttp, page unread"),
        ),
    )
    browser = Race(
        title="Browser to markdown",
        kinds=("article", "javascript"),
        pages=max(8, pages // 5),
        at_once=4,
        baseline="crawl4ai-browser",
        entries=(
            *theirs("crawl4ai-browser", f"crawl4ai {CRAWL4AI.version}"),
            ours("forage-browser", "Forage, browser tier"),
            ours("bare-goto", "limit: Playwright goto, page unread"),
        ),
    )
    mixed = Race(
        title="Mixed: four static pages to one that needs JavaScript",
        kinds=mixed_kinds,
        pages=max(10, pages // 2),
        at_once=4,
        baseline="crawl4ai-browser",
        entries=(
            *theirs("crawl4ai-browser", f"crawl4ai {CRAWL4AI.version}, browser for all"),
            ours("forage-ladder", "Forage, HTTP first and a browser on need"),
        ),
    )
    rendered = Race(
        title="Rendered pages, unread",
        kinds=("article", "javascript"),
        pages=max(12, pages // 2),
        at_once=4,
        baseline="bare-goto",
        entries=(
            ours("bare-goto", "limit: Playwright goto and content, pages used again"),
            ours("forage-rendered", "Forage, the browser pool"),
        ),
    )
    pictures = Race(
        title="Pictures: 1280x900, PNG",
        kinds=("article", "listing", "product"),
        pages=max(12, pages // 2),
        at_once=4,
        baseline="bare-pictures",
        entries=(
            ours("bare-pictures", "limit: Playwright goto and screenshot, pages used again"),
            ours("forage-pictures", "Forage"),
        ),
    )
    return {"http": http, "browser": browser, "mixed": mixed, "rendered": rendered, "pictures": pictures}


def _queue() -> dict[str, object]:
    figures = asyncio.run(measure_sqlite())
    return {
        "on": f"{figures.database}, doorbell {figures.doorbell}",
        "accepted to started, p50 and p95 in ms": f"{figures.start_p50_ms}, {figures.start_p95_ms}",
        "empty runs a second": figures.runs_per_s,
    }


@click.command()
@click.option("--only", default=PARTS, show_default=True, help="Which parts to play.")
@click.option("--pages", type=click.IntRange(8), default=120, show_default=True, help="Pages a round over HTTP.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option(
    "--pool-records", type=click.IntRange(1_000), default=pools.MANY, show_default=True, help="Of a large pool."
)
@click.option("--pool-database", default="", help="PostgreSQL for the pools; left out, a new SQLite file.")
@click.option(
    "--browser-pages",
    type=click.IntRange(50),
    default=browser_memory.PAGES,
    show_default=True,
    help="Shown while browsers are killed; 1000 takes some minutes.",
)
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here too.")
def main(
    only: str, pages: int, rounds: int, pool_records: int, pool_database: str, browser_pages: int, out: Path | None
) -> None:
    """Speed beside crawl4ai and the bare limits, on the same pages, in one run."""
    set_up_log("error")
    wanted = only.split(",")
    browser = find_browser("")
    figures: dict[str, object] = {"machine": _machine()}
    print(f"{_machine()}\n")
    with page_server() as base:
        environment = {"BENCH_ALLOW": base.removeprefix("http://"), "BENCH_BROWSER": browser or ""}
        standings = _race_all(wanted, pages, rounds, base, environment)
        figures |= standings
        parts: dict[str, Callable[[], dict[str, object]]] = {
            "queue": _queue,
            "runs": runs.measure,
            "steps": lambda: steps.measure(rounds),
            "rows": lambda: rows.measure(rounds),
            "tokens": tokens.measure,
            "pools": lambda: pools.measure(pool_records, pool_database),
            "targets": lambda: targets.measure(pool_database),
            "memory": lambda: memory.measure(base, environment),
            "browsers": lambda: browser_memory.measure(base, environment, browser_pages),
        }
        for name, measure in parts.items():
            if name in wanted:
                figures[name] = told = measure()
                print(
                    f"### {name}\n" + "\n".join(f"- {key}: {value}" for key, value in told.items()) + "\n", flush=True
                )
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(msgspec.to_builtins(figures), indent=2))


def _race_all(
    wanted: list[str], pages: int, rounds: int, base: str, environment: dict[str, str]
) -> dict[str, list[Standing]]:
    if not RACES & set(wanted):
        return {}
    has_rival = bool((RACES - BARE) & set(wanted))
    rival = rival_python(CRAWL4AI) if has_rival else ""
    if rival and isinstance(rival, str):
        print(f"{rival}; the bench goes on without it\n")
    told: dict[str, list[Standing]] = {}
    for name, race in races(pages, rival).items():
        if name not in wanted:
            continue
        if name != "http" and not environment["BENCH_BROWSER"]:
            print(f"{race.title}: left out, no browser on this machine\n")
            continue
        told[name], faults = run_race(race, base, rounds, environment)
        print(table(race, told[name]), flush=True)
        for fault in faults:
            print(f"did not play: {fault}\n")
    return told


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    main()
