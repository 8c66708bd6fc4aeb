"""Server-Sent Events: complete, resumable, alive, bounded."""

from __future__ import annotations

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import httpx
import pytest
from api_harness import OWNER_KEY, PLENTY, Finished, add_tenant, calling, finish, serving

from api.config import ApiConfig
from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service


@dataclass(frozen=True)
class Frame:
    id: int
    event: str
    data: dict[str, object]


def frames_of(text: str) -> list[Frame]:
    frames = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith((":", "retry")))
        if lines:
            frames.append(Frame(int(lines["id"]), lines["event"], json.loads(lines["data"])))
    return frames


async def test_a_finished_jobs_events_come_in_order_and_the_stream_ends(
    client: httpx.AsyncClient, finished: Finished
) -> None:
    answer = await client.get(f"/api/v1/jobs/{finished.job_id}/events")
    assert answer.headers["content-type"].split(";")[0] == "text/event-stream"
    frames = frames_of(answer.text)
    assert [frame.id for frame in frames] == list(range(1, len(frames) + 1))
    assert frames[0].event == "run.queued"
    assert frames[-1].event == "run.ended"
    assert set(frames[-1].data) == {"sequence", "type", "at", "data"}


async def test_a_stream_resumes_after_the_last_event_id_and_stops_a_browser_with_204(
    client: httpx.AsyncClient, finished: Finished
) -> None:
    path = f"/api/v1/jobs/{finished.job_id}/events"
    every = frames_of((await client.get(path)).text)
    rest = frames_of((await client.get(path, headers={"Last-Event-ID": "2"})).text)
    assert rest == every[2:]
    assert (await client.get(path, headers={"Last-Event-ID": str(every[-1].id)})).status_code == 204


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "٣", "9" * 40, "0" * 20 + "9" * 30, "0" * 5000])
async def test_a_last_event_id_that_was_never_ours_is_a_422(
    client: httpx.AsyncClient, finished: Finished, last: str
) -> None:
    headers = {b"Last-Event-ID": last.encode()}
    answer = await client.get(
        f"/api/v1/jobs/{finished.job_id}/events",
        headers=headers,  # ty: ignore[invalid-argument-type]
    )
    assert answer.status_code == 422


async def test_a_live_stream_beats_while_nothing_happens_and_tells_the_end_at_once(
    client: httpx.AsyncClient, service: Service
) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
    text, ended = "", False
    async with asyncio.timeout(30), client.stream("GET", f"/api/v1/jobs/job_{run.id}/events") as answer:
        async for piece in answer.aiter_text():
            text += piece
            if text.count(": still here") >= 2 and not ended:
                ended = True
                await finish(service, run)
    assert [frame.event for frame in frames_of(text)] == ["run.queued", "run.started", "plan.ready", "run.ended"]


async def test_streams_are_bounded_and_a_closed_one_makes_room(client: httpx.AsyncClient, service: Service) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
    path = f"/api/v1/jobs/job_{run.id}/events"
    async with client.stream("GET", path) as one, client.stream("GET", path) as two:
        pieces = [stream.aiter_text() for stream in (one, two)]  # kept: a dropped iterator closes its stream
        for each in pieces:
            await anext(each)
        third = await client.get(path)
        assert (third.status_code, third.headers["retry-after"]) == (429, "5")
    async with asyncio.timeout(30):
        while True:
            async with client.stream("GET", path) as again:
                if again.status_code == 200:
                    break
            await asyncio.sleep(0.02)


async def test_an_account_that_opens_streams_without_end_leaves_room_for_others(service: Service) -> None:
    tenant = await add_tenant(service, "other")
    runs = {
        OWNER_KEY: await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists")),
        tenant.key: await submit_run(service, tenant.account_id, GoalRequest(goal="dentists")),
    }
    config = ApiConfig(max_streams_of_account=1, rate_limit=PLENTY)

    async with serving(service, config) as url, calling(url) as client:

        def opened(key: str) -> AbstractAsyncContextManager[httpx.Response]:
            return client.stream("GET", f"/api/v1/jobs/job_{runs[key].id}/events", headers={"X-API-KEY": key})

        async with opened(OWNER_KEY) as first:
            pieces = first.aiter_text()  # kept: a dropped iterator closes its stream
            await anext(pieces)
            async with opened(OWNER_KEY) as second, opened(tenant.key) as others:
                assert (second.status_code, others.status_code) == (429, 200)
