"""How often somebody may do something: counted in fixed windows of time, exactly.

A window is the same for everyone: with a period of a minute it ends when the clock's minute does. So two processes
that count in one Redis agree on which window it is, and together let through what one alone would.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

import msgspec
import structlog

from domain.errors import StorageUnavailable

if TYPE_CHECKING:  # imported where used: the embedded mode has no Redis
    from redis.asyncio import Redis

_log = structlog.get_logger("forage.rates")

MAX_BUCKETS = 50_000  # some 10 MB; beyond it the bucket that was not asked for longest is forgotten
PREFIX = "forage:rate"
REDIS_DEADLINE_S = 2.0  # a request waits no longer than this; a busy event loop alone takes half a second to look
QUIET_S = 2.0  # after a failure Redis is left alone for so long, so that requests do not all wait for it
CONNECTIONS = 16


class Allowance(msgspec.Struct, frozen=True):
    """`limit` times in each `period_s` seconds."""

    limit: int
    period_s: int = 60

    def window(self, now: dt.datetime) -> int:
        """The number of the window that `now` is in."""
        return int(now.timestamp()) // self.period_s


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket's count in the present window, which ends at `resets_at` (UTC epoch seconds)."""

    limit: int
    used: int
    resets_at: int

    @property
    def allowed(self) -> bool:
        """Whether what was just counted is within the limit."""
        return self.used <= self.limit

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def retry_after_s(self, now: dt.datetime) -> int:
        return max(1, self.resets_at - int(now.timestamp()))


class Rates(Protocol):
    """Counts by bucket: any text that says who and what. Both raise StorageUnavailable where nothing can be counted."""

    async def take(self, bucket: str, allowance: Allowance, now: dt.datetime) -> Rate:
        """Counts one more, and tells the count with it."""
        ...

    async def look(self, bucket: str, allowance: Allowance, now: dt.datetime) -> Rate:
        """Tells the count and leaves it as it is."""
        ...

    async def close(self) -> None: ...


def rate_of(allowance: Allowance, now: dt.datetime, used: int) -> Rate:
    resets_at = (allowance.window(now) + 1) * allowance.period_s
    return Rate(limit=allowance.limit, used=used, resets_at=resets_at)


class LocalRates:
    """Counts within this process."""

    def __init__(self, max_buckets: int = MAX_BUCKETS) -> None:
        self._max_buckets = max_buckets
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()  # bucket: (window, count)

    async def take(self, bucket: str, allowance: Allowance, now: dt.datetime) -> Rate:
        used = self._used(bucket, allowance, now) + 1
        self._counts[bucket] = (allowance.window(now), used)
        self._counts.move_to_end(bucket)
        if len(self._counts) > self._max_buckets:
            self._counts.popitem(last=False)
        return rate_of(allowance, now, used)

    async def look(self, bucket: str, allowance: Allowance, now: dt.datetime) -> Rate:
        return rate_of(allowance, now, self._used(bucket, allowance, now))

    async def close(self) -> None:
        self._counts.clear()

    def _used(self, bucket: str, allowance: Allowance, now: dt.datetime) -> int:
        window, used = self._counts.get(bucket, (0, 0))
        return used if window == allowance.window(now) else 0


class RedisRates:
    """Counts in Redis, for all processes together: a key a window, which Redis forgets when the window is over."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis: Redis | None = None
        self._quiet_until = 0.0

    async def take(self, bucket: str, allowance: Allowance, now: dt.datetime) -> Rate:
        return await self._counted(bucket, allowance, now, 1)

    async def look(self, bucket: str, allowance: Allowance, now: dt.datetime) -> Rate:
        return await self._counted(bucket, allowance, now, 0)

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None

    async def _counted(self, bucket: str, allowance: Allowance, now: dt.datetime, more: int) -> Rate:
        from redis.exceptions import RedisError

        loop = asyncio.get_running_loop()
        if loop.time() < self._quiet_until:
            raise StorageUnavailable("Redis, which counts requests, cannot be reached right now; try again.")
        key = f"{PREFIX}:{bucket}:{allowance.period_s}:{allowance.window(now)}"
        try:
            async with asyncio.timeout(REDIS_DEADLINE_S):
                used = await self._add(key, more, allowance.period_s)
        except (RedisError, OSError, TimeoutError) as fault:
            self._quiet_until = loop.time() + QUIET_S
            _log.warning("rates.uncounted", why=f"{type(fault).__name__} of Redis")
            raise StorageUnavailable("Redis, which counts requests, cannot be reached right now; try again.") from fault
        return rate_of(allowance, now, used)

    async def _add(self, key: str, more: int, period_s: int) -> int:
        redis = self._connected()
        if more == 0:
            return int(await redis.get(key) or 0)
        async with redis.pipeline(transaction=True) as pipe:
            pipe.incrby(key, more)
            # Twice the period: the clocks of processes may differ, and a late one still finds its window.
            pipe.expire(key, 2 * period_s)
            used, _ = await pipe.execute()
        return int(used)

    def _connected(self) -> Redis:
        from redis.asyncio import BlockingConnectionPool, Redis

        if self._redis is None:
            # A bounded pool that waits for a free connection: a burst of requests must not open a thousand.
            pool = BlockingConnectionPool.from_url(
                self._url,
                max_connections=CONNECTIONS,
                timeout=REDIS_DEADLINE_S,
                socket_timeout=REDIS_DEADLINE_S,
                socket_connect_timeout=REDIS_DEADLINE_S,
            )
            self._redis = Redis.from_pool(pool)
        return self._redis
