"""A worker inside this process, for the embedded mode: it hears the local doorbell and needs no server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from domain.errors import StorageFull, StorageUnavailable
from services.queue import LocalDoorbell
from workers.background import running
from workers.executor import Executor
from workers.scheduler import Scheduler
from workers.sweeper import Sweeper
from workers.webhooks import Deliverer

log = structlog.get_logger()


async def answer(doorbell: LocalDoorbell, executor: Executor) -> None:
    """Takes up each run that is rung for, once there is a slot, until it is cancelled."""
    while True:
        await executor.wait_for_room()
        run_id = await doorbell.next()
        try:
            await executor.offer(run_id)
        except (StorageUnavailable, StorageFull) as fault:
            log.warning("run.not_claimed", run_id=run_id, why=fault.message)  # the sweeper rings again


@asynccontextmanager
async def open_local_worker(
    executor: Executor, doorbell: LocalDoorbell, deliverer: Deliverer
) -> AsyncGenerator[Executor]:
    """Works while the block runs. At its end the runs that are going are given back, for the next start."""
    sweeper = Sweeper(executor)
    loops = (
        answer(doorbell, executor),
        executor.keep_leases(),
        sweeper.keep_sweeping(),
        sweeper.keep_freeing_locks(),
        Scheduler(executor.service).keep_ticking(),
        deliverer.keep_delivering(),
    )
    async with running(*loops):
        try:
            await sweeper.sweep(all_waiting=True)  # those that waited when the process last ended
            yield executor
        finally:
            await executor.stop()
