"""Flows, runs and one-shot extraction over HTTP, beyond the document: mistakes, paging, logs, failures."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import msgspec
import pytest
from api_harness import finished_job
from flows_harness import SHOP as SHOP_THINGS
from flows_harness import ShopAgent, base_url, run_at_end, working

from api.wire.scraperbot.logs import _WORDS, render_logs
from api.wire.scraperbot.runs import STATUS
from api.wire.scraperbot.steps import WIRE, parse_steps
from domain.actions import Step, Type
from domain.errors import InvalidInput
from domain.events import EventType, RunEvent
from domain.flows import SECRET_SHOWN
from domain.runs import RunStatus, TerminationReason
from services.flows import get_flow
from services.keys import OWNER_ACCOUNT
from services.service import Service
from store.repositories.runs import NewEvent

__all__ = ["base_url"]

FLOWS, RUNS, EXTRACT = "/api/v1/flows", "/api/v1/runs", "/api/v1/extract"
SHOP = {"name": "Shop", "url": "https://shop.example/", "description": "things"}
LINK = re.compile(r'<([^>]+)>; rel="next"')


async def a_flow(client: httpx.AsyncClient, **more: Any) -> str:
    answer = await client.post(FLOWS, json=SHOP | more)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


async def a_run(client: httpx.AsyncClient, flow: str) -> str:
    answer = await client.post(RUNS, json={"flowId": flow})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


async def pages_of(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    pages = []
    while path:
        answer = await client.get(path)
        pages.append(answer.json())
        found = LINK.fullmatch(answer.headers.get("link", ""))
        path = found[1] if found else ""
    return pages


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name", "url"}),
        ({**SHOP, "mode": "watch", "maxItems": 0, "extra": 1}, {"mode", "maxItems", "extra"}),
        ({**SHOP, "url": "http://127.0.0.1/"}, {"url"}),
        ({**SHOP, "url": "file:///etc/passwd", "name": " "}, {"url", "name"}),
        ({**SHOP, "mode": "interact"}, {"steps"}),
        ({**SHOP, "name": "two\nlines"}, {"name"}),
        ({**SHOP, "steps": [{"type": "navigate", "url": "http://169.254.169.254/"}]}, {"steps[0].url"}),
        ({**SHOP, "schedule": "0 9 * * *"}, {"schedule"}),
        ({**SHOP, "mode": "monitor", "schedule": "61 * * * *", "timezone": "Mars"}, {"schedule", "timezone"}),
        ({**SHOP, "outputSchema": {"a": "what", "b": [1]}}, {"outputSchema.a", "outputSchema.b[]"}),
        (
            {
                "name": "",
                "url": "gopher://x",
                "mode": "interact",
                "outputSchema": {"a": "what"},
                "steps": [
                    {"type": "navigate", "href": "/"},
                    {"type": "dance"},
                    {"type": "click"},
                    {"type": "type", "selector": "", "txt": "x"},
                    {"type": "wait"},
                    {"type": "wait", "ms": 5, "selector": "a"},
                    {"type": "scroll", "to": "left", "x": "1"},
                    {"type": "paginate", "maxPages": 0},
                    "extract",
                ],
            },
            {
                *(
                    "name",
                    "url",
                    "outputSchema.a",
                    "steps[1].type",
                    "steps[2].selector",
                    "steps[3].selector",
                    "steps[3].txt",
                ),
                *("steps[3].text", "steps[4].ms", "steps[5].selector", "steps[6].to", "steps[6].x"),
                *("steps[0].href", "steps[7].maxPages", "steps[8]"),
            },
        ),
    ],
)
async def test_every_mistake_in_a_flow_is_told_at_once(
    client: httpx.AsyncClient, body: dict[str, Any], errors: set[str]
) -> None:
    answer = await client.post(FLOWS, json=body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"statusCode", "error", "message", "errors"}
    assert set(answer.json()["errors"]) == errors


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"id": "flow-1"}, "id"),
        ({"totalRuns": 9}, "totalRuns"),
        ({"successRate": 100}, "successRate"),
        ({"createdAt": "2026-01-01T00:00:00Z"}, "createdAt"),
        ({"accountId": "x"}, "accountId"),
        ({"poolId": "pool_1"}, "poolId"),
        ({"status": "error"}, "status"),
        ({"name": None}, "name"),
        ({"url": None}, "url"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"mode": "interact"}, "steps"),
        ({"outputSchema": {"a": "what"}}, "outputSchema.a"),
    ],
)
async def test_a_change_that_may_not_be_made_changes_nothing(
    client: httpx.AsyncClient, change: dict[str, Any], error: str
) -> None:
    name = await a_flow(client)
    before = (await client.get(f"{FLOWS}/{name}")).json()
    answer = await client.put(f"{FLOWS}/{name}", json={"description": "changed"} | change)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, {error})
    assert (await client.get(f"{FLOWS}/{name}")).json() == before


async def test_a_merge_patch_leaves_what_is_absent_and_clears_what_is_null(client: httpx.AsyncClient) -> None:
    name = await a_flow(client, outputSchema={"a": "string"}, steps=[{"type": "extract"}], maxItems=5)
    before = (await client.get(f"{FLOWS}/{name}")).json()["data"]
    assert (await client.put(f"{FLOWS}/{name}", json={})).status_code == 200
    cleared = {"description": None, "steps": None, "outputSchema": None, "maxItems": None}
    assert (await client.put(f"{FLOWS}/{name}", json=cleared)).status_code == 200
    after = (await client.get(f"{FLOWS}/{name}")).json()["data"]
    assert (after["description"], after["steps"], after["outputSchema"], after["maxItems"]) == ("", [], {}, 1000)
    same = {"name", "url", "mode", "status", "createdAt", "totalRuns"}
    assert {member: after[member] for member in same} == {member: before[member] for member in same}


STEPS = [
    {"type": "navigate", "label": "Go", "url": "https://shop.example/login"},
    {"type": "type", "selector": "#user", "text": "ann"},
    {"type": "type", "selector": "#password", "text": "geheim", "secret": True},
    {"type": "click", "selector": "#in"},
    {"type": "select", "selector": "select", "value": "new"},
    {"type": "press", "key": "Enter"},
    {"type": "hover", "selector": "nav"},
    {"type": "scroll", "to": "bottom"},
    {"type": "scroll", "y": 400},
    {"type": "wait", "selector": ".item", "timeoutMs": 5000},
    {"type": "wait", "ms": 100},
    {"type": "paginate", "maxPages": 3},
    {"type": "screenshot", "fullPage": True},
    {"type": "extract", "selector": "main"},
]


async def test_every_sort_of_step_comes_back_as_it_was_sent_but_for_secrets(
    client: httpx.AsyncClient, service: Service
) -> None:
    assert {step["type"] for step in STEPS} == set(WIRE)
    name = await a_flow(client, mode="interact", steps=STEPS)
    shown = (await client.get(f"{FLOWS}/{name}")).json()["data"]["steps"]
    masked = [step | ({"text": SECRET_SHOWN} if "secret" in step else {}) for step in STEPS]
    assert shown == masked

    # What was shown can be sent back, and the secret is still known.
    assert (await client.put(f"{FLOWS}/{name}", json={"steps": shown})).status_code == 200
    kept = await get_flow(service, OWNER_ACCOUNT, name.removeprefix("flow-"))
    assert [step.text for step in kept.steps if isinstance(step, Type)] == ["ann", "geheim"]
    other = await client.post(FLOWS, json={**SHOP, "mode": "interact", "steps": shown})
    assert "steps[2].text" in other.json()["errors"]


async def test_a_secret_is_not_carried_off_to_another_site_by_whoever_may_change_the_flow(
    client: httpx.AsyncClient, service: Service
) -> None:
    steps = [{"type": "navigate"}, {"type": "type", "selector": "#pw", "text": "geheim", "secret": True}]
    name = await a_flow(client, mode="interact", steps=steps)
    shown = (await client.get(f"{FLOWS}/{name}")).json()["data"]["steps"]
    elsewhere = [{"type": "navigate", "url": "https://thief.example/form"}, shown[1]]
    for change in ({"url": "https://thief.example/"}, {"steps": elsewhere}):
        refused = await client.put(f"{FLOWS}/{name}", json=change)
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["steps[1].text"])
    resent = {"url": "https://moved-shop.com/", "steps": steps}
    assert (await client.put(f"{FLOWS}/{name}", json=resent)).status_code == 200
    assert (await client.put(f"{FLOWS}/{name}", json={"url": "https://www.moved-shop.com/login"})).status_code == 200
    kept = await get_flow(service, OWNER_ACCOUNT, name.removeprefix("flow-"))
    assert [step.text for step in kept.steps if isinstance(step, Type)] == ["geheim"]


def test_steps_that_are_too_many_or_no_steps_are_refused() -> None:
    for given in ([{"type": "extract"}] * 101, {"type": "extract"}, [None], [[]]):
        with pytest.raises(InvalidInput):
            parse_steps(given)


def test_every_step_of_the_domain_can_be_sent() -> None:
    tags = {str(each.__struct_config__.tag) for each in Step.__args__}
    assert tags == set(WIRE)


@pytest.mark.parametrize("path", [f"{FLOWS}?limit=2", f"{RUNS}?limit=2&status=queued"])
async def test_lists_page_by_their_link_header_and_tell_the_true_total(client: httpx.AsyncClient, path: str) -> None:
    names = [await a_flow(client) for _ in range(5)]
    runs = [await a_run(client, name) for name in names]
    made = names if path.startswith(FLOWS) else runs
    pages = await pages_of(client, path)
    assert [len(page["data"]) for page in pages] == [2, 2, 1]
    assert {page["total"] for page in pages} == {5}
    assert [item["id"] for page in pages for item in page["data"]] == made[::-1]


@pytest.mark.parametrize(
    "path",
    [f"{FLOWS}?status=idle", f"{FLOWS}?mode=all", f"{RUNS}?status=partial", f"{RUNS}?limit=0", f"{FLOWS}?cursor=x"],
)
async def test_a_filter_that_is_none_is_refused(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 422


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
    for things in (SHOP_THINGS, SHOP_THINGS, ({**SHOP_THINGS[0], "price": 59.99}, *SHOP_THINGS[1:])):
        async with working(service, ShopAgent(things)):
            told.append(await run_at_end(client, await a_run(client, name)))
    first, same, cheaper = told
    assert [(each["change"], each["item"]["name"]) for each in first["outputPreview"]] == [
        ("added", thing["name"]) for thing in SHOP_THINGS
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
        answer = await client.post(EXTRACT, json={"url": SHOP["url"], "instructions": "nothing"})
    told = answer.json()
    assert (answer.status_code, told["data"]["itemCount"], told["data"]["items"]) == (200, 0, [])
    assert (told["terminationReason"], told["tokensPerRecord"]) == ("nothing_found", None)


async def test_a_page_that_cannot_be_read_is_a_502_that_says_why(client: httpx.AsyncClient, service: Service) -> None:
    async with working(service, ShopAgent()):
        answer = await client.post(EXTRACT, json={"url": SHOP["url"], "instructions": "unreadable"})
    assert answer.status_code == 502
    assert "blocked" in answer.json()["message"]


async def test_an_extraction_that_somebody_cancels_is_a_conflict(client: httpx.AsyncClient, service: Service) -> None:
    agent = ShopAgent()
    async with working(service, agent):
        waiting = asyncio.create_task(client.post(EXTRACT, json={"url": SHOP["url"], "instructions": "forever"}))
        await asyncio.wait_for(agent.began.wait(), 30)
        assert (await client.post(f"{RUNS}/run-{agent.states[0].run_id}/cancel")).status_code == 200
        assert (await waiting).status_code == 409


async def test_an_extraction_asked_without_a_schema_gives_the_planned_values(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with working(service, ShopAgent()):
        answer = await client.post(EXTRACT, json={"url": SHOP["url"], "maxItems": 2})
    assert answer.json()["data"]["items"] == [
        {"name": "Wireless Headphones Pro", "price": 79.99},
        {"name": "USB-C Hub 7-in-1", "price": 34.99},
    ]
