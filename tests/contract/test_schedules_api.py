"""Scheduled jobs over HTTP: the document's own lines, and every operation beside them."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_harness import Tenant, add_tenant, finish
from test_api_scrapehub_document import DOCUMENTED_BASE, DOCUMENTED_KEY, ISO, run_verbatim

from domain.accounts import Scope
from domain.flows import FlowDraft
from services.flows import create_flow
from services.keys import OWNER_ACCOUNT, create_key
from services.pools import create_pool
from services.runs import get_run
from services.service import Service
from services.ticks import tick

JOBS = "/api/v1/scheduled-jobs"
LIST = f'curl -X GET {DOCUMENTED_BASE}/scheduled-jobs \\\n-H "X-API-KEY: {DOCUMENTED_KEY}"'
CREATE = f"""curl -X POST {DOCUMENTED_BASE}/scheduled-jobs \\
-H "X-API-KEY: {DOCUMENTED_KEY}" \\
-H "Content-Type: application/json" \\
-d '{{
"name": "Daily Price Monitoring",
"goal": "Track prices on competitor website",
"schedule": "0 9 * * *",
"pool_id": "pool_abc123",
"enabled": true
}}'"""
DAILY = {"name": "Daily", "goal": "prices of kettles", "schedule": "0 9 * * *"}
EVERY_MINUTE = DAILY | {"schedule": "* * * * *"}


async def made(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post(JOBS, json=DAILY | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_the_documented_curl_schedules_a_job(base_url: str, service: Service, tmp_path: Path) -> None:
    pool = await create_pool(service, OWNER_ACCOUNT, name="prices")
    line = CREATE.replace("pool_abc123", f"pool_{pool.id}")
    created = json.loads(await run_verbatim(line, base_url, tmp_path))
    same = {
        "name": "Daily Price Monitoring",
        "goal": "Track prices on competitor website",
        "schedule": "0 9 * * *",
        "pool_id": f"pool_{pool.id}",
        "enabled": True,
        "timezone": "UTC",
        "last_run": None,
        "last_error": None,
    }
    assert {name: created[name] for name in same} == same
    assert created["id"].startswith("sched_")
    assert len(created["next_runs"]) == 5
    assert all(ISO.fullmatch(moment) and moment.endswith("T09:00:00Z") for moment in created["next_runs"])
    assert ISO.fullmatch(created["created_at"])
    listed = json.loads(await run_verbatim(LIST, base_url, tmp_path))
    assert listed == [created]


async def test_a_pool_that_is_not_there_is_refused_by_name(base_url: str, tmp_path: Path) -> None:
    refused = json.loads(await run_verbatim(CREATE, base_url, tmp_path))
    assert (refused["statusCode"], set(refused["errors"])) == (422, {"pool_id"})
    absent = CREATE.replace("pool_abc123", "pool_" + "0" * 32)
    assert set(json.loads(await run_verbatim(absent, base_url, tmp_path))["errors"]) == {"pool_id"}


async def test_a_schedule_takes_what_a_job_takes_and_its_job_is_asked_just_so(
    client: httpx.AsyncClient, service: Service
) -> None:
    asked = {
        "url": "https://shop.example/kitchen",
        "fields": ["name", "price:number"],
        "max_results": 40,
        "min_results": 5,
        "output_format": "csv",
        "use_smart_cascade": True,
        "webhook_url": "https://hooks.example/in",
        "exclude": ["old.example"],
        "timezone": "Europe/Berlin",
    }
    shown = await made(client, **asked)
    assert shown["fields"][1]["type"] == "price"
    assert {name: shown[name] for name in asked if name != "fields"} == {
        name: value for name, value in asked.items() if name != "fields"
    }
    started = (await client.post(f"{JOBS}/{shown['id']}/run")).json()
    job = (await client.get(f"/api/v1/jobs/{started['job_id']}")).json()
    for name in ("goal", "url", "fields", "max_results", "min_results", "output_format"):
        assert job[name] == shown[name], name
    run = await get_run(service, OWNER_ACCOUNT, started["job_id"].removeprefix("job_"))
    assert (run.request.webhook_url, run.request.schedule_id) == (asked["webhook_url"], shown["id"][6:])


async def test_a_flow_can_be_scheduled_and_says_itself_what_it_does(
    client: httpx.AsyncClient, service: Service
) -> None:
    flow = await create_flow(service, OWNER_ACCOUNT, FlowDraft(name="shop", url="https://shop.example/"))
    body = {"name": "nightly", "schedule": "0 2 * * *", "flow_id": f"flow-{flow.id}"}
    refused = await client.post(JOBS, json=body | {"max_results": 3, "pool_id": "pool_" + "0" * 32})
    assert set(refused.json()["errors"]) == {"max_results", "pool_id"}
    shown = (await client.post(JOBS, json=body)).json()
    assert (shown["flow_id"], shown["goal"], shown["pool_id"]) == (body["flow_id"], "", None)
    started = await client.post(f"{JOBS}/{shown['id']}/run")
    assert (started.status_code, "draft" in started.json()["message"]) == (409, True)
    patched = await client.patch(f"{JOBS}/{shown['id']}", json={"goal": "x", "name": "y"})
    assert set(patched.json()["errors"]) == {"goal"}


async def test_a_template_with_its_values_can_be_scheduled(client: httpx.AsyncClient) -> None:
    body = {"name": "x", "schedule": "0 7 * * MON", "template": "events", "values": {"kind": "concerts"}}
    missing = await client.post(JOBS, json=body)
    assert (missing.status_code, set(missing.json()["errors"])) == (422, {"values.location"})
    body["values"] = {"kind": "concerts", "location": "Leeds"}
    shown = (await client.post(JOBS, json=body)).json()
    assert shown["goal"] == "concerts in Leeds"
    assert [field["name"] for field in shown["fields"]][:2] == ["name", "start_date"]


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"schedule": "every day"}, {"schedule"}),
        ({"schedule": "0 0 31 2 *"}, {"schedule"}),
        ({"schedule": None}, {"schedule"}),
        ({"timezone": "Berlin", "name": " ", "schedule": "61 * * * *"}, {"timezone", "schedule", "name"}),
        ({"goal": None}, {"goal", "url"}),
        ({"url": "http://169.254.169.254/"}, {"url"}),
        ({"webhook_url": "http://localhost:6379/", "max_results": 5, "min_results": 6}, {"webhook_url", "min_results"}),
        ({"flow_id": "flow-" + "0" * 32}, {"goal"}),
        ({"goal": None, "flow_id": "nonsense"}, {"flow_id"}),
        ({"pool": "x"}, {"pool"}),
        ({"enabled": "yes"}, {"enabled"}),
        ({"name": "x" * 201}, {"name"}),
    ],
)
async def test_what_is_wrong_is_told_by_its_field(
    client: httpx.AsyncClient, wrong: dict[str, Any], fields: set[str]
) -> None:
    answer = await client.post(JOBS, json=DAILY | wrong)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, fields), answer.text
    assert (await client.get(JOBS)).json() == []


