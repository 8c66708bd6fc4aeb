"""Bulk jobs on both databases: every task once, whatever becomes of its worker, and no host in another's way."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from bulk_support import Site, count_of, fetching, job_over, make_job, results_of, serving_site, worker_of
from store_support import ManualClock, opened_service, until

from domain.bulk import BulkMethod, BulkOutput, BulkStatus, RenderOptions, TargetOptions, TargetResult
from domain.credits import CreditPlan
from domain.egress import EgressPolicy
from domain.errors import Conflict, IdempotencyMismatch, InvalidInput, NotEnoughCredits
from domain.pages import FetchOutcome
from services.bulk import bulk_standing, cancel_bulk_job, create_bulk_job, get_bulk_job
from services.bulk_work import Claim, Done, sweep_expired, sweep_lost, turn_over
from services.credits import audit, change_plan, get_balance, grant_credits
from services.keys import OWNER_ACCOUNT
from services.service import Service
from store.repositories.bulk_claims import Pace, Wanted
from workers.bulk import open_bulk_worker

POLICY = EgressPolicy.parse("127.0.0.0/8")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving_site() as served:
        yield served


@pytest.fixture
async def bulk(database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    """Use cases by the real clock, loopback allowed."""
    async with opened_service(database_url, tmp_path / "blobs") as opened:
        yield replace(opened, policy=POLICY)


async def test_two_workers_do_every_target_once(bulk: Service, site: Site) -> None:
    targets = [site.url(f"page{number}", 1 + number % 5) for number in range(60)]
    async with (
        fetching(bulk) as fetcher,
        open_bulk_worker(worker_of(bulk, fetcher)),
        open_bulk_worker(worker_of(bulk, fetcher)),
    ):
        view = await job_over(bulk, await make_job(bulk, targets))
    assert view.status is BulkStatus.SUCCESS
    assert view.job.left == 0
    assert set(Counter(site.seen).values()) == {1}
    assert len(site.seen) == 60
    results = await results_of(bulk, view)
    assert [f"page{number}" in told.content.decode() for number, told in enumerate(results)] == [True] * 60


async def test_the_same_content_twice_is_one_blob_and_leaves_with_its_last_use(
    service: Service, clock: ManualClock, site: Site
) -> None:
    service = replace(service, policy=POLICY)
    async with fetching(service) as fetcher, open_bulk_worker(worker_of(service, fetcher)):
        view = await job_over(service, await make_job(service, [site.url("same"), site.url("same")]))
    first, second = await results_of(service, view)
    assert first.content == second.content != b""
    sha256 = first.task.content
    clock.advance(24 * 3600 - 1)
    assert await sweep_expired(service) == 0
    assert (await results_of(service, view))[0].content == first.content
    clock.advance(2)
    assert (await results_of(service, view))[0].is_expired
    assert await sweep_expired(service) == 2
    assert not await service.blobs.has(OWNER_ACCOUNT, sha256)
    gone = (await results_of(service, view))[0]
    assert (gone.is_expired, gone.content, gone.task.status) == (True, b"", BulkStatus.SUCCESS)


async def test_an_accounts_limit_holds_over_all_workers(bulk: Service, site: Site) -> None:
    async with bulk.database.write() as uow:
        await uow.accounts.set_limits(OWNER_ACCOUNT, max_concurrent_runs=3)
    targets = [site.url(f"slow/{number}", 1 + number % 5) for number in range(12)]
    async with (
        fetching(bulk) as fetcher,
        open_bulk_worker(worker_of(bulk, fetcher)),
        open_bulk_worker(worker_of(bulk, fetcher)),
    ):
        job_id = await make_job(bulk, targets)

        async def three_going() -> bool:
            return site.going == 3

        await until(three_going, "three are asked for")
        view = await get_bulk_job(bulk, OWNER_ACCOUNT, job_id)
        standing = await bulk_standing(bulk, OWNER_ACCOUNT)
        assert (view.status, view.acquired, view.limit) == (BulkStatus.PENDING, 3, 3)
        assert (standing.limit, standing.held, standing.open_jobs) == (3, 3, 1)
        site.held.set()
        await job_over(bulk, job_id)
    assert site.most == 3


async def test_a_slow_site_does_not_hold_up_the_others(bulk: Service, site: Site) -> None:
    slow = [site.url(f"slow/{number}") for number in range(40)]
    quick = [site.url(f"quick{number}", 2 + number % 3) for number in range(20)]
    async with bulk.database.write() as uow:
        await uow.accounts.set_limits(OWNER_ACCOUNT, max_concurrent_runs=20)
    async with fetching(bulk) as fetcher, open_bulk_worker(worker_of(bulk, fetcher)):
        job_id = await make_job(bulk, slow + quick)

        async def quick_are_done() -> bool:
            return await count_of(bulk, job_id, BulkStatus.SUCCESS) == 20

        await until(quick_are_done, "the quick ones end while the slow site answers nothing")
        assert site.going <= 4  # a host's share of a worker
        await cancel_bulk_job(bulk, OWNER_ACCOUNT, job_id)


async def test_a_hosts_pause_is_kept_by_two_workers_together(bulk: Service, site: Site) -> None:
    pace = Pace(delay_s=0.15)
    async with (
        fetching(bulk) as one,
        fetching(bulk) as other,
        open_bulk_worker(worker_of(bulk, one, pace=pace)),
        open_bulk_worker(worker_of(bulk, other, pace=pace)),
    ):
        await job_over(bulk, await make_job(bulk, [site.url(f"page{number}") for number in range(8)]))
    (starts,) = site.starts.values()
    assert len(starts) == 8
    # Seven pauses where they are kept together, three where each worker keeps its own; a busy machine hears some late.
    assert starts[-1] - starts[0] >= 5 * pace.delay_s


async def test_a_canceled_job_stops_and_cannot_be_canceled_again(bulk: Service, site: Site) -> None:
    async with fetching(bulk) as fetcher, open_bulk_worker(worker_of(bulk, fetcher)):
        job_id = await make_job(bulk, [site.url("quick"), *(site.url(f"slow/{n}", 2) for n in range(6))])

        async def one_is_done() -> bool:
            return await count_of(bulk, job_id, BulkStatus.SUCCESS) == 1

        await until(one_is_done, "the quick one ends")
        await cancel_bulk_job(bulk, OWNER_ACCOUNT, job_id)

        async def nothing_goes() -> bool:
            return site.going == 0

        await until(nothing_goes, "what was asked for is let go")
        view = await get_bulk_job(bulk, OWNER_ACCOUNT, job_id)
        assert view.status is BulkStatus.CANCELED
        assert Counter(task.status for task in view.tasks) == {BulkStatus.SUCCESS: 1, BulkStatus.CANCELED: 6}
        with pytest.raises(Conflict):
            await cancel_bulk_job(bulk, OWNER_ACCOUNT, job_id)


async def test_what_a_stopped_worker_holds_is_given_back_at_once(bulk: Service, site: Site) -> None:
    job_id = await make_job(bulk, [site.url("slow/1"), site.url("quick")])
    async with fetching(bulk) as fetcher:
        async with open_bulk_worker(worker_of(bulk, fetcher)):

            async def quick_is_done() -> bool:
                return await count_of(bulk, job_id, BulkStatus.SUCCESS) == 1

            await until(quick_is_done, "the quick one ends")
        assert await count_of(bulk, job_id, BulkStatus.QUEUED) == 1
        site.held.set()
        async with open_bulk_worker(worker_of(bulk, fetcher)):
            assert (await job_over(bulk, job_id)).job.succeeded == 2


async def test_a_task_that_takes_three_workers_down_is_given_up(service: Service, clock: ManualClock) -> None:
    job_id = await make_job(service, ["http://127.0.0.1:8080/"])
    claim = Claim(wanted=Wanted(tasks=5, rendered=5), lease=dt.timedelta(seconds=15))
    for number in range(3):
        _, taken = await turn_over(service, f"worker {number}", (), claim)
        assert [one.task.attempt for one in taken.tasks] == [number + 1]
        clock.advance(16)
        assert await sweep_lost(service) == 1
    view = await get_bulk_job(service, OWNER_ACCOUNT, job_id)
    assert view.status is BulkStatus.ERROR
    (told,) = await results_of(service, view)
    assert (told.task.error, told.task.credits) == ("worker_crashed", 0)


async def test_what_came_of_a_canceled_target_is_swept_away(service: Service, clock: ManualClock) -> None:
    job_id = await make_job(service, ["http://127.0.0.1:8080/"])
    claim = Claim(wanted=Wanted(tasks=1, rendered=1), lease=dt.timedelta(seconds=15))
    _, taken = await turn_over(service, "worker", (), claim)
    await cancel_bulk_job(service, OWNER_ACCOUNT, job_id)
    body = b"nobody waits for this"
    result = TargetResult(outcome=FetchOutcome.OK, status_code=200, content=body)
    late = Done(claimed=taken.tasks[0], options=TargetOptions(), result=result)
    ended, _ = await turn_over(service, "worker", [late])
    sha256 = hashlib.sha256(body).hexdigest()
    assert not ended.jobs
    assert await service.blobs.has(OWNER_ACCOUNT, sha256)
    await sweep_expired(service)
    assert not await service.blobs.has(OWNER_ACCOUNT, sha256)


async def test_a_worker_killed_in_the_middle_loses_nothing(
    bulk: Service, site: Site, database_url: str, tmp_path: Path
) -> None:
    targets = [site.url(f"slow/{number}", 1 + number % 5) for number in range(6)]
    job_id = await make_job(bulk, targets)
    command = [sys.executable, "-m", "bulk_process", database_url, str(tmp_path / "blobs")]
    root = Path(__file__).parent.parent
    environment = os.environ | {"PYTHONPATH": f"{root}:{root.parent}"}
    doomed = await asyncio.create_subprocess_exec(*command, cwd=root.parent, env=environment)
    try:

        async def all_are_going() -> bool:
            return site.going == 6

        await until(all_are_going, "the other process asks for all", 60.0)
    finally:
        doomed.kill()
        await doomed.wait()
    assert await count_of(bulk, job_id, BulkStatus.PENDING) == 6
    site.held.set()
    async with fetching(bulk) as fetcher, open_bulk_worker(worker_of(bulk, fetcher)):
        view = await job_over(bulk, job_id, 20.0)
    assert view.status is BulkStatus.SUCCESS
    assert view.job.succeeded == 6
    assert [told.task.attempt for told in await results_of(bulk, view)] == [2] * 6


async def test_options_reach_the_site(bulk: Service, site: Site) -> None:
    options = TargetOptions(
        method=BulkMethod.POST,
        body="a=1",
        headers=(("X-Mine", "yes"), ("User-Agent", "mine")),
        set_cookies="one=1; two=2",
    )
    async with fetching(bulk) as fetcher, open_bulk_worker(worker_of(bulk, fetcher)):
        view = await job_over(bulk, await make_job(bulk, [site.url("echo")], options))
        (told,) = await results_of(bulk, view)
        echo = msgspec.json.decode(told.content)
        assert (echo["method"], echo["body"]) == ("POST", "a=1")
        headers = {name.lower(): value for name, value in echo["headers"].items()}
        assert (headers["x-mine"], headers["user-agent"], headers["cookie"]) == ("yes", "mine", "one=1; two=2")
        assert "sec-ch-ua" in headers
        alone = TargetOptions(headers=(("X-Mine", "yes"),), forward_headers=True)
        view = await job_over(bulk, await make_job(bulk, [site.url("echo/2")], alone))
        (told,) = await results_of(bulk, view)
        headers = {name.lower() for name in msgspec.json.decode(told.content)["headers"]}
        assert headers <= {"x-mine", "host", "connection"}


async def test_refusals_are_tried_again_and_other_answers_are_what_was_asked_for(bulk: Service, site: Site) -> None:
    targets = [site.url(path, host) for host, path in enumerate(("flaky", "status/404", "go/there", "bytes"), 1)]
    async with fetching(bulk) as fetcher, open_bulk_worker(worker_of(bulk, fetcher)):
        view = await job_over(bulk, await make_job(bulk, targets))
        flaky, absent, gone_on, binary = await results_of(bulk, view)
        assert (flaky.task.status, flaky.task.status_code, site.seen["flaky"]) == (BulkStatus.SUCCESS, 200, 2)
        assert (absent.task.status, absent.task.status_code) == (BulkStatus.SUCCESS, 404)
        assert b"<h1>there</h1>" in gone_on.content
        assert (binary.task.is_binary, binary.content) == (True, bytes(range(256)))
        once = TargetOptions(disable_retry=True)
        (told,) = await results_of(bulk, await job_over(bulk, await make_job(bulk, [site.url("status/503")], once)))
        assert (told.task.status, told.task.status_code, told.task.credits) == (BulkStatus.ERROR, 503, 0)
        assert site.seen["status/503"] == 1
        raw = TargetOptions(transparent_response=True, disable_redirection=True)
        targets = [site.url("status/500"), site.url("go/on")]
        view = await job_over(bulk, await make_job(bulk, targets, raw))
        assert [told.task.status_code for told in await results_of(bulk, view)] == [500, 302]
        assert view.job.succeeded == 2


async def test_a_session_keeps_its_cookies_between_workers_and_from_other_sessions(bulk: Service, site: Site) -> None:
    async def echoed(session: str, path: str) -> str:
        async with fetching(bulk) as fetcher, open_bulk_worker(worker_of(bulk, fetcher)):
            view = await job_over(bulk, await make_job(bulk, [site.url(path)], TargetOptions(session_id=session)))
            (told,) = await results_of(bulk, view)
            return told.content.decode()

    await echoed("one", "set/token/abc")
    assert "token=abc" in await echoed("one", "echo/1")
    assert "token=abc" not in await echoed("two", "echo/2")


async def test_markdown_is_made_of_markup_alone(bulk: Service, site: Site) -> None:
    options = TargetOptions(output=BulkOutput.MARKDOWN)
    async with fetching(bulk) as fetcher, open_bulk_worker(worker_of(bulk, fetcher)):
        view = await job_over(bulk, await make_job(bulk, [site.url("page"), site.url("status/404")], options))
    page, plain = await results_of(bulk, view)
    assert page.content.startswith(b"# page")
    assert plain.content == b"status 404"


async def test_a_key_used_again_gives_the_same_job_and_other_words_are_refused(service: Service) -> None:
    async def make(*targets: str) -> str:
        job, _ = await create_bulk_job(service, OWNER_ACCOUNT, targets, TargetOptions(), idempotency_key="k")
        return job.id

    first = await make("http://127.0.0.1:8080/")
    assert await make("http://127.0.0.1:8080/") == first
    with pytest.raises(IdempotencyMismatch):
        await make("http://127.0.0.1:8080/other")


async def test_all_mistakes_are_told_at_once(service: Service) -> None:
    options = TargetOptions(timeout_ms=1, geo_code="usa", render=RenderOptions(custom_wait_ms=35_001))
    with pytest.raises(InvalidInput) as told:
        await create_bulk_job(service, OWNER_ACCOUNT, ["http://10.0.0.1/", "nothing"], options)
    assert set(told.value.fields) == {"Targets[0]", "Targets[1]", "Timeout", "GeoCode", "Render.CustomWait"}
    with pytest.raises(InvalidInput) as told:
        await create_bulk_job(service, OWNER_ACCOUNT, ["http://127.0.0.1:8080/"] * 1001, TargetOptions())
    assert set(told.value.fields) == {"Targets"}


async def test_a_metered_account_pays_for_what_succeeds_and_gets_the_rest_back(bulk: Service, site: Site) -> None:
    metered = replace(bulk, metered=True)
    await change_plan(metered, OWNER_ACCOUNT, CreditPlan.FREE)
    await grant_credits(metered, OWNER_ACCOUNT, 1)
    before = (await get_balance(metered, OWNER_ACCOUNT)).available
    once = TargetOptions(disable_retry=True)
    job_id = await make_job(metered, [site.url("a"), site.url("b", 2), site.url("status/503", 3)], once)
    assert (await get_balance(metered, OWNER_ACCOUNT)).held == 3
    async with fetching(metered) as fetcher, open_bulk_worker(worker_of(metered, fetcher)):
        view = await job_over(metered, job_id)
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (view.job.credits, balance.available, balance.held) == (2, before - 2, 0)
    assert (await audit(metered)).is_clean
    canceled = await make_job(metered, [site.url("c")])
    assert (await audit(metered)).is_clean
    await cancel_bulk_job(metered, OWNER_ACCOUNT, canceled)
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == before - 2
    with pytest.raises(NotEnoughCredits):
        await make_job(metered, [site.url("d")] * 1000, TargetOptions(render=RenderOptions()))
