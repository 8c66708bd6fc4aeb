"""ScrapeHub's credits over HTTP: its sample to the letter, what costs what, and what a job tells of its price."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, calling, finish, serving

from api.config import ApiConfig
from domain.credits import CreditPlan
from services.credits import grant_credits
from services.keys import OWNER_ACCOUNT
from services.runs import get_run
from services.service import Service

JOBS, BALANCE, TRANSACTIONS = "/api/v1/jobs", "/api/v1/credits/balance", "/api/v1/credits/transactions"
JOB = {"goal": "dentists", "max_credits": 100}
DOCUMENTED = {"balance": 1250, "plan": "growth", "monthly_limit": 10000, "used_this_month": 847}


@pytest.fixture
def metered(service: Service) -> Service:
    return dataclasses.replace(service, metered=True, new_plan=CreditPlan.FREE)


@pytest.fixture
async def payer(metered: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(metered, ApiConfig(preview_deadline_s=0.1)) as url,
        calling(url, headers={"X-API-KEY": OWNER_KEY}) as client,
    ):
        yield client


async def balance_of(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get(BALANCE)
    assert answer.status_code == 200
    return answer.json()


async def test_the_balance_has_the_documents_keys_and_types(payer: httpx.AsyncClient) -> None:
    told = await balance_of(payer)
    assert list(told) == list(DOCUMENTED)
    assert [type(value) for value in told.values()] == [type(value) for value in DOCUMENTED.values()]
    assert told == {"balance": 1000, "plan": "free", "monthly_limit": 1000, "used_this_month": 0}


async def test_an_unlimited_account_has_numbers_too_where_the_document_has_them(client: httpx.AsyncClient) -> None:
    assert await balance_of(client) == {
        "balance": 1_000_000_000,
        "plan": "unlimited",
        "monthly_limit": 1_000_000_000,
        "used_this_month": 0,
    }


async def test_transactions_are_a_bare_list_newest_first_that_pages(payer: httpx.AsyncClient) -> None:
    job_id = (await payer.post(JOBS, json=JOB)).json()["job_id"]
    told = (await payer.get(TRANSACTIONS)).json()
    assert [(each["type"], each["amount"], each["held"], each["spent"], each["job_id"]) for each in told] == [
        ("charge", -20, 0, 20, None),
        ("hold", -100, 100, 0, job_id),
        ("grant", 1000, 0, 0, None),
    ]
    assert list(told[0]) == ["id", "type", "amount", "held", "spent", "description", "job_id", "created_at"]
    seen, url = [], f"{TRANSACTIONS}?limit=2"
    while url:
        page = await payer.get(url)
        seen += page.json()
        url = page.links.get("next", {}).get("url", "")
    assert seen == told
    assert (await payer.get(f"{TRANSACTIONS}?cursor=x")).status_code == 422


async def test_a_flow_as_it_is_by_default_holds_what_the_account_has_and_the_next_is_told_why_it_must_wait(
    payer: httpx.AsyncClient,
) -> None:
    flow = {"name": "Shop", "url": "https://shop.example/", "mode": "extract"}
    name = (await payer.post("/api/v1/flows", json=flow)).json()["data"]["id"]
    started = await payer.post("/api/v1/runs", json={"flowId": name})
    assert (started.status_code, (await balance_of(payer))["balance"]) == (201, 0)
    refused = await payer.post("/api/v1/runs", json={"flowId": name})
    assert (refused.status_code, "1000 more are held" in refused.json()["message"]) == (402, True)
    await payer.post(f"/api/v1/runs/{started.json()['data']['id']}/cancel")
    assert (await payer.post("/api/v1/runs", json={"flowId": name})).status_code == 201


async def test_a_job_that_cannot_be_paid_is_a_402_starts_nothing_and_costs_nothing(payer: httpx.AsyncClient) -> None:
    first = (await payer.post(JOBS, json={"goal": "x", "max_credits": 590})).json()["job_id"]
    second = (await payer.post(JOBS, json={"goal": "x", "max_credits": 330})).json()["job_id"]
    answer = await payer.post(JOBS, json={"goal": "x", "max_results": 1000})
    assert answer.status_code == 402
    told = answer.json()
    assert (told["statusCode"], told["error"]) == (402, "Payment Required")
    assert told["message"].startswith("This needs at least 60 credits, and may cost ")
    assert "; 40 are available. 920 more are held" in told["message"]
    assert [each["job_id"] for each in (await payer.get(JOBS)).json()] == [second, first]
    assert (await balance_of(payer))["balance"] == 40


async def test_a_request_pays_when_it_succeeds_and_a_repeat_under_its_key_does_not(payer: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k", "X-Request-ID": "always-the-same"}
    for _ in range(2):
        assert (await payer.post(JOBS, json=JOB, headers=headers)).status_code == 201
    assert (await balance_of(payer))["balance"] == 1000 - 100 - 20
    # Refused, absent, or only looked at: nothing is paid.
    assert (await payer.post(JOBS, json={})).status_code == 422
    assert (await payer.post(JOBS, json={"goal": "y"}, headers=headers)).status_code == 422
    assert (await payer.get(f"{JOBS}/job_{'0' * 32}/download")).status_code == 404
    assert (await payer.get(JOBS)).status_code == 200
    assert (await balance_of(payer))["balance"] == 1000 - 100 - 20
    # One id for many requests makes them no cheaper.
    for _ in range(2):
        await payer.post(JOBS, json=JOB, headers={"X-Request-ID": "always-the-same"})
    assert (await balance_of(payer))["balance"] == 1000 - 3 * (100 + 20)


async def test_a_download_pays_and_is_had_even_with_nothing_left(metered: Service, payer: httpx.AsyncClient) -> None:
    job_id = (await payer.post(JOBS, json={"goal": "dentists", "max_credits": 600})).json()["job_id"]
    await finish(metered, await get_run(metered, OWNER_ACCOUNT, job_id.removeprefix("job_")))
    for left in (960, 940):
        assert (await payer.get(f"{JOBS}/{job_id}/download")).status_code == 200
        assert (await balance_of(payer))["balance"] == left
    assert (await payer.post(JOBS, json={"goal": "x", "max_credits": 600})).status_code == 201
    assert (await payer.post(JOBS, json={"goal": "x", "max_credits": 310})).status_code == 201
    assert (await balance_of(payer))["balance"] == 0
    assert (await payer.get(f"{JOBS}/{job_id}/download")).status_code == 200
    assert (await balance_of(payer))["used_this_month"] == 20 + 20 + 20 + 20 + 10


async def test_a_job_tells_what_it_may_cost_what_is_held_and_what_it_cost(
    metered: Service, payer: httpx.AsyncClient
) -> None:
    job_id = (await payer.post(JOBS, json=JOB)).json()["job_id"]
    told = (await payer.get(f"{JOBS}/{job_id}")).json()["credits"]
    assert (told["held"], told["used"]) == (100, 0)
    assert told["estimated"] > 100
    await finish(metered, await get_run(metered, OWNER_ACCOUNT, job_id.removeprefix("job_")))
    ended = (await payer.get(f"{JOBS}/{job_id}")).json()["credits"]
    assert ended == {"estimated": told["estimated"], "held": 0, "used": 0}


async def test_a_preview_tells_what_the_job_may_cost_and_how_that_comes_about(payer: httpx.AsyncClient) -> None:
    answer = await payer.post(f"{JOBS}/preview", json={"goal": "dentists", "max_results": 40})
    estimate = answer.json()["estimate"]
    assert 0 < estimate["low"] < estimate["high"] == sum(part["high"] for part in estimate["parts"])
    more = (await payer.post(f"{JOBS}/preview", json={"goal": "dentists", "max_results": 80})).json()["estimate"]
    assert more["high"] > estimate["high"]
    assert {each["held"] for each in (await payer.get(TRANSACTIONS)).json() if each["type"] == "hold"} == {140}


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "many", 10**12])
async def test_a_cap_that_is_no_number_of_credits_is_refused(payer: httpx.AsyncClient, wrong: Any) -> None:
    answer = await payer.post(JOBS, json={"goal": "x", "max_credits": wrong})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["max_credits"])


async def test_what_the_operator_grants_is_there_at_once(metered: Service, payer: httpx.AsyncClient) -> None:
    await grant_credits(metered, OWNER_ACCOUNT, 5_000, note="welcome")
    assert (await balance_of(payer))["balance"] == 6_000
    assert (await payer.get(TRANSACTIONS)).json()[0]["description"] == "welcome"