async def test_a_patch_changes_what_it_names_and_nothing_else(client: httpx.AsyncClient) -> None:
    before = await made(client, min_results=3, webhook_url="https://hooks.example/in", fields=["name"])
    path = f"{JOBS}/{before['id']}"
    answer = await client.patch(
        path, json={"schedule": "30 18 * * 1-5", "timezone": "America/New_York", "min_results": None, "max_results": 4}
    )
    after = answer.json()
    assert answer.status_code == 200, after
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"schedule", "timezone", "min_results", "max_results", "next_runs"}
    assert (after["min_results"], after["max_results"]) == (None, 4)
    assert (await client.patch(path, json={"webhook_url": None, "goal": "pans"})).json()["webhook_url"] is None
    assert (await client.get(path)).json()["goal"] == "pans"


@pytest.mark.parametrize(
    ("patch", "fields"),
    [
        ({"name": None}, {"name"}),
        ({"schedule": "x", "timezone": "y"}, {"schedule", "timezone"}),
        ({"goal": None}, {"goal"}),
        ({"min_results": 11}, {"min_results"}),
        ({"url": "file:///etc/passwd", "webhook_url": "http://10.1.1.1/"}, {"url", "webhook_url"}),
        ({"id": "x", "account_id": "y"}, {"id", "account_id"}),
        ({"pool_id": "pool_" + "0" * 32}, {"pool_id"}),
        ({"last_error": ""}, {"last_error"}),
    ],
)
async def test_a_patch_that_cannot_be_changes_nothing(
    client: httpx.AsyncClient, patch: dict[str, Any], fields: set[str]
) -> None:
    before = await made(client)
    answer = await client.patch(f"{JOBS}/{before['id']}", json=patch)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, fields), answer.text
    assert (await client.get(JOBS)).json() == [before]


async def test_pause_and_resume_take_its_times_away_and_give_them_back(client: httpx.AsyncClient) -> None:
    path = f"{JOBS}/{(await made(client))['id']}"
    paused = (await client.post(f"{path}/pause")).json()
    assert (paused["enabled"], paused["next_runs"]) == (False, [])
    resumed = (await client.post(f"{path}/resume")).json()
    assert (resumed["enabled"], len(resumed["next_runs"])) == (True, 5)
    assert (await client.patch(path, json={"enabled": False})).json()["next_runs"] == []


