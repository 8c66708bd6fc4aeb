"""Flows over HTTP, beyond the document: mistakes, changes, secrets, paging."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from flows_harness import (
    FLOWS,
    RUNS,
    SHOP_FLOW,
    a_flow,
    a_run,
    base_url,
    pages_of,
)

from api.wire.scraperbot.steps import WIRE, parse_steps
from domain.actions import Step, Type
from domain.errors import InvalidInput
from domain.flows import SECRET_SHOWN
from services.flows import get_flow
from services.keys import OWNER_ACCOUNT
from services.service import Service

__all__ = ["base_url"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name", "url"}),
        ({**SHOP_FLOW, "mode": "watch", "maxItems": 0, "extra": 1}, {"mode", "maxItems", "extra"}),
        ({**SHOP_FLOW, "url": "http://127.0.0.1/"}, {"url"}),
        ({**SHOP_FLOW, "url": "file:///etc/passwd", "name": " "}, {"url", "name"}),
        ({**SHOP_FLOW, "mode": "interact"}, {"steps"}),
        ({**SHOP_FLOW, "name": "two\nlines"}, {"name"}),
        ({**SHOP_FLOW, "steps": [{"type": "navigate", "url": "http://169.254.169.254/"}]}, {"steps[0].url"}),
        ({**SHOP_FLOW, "schedule": "0 9 * * *"}, {"schedule"}),
        ({**SHOP_FLOW, "mode": "monitor", "schedule": "61 * * * *", "timezone": "Mars"}, {"schedule", "timezone"}),
        ({**SHOP_FLOW, "outputSchema": {"a": "what", "b": [1]}}, {"outputSchema.a", "outputSchema.b[]"}),
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
    other = await client.post(FLOWS, json={**SHOP_FLOW, "mode": "interact", "steps": shown})
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
