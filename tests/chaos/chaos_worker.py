"""A worker process for chaos tests: the real executor, doorbell, sweeper and deliverer around a scripted agent.

Run as `chaos_worker.py DATABASE_URL REDIS_URL BLOBS SLOTS MILLISECONDS_A_PAGE`. It says "ready" when it listens and
stops in order at SIGTERM. Webhooks are not sent over a network here: each delivery adds a line to BLOBS/hooks.log.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import structlog
from store_support import NO_TOOLS, ScriptedAgent, opened_service

from agent.state import RunState
from domain.webhooks import Posted
from services.queue import ArqDoorbell
from workers.arq_worker import open_arq_worker
from workers.executor import Executor
from workers.leases import Terms
from workers.webhooks import Deliverer

# Shorter than in production, so that a test sees several rescues; the proportions are the same.
TERMS = Terms(lease_s=3.0, beat_s=1.0, sweep_s=1.0)
SOURCES = 4


async def main(database_url: str, redis_url: str, folder: Path, slots: int, page_s: float) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def pause(state: RunState, number: int) -> None:
        await asyncio.sleep(page_s * (0.5 + random.random()))

    async def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        log = os.open(folder / "hooks.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(log, f"{headers['webhook-id']}\n".encode())
        os.close(log)
        return Posted(status=200)

    async with opened_service(database_url, folder / "blobs", doorbell=ArqDoorbell(redis_url)) as service:
        executor = Executor(service, NO_TOOLS, ScriptedAgent(SOURCES, pause), slots=slots, terms=TERMS)
        async with open_arq_worker(executor, redis_url, Deliverer(service, post)):
            print("ready", flush=True)
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]) / 1000))
