"""The goal's conditions on a job's records: told with each, and what is unclear kept apart and not counted."""

from __future__ import annotations

import csv
import io
import itertools

import httpx
import msgspec
import pytest
from store_support import executor_of, record, source

from agent.planner import make_plan
from agent.state import Ending, TaskResult
from api.wire.scrapehub.plans import render_plan
from domain.budgets import Spend
from domain.checks import Check, Meets
from domain.records import Record
from domain.requests import GoalRequest
from domain.runs import TerminationReason
from domain.tasks import TaskStatus
from services.keys import OWNER_ACCOUNT
from services.runs import get_run, submit_run
from services.service import Service

PRICE = Check(condition="under £20", field="price", verdict=Meets.YES, reason="price 18 GBP is < 20 GBP")
MISSING = msgspec.structs.replace(PRICE, verdict=Meets.UNCLEAR, reason="no price was found")


def checked(number: int, check: Check) -> Record:
    return msgspec.structs.replace(record(number, name=f"thing {number}"), checks=(check,))


async def job_with(service: Service, records: tuple[Record, ...], apart: tuple[Record, ...]) -> str:
    async def agent(state, tools, journal):
        task = msgspec.structs.replace(source(state.run_id, 0), status=TaskStatus.DONE)
        await journal.sources_found((task,), (), Spend())
        # At first all are unclear; then some turn out to be met.
        early = tuple(msgspec.structs.replace(each, checks=(MISSING,)) for each in records)
        await journal.task_done(TaskResult(task=task, apart=(*early, *apart)))
        return Ending(reason=TerminationReason.SOURCES_EXHAUSTED, records=records, apart=apart)

    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things under £20"))
    await executor_of(service, agent).execute(OWNER_ACCOUNT, run.id)
    return run.id


async def test_records_that_leave_a_condition_unclear_are_listed_apart_with_the_reason(
    client: httpx.AsyncClient, service: Service
) -> None:
    records = (checked(0, PRICE), checked(1, PRICE))
    apart = tuple(
        msgspec.structs.replace(checked(number, MISSING), position=place) for place, number in enumerate((2, 3, 4))
    )
    run_id = await job_with(service, records, apart)
    assert (await get_run(service, OWNER_ACCOUNT, run_id)).records_found == 2
    base = f"/api/v1/jobs/job_{run_id}"
    told = (await client.get(base)).json()
    assert (told["records_found"], told["records_unclear"], len(told["records"])) == (2, 3, 2)

    found = (await client.get(f"{base}/records")).json()
    assert [each["checks"] for each in found] == [
        [{"condition": "under £20", "field": "price", "verdict": "yes", "reason": PRICE.reason, "by": "rules"}]
    ] * 2
    unclear = (await client.get(f"{base}/records", params={"verdict": "unclear"})).json()
    assert [(each["position"], each["values"]["name"]) for each in unclear] == [
        (0, "thing 2"),
        (1, "thing 3"),
        (2, "thing 4"),
    ]
    assert unclear[0]["checks"][0]["reason"] == "no price was found"

    first = await client.get(f"{base}/records", params={"verdict": "unclear", "limit": 2})
    onward = await client.get(first.links["next"]["url"])
    assert [each["values"]["name"] for each in (*first.json(), *onward.json())] == ["thing 2", "thing 3", "thing 4"]
    assert (await client.get(f"{base}/records", params={"verdict": "no"})).status_code in {400, 422}


async def test_a_download_has_the_checks_where_they_are_asked_for_and_is_as_documented_where_not(
    client: httpx.AsyncClient, service: Service
) -> None:
    run_id = await job_with(service, (checked(0, PRICE),), (checked(1, MISSING),))
    download = f"/api/v1/jobs/job_{run_id}/download"
    assert (await client.get(download)).json() == [{"name": "thing 0"}]
    plain = (await client.get(download, params={"format": "csv"})).text
    assert list(csv.DictReader(io.StringIO(plain.removeprefix("\ufeff")))) == [{"name": "thing 0"}]

    unclear = await client.get(download, params={"verdict": "unclear", "checks": "true"})
    assert unclear.json() == [
        {
            "name": "thing 1",
            "checks": [
                {"condition": "under £20", "field": "price", "verdict": "unclear", "reason": "no price was found"}
            ],
        }
    ]
    table = (await client.get(download, params={"format": "csv", "checks": "true"})).text
    (row,) = csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))
    assert row["checks"] == "under £20: yes (price 18 GBP is < 20 GBP)"


async def test_a_record_that_turns_out_to_meet_its_condition_is_news_and_what_stays_apart_is_none(
    client: httpx.AsyncClient, service: Service
) -> None:
    run_id = await job_with(service, (checked(0, PRICE),), (checked(1, MISSING),))
    async with client.stream("GET", f"/api/v1/jobs/job_{run_id}/events") as answer:
        lines = [line async for line in answer.aiter_lines()]
    told = [
        msgspec.json.decode(line.removeprefix("data: "))["data"]
        for event, line in itertools.pairwise(lines)
        if event == "event: records.found"
    ]
    assert [(each["total"], [one["values"] for one in each["records"]]) for each in told] == [
        (1, [{"name": "thing 0"}])
    ]
    assert told[0]["removed"] == []


