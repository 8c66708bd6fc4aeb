"""The life of a job over HTTP: created once, listed, previewed, extended, cancelled, deleted, read."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re

import httpx
import msgspec
import pytest
from api_harness import PAGE_TEXT, Finished, a_page, finish, finished_job

from api.wire.reading import read_body
from api.wire.scrapehub.jobs import STATUS, render_job, render_preview
from api.wire.scrapehub.records import render_page
from api.wire.scrapehub.requests import CreateJob, parse_job
from domain.credits import RunCredits
from domain.egress import EgressPolicy
from domain.fields import Field, FieldKind
from domain.ids import new_id
from domain.plans import Comparison, Condition, Plan, PlannedBy
from domain.prices import Prices, estimate
from domain.requests import GoalRequest
from domain.runs import Run, RunKind, RunStatus
from services.keys import OWNER_ACCOUNT
from services.queue import LocalDoorbell
from services.runs import get_run, submit_run
from services.service import Service

JOBS = "/api/v1/jobs"
LINK = re.compile(r'<([^>]+)>; rel="next"')


async def all_pages(client: httpx.AsyncClient, path: str) -> list[list[dict[str, object]]]:
    pages, next_path = [], path
    while next_path:
        answer = await client.get(next_path)
        assert answer.status_code == 200
        pages.append(answer.json())
        found = LINK.fullmatch(answer.headers.get("link", ""))
        next_path = found[1] if found else ""
    return pages


async def test_a_list_pages_by_its_link_header_without_gap_or_repeat(client: httpx.AsyncClient) -> None:
    made = [(await client.post(JOBS, json={"goal": f"goal {n}"})).json()["job_id"] for n in range(7)]
    pages = await all_pages(client, f"{JOBS}?limit=3")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [job["job_id"] for page in pages for job in page] == made[::-1]


async def test_the_same_idempotency_key_gives_the_same_job_and_another_request_a_422(
    client: httpx.AsyncClient,
) -> None:
    headers = {"Idempotency-Key": "order-1"}
    answers = await asyncio.gather(*(client.post(JOBS, json={"goal": "a"}, headers=headers) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    other = await client.post(JOBS, json={"goal": "b"}, headers=headers)
    assert (other.status_code, len((await client.get(JOBS)).json())) == (422, 1)
    assert (await client.post(JOBS, json={"goal": "b"}, headers={"Idempotency-Key": "x" * 256})).status_code == 422


async def test_a_url_job_is_called_by_its_url(client: httpx.AsyncClient) -> None:
    created = (await client.post(JOBS, json={"url": "https://Shop.example/a?utm_source=x"})).json()
    assert created["goal"] == "https://shop.example/a"


async def test_every_status_is_one_that_the_document_knows(service: Service) -> None:
    assert set(STATUS) == set(RunStatus)
    assert set(STATUS.values()) == {"queued", "planning", "running", "completed", "failed"}
    ended = {status for status, word in STATUS.items() if word in {"completed", "failed"}}
    assert ended == {status for status in RunStatus if status.is_terminal}


async def test_a_download_url_is_null_until_the_job_has_ended(client: httpx.AsyncClient, service: Service) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
    before = (await client.get(f"{JOBS}/job_{run.id}")).json()
    assert (before["download_url"], before["completed_at"], before["plan_summary"]) == (None, None, None)
    await finish(service, run)
    after = (await client.get(f"{JOBS}/job_{run.id}")).json()
    assert (await client.get(after["download_url"])).status_code == 200


async def test_a_job_shows_its_first_records_with_their_evidence(client: httpx.AsyncClient, service: Service) -> None:
    job = await finished_job(service, records=25)
    told = (await client.get(f"{JOBS}/{job.job_id}")).json()
    assert (told["records_found"], len(told["records"])) == (25, 20)
    assert told["termination_reason"] == "sources_exhausted"
    assert told["outcome"] == "completed"
    record = told["records"][0]
    assert record["values"] == {"name": "Bright Smile", "phone": "+12125550100"}
    assert record["fields"]["email"]["verdict"] == "unsupported"
    evidence = record["fields"]["name"]["evidence"][0]
    assert PAGE_TEXT[evidence["start"] : evidence["end"]] == evidence["quote"]
    pages = await all_pages(client, f"{told['records_url']}?limit=10")
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [each["position"] for page in pages for each in page] == list(range(25))


async def test_evidence_leads_to_the_page_and_the_quote_stands_where_it_says(
    client: httpx.AsyncClient, finished: Finished
) -> None:
    told = (await client.get(f"{JOBS}/{finished.job_id}/records/{finished.record_id}/evidence")).json()
    evidence = told["fields"]["phone"][0]
    page_url = told["pages"][evidence["page_id"]]
    page = await client.get(page_url)
    assert page.text[evidence["start"] : evidence["end"]] == evidence["quote"]
    whole = (await client.get(page_url, params={"format": "json"})).json()
    assert (whole["text"], whole["snapshot"]) == (PAGE_TEXT, evidence["snapshot"])


@pytest.mark.parametrize("path", ["/pages/{page}", "/download?format=csv"])
async def test_a_text_says_its_charset_once(client: httpx.AsyncClient, finished: Finished, path: str) -> None:
    answer = await client.get(f"{JOBS}/{finished.job_id}{path.format(page=finished.page_id)}")
    assert answer.headers["content-type"].partition(";")[2] == " charset=utf-8"


@pytest.mark.parametrize("format_", ["text", "html", "json"])
async def test_an_archived_page_is_never_a_live_document(
    client: httpx.AsyncClient, finished: Finished, format_: str
) -> None:
    answer = await client.get(f"{JOBS}/{finished.job_id}/pages/{finished.page_id}", params={"format": format_})
    assert answer.headers["content-type"].split(";")[0] in {"text/plain", "application/json"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy or "default-src 'none'" in policy
    if format_ != "json":
        assert answer.headers["content-disposition"].startswith("attachment")


async def test_sources_say_what_became_of_each_url(client: httpx.AsyncClient, finished: Finished) -> None:
    (source,) = (await client.get(f"{JOBS}/{finished.job_id}/sources")).json()
    assert (source["status"], source["outcome"], source["found_by"]) == ("done", "ok", "search")
    assert (source["reason"], source["records_found"]) == ("first result of dentists NYC", 1)
    assert (await client.get(source["page_url"])).status_code == 200


async def test_delete_cancels_what_runs_and_deletes_what_has_ended(client: httpx.AsyncClient) -> None:
    location = (await client.post(JOBS, json={"goal": "dentists"})).headers["location"]
    for still_there in (True, False):
        assert (await client.delete(location)).json() == {"message": "Job cancelled/deleted successfully"}
        answer = await client.get(location)
        assert answer.status_code == (200 if still_there else 404)
        if still_there:
            assert (answer.json()["status"], answer.json()["outcome"]) == ("failed", "cancelled")
            assert answer.json()["termination_reason"] == "cancelled"
    assert (await client.delete(location)).status_code == 404


async def test_extending_sends_an_ended_job_back_to_work(
    client: httpx.AsyncClient, service: Service, finished: Finished
) -> None:
    path = f"{JOBS}/{finished.job_id}/extend"
    assert (await client.post(path, json={"max_results": 10})).status_code == 422  # it had 50
    answer = await client.post(path, json={"max_results": 100, "min_results": 60})
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")
    request = (await get_run(service, OWNER_ACCOUNT, finished.run_id)).request
    assert (request.max_results, request.min_results) == (100, 60)
    assert (await client.post(path, json={"max_results": 200})).status_code == 409  # it is queued again


async def end_previews(service: Service) -> None:
    """A worker that knows only previews."""
    assert isinstance(service.doorbell, LocalDoorbell)
    while True:
        run = await get_run(service, OWNER_ACCOUNT, await service.doorbell.next())
        await finish(service, run, records=0)


async def test_a_preview_shows_the_plan_and_is_not_listed(client: httpx.AsyncClient, service: Service) -> None:
    worker = asyncio.create_task(end_previews(service))
    try:
        answer = await client.post(f"{JOBS}/preview", json={"goal": "dentists", "fields": ["name"]})
    finally:
        worker.cancel()
    told = answer.json()
    assert (answer.status_code, told["plan"]["queries"], told["planned_by"]) == (200, ["dentists NYC"], "rules")
    assert [candidate["title"] for candidate in told["candidates"]] == ["Dentists"]
    assert (await client.get(JOBS)).json() == []
    again = await client.post(JOBS, json={"goal": "dentists", "plan": told["plan"]})
    assert again.status_code == 201
    run = await get_run(service, OWNER_ACCOUNT, again.json()["job_id"].removeprefix("job_"))
    assert run.request.plan is not None
    assert run.request.plan.queries == ("dentists NYC",)


async def test_a_preview_without_a_worker_answers_202_at_its_deadline(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{JOBS}/preview", json={"goal": "dentists"})
    assert (answer.status_code, answer.json()["plan"]) == (202, None)
    assert (await client.get(f"{JOBS}/{answer.json()['preview_id']}")).status_code == 200


async def test_a_download_of_nothing_yet_is_a_409_and_of_an_empty_end_an_empty_file(
    client: httpx.AsyncClient, service: Service
) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
    assert (await client.get(f"{JOBS}/job_{run.id}/download")).status_code == 409
    await finish(service, run, records=0)
    answer = await client.get(f"{JOBS}/job_{run.id}/download?format=json")
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_run_renders_whatever_it_lacks() -> None:
    run = Run(
        id=new_id(),
        account_id=OWNER_ACCOUNT,
        kind=RunKind.GOAL,
        status=RunStatus.QUEUED,
        request=GoalRequest(url="https://shop.example/"),
        created_at=dt.datetime.fromisoformat("2026-01-27T10:30:00.999+02:00"),
    )
    told = msgspec.to_builtins(render_job(run, (), RunCredits(estimated=9, held=0, used=3), 0))
    assert told["created_at"] == "2026-01-27T08:30:00Z"
    assert (told["plan"], told["records"], told["min_results"]) == (None, [], None)


def test_a_page_of_broken_text_is_shown_and_its_offsets_still_hold() -> None:
    broken = msgspec.structs.replace(a_page(new_id()), text="a\ud800b", html="<p>\udfff☂")
    told = json.loads(msgspec.json.encode(render_page(broken)))
    assert (told["text"], told["html"]) == ("a?b", "<p>?☂")


def test_a_plan_comes_back_from_its_own_preview_as_it_was() -> None:
    fields = (
        Field(name="price", kind=FieldKind.PRICE, required=True, synonyms=("cost", "from")),
        Field(name="links", kind=FieldKind.URL, many=True, description="where to"),
    )
    conditions = (
        Condition(field="price", comparison=Comparison.LESS, value=20.0, text="under 20"),
        Condition(field="price", comparison=Comparison.BETWEEN, value=(1.0, 2.0)),
        Condition(field="name", comparison=Comparison.CONTAINS, value="kettle"),
    )
    plan = Plan(
        goal="kettles",
        fields=fields,
        planned_by=PlannedBy.CALLER,
        entity="kettle",
        location="York",
        language="en-GB",
        queries=("kettles York",),
        sources=("https://shop.example/",),
        conditions=conditions,
        count=7,
    )
    run = Run(
        id=new_id(),
        account_id=OWNER_ACCOUNT,
        kind=RunKind.GOAL,
        status=RunStatus.COMPLETED,
        request=GoalRequest(goal="kettles", preview=True),
        created_at=dt.datetime.now(dt.UTC),
        plan=plan,
    )
    told = json.loads(msgspec.json.encode(render_preview(run, (), estimate(run.request, Prices()))))
    body = msgspec.json.encode({"goal": "kettles", "plan": told["plan"]})
    assert parse_job(read_body(body, CreateJob), EgressPolicy()).plan == plan
