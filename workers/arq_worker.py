"""A worker that hears Redis, for the scaled mode.

arq's job is a ring and nothing more: it ends as soon as the run is claimed, so that the queue in Redis stays short, and
what arq would do about retries, aborts and results never matters.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from arq.connections import ArqRedis, create_pool
from arq.worker import Worker, func
from redis.exceptions import RedisError

from domain.errors import StorageFull, StorageUnavailable
from services.queue import QUEUE, WAKE, decode_job, encode_job, redis_settings
from workers.background import running
from workers.executor import Executor
from workers.scheduler import Scheduler
from workers.sweeper import Sweeper
from workers.webhooks import Deliverer

log = structlog.get_logger()

POLL_S = 0.03  # a ring is heard after half of this on average, at 1-2 % of a core
WAKE_DEADLINE_S = 10  # a claim takes milliseconds; of a killed worker's rings arq lets go 10 s after this
RINGS_READ = 500  # rings looked at in one poll: those that killed workers left behind must not hide the others
RECONNECT_S = 1.0


async def wake(context: dict[str, Any], run_id: str) -> None:
    """arq's one job: claims the run that was rung for."""
    executor: Executor = context["executor"]
    try:
        await executor.offer(run_id)
    except (StorageUnavailable, StorageFull) as fault:
        log.warning("run.not_claimed", run_id=run_id, why=fault.message)  # the sweeper rings again


async def listen(executor: Executor, redis_url: str) -> None:
    """Takes up each run that is rung for, while there are slots, until it is cancelled. Outlives Redis' restarts."""
    logging.getLogger("arq").setLevel(logging.WARNING)  # it tells of each ring at INFO; the executor tells of runs
    while True:
        try:
            pool = await create_pool(redis_settings(redis_url), job_serializer=encode_job, job_deserializer=decode_job)
            try:
                await _poll(executor, _worker(executor, pool))
            finally:
                await pool.aclose(close_connection_pool=True)
        except (RedisError, OSError) as fault:
            log.warning("queue.unreachable", why=type(fault).__name__)
        await asyncio.sleep(RECONNECT_S)


async def _poll(executor: Executor, worker: Worker) -> None:
    """Polls until Redis fails. arq's own way to close waits for Redis, which may be what failed."""

    def follow_slots(free: int) -> None:
        worker.max_jobs = free  # with none free it does not even look, and others hear the ring

    executor.slot_changed = follow_slots
    follow_slots(executor.free)
    try:
        await worker.async_run()
    finally:
        executor.slot_changed = None
        tasks = [task for task in (worker.main_task, *worker.tasks.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def open_arq_worker(executor: Executor, redis_url: str, deliverer: Deliverer) -> AsyncGenerator[Executor]:
    """Works while the block runs. At its end the runs that are going are given back, for other workers."""
    sweeper = Sweeper(executor)
    loops = (
        listen(executor, redis_url),
        executor.keep_leases(),
        sweeper.keep_sweeping(),
        sweeper.keep_freeing_locks(),
        Scheduler(executor.service).keep_ticking(),
        deliverer.keep_delivering(),
    )
    async with running(*loops):
        try:
            yield executor
        finally:
            await executor.stop()


def _worker(executor: Executor, pool: ArqRedis) -> Worker:
    return Worker(
        functions=[func(wake, name=WAKE, keep_result=0, timeout=WAKE_DEADLINE_S, max_tries=1_000)],
        queue_name=QUEUE,
        redis_pool=pool,
        ctx={"executor": executor},
        max_jobs=executor.slots,
        poll_delay=POLL_S,
        queue_read_limit=RINGS_READ,
        job_timeout=WAKE_DEADLINE_S,
        keep_result=0,
        retry_jobs=False,
        handle_signals=False,
        job_serializer=encode_job,
        job_deserializer=decode_job,
        log_results=False,
    )
