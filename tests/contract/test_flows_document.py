"""Every request and JSON sample of scraper.bot's document but its keys, against a running server: status, exact keys,
types. Its curl lines are read as curl would have them: one of them has an `&` that a shell would take for its own."""

from __future__ import annotations

import re
import shlex
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, calling
from flows_harness import ShopAgent, base_url, run_at_end, working

from services.service import Service

__all__ = ["base_url"]

BASE = "$BASE"
KEY = "scr_live_your_key_here"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

LIST_FLOWS = f"""curl $BASE/flows?status=active \\
  -H "X-API-Key: {KEY}\""""
CREATE_FLOW = f"""curl -X POST $BASE/flows \\
  -H "X-API-Key: {KEY}" \\
  -H "Content-Type: application/json" \\
  -d '{{"name":"My New Flow","url":"https://example.com","mode":"extract"}}'"""
CREATE_BODY = {
    "name": "My New Flow",
    "description": "Scrape product listings",
    "url": "https://example.com/products",
    "mode": "extract",
    "steps": [{"type": "navigate", "label": "Go to page"}, {"type": "extract", "label": "Extract data"}],
    "outputSchema": {"title": "string", "price": "number"},
}
GET_FLOW = f"""curl $BASE/flows/flow-1 \\
  -H "X-API-Key: {KEY}\""""
UPDATE_FLOW = f"""curl -X PUT $BASE/flows/flow-1 \\
  -H "X-API-Key: {KEY}" \\
  -H "Content-Type: application/json" \\
  -d '{{"name":"Updated Flow Name","status":"active"}}'"""
DELETE_FLOW = f"""curl -X DELETE $BASE/flows/flow-1 \\
  -H "X-API-Key: {KEY}\""""
LIST_RUNS = f"""curl $BASE/runs?flowId=flow-1&status=completed \\
  -H "X-API-Key: {KEY}\""""
CREATE_RUN = f"""curl -X POST $BASE/runs \\
  -H "X-API-Key: {KEY}" \\
  -H "Content-Type: application/json" \\
  -d '{{"flowId":"flow-1"}}'"""
GET_RUN = f"""curl $BASE/runs/run-1 \\
  -H "X-API-Key: {KEY}\""""
EXTRACT = f"""curl -X POST $BASE/extract \\
  -H "X-API-Key: {KEY}" \\
  -H "Content-Type: application/json" \\
  -d '{{"url":"https://example-store.com/products","instructions":"Extract all product names and prices"}}'"""
EXTRACT_BODY = {
    "url": "https://example-store.com/products",
    "instructions": "Extract all product names and prices",
    "schema": {"name": "string", "price": "number"},
}

FLOW_ITEM = {
    "id": "flow-1",
    "name": "Product Price Monitor",
    "status": "active",
    "mode": "monitor",
    "url": "https://example-store.com/products",
    "successRate": 98.5,
    "totalRuns": 248,
    "createdAt": "2026-02-15T10:00:00Z",
}
FLOW_CREATED = {
    "id": "flow-1710000000000",
    "name": "My New Flow",
    "status": "draft",
    "createdAt": "2026-03-18T12:00:00Z",
}
FLOW = {
    "id": "flow-1",
    "name": "Product Price Monitor",
    "description": "Track prices across e-commerce sites",
    "url": "https://example-store.com/products",
    "mode": "monitor",
    "status": "active",
    "steps": [{"type": "navigate", "label": "Go to page"}],
    "outputSchema": {"title": "string", "price": "number"},
    "successRate": 98.5,
    "totalRuns": 248,
}
FLOW_UPDATED = {"id": "flow-1", "name": "Updated Flow Name", "status": "active", "updatedAt": "2026-03-18T12:00:00Z"}
RUN_ITEM = {
    "id": "run-1",
    "flowId": "flow-1",
    "flowName": "Product Price Monitor",
    "status": "completed",
    "startedAt": "2026-03-18T12:00:00Z",
    "duration": 12400,
    "itemsExtracted": 147,
    "cost": 0.003,
}
RUN_CREATED = {
    "id": "run-1710000000000",
    "flowId": "flow-1",
    "flowName": "Product Price Monitor",
    "status": "queued",
    "startedAt": "2026-03-18T12:00:00Z",
    "cost": 0,
}
RUN = {
    "id": "run-1",
    "flowId": "flow-1",
    "status": "completed",
    "duration": 12400,
    "itemsExtracted": 147,
    "logs": [
        {"timestamp": "2026-03-18T12:00:00Z", "level": "info", "message": "Run started"},
        {"timestamp": "2026-03-18T12:00:00Z", "level": "info", "message": "Extracted 147 items"},
    ],
    "outputPreview": [{}],
}
EXTRACTED = {
    "url": "https://example-store.com/products",
    "extractedAt": "2026-03-18T12:00:00Z",
    "itemCount": 3,
    "items": [
        {"name": "Wireless Headphones Pro", "price": 79.99},
        {"name": "USB-C Hub 7-in-1", "price": 34.99},
        {"name": "Mechanical Keyboard", "price": 129.99},
    ],
}


