"""The same operations on PostgreSQL: one life of a job, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from api_harness import OWNER_KEY, calling, finish, open_service, serving
from test_api_events import frames_of
from test_api_jobs import all_pages

from services.keys import OWNER_ACCOUNT
from services.runs import get_run
from services.service import Service

pytestmark = pytest.mark.postgres
JOBS = "/api/v1/jobs"


@pytest.fixture
async def on_postgres(postgres_url: str, tmp_path: Path) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    async with (
        open_service(postgres_url, tmp_path / "blobs") as service,
        serving(service) as url,
        calling(url, headers={"X-API-KEY": OWNER_KEY}) as client,
    ):
        yield service, client


async def test_a_job_lives_the_same_life_on_postgres(on_postgres: tuple[Service, httpx.AsyncClient]) -> None:
    service, client = on_postgres
    headers = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(*(client.post(JOBS, json={"goal": "a"}, headers=headers) for _ in range(8)))
    (job_id,) = {answer.json()["job_id"] for answer in answers}
    assert (await client.post(JOBS, json={"goal": "b"}, headers=headers)).status_code == 422
    for n in range(4):
        assert (await client.post(JOBS, json={"goal": f"goal {n} ☂ \u202e"})).status_code == 201
    assert [len(page) for page in await all_pages(client, f"{JOBS}?limit=2")] == [2, 2, 1]

    job = await finish(service, await get_run(service, OWNER_ACCOUNT, job_id.removeprefix("job_")), records=3)
    told = (await client.get(f"{JOBS}/{job_id}")).json()
    assert (told["status"], told["progress"], len(told["records"])) == ("completed", 100, 3)
    evidence = (await client.get(told["records"][0]["evidence_url"])).json()
    for page_url in evidence["pages"].values():
        assert (await client.get(page_url)).status_code == 200
    frames = frames_of((await client.get(told["events_url"])).text)
    assert [frame.id for frame in frames] == list(range(1, len(frames) + 1))
    for format_ in ("json", "jsonl", "csv", "xlsx"):
        assert (await client.get(f"{JOBS}/{job_id}/download", params={"format": format_})).status_code == 200
    assert (await client.delete(f"{JOBS}/{job.job_id}")).status_code == 200
    assert (await client.get(f"{JOBS}/{job.job_id}")).status_code == 404


async def test_no_odd_text_breaks_postgres(on_postgres: tuple[Service, httpx.AsyncClient]) -> None:
    _, client = on_postgres
    for path in ("job_%00", "job_" + "0" * 32, "job_%F0%9F%92%A9"):
        assert (await client.get(f"{JOBS}/{path}")).status_code == 404
    job_id = (await client.post(JOBS, json={"goal": "x"})).json()["job_id"]
    for path in ("records/%00/evidence", "pages/%00", "records/%ff/evidence", "records/x' OR 1=1/evidence"):
        assert (await client.get(f"{JOBS}/{job_id}/{path}")).status_code == 404
    for query in ("cursor=%00", "cursor=1.%00", "cursor=99999999999.x", "cursor=%ff"):
        assert (await client.get(f"{JOBS}/{job_id}/records?{query}")).status_code == 422
    assert (await client.post(JOBS, json={"goal": "nul \u0000"})).status_code == 422
    assert (await client.get(JOBS, headers={"X-API-Key": "a\x7fb"})).status_code == 401
