"""The queue: how long a run waits for a worker that is free, and how many runs a second go through.

The agent is a stub that reads nothing, so that what is measured is the database, the doorbell and the executor.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from agent.state import Ending, Journal, RunState, Tools
from domain.clock import SystemClock
from domain.egress import EgressPolicy
from domain.requests import GoalRequest
from domain.runs import Run, TerminationReason
from domain.webhooks import Posted
from services.keys import OWNER_ACCOUNT, ensure_owner
from services.queue import ArqDoorbell, LocalDoorbell
from services.runs import submit_run, wait_for_end
from services.service import Service
from store.blobs import open_blobs
from store.database import open_database
from store.migrations import migrate
from workers.arq_worker import open_arq_worker
from workers.executor import Executor
from workers.local import open_local_worker
from workers.webhooks import Deliverer

NO_TOOLS: Any = None
DEADLINE_S = 120.0


class QueueFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from the submit's call to the agent's first line, and runs a second with all submitted at once."""

    database: str
    doorbell: str
    start_p50_ms: float
    start_p95_ms: float
    runs_per_s: float
    runs: int


class _Stub:
    """Ends at once, and says when it began."""

    def __init__(self) -> None:
        self.began: dict[str, float] = {}
        self.heard = asyncio.Event()

    async def __call__(self, state: RunState, tools: Tools, journal: Journal) -> Ending:
        self.began[state.run_id] = time.perf_counter()
        self.heard.set()
        return Ending(reason=TerminationReason.NOTHING_FOUND)

    async def start_of(self, run_id: str) -> float:
        async with asyncio.timeout(DEADLINE_S):
            while run_id not in self.began:
                self.heard.clear()
                await self.heard.wait()
        return self.began[run_id]


async def measure_queue(
    database_url: str, redis_url: str = "", *, starts: int = 50, runs: int = 200, slots: int = 10
) -> QueueFigures:
    """Figures for one database, with Redis where `redis_url` names one. Creates the schema; leaves its rows behind."""
    await migrate(database_url)
    stub = _Stub()
    async with _working(database_url, redis_url, stub, slots) as service:
        waits = [await _wait_of_one(service, stub) for _ in range(starts)]
        began = time.perf_counter()
        made = await asyncio.gather(*(_submit(service) for _ in range(runs)))
        for run in made:
            await wait_for_end(service, OWNER_ACCOUNT, run.id, DEADLINE_S)
        took = time.perf_counter() - began
    percentiles = statistics.quantiles(waits, n=20)
    return QueueFigures(
        database=database_url.partition(":")[0].partition("+")[0],
        doorbell="redis" if redis_url else "in process",
        start_p50_ms=round(1000 * statistics.median(waits), 1),
        start_p95_ms=round(1000 * percentiles[-1], 1),
        runs_per_s=round(runs / took, 1),
        runs=runs,
    )


async def measure_sqlite(**counts: int) -> QueueFigures:
    """The embedded mode: SQLite in a temporary directory, the doorbell in process."""
    with tempfile.TemporaryDirectory(prefix="forage-bench-") as folder:
        return await measure_queue(f"sqlite:///{folder}/bench.sqlite3", **counts)


async def _submit(service: Service) -> Run:
    return await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="nothing"))


async def _wait_of_one(service: Service, stub: _Stub) -> float:
    began = time.perf_counter()
    run = await _submit(service)
    started = await stub.start_of(run.id)
    await wait_for_end(service, OWNER_ACCOUNT, run.id, DEADLINE_S)
    return started - began


@asynccontextmanager
async def _working(database_url: str, redis_url: str, stub: _Stub, slots: int) -> AsyncGenerator[Service]:
    async def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        return Posted(status=200)

    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="forage-bench-"))
        doorbell = ArqDoorbell(redis_url) if redis_url else LocalDoorbell()
        stack.push_async_callback(doorbell.close)
        service = Service(
            database=await stack.enter_async_context(open_database(database_url)),
            blobs=open_blobs(str(Path(folder) / "blobs")),
            doorbell=doorbell,
            policy=EgressPolicy(),
            clock=SystemClock(),
        )
        await ensure_owner(service, None)
        executor = Executor(service, NO_TOOLS, stub, slots=slots)
        deliverer = Deliverer(service, post)
        if isinstance(doorbell, LocalDoorbell):
            await stack.enter_async_context(open_local_worker(executor, doorbell, deliverer))
        else:
            await stack.enter_async_context(open_arq_worker(executor, redis_url, deliverer))
        yield service