def assert_like(sample: Any, given: Any, path: str = "$") -> None:
    """Same JSON type everywhere; a documented moment is one here, to the second and in Z."""
    both_numbers = isinstance(sample, int | float) and isinstance(given, int | float)
    assert both_numbers or type(given) is type(sample), f"{path}: {sample!r} documented, {given!r} given"
    if isinstance(sample, dict):
        for name, value in sample.items():
            assert_like(value, given[name], f"{path}.{name}")
    elif isinstance(sample, list):
        for value in given:
            assert_like(sample[0], value, f"{path}[]")
    elif isinstance(sample, str) and ISO.fullmatch(sample):
        assert ISO.fullmatch(given), f"{path}: {given!r} is not written like {sample!r}"


async def replay(client: httpx.AsyncClient, line: str, **ids: str) -> httpx.Response:
    """The document's own curl line, with its base URL, key and ids changed."""
    words = shlex.split(line.replace("\\\n", " "))
    method, url, headers, body = "GET", "", {}, None
    assert words.pop(0) == "curl"
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value.replace(KEY, OWNER_KEY)
        elif word == "-d":
            body = words.pop(0)
        else:
            url = word.replace(BASE, "/api/v1")
    for documented, ours in ids.items():
        name = documented.replace("_", "-")
        url, body = url.replace(name, ours), body and body.replace(name, ours)
    async with calling(client.base_url) as bare:
        return await bare.request(method, url, headers=headers, content=body)


@pytest.fixture
async def worked(service: Service) -> AsyncIterator[ShopAgent]:
    agent = ShopAgent()
    async with working(service, agent):
        yield agent


