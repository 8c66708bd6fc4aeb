"""Runs of flows and one-shot extraction over HTTP, beyond the document: repeats, logs, failures."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from api_harness import finished_job
from flows_harness import (
    EXTRACT,
    FLOWS,
    RUNS,
    SHOP,
    SHOP_FLOW,
    ShopAgent,
    a_flow,
    a_run,
    base_url,
    run_at_end,
    working,
)

from api.wire.scraperbot.logs import _WORDS, render_logs
from api.wire.scraperbot.runs import STATUS
from domain.events import EventType, RunEvent
from domain.runs import RunStatus, TerminationReason
from services.keys import OWNER_ACCOUNT
from services.service import Service
from store.repositories.runs import NewEvent

__all__ = ["base_url"]


async def test_runs_of_a_flow_that_can_be_none_are_none(client: httpx.AsyncClient) -> None:
    await a_run(client, await a_flow(client))
    for flow in ("flow-1", "x", "flow-" + "0" * 32):
        assert (await client.get(RUNS, params={"flowId": flow})).json() == {"data": [], "total": 0}


async def test_a_flow_that_is_none_is_not_run(client: httpx.AsyncClient) -> None:
    for flow in ("flow-1", "job_" + "0" * 32, "flow-" + "0" * 32):
        assert (await client.post(RUNS, json={"flowId": flow})).status_code == 404
    assert (await client.post(RUNS, json={})).json()["errors"] == {"flowId": "required"}


async def test_a_paused_flow_is_not_run(client: httpx.AsyncClient) -> None:
    name = await a_flow(client)
    await client.put(f"{FLOWS}/{name}", json={"status": "paused"})
    answer = await client.post(RUNS, json={"flowId": name})
    assert (answer.status_code, "paused" in answer.json()["message"]) == (409, True)


async def test_a_repeat_under_one_idempotency_key_gives_the_same_run(client: httpx.AsyncClient) -> None:
    name = await a_flow(client)
    headers = {"Idempotency-Key": "k"}
    runs = [(await client.post(RUNS, json={"flowId": name}, headers=headers)).json()["data"]["id"] for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("change", [{"maxItems": 3}, {"status": "paused"}, None])
async def test_a_repeat_after_the_flow_was_edited_paused_or_deleted_gives_the_run_that_there_was(
    client: httpx.AsyncClient, change: dict[str, Any] | None
) -> None:
    name, other = await a_flow(client), await a_flow(client)
    headers = {"Idempotency-Key": "k"}
    first = await client.post(RUNS, json={"flowId": name}, headers=headers)
    edited = client.put(f"{FLOWS}/{name}", json=change) if change else client.delete(f"{FLOWS}/{name}")
    assert (await edited).status_code == 200
    again = await client.post(RUNS, json={"flowId": name}, headers=headers)
    assert (again.status_code, again.json()["data"]["id"]) == (201, first.json()["data"]["id"])
    assert (await client.post(RUNS, json={"flowId": other}, headers=headers)).status_code == 422
    assert (await client.get(RUNS)).json()["total"] == 1


def test_every_status_is_one_that_the_document_knows() -> None:
    assert set(STATUS) == set(RunStatus)
    assert set(STATUS.values()) == {"queued", "running", "completed", "failed", "cancelled"}


async def test_a_queued_run_shows_when_it_was_asked_for_and_can_be_cancelled(client: httpx.AsyncClient) -> None:
    name = await a_flow(client)
    run_name = await a_run(client, name)
    run = (await client.get(f"{RUNS}/{run_name}")).json()["data"]
    assert (run["status"], run["duration"], run["itemsExtracted"], run["outputPreview"]) == ("queued", 0, 0, [])
    assert [line["message"] for line in run["logs"]] == ["Run queued"]
    cancelled = await client.post(f"{RUNS}/{run_name}/cancel")
    assert (cancelled.status_code, cancelled.json()["data"]["status"]) == (200, "cancelled")
    assert cancelled.json()["data"]["logs"][-1]["level"] == "warning"
    assert (await client.post(f"{RUNS}/{run_name}/cancel")).status_code == 409
    gone = await client.delete(f"{RUNS}/{run_name}")
    assert gone.json() == {"message": f"Run {run_name} deleted successfully"}
    assert (await client.get(f"{RUNS}/{run_name}")).status_code == 404
    # Its flow still counts it: it did end.
    assert (await client.get(f"{FLOWS}/{name}")).json()["data"]["totalRuns"] == 1


async def test_any_run_can_be_looked_at_and_those_of_goals_are_not_listed(
    client: httpx.AsyncClient, service: Service
) -> None:
    job = await finished_job(service)
    run = (await client.get(f"{RUNS}/run-{job.run_id}")).json()["data"]
    assert (run["flowId"], run["status"], run["itemsExtracted"]) == (None, "completed", 1)
    assert run["outputPreview"] == [{"name": "Bright Smile", "phone": "+12125550100"}]
    assert (await client.get(RUNS)).json()["total"] == 0


async def test_a_run_that_has_less_than_asked_says_that_it_is_partial(
    client: httpx.AsyncClient, service: Service
) -> None:
    name = await a_flow(client, maxItems=2)

    async def steps_fail(state, tools, journal):
        ending = await ShopAgent(({"name": "one"},))(state, tools, journal)
        return msgspec.structs.replace(ending, reason=TerminationReason.STEP_FAILED, detail="step 2: not found")

    async with working(service, steps_fail):
        run = await run_at_end(client, await a_run(client, name))
    assert (run["status"], run["partial"], run["terminationReason"]) == ("completed", True, "step_failed")
    assert run["tokensPerRecord"] == 0.0
    assert run["logs"][-1] == run["logs"][-1] | {
        "level": "warning",
        "message": "Extracted 1 item, not all: step 2: not found",
    }


async def test_each_step_is_in_the_log_with_its_time_and_outcome(client: httpx.AsyncClient, service: Service) -> None:
    name = await a_flow(client)
    run_name = await a_run(client, name)
    done = {"index": 0, "type": "click", "label": "More", "outcome": "done", "elapsed_ms": 312, "detail": ""}
    failed = {**done, "index": 1, "label": "", "outcome": "not_found", "detail": "#more"}
    events = [NewEvent(EventType.STEP_DONE, done), NewEvent(EventType.STEP_FAILED, failed)]
    async with service.database.write() as uow:
        runs = uow.runs(OWNER_ACCOUNT)
        await runs.move(run_name.removeprefix("run-"), [RunStatus.QUEUED], {}, events, service.clock.now())
    logs = (await client.get(f"{RUNS}/{run_name}")).json()["data"]["logs"]
    assert [(line["level"], line["message"]) for line in logs[1:]] == [
        ("info", "Step 1 (click “More”): done in 312 ms"),
        ("error", "Step 2 (click): failed after 312 ms, not found, #more"),
    ]


async def test_a_run_of_a_monitor_tells_what_changed_and_nothing_else(
    client: httpx.AsyncClient, service: Service
) -> None:
    name = await a_flow(client, mode="monitor", outputSchema={"name": "string", "price": "number"})
    flow = (await client.get(f"{FLOWS}/{name}")).json()["data"]
    assert (flow["schedule"], flow["timezone"], flow["poolId"].startswith("pool_")) == ("0 * * * *", "UTC", True)
    told = []
    for things in (SHOP, SHOP, ({**SHOP[0], "price": 59.99}, *SHOP[1:])):
        async with working(service, ShopAgent(things)):
            told.append(await run_at_end(client, await a_run(client, name)))
    first, same, cheaper = told
    assert [(each["change"], each["item"]["name"]) for each in first["outputPreview"]] == [
        ("added", thing["name"]) for thing in SHOP
    ]
    assert (same["itemsExtracted"], same["outputPreview"]) == (3, [])
    [change] = cheaper["outputPreview"]
    assert (change["change"], change["field"], change["from"], change["to"]) == ("changed", "price", 79.99, 59.99)
    assert "Changed since the run before: 0 added, 1 changed, 0 removed" in [
        line["message"] for line in cheaper["logs"]
    ]
    assert len((await client.get(cheaper["changesUrl"])).json()) == 4


def test_every_sort_of_event_has_its_words_even_without_data(service: Service) -> None:
    assert set(_WORDS) == set(EventType)
    events = [RunEvent(run_id="r", sequence=1, type=type_, at=service.clock.now(), data={}) for type_ in EventType]
    assert all(line.message for line in render_logs(events))


# One-shot extraction


async def test_every_mistake_of_an_extraction_is_told_at_once(client: httpx.AsyncClient) -> None:
    wrong = {"url": "http://localhost/", "schema": {"a": "what"}}
    answer = await client.post(EXTRACT, json=wrong)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, {"url", "schema.a"})
    assert set((await client.post(EXTRACT, json={"fields": []})).json()["errors"]) == {"url", "fields"}


async def test_nothing_found_is_an_answer_with_its_reason(client: httpx.AsyncClient, service: Service) -> None:
    async with working(service, ShopAgent()):
        answer = await client.post(EXTRACT, json={"url": SHOP_FLOW["url"], "instructions": "nothing"})
    told = answer.json()
    assert (answer.status_code, told["data"]["itemCount"], told["data"]["items"]) == (200, 0, [])
    assert (told["terminationReason"], told["tokensPerRecord"]) == ("nothing_found", None)


async def test_a_page_that_cannot_be_read_is_a_502_that_says_why(client: httpx.AsyncClient, service: Service) -> None:
    async with working(service, ShopAgent()):
        answer = await client.post(EXTRACT, json={"url": SHOP_FLOW["url"], "instructions": "unreadable"})
    assert answer.status_code == 502
    assert "blocked" in answer.json()["message"]


async def test_an_extraction_that_somebody_cancels_is_a_conflict(client: httpx.AsyncClient, service: Service) -> None:
    agent = ShopAgent()
    async with working(service, agent):
        waiting = asyncio.create_task(client.post(EXTRACT, json={"url": SHOP_FLOW["url"], "instructions": "forever"}))
        await asyncio.wait_for(agent.began.wait(), 30)
        assert (await client.post(f"{RUNS}/run-{agent.states[0].run_id}/cancel")).status_code == 200
        assert (await waiting).status_code == 409


async def test_an_extraction_asked_without_a_schema_gives_the_planned_values(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with working(service, ShopAgent()):
        answer = await client.post(EXTRACT, json={"url": SHOP_FLOW["url"], "maxItems": 2})
    assert answer.json()["data"]["items"] == [
        {"name": "Wireless Headphones Pro", "price": 79.99},
        {"name": "USB-C Hub 7-in-1", "price": 34.99},
    ]
