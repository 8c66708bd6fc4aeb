"""One pause at a host for all that asks it, whichever process that is and whatever it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from bulk_support import Site, fetching, job_over, make_job, serving_site, worker_of
from store_support import opened_service

from domain.egress import EgressPolicy
from domain.errors import StorageUnavailable
from domain.pages import FetchRequest
from services.host_turns import CommonTurns
from services.service import Service
from store.repositories.bulk_claims import Pace
from workers.bulk import open_bulk_worker

PAUSE_S = 0.15


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving_site() as served:
        yield served


@pytest.fixture
async def bulk(database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    async with opened_service(database_url, tmp_path / "blobs") as opened:
        yield replace(opened, policy=EgressPolicy.parse("127.0.0.0/8"))


def gaps_of(site: Site) -> list[float]:
    (starts,) = site.starts.values()
    return [after - before for before, after in pairwise(starts)]


async def test_pages_of_runs_and_targets_keep_one_pause_over_two_processes(bulk: Service, site: Site) -> None:
    pace = Pace(delay_s=PAUSE_S)
    async with (
        fetching(bulk, delay_s=PAUSE_S) as ours,
        fetching(bulk, delay_s=PAUSE_S) as theirs,
        open_bulk_worker(worker_of(bulk, ours, pace=pace)),
    ):
        job_id = await make_job(bulk, [site.url(f"target{number}") for number in range(4)])
        requests = [FetchRequest(url=site.url(f"page{number}"), scope="a", deadline_s=30) for number in range(4)]
        pages = await asyncio.gather(*(theirs.fetch(request) for request in requests))
        await job_over(bulk, job_id)
    assert all(page.ok for page in pages)
    gaps = gaps_of(site)
    assert len(gaps) == 7
    # What a busy machine adds to one start, the next gap lacks; a pause kept by each alone would be half as long.
    assert min(gaps) > PAUSE_S / 3
    assert sum(gaps) >= 7 * PAUSE_S - 0.05


async def test_redirects_and_robots_take_turns_of_their_own(bulk: Service, site: Site) -> None:
    async with (
        fetching(bulk, delay_s=PAUSE_S) as fetcher,
        open_bulk_worker(worker_of(bulk, fetcher, pace=Pace(delay_s=PAUSE_S))),
    ):
        await job_over(bulk, await make_job(bulk, [site.url("go/there")]))
    (gap,) = gaps_of(site)
    assert gap >= PAUSE_S - 0.05


async def test_a_database_that_is_away_leaves_each_process_its_own_pause(bulk: Service, site: Site) -> None:
    class Away:
        def write(self) -> None:
            raise StorageUnavailable

    turns = CommonTurns(replace(bulk, database=Away()))
    assert await turns("127.0.0.1:80", 1.0) is None
