"""How much an account may have, told in each dialect when it has it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, PLENTY, add_tenant, calling, serving

from api.config import ApiConfig
from services.service import Limits, Service
from services.ticks import tick

FLOW = {"name": "Shop", "url": "https://shop.example/"}
MONITOR = {**FLOW, "mode": "monitor"}
SCHEDULE = {"name": "daily", "schedule": "0 9 * * *", "url": "https://shop.example/"}


@pytest.fixture
def capped(service: Service) -> Service:
    most = Limits(flows=2, pools=1, schedules=1, webhooks=1, waiting_runs=2, bulk_jobs=1)
    return dataclasses.replace(service, limits=most)


@pytest.fixture
async def owner(capped: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(capped, ApiConfig(rate_limit=PLENTY, extract_deadline_s=0.2, preview_deadline_s=0.2)) as url,
        calling(f"{url}/api/v1", headers={"X-API-KEY": OWNER_KEY}) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("path", "body", "most", "things"),
    [
        ("/flows", FLOW, 2, "flows"),
        ("/flows", MONITOR, 1, "pools"),
        ("/pools", {"name": "Things"}, 1, "pools"),
        ("/scheduled-jobs", SCHEDULE, 1, "scheduled jobs"),
    ],
)
async def test_one_more_than_an_account_may_have_is_refused_with_the_limit_until_one_is_deleted(
    capped: Service, owner: httpx.AsyncClient, path: str, body: dict[str, Any], most: int, things: str
) -> None:
    for _ in range(most):
        made = await owner.post(path, json=body)
        assert made.status_code == 201, made.text
    refused = await owner.post(path, json=body)
    assert (refused.status_code, refused.json()["statusCode"], refused.json()["error"]) == (409, 409, "Conflict")
    assert refused.json()["message"] == (
        f"An account has at most {most} {things}, and this one has them; delete one first."
    )
    other = await add_tenant(capped, "other")
    theirs = await owner.post(path, json=body, headers={"X-API-KEY": other.key})
    assert theirs.status_code == 201
    listed = (await owner.get(path)).json()
    listed = listed["data"] if isinstance(listed, dict) else listed
    ids = [value for name, value in listed[0].items() if name in {"id", "pool_id", "schedule_id", "scheduled_job_id"}]
    assert (await owner.delete(f"{path}/{ids[0]}")).status_code == 200
    if things == "pools" and path == "/flows":
        return  # a monitor's pool outlives it
    assert (await owner.post(path, json=body)).status_code == 201


async def test_a_monitor_that_would_have_one_schedule_too_many_stays_as_it_was(owner: httpx.AsyncClient) -> None:
    assert (await owner.post("/scheduled-jobs", json=SCHEDULE)).status_code == 201
    flow = (await owner.post("/flows", json=MONITOR)).json()["data"]["id"]
    refused = await owner.put(f"/flows/{flow}", json={"status": "active"})
    assert (refused.status_code, "at most 1 scheduled jobs" in refused.json()["message"]) == (409, True)
    assert (await owner.get(f"/flows/{flow}")).json()["data"]["status"] == "draft"


async def test_webhooks_of_all_tasks_together_are_counted(owner: httpx.AsyncClient) -> None:
    jobs = [(await owner.post("/jobs", json={"goal": "x"})).json()["job_id"] for _ in range(2)]
    asked = [{"taskId": job, "url": "https://hooks.example/", "events": ["run.success"]} for job in jobs]
    assert (await owner.post("/webhooks", json=asked[0])).status_code == 201
    refused = await owner.post("/webhooks", json=asked[1])
    assert (refused.status_code, "at most 1 webhooks" in refused.json()["message"]) == (409, True)


async def test_runs_that_wait_are_counted_whoever_started_them_and_a_repeat_is_still_answered(
    owner: httpx.AsyncClient,
) -> None:
    flow = (await owner.post("/flows", json=FLOW)).json()["data"]["id"]
    key = {"Idempotency-Key": "k"}
    first = await owner.post("/jobs", json={"goal": "x"}, headers=key)
    await owner.post("/jobs", json={"goal": "x"})
    for path, body in (
        ("/jobs", {"goal": "x"}),
        ("/runs", {"flowId": flow}),
        ("/extract", {"url": "https://shop.example/"}),
        ("/screenshot", {"url": "https://shop.example/"}),
        ("/agent/tools/forage_find", {"goal": "x"}),
    ):
        refused = await owner.post(path, json=body)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30"), path
        assert "An account has at most 2 runs waiting" in refused.json()["message"]
    again = await owner.post("/jobs", json={"goal": "x"}, headers=key)
    assert (again.status_code, again.json()["job_id"]) == (201, first.json()["job_id"])
    await owner.delete(f"/jobs/{first.json()['job_id']}")
    assert (await owner.post("/jobs", json={"goal": "x"})).status_code == 201


async def test_jobs_of_targets_that_are_going_are_counted(owner: httpx.AsyncClient) -> None:
    path = f"{owner.base_url}".replace("/api/v1", "/async/api/v1").rstrip("/") + "/jobs"
    asked = {"Targets": ["https://shop.example/"]}
    made = await owner.post(path, json=asked)
    assert made.status_code == 200
    refused = await owner.post(path, json=asked)
    assert (refused.status_code, refused.json()["Code"]) == (429, 429)
    assert refused.json()["Error"] == "An account has at most 1 jobs of Targets going, and this one has them."
    assert (await owner.delete(f"{path}/{made.json()['JobID']}")).status_code == 200
    assert (await owner.post(path, json=asked)).status_code == 200


async def test_a_schedule_that_is_due_while_too_many_runs_wait_says_so_and_goes_on_next_time(
    capped: Service, owner: httpx.AsyncClient
) -> None:
    made = (await owner.post("/scheduled-jobs", json=SCHEDULE | {"schedule": "* * * * *"})).json()
    jobs = [(await owner.post("/jobs", json={"goal": "x"})).json()["job_id"] for _ in range(2)]
    path = f"/scheduled-jobs/{made['id']}"
    due = capped.clock.now() + dt.timedelta(minutes=1)
    assert await tick(capped, due) == 0
    assert "at most 2 runs waiting" in (await owner.get(path)).json()["last_error"]
    await owner.delete(f"/jobs/{jobs[0]}")
    assert await tick(capped, due + dt.timedelta(minutes=1)) == 1
    assert not (await owner.get(path)).json()["last_error"]
