"""How near two workers come to what two processes could do: a thousand Targets on loopback.

The bare limit asks for the same pages with the same number of requests under way, two processes at once, and throws
away what comes: no door, no robots.txt, nothing kept. A second limit also keeps every page as the workers do, packed
and on the disk before it counts. The workers do all that a bulk job is: claim, fetch through the door, keep what comes,
write the end. Their time begins with the request that makes the job and ends when the last Target is over. The limit of
the account is out of the way; CPU is of the two processes, and hardly moves with what else the machine does.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import aiohttp
import msgspec
import psutil
from aiohttp import web

from domain.bulk import TargetOptions
from domain.clock import SystemClock
from domain.egress import EgressPolicy
from fetch.fetcher import FetchConfig
from fetch.open import open_fetcher
from services.bulk import create_bulk_job
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


class Role(StrEnum):
    BARE = "bare"
    KEPT = "kept"
    WORKER = "worker"


class Time(NamedTuple):
    wall_s: float
    cpu_s: float


class Asked(msgspec.Struct, frozen=True):
    """What a process of the race is told."""

    role: Role
    database: str
    blobs: str
    port: int
    part: int


def measure(database_url: str = "") -> dict[str, object]:
    """The figures as the bench prints them. A new SQLite file, or the PostgreSQL database at `database_url`."""
    with tempfile.TemporaryDirectory(prefix="forage-bench-") as folder:
        database = database_url or f"sqlite:///{folder}/bench.sqlite3"
        bare, kept, forage = asyncio.run(_race(database, f"{folder}/blobs"))
    return {
        "on": f"{database.partition(':')[0]}, {TARGETS} Targets on {HOSTS} hosts, pages that take {PAGE_S} s",
        "under way in each of two processes": SLOTS,
        "bare limit, seconds and CPU seconds": f"{bare.wall_s:.2f}, {bare.cpu_s:.2f}",
        "limit that keeps what comes, seconds and CPU seconds": f"{kept.wall_s:.2f}, {kept.cpu_s:.2f}",
        "two workers, seconds and CPU seconds": f"{forage.wall_s:.2f}, {forage.cpu_s:.2f}",
        "CPU of the workers, ms a Target": round(forage.cpu_s * 1000 / TARGETS, 2),
        "workers to bare limit": round(forage.wall_s / bare.wall_s, 2),
        "workers to limit that keeps": round(forage.wall_s / kept.wall_s, 2),
    }


async def _race(database: str, blobs: str) -> tuple[Time, Time, Time]:
    await migrate(database)
    async with _pages() as port, _service(database, blobs) as service:
        async with service.database.write() as uow:
            await uow.accounts.set_limits(OWNER_ACCOUNT, max_concurrent_runs=TARGETS)
        async with _processes(Role.BARE, database, blobs, port) as racers:
            bare = await _timed(racers, _done(racers))
        async with _processes(Role.KEPT, database, f"{blobs}-kept", port) as racers:
            kept = await _timed(racers, _done(racers))
        async with _processes(Role.WORKER, database, blobs, port) as racers:
            return bare, kept, await _timed(racers, _job_over(service, port))


async def _done(racers: list[asyncio.subprocess.Process]) -> None:
    for racer in racers:
        assert racer.stdout is not None
        assert await racer.stdout.readline() == b"done\n"


async def _job_over(service: Service, port: int) -> None:
    job, _ = await create_bulk_job(service, OWNER_ACCOUNT, targets(port), TargetOptions())
    while job.completed_at is None:
        await asyncio.sleep(LOOK_S)
        async with service.database.read() as uow:  # the job alone: its thousand tasks need not be listed each time
            job = await uow.bulk_jobs(OWNER_ACCOUNT).get(job.id) or job
    if job.succeeded != TARGETS:
        raise RuntimeError(f"{job.succeeded} of {TARGETS} Targets succeeded")


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
    role: Role, database: str, blobs: str, port: int
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


async def _timed(racers: list[asyncio.subprocess.Process], work: Awaitable[None]) -> Time:
    """From the word to go until `work` is done."""
    cpu_s, began = -_cpu_s(racers), time.monotonic()
    for racer in racers:
        await _go(racer)
    await work
    return Time(time.monotonic() - began, cpu_s + _cpu_s(racers))


def _cpu_s(racers: list[asyncio.subprocess.Process]) -> float:
    return sum(sum(psutil.Process(racer.pid).cpu_times()[:2]) for racer in racers)


async def _play(asked: Asked) -> None:
    await (_work(asked) if asked.role is Role.WORKER else _limit(asked))


async def _limit(asked: Asked) -> None:
    mine = targets(asked.port)[asked.part :: WORKERS]
    blobs = open_blobs(asked.blobs) if asked.role is Role.KEPT else None
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await _told_to_go()
        room = asyncio.Semaphore(SLOTS)

        async def get(url: str) -> None:
            async with room, session.get(url) as answer:
                body = await answer.read()
            if blobs is not None:
                await blobs.put(OWNER_ACCOUNT, body)

        await asyncio.gather(*(get(url) for url in mine))
    print("done", flush=True)
    await asyncio.Event().wait()  # its CPU is still to be read


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
