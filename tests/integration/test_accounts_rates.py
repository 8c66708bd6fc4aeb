"""Counting in windows: what the in-process and the Redis counter both keep to."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import redis
from store_support import START

from domain.errors import StorageUnavailable
from services.rates import REDIS_DEADLINE_S, Allowance, LocalRates, Rates, RedisRates

FIVE = Allowance(5)


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
async def rates(request: pytest.FixtureRequest) -> AsyncIterator[Rates]:
    made = LocalRates() if request.param == "local" else RedisRates(request.getfixturevalue("redis_url"))
    yield made
    await made.close()


async def take(rates: Rates, bucket: str = "key:a", now: dt.datetime = START, allowance: Allowance = FIVE) -> bool:
    return (await rates.take(bucket, allowance, now)).allowed


async def test_the_limit_is_let_through_and_not_one_more(rates: Rates) -> None:
    assert [await take(rates) for _ in range(7)] == [True] * 5 + [False] * 2


async def test_what_is_left_is_told_and_never_below_nothing(rates: Rates) -> None:
    left = [(await rates.take("key:a", FIVE, START)).remaining for _ in range(7)]
    assert left == [4, 3, 2, 1, 0, 0, 0]


async def test_a_look_counts_nothing(rates: Rates) -> None:
    assert (await rates.look("key:a", FIVE, START)).remaining == 5
    await take(rates)
    for _ in range(9):
        assert (await rates.look("key:a", FIVE, START)).remaining == 4


async def test_buckets_and_periods_do_not_share_a_count(rates: Rates) -> None:
    for _ in range(6):
        await take(rates)
    assert await take(rates, "key:b")
    assert await take(rates, allowance=Allowance(5, 900))


async def test_a_window_ends_when_it_says_and_the_count_begins_anew(rates: Rates) -> None:
    now = START + dt.timedelta(seconds=20.5)
    rate = await rates.take("key:a", Allowance(1), now)
    assert rate.resets_at == int(START.timestamp()) + 60
    assert rate.retry_after_s(now) == 40
    assert not await take(rates, now=START + dt.timedelta(seconds=59.9), allowance=Allowance(1))
    assert await take(rates, now=START + dt.timedelta(seconds=60), allowance=Allowance(1))


async def test_a_burst_at_once_is_counted_to_the_last_one(rates: Rates) -> None:
    took = await asyncio.gather(*(take(rates, allowance=Allowance(50)) for _ in range(200)))
    assert sum(took) == 50


async def test_the_local_counter_keeps_a_bounded_number_of_buckets() -> None:
    rates = LocalRates(max_buckets=100)
    for number in range(1000):
        await take(rates, f"peer:{number}")
        await take(rates, "key:busy")
    assert len(rates._counts) == 100
    assert not await take(rates, "key:busy")  # what is asked for all the time is not forgotten


@pytest.mark.redis
async def test_redis_forgets_a_window_that_is_over(redis_url: str) -> None:
    rates = RedisRates(redis_url)
    await rates.take("key:a", FIVE, START)
    await rates.close()
    with redis.Redis.from_url(redis_url) as client:
        (key,) = list(client.scan_iter("forage:rate:*"))
        assert 0 < client.ttl(key) <= 120


@pytest.mark.redis
async def test_two_processes_together_let_through_exactly_the_limit(redis_url: str) -> None:
    script = f"""
import asyncio, datetime as dt
from services.rates import REDIS_DEADLINE_S, Allowance, RedisRates
async def main():
    rates = RedisRates({redis_url!r})
    now = dt.datetime.fromtimestamp({int(START.timestamp())}, dt.UTC)
    took = await asyncio.gather(*(rates.take("key:a", Allowance(50), now) for _ in range(60)))
    print(sum(rate.allowed for rate in took))
    await rates.close()
asyncio.run(main())
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220 - started together
        for _ in range(2)
    ]
    told = [await asyncio.to_thread(process.communicate, timeout=30) for process in processes]
    assert sum(int(out) for out, _ in told) == 50


async def test_a_redis_that_is_down_is_told_and_not_waited_for_again_at_once() -> None:
    rates = RedisRates("redis://127.0.0.1:1")
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            await rates.take("key:a", FIVE, START)
        with pytest.raises(StorageUnavailable):
            await rates.look("key:a", FIVE, START)
    await rates.close()


async def test_a_redis_that_hangs_holds_nobody_up() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    rates = RedisRates(f"redis://127.0.0.1:{port}")
    async with asyncio.timeout(2 * REDIS_DEADLINE_S):
        for _ in range(9):  # the first one waits, the others do not
            with pytest.raises(StorageUnavailable):
                await rates.take("key:a", FIVE, START)
    await rates.close()
    server.close()