async def made_flow(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/v1/flows", json=CREATE_BODY)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


async def test_a_flow_is_created_as_a_draft_with_exactly_the_documented_keys(client: httpx.AsyncClient) -> None:
    for answer in (await replay(client, CREATE_FLOW), await client.post("/api/v1/flows", json=CREATE_BODY)):
        assert answer.status_code == 201
        assert set(answer.json()) == {"data"}
        created = answer.json()["data"]
        assert set(created) == set(FLOW_CREATED)
        assert_like(FLOW_CREATED, created)
        assert (created["name"], created["status"]) == ("My New Flow", "draft")
        assert created["id"].startswith("flow-")


async def test_a_flow_is_got_with_what_was_sent(client: httpx.AsyncClient) -> None:
    name = await made_flow(client)
    answer = await replay(client, GET_FLOW, flow_1=name)
    flow = answer.json()["data"]
    assert answer.status_code == 200
    assert set(flow) >= set(FLOW)
    assert_like(FLOW, flow)
    assert {member: flow[member] for member in CREATE_BODY} == CREATE_BODY


async def test_a_flow_is_updated_and_then_listed_by_its_status(client: httpx.AsyncClient) -> None:
    name = await made_flow(client)
    await made_flow(client)
    answer = await replay(client, UPDATE_FLOW, flow_1=name)
    assert (answer.status_code, set(answer.json()["data"])) == (200, set(FLOW_UPDATED))
    assert_like({"data": FLOW_UPDATED}, answer.json())

    answer = await replay(client, LIST_FLOWS)
    listed = answer.json()
    assert (answer.status_code, set(listed)) == (200, {"data", "total"})
    assert ([flow["id"] for flow in listed["data"]], listed["total"]) == ([name], 1)
    assert set(listed["data"][0]) == set(FLOW_ITEM)
    assert_like(FLOW_ITEM, listed["data"][0])
    only_name = await client.put(f"/api/v1/flows/{name}", json={"name": "Again"})
    assert (only_name.json()["data"]["name"], only_name.json()["data"]["status"]) == ("Again", "active")


async def test_a_flow_is_deleted_with_the_documented_words(client: httpx.AsyncClient) -> None:
    name = await made_flow(client)
    answer = await replay(client, DELETE_FLOW, flow_1=name)
    assert (answer.status_code, answer.json()) == (200, {"message": f"Flow {name} deleted successfully"})
    assert (await replay(client, GET_FLOW, flow_1=name)).status_code == 404


async def test_a_run_is_triggered_queued_with_exactly_the_documented_keys(client: httpx.AsyncClient) -> None:
    name = await made_flow(client)
    answer = await replay(client, CREATE_RUN, flow_1=name)
    assert (answer.status_code, set(answer.json()["data"])) == (201, set(RUN_CREATED))
    assert_like({"data": RUN_CREATED}, answer.json())
    run = answer.json()["data"]
    assert (run["flowId"], run["flowName"], run["status"], run["cost"]) == (name, "My New Flow", "queued", 0)


async def test_a_run_that_is_over_has_its_log_its_items_and_its_place_in_the_list(
    client: httpx.AsyncClient, worked: ShopAgent
) -> None:
    name = await made_flow(client)
    run_name = (await replay(client, CREATE_RUN, flow_1=name)).json()["data"]["id"]
    await run_at_end(client, run_name)
    answer = await replay(client, GET_RUN, run_1=run_name)
    run = answer.json()["data"]
    assert (answer.status_code, set(run) >= set(RUN)) == (200, True)
    assert_like(RUN, run)
    messages = [line["message"] for line in run["logs"]]
    assert ("Run started" in messages, messages[-1]) == (True, "Extracted 3 items")
    assert run["outputPreview"] == [
        {"title": None, "price": 79.99},
        {"title": None, "price": 34.99},
        {"title": None, "price": 129.99},
    ]

    answer = await replay(client, LIST_RUNS, flow_1=name)
    listed = answer.json()
    assert (answer.status_code, set(listed), listed["total"]) == (200, {"data", "total"}, 1)
    assert set(listed["data"][0]) == set(RUN_ITEM)
    assert_like(RUN_ITEM, listed["data"][0])
    assert listed["data"][0]["itemsExtracted"] == 3
    flow = (await replay(client, GET_FLOW, flow_1=name)).json()["data"]
    assert (flow["successRate"], flow["totalRuns"]) == (100.0, 1)


async def test_one_shot_extraction_answers_what_the_document_shows(
    client: httpx.AsyncClient, worked: ShopAgent
) -> None:
    for answer in (await replay(client, EXTRACT), await client.post("/api/v1/extract", json=EXTRACT_BODY)):
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        assert set(data) == set(EXTRACTED)
        assert_like(EXTRACTED, data)
        assert {**data, "extractedAt": EXTRACTED["extractedAt"]} == EXTRACTED
        record = (await client.get(answer.json()["recordsUrl"])).json()[0]
        assert record["fields"]["price"]["evidence"]