async def test_run_now_is_a_job_like_any_other_and_a_second_one_waits_its_turn(
    client: httpx.AsyncClient, service: Service
) -> None:
    path = f"{JOBS}/{(await made(client, enabled=False))['id']}"
    answer = await client.post(f"{path}/run")
    started = answer.json()
    assert (answer.status_code, started["status"], started["goal"]) == (201, "queued", DAILY["goal"])
    assert answer.headers["location"] == f"/api/v1/jobs/{started['job_id']}"
    assert (await client.get(path)).json()["last_run"] == {"job_id": started["job_id"], "status": "queued"}
    assert (await client.post(f"{path}/run")).status_code == 409
    await finish(service, await get_run(service, OWNER_ACCOUNT, started["job_id"][4:]))
    assert (await client.get(path)).json()["last_run"]["status"] == "completed"
    assert (await client.post(f"{path}/run")).status_code == 201


async def test_what_became_of_its_due_times_is_told(client: httpx.AsyncClient, service: Service) -> None:
    shown = await made(client, schedule="* * * * *")
    now = service.clock.now()
    for minutes in (1, 2):
        await tick(service, now + dt.timedelta(minutes=minutes))
    detail = (await client.get(f"{JOBS}/{shown['id']}")).json()
    skipped, started = detail["history"]
    assert (skipped["outcome"], skipped["job_id"]) == ("skipped", None)
    assert skipped["reason"] == detail["last_error"]
    assert detail["last_run"]["job_id"] in skipped["reason"]
    assert (started["outcome"], started["job_id"]) == ("started", detail["last_run"]["job_id"])
    assert started["due_at"] == shown["next_runs"][0]


async def test_a_deleted_one_is_gone_and_its_jobs_are_not(client: httpx.AsyncClient) -> None:
    path = f"{JOBS}/{(await made(client))['id']}"
    job = (await client.post(f"{path}/run")).json()["job_id"]
    assert (await client.delete(path)).json() == {"message": "Scheduled job deleted successfully"}
    assert [(await client.request(method, path)).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert (await client.get(f"/api/v1/jobs/{job}")).status_code == 200


async def test_the_list_pages_by_its_link(client: httpx.AsyncClient) -> None:
    ids = [(await made(client, name=str(n)))["id"] for n in range(3)]
    first = await client.get(f"{JOBS}?limit=2")
    assert [each["id"] for each in first.json()] == ids[:0:-1]
    second = await client.get(first.links["next"]["url"])
    assert [each["id"] for each in second.json()] == ids[:1]
    assert "next" not in second.links


OPERATIONS = [
    ("GET", "/{id}", None),
    ("PATCH", "/{id}", {"name": "mine"}),
    ("POST", "/{id}/run", None),
    ("POST", "/{id}/pause", None),
    ("POST", "/{id}/resume", None),
    ("DELETE", "/{id}", None),
]


async def test_another_accounts_schedule_is_as_absent_as_one_that_never_was(
    client: httpx.AsyncClient, service: Service
) -> None:
    shown = await made(client)
    stranger: Tenant = await add_tenant(service, "stranger")
    headers = {"X-API-Key": stranger.key}
    for method, path, body in OPERATIONS:
        answers = [
            await client.request(method, JOBS + path.format(id=schedule_id), headers=headers, json=body)
            for schedule_id in (shown["id"], "sched_" + "0" * 32, "sched_x", "1")
        ]
        assert {answer.status_code for answer in answers} == {404}, (method, path)
        assert len({answer.text for answer in answers}) == 1
    assert (await client.get(JOBS, headers=headers)).json() == []
    assert (await client.get(JOBS)).json() == [shown]


async def test_a_key_needs_the_scope_of_schedules_or_that_of_jobs(client: httpx.AsyncClient, service: Service) -> None:
    shown = await made(client)

    async def statuses(*scopes: Scope) -> list[int]:
        key = (await create_key(service, OWNER_ACCOUNT, name="k", scopes=scopes)).token
        headers = {"X-API-Key": key}
        read = await client.get(JOBS, headers=headers)
        write = await client.post(f"{JOBS}/{shown['id']}/pause", headers=headers)
        return [read.status_code, write.status_code]

    assert await statuses(Scope.SCHEDULES_READ) == [200, 403]
    assert await statuses(Scope.SCHEDULES_WRITE) == [403, 200]
    assert await statuses(Scope.JOBS_READ, Scope.JOBS_WRITE) == [200, 200]
    assert await statuses(Scope.FLOWS_READ, Scope.FLOWS_WRITE) == [403, 403]


async def test_ten_patches_at_once_leave_one_of_them_whole(client: httpx.AsyncClient) -> None:
    path = f"{JOBS}/{(await made(client))['id']}"
    await asyncio.gather(*(client.patch(path, json={"name": str(n), "goal": f"goal {n}"}) for n in range(10)))
    shown = (await client.get(path)).json()
    assert shown["goal"] == f"goal {shown['name']}"
