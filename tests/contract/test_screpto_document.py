"""Every request and JSON sample of Screpto's document, against a running server and a receiver: status, keys, types."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, Finished, add_tenant, calling, finish

from domain.flows import FlowDraft
from domain.ids import new_id
from domain.requests import FlowMode, FlowRequest, GoalRequest
from domain.runs import TerminationReason
from domain.webhooks import Posted
from services.flows import create_flow
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service
from workers.webhooks import Deliverer

BASE = "/api/v1"
HOOK = "https://hooks.example/forage"
MISSING_TOKEN = {"statusCode": 400, "error": "Bad Request", "message": "Missing token query param"}  # documented


@pytest.fixture
async def bare(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sends no header with a key."""
    async with calling(base_url) as client:
        yield client


class Receiver:
    """Takes everything, and keeps what it got."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.got: list[tuple[str, dict[str, Any], dict[str, str]]] = []

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Posted:
        self.got.append((url, json.loads(body), headers))
        return Posted(status=self.status)


async def flow_run(
    service: Service, flow_id: str, *, reason: TerminationReason = TerminationReason.STEPS_DONE, records: int = 2
) -> Finished:
    request = FlowRequest(goal="dentists", flow_id=flow_id, flow_name="Dentists", mode=FlowMode.EXTRACT, max_results=50)
    return await finish(service, await submit_run(service, OWNER_ACCOUNT, request), reason=reason, records=records)


async def test_a_missing_token_is_told_in_the_documents_own_words(bare: httpx.AsyncClient, finished: Finished) -> None:
    answer = await bare.get(f"{BASE}/results/{finished.job_id}")
    assert (answer.status_code, answer.json()) == (400, MISSING_TOKEN)


async def test_the_key_goes_into_the_query_or_bare_into_the_authorization_header(
    bare: httpx.AsyncClient, finished: Finished
) -> None:
    path = f"{BASE}/results/{finished.job_id}"
    assert (await bare.get(path, params={"token": OWNER_KEY})).status_code == 200
    assert (await bare.get(path, headers={"Authorization": OWNER_KEY})).status_code == 200
    assert (await bare.get(path, params={"token": "sk_live_wrong"})).status_code == 401
    # Only the route whose document says so reads a key from the query, which ends in logs and histories.
    assert (await bare.get(f"{BASE}/webhooks", params={"token": OWNER_KEY})).status_code == 401


async def test_the_description_tells_of_every_documented_parameter(client: httpx.AsyncClient) -> None:
    operation = (await client.get("/openapi.json")).json()["paths"]["/api/v1/results/{task_id}"]["get"]
    assert {parameter["name"] for parameter in operation["parameters"]} == {"task_id", "token", "resultId", "download"}


async def test_results_of_a_flow_are_those_of_its_newest_run_that_succeeded(
    client: httpx.AsyncClient, service: Service
) -> None:
    flow_id = new_id()
    older = await flow_run(service, flow_id, records=1)
    newest = await flow_run(service, flow_id)
    await flow_run(service, flow_id, reason=TerminationReason.SOURCES_FAILED, records=0)

    told = (await client.get(f"{BASE}/results/flow-{flow_id}")).json()
    assert (told["taskId"], told["resultId"]) == (f"flow-{flow_id}", f"run-{newest.run_id}")
    assert told["data"] == [{"name": "Bright Smile", "phone": "+12125550100"}] * 2
    for spelled in (f"run-{older.run_id}", f"job_{older.run_id}"):
        earlier = await client.get(f"{BASE}/results/flow-{flow_id}", params={"resultId": spelled})
        assert earlier.json()["resultId"] == f"run-{older.run_id}"
        assert len(earlier.json()["data"]) == 1


async def test_results_of_a_run_and_of_a_goal_job_are_its_own(client: httpx.AsyncClient, finished: Finished) -> None:
    for name in (finished.job_id, f"run-{finished.run_id}"):
        told = (await client.get(f"{BASE}/results/{name}")).json()
        assert told["resultId"] == f"run-{finished.run_id}"
        assert [type(told[key]) for key in ("createdAt", "duration", "totalPages")] == [int, float, int]
        assert told["data"][0]["name"] == "Bright Smile"


async def test_results_come_as_a_file_in_json_or_csv(client: httpx.AsyncClient, finished: Finished) -> None:
    as_json = await client.get(f"{BASE}/results/{finished.job_id}", params={"download": "json"})
    assert as_json.headers["content-type"].startswith("application/json")
    assert "attachment" in as_json.headers["content-disposition"]
    assert as_json.json() == [{"name": "Bright Smile", "phone": "+12125550100"}]
    as_csv = await client.get(f"{BASE}/results/{finished.job_id}", params={"download": "csv"})
    rows = list(csv.reader(io.StringIO(as_csv.text.lstrip("\ufeff"))))
    assert rows == [["name", "phone"], ["Bright Smile", "'+12125550100"]]  # no formula in a spreadsheet
    assert (await client.get(f"{BASE}/results/{finished.job_id}", params={"download": "xml"})).status_code == 422


async def test_results_that_are_absent_foreign_or_of_another_task_are_404(
    client: httpx.AsyncClient, service: Service, finished: Finished
) -> None:
    stranger = await add_tenant(service, "stranger")
    flow_id = new_id()
    of_flow = await flow_run(service, flow_id)
    for path in ("job_zzz", "nothing", f"job_{new_id()}", f"flow-{new_id()}", f"sched_{new_id()}", f"job-{flow_id}"):
        assert (await client.get(f"{BASE}/results/{path}")).status_code == 404, path
    for result_id in (f"run-{finished.run_id}", f"flow-{flow_id}", "zzz", f"run-{new_id()}"):
        answer = await client.get(f"{BASE}/results/flow-{flow_id}", params={"resultId": result_id})
        assert answer.status_code == 404, result_id
    for path in (f"flow-{flow_id}", f"run-{of_flow.run_id}", finished.job_id):
        answer = await client.get(f"{BASE}/results/{path}", headers={"X-API-Key": stranger.key})
        assert answer.status_code == 404, path


async def test_each_task_can_register_up_to_two_webhooks(client: httpx.AsyncClient, finished: Finished) -> None:
    body = {"taskId": finished.job_id, "url": HOOK, "events": ["run.success"]}
    first = await client.post(f"{BASE}/webhooks", json=body)
    assert first.status_code == 201
    assert first.json() == {
        "id": first.json()["id"],
        "taskId": finished.job_id,
        "url": HOOK,
        "events": ["run.success"],
        "createdAt": first.json()["createdAt"],
        "disabledAt": None,
    }
    # The same run under its other name is the same task.
    second = await client.post(f"{BASE}/webhooks", json={"taskId": f"run-{finished.run_id}", "url": HOOK})
    assert second.json()["events"] == ["run.success", "run.failure"]
    third = await client.post(f"{BASE}/webhooks", json=body)
    assert third.status_code == 409
    assert "up to 2" in third.json()["message"]

    listed = (await client.get(f"{BASE}/webhooks", params={"taskId": finished.job_id})).json()
    assert [item["id"] for item in listed] == [second.json()["id"], first.json()["id"]]
    assert (await client.delete(f"{BASE}/webhooks/{first.json()['id']}")).json() == {"deleted": 1}
    assert (await client.get(f"{BASE}/webhooks/{first.json()['id']}")).status_code == 404
    assert (await client.delete(f"{BASE}/webhooks", params={"taskId": finished.job_id})).json() == {"deleted": 1}
    assert (await client.get(f"{BASE}/webhooks")).json() == []


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"url": HOOK}, "taskId"),
        ({"taskId": "job", "url": "http://127.0.0.1:6379/"}, "url"),
        ({"taskId": "job", "url": "http://169.254.169.254/latest"}, "url"),
        ({"taskId": "job", "url": "file:///etc/passwd"}, "url"),
        ({"taskId": "job", "url": ""}, "url"),
        ({"taskId": "job", "url": HOOK, "events": []}, "events"),
        ({"taskId": "job", "url": HOOK, "events": ["ping"]}, "events[0]"),
        ({"taskId": "job", "url": HOOK, "secret": "whsec_mine"}, "secret"),
    ],
)
async def test_a_webhook_that_cannot_be_is_refused_by_its_field(
    client: httpx.AsyncClient, finished: Finished, body: dict[str, Any], named: str
) -> None:
    asked = {name: finished.job_id if value == "job" else value for name, value in body.items()}
    answer = await client.post(f"{BASE}/webhooks", json=asked)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [named]


async def test_a_successful_run_is_told_as_the_document_writes_it(client: httpx.AsyncClient, service: Service) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists", max_results=50))
    made = await client.post(f"{BASE}/webhooks", json={"taskId": f"job_{run.id}", "url": HOOK})
    assert made.status_code == 201
    await finish(service, run, records=2)
    receiver = Receiver()
    await Deliverer(service, receiver).deliver_due()

    [(url, body, headers)] = receiver.got
    assert url == HOOK
    assert list(body) == ["type", "createdAt", "payload", "taskId"]
    assert (body["type"], body["taskId"]) == ("run.success", f"job_{run.id}")
    assert abs(body["createdAt"] - time.time() * 1000) < 60_000  # a JavaScript timestamp: milliseconds
    assert isinstance(body["createdAt"], int)
    payload = body["payload"]
    assert list(payload) == ["resultId", "duration", "totalPages", "data"]
    assert isinstance(payload["duration"], float)
    assert payload["totalPages"] == 0 or isinstance(payload["totalPages"], int)
    assert payload["data"] == [{"name": "Bright Smile", "phone": "+12125550100"}] * 2
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= set(headers)
    # The result that it names is there to be read.
    result = await client.get(f"{BASE}/results/job_{run.id}", params={"resultId": payload["resultId"]})
    assert result.json()["data"] == payload["data"]


async def test_a_failed_run_is_told_with_its_reason_to_who_asked_for_failures(
    client: httpx.AsyncClient, service: Service
) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
    for url, events in ((HOOK, ["run.failure"]), (f"{HOOK}/success", ["run.success"])):
        body = {"taskId": f"run-{run.id}", "url": url, "events": events}
        assert (await client.post(f"{BASE}/webhooks", json=body)).status_code == 201
    await finish(service, run, reason=TerminationReason.SOURCES_FAILED, records=0)
    receiver = Receiver()
    await Deliverer(service, receiver).deliver_due()
    [(url, body, _)] = receiver.got
    assert url == HOOK
    assert (body["type"], body["taskId"]) == ("run.failure", f"run-{run.id}")
    assert body["payload"] == {"reason": "None of the pages could be read."}


async def test_each_run_of_a_flow_is_told_to_the_flows_webhooks(client: httpx.AsyncClient, service: Service) -> None:
    flow_id = (await create_flow(service, OWNER_ACCOUNT, FlowDraft(name="Dentists", url="https://x.example/"))).id
    body = {"taskId": f"flow-{flow_id}", "url": HOOK}
    assert (await client.post(f"{BASE}/webhooks", json=body)).status_code == 201
    runs = [await flow_run(service, flow_id) for _ in range(2)]
    receiver = Receiver()
    await Deliverer(service, receiver).deliver_due()
    told = [(body["taskId"], body["payload"]["resultId"]) for _, body, _ in receiver.got]
    assert sorted(told) == sorted((f"flow-{flow_id}", f"run-{run.run_id}") for run in runs)
