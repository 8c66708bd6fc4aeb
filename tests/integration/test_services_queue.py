"""Doorbells: in process and through Redis."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis as redis_client
from store_support import START, ScriptedAgent, ended, executor_of, opened_service, until

from domain.requests import GoalRequest
from domain.runs import RunStatus
from domain.webhooks import Posted
from services import queue
from services.keys import OWNER_ACCOUNT
from services.queue import QUEUE, ArqDoorbell, LocalDoorbell, decode_job
from services.runs import get_run, submit_run
from services.service import Service
from store.repositories.outbox import Waiting
from workers.arq_worker import open_arq_worker
from workers.webhooks import Deliverer

GOAL = GoalRequest(goal="things")
needs_redis = pytest.mark.redis


def waiting(number: int, rings: int = 0) -> Waiting:
    return Waiting(run_id=f"{number:032x}", account_id=OWNER_ACCOUNT, since=START, attempt=0, rings=rings)


async def no_post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
    return Posted(status=200)


async def test_the_local_doorbell_keeps_order_and_hears_a_run_once_however_often_it_is_rung():
    bell = LocalDoorbell()
    for number in (1, 2, 1, 3):
        assert await bell.ring(waiting(number))
    await bell.forget(waiting(2))
    assert [await bell.next(), await bell.next()] == [waiting(1).run_id, waiting(3).run_id]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bell.next(), 0.02)


async def test_the_local_doorbell_is_bounded(monkeypatch):
    monkeypatch.setattr(queue, "MAX_WAITING", 3)
    bell = LocalDoorbell()
    assert [await bell.ring(waiting(number)) for number in range(5)] == [True, True, True, False, False]
    assert not await bell.answers()


async def test_a_listener_wakes_when_it_rings():
    bell = LocalDoorbell()
    listening = asyncio.create_task(bell.next())
    await asyncio.sleep(0)
    await bell.ring(waiting(1))
    assert await asyncio.wait_for(listening, 30) == waiting(1).run_id


@needs_redis
async def test_a_ring_is_json_in_redis_and_a_new_one_takes_the_place_of_the_old(redis_url: str):
    bell = ArqDoorbell(redis_url)
    assert await bell.ring(waiting(1))
    with redis_client.Redis.from_url(redis_url) as client:
        [job] = client.zrange(QUEUE, 0, -1)
        body = client.get(b"arq:job:" + job)
        assert isinstance(body, bytes)
        assert decode_job(body)["a"] == [waiting(1).run_id]
        again = waiting(1, rings=1)
        await bell.forget(again)
        await bell.ring(again)
        assert client.zcard(QUEUE) == 1
        assert client.zrange(QUEUE, 0, -1) != [job]
        assert client.exists(b"arq:job:" + job) == 0
    assert await bell.depth() == 1
    await bell.close()


async def test_a_redis_that_is_not_there_is_told_and_costs_a_caller_no_more_than_a_moment():
    bell = ArqDoorbell("redis://127.0.0.1:1/0")
    began = time.perf_counter()
    assert not await bell.ring(waiting(1))
    assert not await bell.answers()
    assert [await bell.ring(waiting(number)) for number in range(50)] == [False] * 50
    assert time.perf_counter() - began < 30
    await bell.close()


@pytest.fixture
async def scaled(migrated_sqlite: Path, tmp_path: Path, redis_url: str) -> AsyncIterator[Service]:
    path = shutil.copy(migrated_sqlite, tmp_path / "forage.sqlite3")
    async with opened_service(f"sqlite:///{path}", tmp_path / "blobs", doorbell=ArqDoorbell(redis_url)) as service:
        yield service


@needs_redis
async def test_a_worker_hears_redis_takes_no_more_than_its_slots_and_leaves_the_queue_empty(
    scaled: Service, redis_url: str
):
    gate, going = asyncio.Event(), []

    async def hold(state, number):
        going.append(state.run_id)
        await gate.wait()

    executor = executor_of(scaled, ScriptedAgent(1, hold), slots=2)
    async with open_arq_worker(executor, redis_url, Deliverer(scaled, no_post)):
        runs = [await submit_run(scaled, OWNER_ACCOUNT, GOAL) for _ in range(5)]

        async def full() -> bool:
            return len(going) == 2

        await until(full, "two are going")
        with redis_client.Redis.from_url(redis_url) as client:
            assert client.zcard(QUEUE) == 3  # the others stay for whoever has room
        gate.set()
        for run in runs:
            assert (await ended(scaled, run.id)).status is RunStatus.COMPLETED

        async def empty() -> bool:
            with redis_client.Redis.from_url(redis_url) as client:
                return client.zcard(QUEUE) == 0 and not client.keys("arq:*")

        await until(empty, "nothing of them is left in Redis")


@needs_redis
async def test_a_run_starts_within_a_moment_of_its_ring(scaled: Service, redis_url: str):
    executor = executor_of(scaled, ScriptedAgent(1))
    async with open_arq_worker(executor, redis_url, Deliverer(scaled, no_post)):
        first = await submit_run(scaled, OWNER_ACCOUNT, GOAL)
        await ended(scaled, first.id)
        run = await submit_run(scaled, OWNER_ACCOUNT, GOAL)
        done = await ended(scaled, run.id)
    assert done.started_at is not None
    assert (done.started_at - done.created_at).total_seconds() < 3  # less than one poll, on a machine that is busy


@needs_redis
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on PATH to kill and start again")
async def test_work_goes_on_when_redis_dies_and_is_heard_again_when_it_is_back(
    migrated_sqlite: Path, tmp_path: Path, unused_tcp_port: int
):
    path = shutil.copy(migrated_sqlite, tmp_path / "forage.sqlite3")
    url = f"redis://127.0.0.1:{unused_tcp_port}/0"
    server = _start_redis(unused_tcp_port, tmp_path)
    try:
        async with opened_service(f"sqlite:///{path}", tmp_path / "blobs", doorbell=ArqDoorbell(url)) as service:
            executor = executor_of(service, ScriptedAgent(1))
            async with open_arq_worker(executor, url, Deliverer(service, no_post)):
                await ended(service, (await submit_run(service, OWNER_ACCOUNT, GOAL)).id)
                server.kill()
                server.wait()
                accepted = await submit_run(service, OWNER_ACCOUNT, GOAL)
                assert (await get_run(service, OWNER_ACCOUNT, accepted.id)).status is RunStatus.QUEUED
                # Nobody rings; the sweeper comes round, and takes it up itself.
                assert (await ended(service, accepted.id, deadline_s=40)).status is RunStatus.COMPLETED
                server = _start_redis(unused_tcp_port, tmp_path)

                async def answers() -> bool:
                    return await service.doorbell.answers()

                await until(answers, "the doorbell is heard again")
                run = await submit_run(service, OWNER_ACCOUNT, GOAL)
                assert (await ended(service, run.id, deadline_s=40)).status is RunStatus.COMPLETED
    finally:
        server.kill()
        server.wait()


def _start_redis(port: int, folder: Path) -> subprocess.Popen[bytes]:
    arguments = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    with redis_client.Redis(port=port) as client:
        for _ in range(200):
            try:
                client.ping()
            except redis_client.ConnectionError:
                time.sleep(0.05)
            else:
                return server
    raise AssertionError("redis-server does not start")
