"""Agent runs in one call, and the chat tools as functions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jsonschema
import pytest
from api_harness import OWNER_KEY, add_tenant, calling, serving
from chat_support import PAGE_TEXT, PlayedAgent, in_own_task, worked_on
from store_support import ended

from api.config import ApiConfig
from api.mcp.tools import TOOLS, tool_of
from domain.runs import RunStatus
from services.keys import OWNER_ACCOUNT
from services.runs import get_run, list_runs
from services.service import Service

RUN = "/api/v1/agent/run"
SITE = "https://shop.example/page"


@pytest.fixture
async def agent(service: Service) -> AsyncIterator[PlayedAgent]:
    agent = PlayedAgent()
    async with in_own_task(worked_on(service, agent)):
        yield agent


async def test_a_goal_is_answered_in_one_call_with_steps_sources_and_proof(
    client: httpx.AsyncClient, agent: PlayedAgent
) -> None:
    answer = await client.post(RUN, json={"goal": "things", "max_results": 4})
    told = answer.json()
    assert (answer.status_code, told["status"], told["outcome"]) == (200, "completed", "completed")
    assert (told["termination_reason"], told["spend"]["pages"]) == ("sources_exhausted", 2)
    assert [record["data"]["name"] for record in told["records"]] == [f"thing {number}" for number in range(4)]
    evidence = await client.get(told["records"][0]["evidence_url"])
    assert evidence.json()["fields"]["name"][0]["verdict"] == "supported"
    steps = [(step["step"], step["count"]) for step in told["steps"]]
    wanted = [
        ("planned", 0),
        ("searched", 2),
        ("read", 2),
        ("extracted", 2),
        ("read", 2),
        ("extracted", 4),
        ("ended", 4),
    ]
    assert steps == wanted
    assert [source["status"] for source in told["sources"]] == ["done", "done"]
    for path in (told["records_url"], told["sources_url"], told["events_url"], answer.headers["location"]):
        assert (await client.get(path)).status_code == 200


async def test_records_have_the_shape_that_was_asked(client: httpx.AsyncClient, agent: PlayedAgent) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "price": {"type": "string"}, "colour": {"type": "string"}},
    }
    told = (await client.post(RUN, json={"url": SITE, "schema": schema, "max_results": 2})).json()
    assert told["url"] == SITE
    assert told["records"][0]["data"] == {"name": "thing 0", "price": "0.5", "colour": None}


async def test_a_budget_becomes_the_runs_own(client: httpx.AsyncClient, service: Service, agent: PlayedAgent) -> None:
    budget = {"max_pages": 3, "max_seconds": 60, "max_tokens": 0, "max_credits": 5_000}
    told = (await client.post(RUN, json={"goal": "things", "budget": budget})).json()
    request = (await get_run(service, OWNER_ACCOUNT, told["run_id"][4:])).request
    given = (request.budget.max_pages, request.budget.max_seconds, request.budget.max_tokens, request.max_credits)
    assert given == (3, 60, 0, 5_000)


async def test_what_outlasts_patience_is_a_202_with_what_there_is(
    client: httpx.AsyncClient, service: Service, agent: PlayedAgent
) -> None:
    async with serving(service, ApiConfig(agent_deadline_s=0.5)) as url:
        answer = await client.post(f"{url}{RUN}", json={"goal": "wait for things", "max_results": 4})
    told = answer.json()
    assert (answer.status_code, told["status"], len(told["records"])) == (202, "running", 2)
    agent.let_go.set()
    assert (await ended(service, told["run_id"][4:])).status is RunStatus.COMPLETED


async def test_many_records_are_paged(client: httpx.AsyncClient, agent: PlayedAgent) -> None:
    told = (await client.post(RUN, json={"goal": "things", "max_results": 130})).json()
    assert (told["records_found"], len(told["records"])) == (130, 100)
    rest = (await client.get(told["next_records_url"])).json()
    assert [record["values"]["name"] for record in rest] == [f"thing {number}" for number in range(100, 130)]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"goal", "url"}),
        ({"goal": "x", "schema": {"price": "nunber"}}, {"schema.price"}),
        ({"goal": "x", "schema": {"a": "string"}, "fields": ["a"]}, {"schema", "fields"}),
        ({"goal": "x", "budget": {"max_pages": 0}}, {"budget.max_pages"}),
        ({"url": "http://169.254.169.254/", "max_results": 5, "min_results": 9}, {"url", "min_results"}),
        ({"goal": "x", "colour": "red"}, {"colour"}),
    ],
)
async def test_every_mistake_of_a_body_is_named(
    client: httpx.AsyncClient, service: Service, body: dict[str, Any], wrong: set[str]
) -> None:
    answer = await client.post(RUN, json=body)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, wrong)
    assert not (await list_runs(service, OWNER_ACCOUNT, limit=1)).items


def frames_of(text: str) -> list[dict[str, Any]]:
    blocks = [
        dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith((":", "retry")))
        for block in text.split("\n\n")
    ]
    return [block | {"data": json.loads(block["data"])} for block in blocks if block]


@pytest.mark.parametrize("asked", ["body", "header"])
async def test_a_stream_tells_each_step_and_ends_with_the_answer(
    client: httpx.AsyncClient, agent: PlayedAgent, asked: str
) -> None:
    body = {"goal": "things", "max_results": 4}
    given: dict[str, Any] = {"json": body | {"stream": True}} if asked == "body" else {"json": body}
    headers = {} if asked == "body" else {"Accept": "text/event-stream"}
    answer = await client.post(RUN, headers=headers, **given)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *steps, result = frames_of(answer.text)
    assert {frame["event"] for frame in steps} == {"step"}
    assert [frame["data"] for frame in steps] == result["data"]["steps"]
    assert (result["event"], len(result["data"]["records"])) == ("result", 4)
    assert answer.headers["location"].endswith(result["data"]["run_id"])


async def test_a_cut_stream_goes_on_where_it_was_with_the_same_run(
    client: httpx.AsyncClient, service: Service, agent: PlayedAgent
) -> None:
    body = {"goal": "things", "max_results": 4, "stream": True}
    key = {"Idempotency-Key": "mine"}
    *steps, result = frames_of((await client.post(RUN, json=body, headers=key)).text)
    again = key | {"Last-Event-ID": steps[2]["id"]}
    assert frames_of((await client.post(RUN, json=body, headers=again)).text) == [*steps[3:], result]
    last = key | {"Last-Event-ID": steps[-1]["id"]}
    assert frames_of((await client.post(RUN, json=body, headers=last)).text) == [result]
    assert len((await list_runs(service, OWNER_ACCOUNT, limit=9)).items) == 1


async def test_streams_of_agents_are_bounded_with_all_others(client: httpx.AsyncClient, service: Service) -> None:
    body = {"goal": "wait for things", "stream": True}
    async with client.stream("POST", RUN, json=body) as one, client.stream("POST", RUN, json=body) as two:
        pieces = [stream.aiter_text() for stream in (one, two)]
        for each in pieces:
            await anext(each)
        refused = await client.post(RUN, json=body)
        assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
    assert len((await list_runs(service, OWNER_ACCOUNT, limit=9)).items) == 2, "a refused call starts nothing"


async def test_a_key_that_may_not_read_gets_no_records(client: httpx.AsyncClient, service: Service) -> None:
    tenant = await add_tenant(service, "tenant")
    for key, scope in ((tenant.write_only, "jobs:read"), (tenant.read_only, "jobs:write")):
        answer = await client.post(RUN, json={"goal": "x"}, headers={"X-API-KEY": key})
        assert (answer.status_code, scope in answer.json()["message"]) == (403, True)


async def test_tools_are_functions_that_a_chat_completion_takes(client: httpx.AsyncClient) -> None:
    tools = (await client.get("/api/v1/agent/tools")).json()
    assert [tool["function"]["name"] for tool in tools] == [tool.name for tool in TOOLS]
    for tool in tools:
        assert (set(tool), tool["type"]) == ({"type", "function"}, "function")
        function = tool["function"]
        assert set(function) == {"name", "description", "parameters"}
        assert function["parameters"] == tool_of(function["name"]).input_schema
        jsonschema.Draft202012Validator.check_schema(function["parameters"])
        assert function["parameters"]["type"] == "object"


async def test_a_function_call_is_answered_as_a_chat_tool_would(client: httpx.AsyncClient, agent: PlayedAgent) -> None:
    async def call(name: str, **arguments: Any) -> httpx.Response:
        return await client.post(f"/api/v1/agent/tools/{name}", content=json.dumps(arguments))

    found = (await call("forage_find", goal="things", max_results=4)).json()
    jsonschema.validate(found, tool_of("forage_find").output_schema)
    records = (await call("forage_run_records", run_id=found["run_id"], limit=2)).json()
    assert [one["values"]["name"] for one in records["records"]] == ["thing 0", "thing 1"]
    page = (await call("forage_scrape", url=SITE, max_characters=500)).json()
    assert page["content"] == PAGE_TEXT[:500]


async def test_a_function_call_that_fails_is_a_typed_error(client: httpx.AsyncClient, agent: PlayedAgent) -> None:
    async def status(name: str, body: str) -> int:
        return (await client.post(f"/api/v1/agent/tools/{name}", content=body)).status_code

    assert await status("forage_find", "{") == 400
    assert await status("forage_find", '{"goal": ""}') == 422
    assert await status("forage_nothing", "{}") == 404
    assert await status("forage_run_status", '{"run_id": "job_%s"}' % ("0" * 32)) == 404
    assert await status("forage_scrape", '{"url": "https://shop.example/broken"}') == 502


async def test_tools_are_those_of_the_keys_scopes(client: httpx.AsyncClient, service: Service) -> None:
    tenant = await add_tenant(service, "tenant")
    headers = {"X-API-KEY": tenant.read_only}
    listed = (await client.get("/api/v1/agent/tools", headers=headers)).json()
    assert [tool["function"]["name"] for tool in listed] == ["forage_run_status", "forage_run_records"]
    answer = await client.post("/api/v1/agent/tools/forage_find", json={"goal": "x"}, headers=headers)
    assert (answer.status_code, "jobs:write" in answer.json()["message"]) == (403, True)
    async with calling(str(client.base_url)) as stranger:
        for method, path in (
            ("GET", "/api/v1/agent/tools"),
            ("POST", "/api/v1/agent/tools/forage_find"),
            ("POST", RUN),
        ):
            assert (await stranger.request(method, path, json={})).status_code == 401
    assert OWNER_KEY not in answer.text
