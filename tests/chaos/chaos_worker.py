"""A worker process for chaos tests: the real executor, doorbell, sweeper and deliverer around a scripted agent.

`work` is a process: it says that it is ready when it listens, and stops in order at SIGTERM. Webhooks are not sent over
a network here: each delivery adds a line to hooks.log in the folder.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import structlog
from store_support import NO_TOOLS, ScriptedAgent, opened_service

from agent.state import RunState
from domain.webhooks import Posted
from services.queue import ArqDoorbell
from services.service import Limits, Service
from workers.arq_worker import open_arq_worker
from workers.executor import Executor
from workers.leases import Terms
from workers.webhooks import Deliverer

# Shorter than in production, so that a test sees several rescues; the proportions are the same.
TERMS = Terms(lease_s=3.0, beat_s=1.0, sweep_s=1.0)
LIMITS = Limits(ring_again=dt.timedelta(seconds=2), ring_again_at_most=dt.timedelta(seconds=12))
SOURCES = 4


@dataclass(frozen=True)
class Job:
    """`page_s` is what a page takes on average, `try_lost_s` when another worker makes a delivery's try again."""

    database_url: str
    redis_url: str
    folder: Path
    slots: int
    page_s: float
    try_lost_s: float


@asynccontextmanager
async def hurried_service(database_url: str, redis_url: str, folder: Path) -> AsyncGenerator[Service]:
    async with opened_service(database_url, folder / "blobs", doorbell=ArqDoorbell(redis_url)) as service:
        yield dataclasses.replace(service, limits=LIMITS)


def work(job: Job, ready: Connection) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    asyncio.run(_work(job, ready))


async def _work(job: Job, ready: Connection) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def pause(state: RunState, number: int) -> None:
        await asyncio.sleep(job.page_s * (0.5 + random.random()))

    async def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        log = os.open(job.folder / "hooks.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(log, f"{headers['webhook-id']}\n".encode())
        os.close(log)
        return Posted(status=200)

    async with hurried_service(job.database_url, job.redis_url, job.folder) as service:
        executor = Executor(service, NO_TOOLS, ScriptedAgent(SOURCES, pause), slots=job.slots, terms=TERMS)
        async with open_arq_worker(executor, job.redis_url, Deliverer(service, post, lost_s=job.try_lost_s)):
            ready.send(True)
            await stop.wait()
