"""How near two workers come to what two processes could do: a thousand Targets on loopback.

The limit asks for the same pages with the same number of requests under way, two processes at once, and throws away
what comes. The workers do all that a bulk job is: claim, fetch through the door, keep the content, write the end.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web

from domain.bulk import TargetOptions
from domain.clock import SystemClock
from domain.egress import EgressPolicy
from fetch.fetcher import FetchConfig
from fetch.open import open_fetcher
from services.bulk import create_bulk_job, get_bulk_job
from services.keys import OWNER_ACCOUNT, ensure_owner
from services.queue import LocalDoorbell
from services.service import Service
from store.blobs import open_blobs
from store.database import open_database
from store.migrations import migrate
from workers.bulk import SLOTS, BulkWorker, open_bulk_worker

TARGETS = 1_000
HOSTS = 50  # addresses of loopback, so that no host's share of a worker is the limit
LOOK_S = 0.1
PAGE_S = 0.2  # what a page takes to answer
WORKERS = 2
ROOT = Path(__file__).parent.parent
_PAGE = "<!DOCTYPE html><html><body>" + "<p>A line of a page as it may be.</p>" * 200 + "</body></html>"


class Asked(msgspec.Struct, frozen=True):
    """What a process of the race is told."""

    role: str
    database: str
    blobs: str
    port: int
    part: int


def measure(database_url: str = "") -> dict[str, object]:
    """The figures as the bench prints them. A new SQLite file, or the PostgreSQL database at `database_url`."""
    with tempfile.TemporaryDirectory(prefix="forage-bench-") as folder:
        database = database_url or f"sqlite:///{folder}/bench.sqlite3"
        limit_s, forage_s = asyncio.run(_race(database, f"{folder}/blobs"))
    return {
        "on": f"{database.partition(':')[0]}, {TARGETS} Targets on {HOSTS} hosts, pages that take {PAGE_S} s",
        "under way in each of two processes": SLOTS,
        "limit, seconds": round(limit_s, 2),
        "two workers, seconds": round(forage_s, 2),
        "workers to limit": round(forage_s / limit_s, 2),
    }


async def _race(database: str, blobs: str) -> tuple[float, float]:
    await migrate(database)
    async with _pages() as port, _service(database, blobs) as service:
        async with service.database.write() as uow:
            await uow.accounts.set_limits(OWNER_ACCOUNT, max_concurrent_runs=WORKERS * SLOTS * 2)
        async with _processes("limit", database, blobs, port) as racers:
            limit_s = await _timed(racers)
        async with _processes("worker", database, blobs, port) as racers:
            began = time.monotonic()
            for racer in racers:
                await _go(racer)
            job, _ = await create_bulk_job(service, OWNER_ACCOUNT, targets(port), TargetOptions())
            with service.signals.listen(job.id) as listener:
                while (await get_bulk_job(service, OWNER_ACCOUNT, job.id)).job.completed_at is None:
                    await listener.wait(LOOK_S)
            return limit_s, time.monotonic() - began


def targets(port: int) -> list[str]:
    return [f"http://127.0.0.{1 + number % HOSTS}:{port}/{number}" for number in range(TARGETS)]


@asynccontextmanager
async def _pages() -> AsyncGenerator[int]:
    """The web, in this process: it does little else meanwhile."""

    async def page(request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        await asyncio.sleep(PAGE_S)
        return web.Response(text=f"{_PAGE}<!-- {request.path} -->", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", 0, backlog=1024).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@asynccontextmanager
async def _service(database: str, blobs: str) -> AsyncGenerator[Service]:
    async with open_database(database) as opened:
        service = Service(
            database=opened,
            blobs=open_blobs(blobs),
            doorbell=LocalDoorbell(),
            policy=EgressPolicy.parse("127.0.0.0/8"),
            clock=SystemClock(),
        )
        await ensure_owner(service, None)
        yield service


@asynccontextmanager
async def _processes(
    role: str, database: str, blobs: str, port: int
) -> AsyncGenerator[list[asyncio.subprocess.Process]]:
    """Two processes that are ready to begin."""
    racers = []
    for part in range(WORKERS):
        asked = msgspec.json.encode(Asked(role, database, blobs, port, part)).decode()
        racers.append(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.targets", asked),
                cwd=ROOT,
                env=os.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert await racer.stdout.readline() == b"ready\n"
        yield racers
    finally:
        for racer in racers:
            if racer.returncode is None:
                racer.kill()
            await racer.wait()


async def _go(racer: asyncio.subprocess.Process) -> None:
    assert racer.stdin is not None
    racer.stdin.write(b"go\n")
    await racer.stdin.drain()


async def _timed(racers: list[asyncio.subprocess.Process]) -> float:
    began = time.monotonic()
    for racer in racers:
        await _go(racer)
    for racer in racers:
        assert racer.stdout is not None
        assert await racer.stdout.readline() == b"done\n"
    return time.monotonic() - began


async def _play(asked: Asked) -> None:
    await (_limit(asked) if asked.role == "limit" else _work(asked))


async def _limit(asked: Asked) -> None:
    mine = targets(asked.port)[asked.part :: WORKERS]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await _told_to_go()
        room = asyncio.Semaphore(SLOTS)

        async def get(url: str) -> None:
            async with room, session.get(url) as answer:
                await answer.read()

        await asyncio.gather(*(get(url) for url in mine))
    print("done", flush=True)


async def _work(asked: Asked) -> None:
    async with _service(asked.database, asked.blobs) as service:
        config = FetchConfig(policy=service.policy, per_host_delay_s=0.0)
        async with open_fetcher(config) as fetcher, open_bulk_worker(BulkWorker(service, fetcher)):
            await _told_to_go()
            await asyncio.Event().wait()


async def _told_to_go() -> None:
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    from forage.process import set_up_log

    set_up_log("error")
    asyncio.run(_play(msgspec.json.decode(sys.argv[1], type=Asked)))
