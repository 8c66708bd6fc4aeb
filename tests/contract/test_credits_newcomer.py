"""A new account on a metered service asks for everything as it is by default, until nothing is left."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from api_harness import PLENTY, calling, serving
from chat_support import PlayedAgent, chatting, in_own_task
from flows_harness import ShopAgent, working
from store_support import until

from agent.state import Ending, Journal, RunState, Tools
from api.config import ApiConfig
from domain.budgets import Spend
from domain.captures import CaptureRequest
from domain.credits import CreditPlan
from services.credits import audit
from services.runs import list_runs
from services.service import Service

ADA = {"email": "ada@example.com", "password": "a long pass phrase"}
FLOW = {"name": "Shop", "url": "https://shop.example/"}
FREE = 1_000


async def played(state: RunState, tools: Tools, journal: Journal) -> Ending:
    """Pictures as the chat's agent takes them, all else as the shop's agent reads it."""
    agent = PlayedAgent() if isinstance(state.request, CaptureRequest) else ShopAgent()
    return await agent(state, tools, journal)


@pytest.fixture
def metered(service: Service) -> Service:
    return dataclasses.replace(service, metered=True, new_plan=CreditPlan.FREE)


@pytest.fixture
async def newcomer(metered: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(metered, ApiConfig(extract_deadline_s=60, capture_queue_s=30, rate_limit=PLENTY)) as url,
        calling(f"{url}/api/v1") as client,
    ):
        made = (await client.post("/auth/register", json=ADA)).json()
        client.headers["X-API-KEY"] = made["api_key"]["key"]
        yield client


async def settled(client: httpx.AsyncClient) -> int:
    """The balance, once nothing is held for runs."""
    seen = 0

    async def nothing_held() -> bool:
        nonlocal seen
        moved = (await client.get("/credits/transactions?limit=500")).json()
        assert sum(each["amount"] + each["held"] + each["spent"] for each in moved) == FREE  # less what was granted
        seen = (await client.get("/credits/balance")).json()["balance"]
        assert seen >= 0
        return sum(each["held"] for each in moved) == 0

    await until(nothing_held, "the runs are settled")
    return seen


async def test_what_the_documents_show_can_be_asked_for_as_it_is_and_is_refused_only_once_all_is_spent(
    metered: Service, newcomer: httpx.AsyncClient
) -> None:
    flow = (await newcomer.post("/flows", json=FLOW)).json()["data"]["id"]
    asked: list[tuple[str, dict[str, Any], int]] = [
        ("/jobs", {"goal": "dentists in Leeds"}, 201),
        ("/runs", {"flowId": flow}, 201),
        ("/extract", {"url": "https://shop.example/"}, 200),
        ("/screenshot", {"url": "https://shop.example/", "async": False}, 200),
    ]
    refused: set[str] = set()
    before = FREE
    async with working(metered, played):
        while not refused:
            for path, body, status in asked:
                answer = await newcomer.post(path, json=body)
                if answer.status_code == status:
                    left = await settled(newcomer)
                    assert left < before, path
                    before = left
                    continue
                assert before < metered.prices.least_hold, (path, answer.text)
                assert "needs at least 60 credits, and may cost " in answer.json()["message"]
                assert f"; {before} are available." in answer.json()["message"]
                assert answer.status_code == (429 if path == "/screenshot" else 402)  # as GoScreen's document has it
                refused.add(path)
    jobs = f"{newcomer.base_url}".replace("/api/v1", "/async/api/v1").rstrip("/") + "/jobs"
    bulk = {"Targets": ["https://shop.example/"] * before}
    if before:
        assert (await newcomer.post(jobs, json=bulk)).status_code == 200
    answer = await newcomer.post(jobs, json={"Targets": ["https://shop.example/"]})
    assert answer.status_code == 402
    assert answer.json()["Error"].startswith("This needs 1 credits; 0 are available.")
    assert (await newcomer.get("/credits/balance")).json()["balance"] == 0
    assert (await audit(metered)).is_clean


async def test_pictures_that_are_asked_for_at_once_share_what_there_is(
    metered: Service, newcomer: httpx.AsyncClient
) -> None:
    asked = {"url": "https://shop.example/", "async": True}
    answers = await asyncio.gather(*(newcomer.post("/screenshot", json=asked) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert (await newcomer.get("/credits/balance")).json()["balance"] == 0
    async with working(metered, played):
        assert 0 < await settled(newcomer) < FREE


async def test_a_batch_of_pictures_shares_what_there_is_and_is_refused_whole_where_that_is_too_little(
    metered: Service, newcomer: httpx.AsyncClient
) -> None:
    many = {"requests": [{"url": f"https://shop.example/{number}"} for number in range(50)]}
    refused = await newcomer.post("/batch", json=many)
    assert (refused.status_code, refused.json()["status"]) == (429, "error")
    assert (await newcomer.get("/credits/balance")).json()["balance"] == FREE
    few = {"requests": many["requests"][:16]}
    assert (await newcomer.post("/batch", json=few)).status_code == 202
    async with working(metered, played):
        assert 0 < await settled(newcomer) < FREE


async def test_an_extraction_that_its_credits_do_not_last_for_is_a_402_and_is_not_charged(
    metered: Service, newcomer: httpx.AsyncClient
) -> None:
    async def burns(state: RunState, tools: Tools, journal: Journal) -> Ending:
        await journal.sources_found((), (), Spend(input_tokens=10**6))
        await journal.check()
        raise AssertionError("it goes on without credits")

    async with working(metered, burns):
        answer = await newcomer.post("/extract", json={"url": "https://shop.example/"})
        assert answer.status_code == 402
        assert answer.json()["message"].startswith("The 1000 credits that there were for this were used up before")
        assert await settled(newcomer) == FREE
    account_id = (await newcomer.get("/auth/me")).json()["account"]["account_id"]
    (run,) = (await list_runs(metered, account_id, limit=10)).items
    assert (run.termination_reason, run.credits) == ("budget", 0)


async def test_a_tool_that_starts_a_run_costs_the_request_too_over_either_door_and_one_that_looks_does_not(
    metered: Service, newcomer: httpx.AsyncClient
) -> None:
    async with working(metered, played):
        found = await newcomer.post("/agent/tools/forage_find", json={"goal": "dentists", "wait_seconds": 30})
        assert found.status_code == 200
        for tool in ("forage_run_status", "forage_run_records"):
            looked = await newcomer.post(f"/agent/tools/{tool}", json={"run_id": found.json()["run_id"]})
            assert looked.status_code == 200
        assert await _charges(newcomer) == 1
        origin = f"{newcomer.base_url}".removesuffix("/api/v1/")
        async with in_own_task(chatting(origin, newcomer.headers["X-API-KEY"], "auto")) as chat:
            page = {"url": "https://shop.example/page", "wait_seconds": 30}
            read = await chat.call_tool("forage_screenshot", page)
            assert not read.is_error
            assert await _charges(newcomer) == 2
            shown = {"run_id": (read.structured_content or {})["run_id"]}
            assert not (await chat.call_tool("forage_screenshot", shown)).is_error
            assert (await chat.call_tool("forage_extract", {"url": "no address"})).is_error
        assert await _charges(newcomer) == 2


async def _charges(client: httpx.AsyncClient) -> int:
    moved = (await client.get("/credits/transactions?limit=500")).json()
    return sum(each["type"] == "charge" for each in moved)