async def test_a_plan_may_demand_a_weekday_a_place_and_a_currency_and_no_nonsense(client: httpx.AsyncClient) -> None:
    def body(**condition: object) -> dict[str, object]:
        return {
            "goal": "x",
            "plan": {"fields": ["name"], "queries": ["x"], "conditions": [{"field": "f", **condition}]},
        }

    for fine in (
        {"comparison": "open on", "value": "saturday, sunday"},
        {"comparison": "in", "value": "Brooklyn"},
        {"comparison": "not in", "value": "Brooklyn"},
        {"comparison": "closed on", "value": "sunday"},
        {"comparison": "<", "value": 20, "unit": "GBP"},
    ):
        told = await client.post("/api/v1/jobs", json=body(**fine))
        assert told.status_code == 201, told.text
    for wrong in (
        {"comparison": "open on", "value": "caturday"},
        {"comparison": "in", "value": 5},
        {"comparison": "closed on", "value": "caturday"},
        {"comparison": "<", "value": 20, "unit": "pounds"},
    ):
        told = await client.post("/api/v1/jobs", json=body(**wrong))
        assert told.status_code == 422
        assert any(name.startswith("plan") for name in told.json()["errors"])


async def test_what_a_plan_leaves_out_is_planned_from_the_goal(client: httpx.AsyncClient, service: Service) -> None:
    body = {"goal": "hotels in Rome under 100 euros", "plan": {"location": "Naples"}}
    told = await client.post("/api/v1/jobs", json=body)
    assert told.status_code == 201, told.text
    request = (await get_run(service, OWNER_ACCOUNT, told.json()["job_id"].removeprefix("job_"))).request
    assert isinstance(request, GoalRequest)
    assert request.plan_parts == ("location",)
    plan = (await make_plan(request, None)).plan
    assert (plan.entity, plan.location) == ("hotel", "Naples")
    assert [(each.field, each.value) for each in plan.conditions] == [("price", 100.0), ("address", "Naples")]


@pytest.mark.parametrize("target", [{"goal": "pots in Rome"}, {"url": "https://shop.example/pots"}])
async def test_the_fields_beside_a_part_of_a_plan_are_those_that_are_read(
    client: httpx.AsyncClient, service: Service, target: dict[str, str]
) -> None:
    cheap = {"field": "price", "comparison": "<", "value": 20}
    body = {**target, "fields": ["name"], "plan": {"entity": "pot", "conditions": [cheap]}}
    told = await client.post("/api/v1/jobs", json=body)
    assert told.status_code == 201, told.text
    request = (await get_run(service, OWNER_ACCOUNT, told.json()["job_id"].removeprefix("job_"))).request
    assert isinstance(request, GoalRequest)
    plan = (await make_plan(request, None)).plan
    assert [field.name for field in plan.fields] == ["name", "price"]  # the condition's own is read too
    assert (plan.entity, len(plan.conditions)) == ("pot", 1)


async def test_two_lists_of_fields_that_do_not_agree_are_refused_by_name(client: httpx.AsyncClient) -> None:
    body = {"url": "https://shop.example/pots", "fields": ["name", "sku"], "plan": {"fields": ["name", "price"]}}
    told = await client.post("/api/v1/jobs", json=body)
    assert told.status_code == 422
    assert "sku" in told.json()["errors"]["plan.fields"]
    told = await client.post("/api/v1/jobs", json={**body, "fields": ["name"]})  # a preview's plan, sent back
    assert told.status_code == 201, told.text


async def test_an_empty_plan_is_no_plan(client: httpx.AsyncClient, service: Service) -> None:
    told = await client.post("/api/v1/jobs", json={"goal": "hotels in Rome", "plan": {}})
    request = (await get_run(service, OWNER_ACCOUNT, told.json()["job_id"].removeprefix("job_"))).request
    assert isinstance(request, GoalRequest)
    assert (await make_plan(request, None)).plan.entity == "hotel"


async def test_a_plan_that_comes_back_from_a_preview_is_whole(client: httpx.AsyncClient, service: Service) -> None:
    shown = render_plan((await make_plan(GoalRequest(goal="hotels in Rome open on Sunday"), None)).plan)
    told = await client.post("/api/v1/jobs", json={"goal": "hotels in Rome", "plan": msgspec.to_builtins(shown)})
    assert told.status_code == 201, told.text
    request = (await get_run(service, OWNER_ACCOUNT, told.json()["job_id"].removeprefix("job_"))).request
    assert isinstance(request, GoalRequest)
    assert request.given_plan is not None
    assert render_plan(request.given_plan) == shown
