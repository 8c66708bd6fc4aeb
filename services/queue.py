"""Doorbells: how a worker hears that a run waits. The database is the truth; a doorbell may forget, and only wakes."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from store.repositories.outbox import Waiting

if TYPE_CHECKING:  # imported where used: the embedded mode has no Redis, and arq takes a tenth of a second to load
    from arq.connections import ArqRedis, RedisSettings

MAX_WAITING = 10_000  # rings kept in a process; a run that finds no room is rung for again by the sweeper
RING_DEADLINE_S = 1.0  # a POST does not wait longer for Redis than this; the sweeper rings again
QUEUE = "forage:rings"
WAKE = "wake"  # the one job that arq knows
RING_LIFE_S = 24 * 3600
RINGS_AT_ONCE = 16  # each takes a connection; a burst of them all at once would only wait for each other
QUIET_S = 1.0  # after a failure Redis is left alone for so long, so that callers do not all wait for it


class Doorbell(Protocol):
    """`waiting.rings` numbers the rings of one run: a ring is a new one even where an earlier one was lost."""

    async def ring(self, waiting: Waiting) -> bool:
        """Wakes a worker for this run. False where that could not be done now; never raises for it."""
        ...

    async def forget(self, waiting: Waiting) -> None:
        """Takes back the ring before this one, where it still hangs in the queue."""
        ...

    async def answers(self) -> bool:
        """Whether a ring would be heard now."""
        ...

    async def close(self) -> None: ...


class LocalDoorbell:
    """Rings within this process, oldest run first heard."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._rung = asyncio.Event()

    async def ring(self, waiting: Waiting) -> bool:
        if len(self._waiting) >= MAX_WAITING and waiting.run_id not in self._waiting:
            return False
        self._waiting[waiting.run_id] = None
        self._rung.set()
        return True

    async def forget(self, waiting: Waiting) -> None:
        self._waiting.pop(waiting.run_id, None)

    async def answers(self) -> bool:
        return len(self._waiting) < MAX_WAITING

    async def next(self) -> str:
        """The id of the next run that was rung for; waits for one."""
        while not self._waiting:
            self._rung.clear()
            await self._rung.wait()
        return self._waiting.popitem(last=False)[0]

    async def close(self) -> None:
        self._waiting.clear()


def encode_job(job: dict[str, object]) -> bytes:
    """arq's job as JSON: its default is pickle, and who can write to Redis could then run code here."""
    return json.dumps(job).encode()


def decode_job(body: bytes) -> dict[str, object]:
    return json.loads(body)


def redis_settings(url: str) -> RedisSettings:
    """Settings that outlive a restart of Redis."""
    from arq.connections import RedisSettings
    from redis.asyncio.retry import Retry
    from redis.backoff import ExponentialBackoff
    from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError  # noqa: A004

    settings = RedisSettings.from_dsn(url)
    settings.conn_timeout = 2
    settings.conn_retries = 1
    settings.retry_on_timeout = True
    settings.retry_on_error = [ConnectionError, TimeoutError, BusyLoadingError]
    settings.retry = Retry(ExponentialBackoff(cap=2, base=0.1), 3)
    return settings


class ArqDoorbell:
    """Rings through Redis, with arq's queue. Of arq nothing else is used: its retries, cron and abort lose work."""

    def __init__(self, url: str) -> None:
        self._settings = redis_settings(url)
        self._redis: ArqRedis | None = None
        self._opening = asyncio.Lock()
        self._turns = asyncio.Semaphore(RINGS_AT_ONCE)
        self._quiet_until = 0.0

    async def ring(self, waiting: Waiting) -> bool:
        async def enqueue(redis: ArqRedis) -> None:
            # Scored by the run's age, so that a run which is rung for again keeps its place in the queue.
            await redis.enqueue_job(
                WAKE,
                waiting.run_id,
                _job_id=_job_id(waiting, waiting.rings),
                _defer_until=waiting.since,
                _expires=RING_LIFE_S,
            )

        return await self._tried(enqueue)

    async def forget(self, waiting: Waiting) -> None:
        job_id = _job_id(waiting, waiting.rings - 1)

        async def remove(redis: ArqRedis) -> None:
            async with redis.pipeline(transaction=True) as pipe:
                pipe.zrem(QUEUE, job_id)
                pipe.delete(f"arq:job:{job_id}", f"arq:retry:{job_id}")
                await pipe.execute()

        await self._tried(remove)

    async def answers(self) -> bool:
        return await self.depth() is not None

    async def depth(self) -> int | None:
        """How many rings hang in the queue; None where Redis cannot be asked."""
        depth = None

        async def count(redis: ArqRedis) -> None:
            nonlocal depth
            depth = await redis.zcard(QUEUE)

        await self._tried(count)
        return depth

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None

    async def _tried(self, act: Callable[[ArqRedis], Awaitable[None]]) -> bool:
        from redis.exceptions import RedisError

        loop = asyncio.get_running_loop()
        async with self._turns:
            if loop.time() < self._quiet_until:
                return False
            try:
                async with asyncio.timeout(RING_DEADLINE_S):
                    await act(await self._connected())
            except (RedisError, OSError, TimeoutError):
                self._quiet_until = loop.time() + QUIET_S
                return False
        return True

    async def _connected(self) -> ArqRedis:
        from arq.connections import create_pool

        async with self._opening:
            if self._redis is None:
                self._redis = await create_pool(
                    self._settings,
                    job_serializer=encode_job,
                    job_deserializer=decode_job,
                    default_queue_name=QUEUE,
                )
        return self._redis


def _job_id(waiting: Waiting, ring: int) -> str:
    return f"{waiting.run_id}:{waiting.attempt}:{ring}"
