"""Another question to a finished job's archive: a job of its own for which nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from reading_harness import JOBS, done, job_of, reading, records_of

from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service

LIST = "https://shop.example/shelves"
NAMES = [f"Walnut shelf {number}" for number in range(1, 6)]
ROWS = "".join(
    f'<li class="card"><h3><a href="/p/{number}">{name}</a></h3><b class="price">£{number}.50</b></li>'
    for number, name in enumerate(NAMES, start=1)
)
PAGES = {LIST: f'<html lang="en-GB"><body><main><h1>Shelves</h1><ul>{ROWS}</ul></main></body></html>'} | {
    f"https://shop.example/p/{number}": (
        f'<html lang="en-GB"><head><title>{name}</title></head><body><main><h1>{name}</h1>'
        f'<p class="price">£{number}.50</p><p>SKU: <b>WX-{number}40</b></p><p>Weight: {number} kg</p>'
        "<button>Add to basket</button></main></body></html>"
    )
    for number, name in enumerate(NAMES, start=1)
}


async def test_other_fields_are_read_of_the_same_pages_without_a_fetch(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with reading(service, PAGES) as web:
        first = await job_of(client, url=LIST, fields=["name", "price:number", "sku"], max_results=50)
        assert len(web.asked) == 6  # the list, and a page for each: the list lacks the code
        web.asked.clear()
        answer = await client.post(f"{JOBS}/{first['job_id']}/reextract", json={"fields": ["name", "weight"]})
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"{JOBS}/{answer.json()['job_id']}"
        second = await done(client, answer.json()["job_id"])
    assert web.asked == []
    assert second["reextracted_from"] == first["job_id"]
    assert first["reextracted_from"] is None
    assert (second["spend"]["pages"], second["spend"]["browser_ms"], second["spend"]["searches"]) == (0, 0, 0)
    records = await records_of(client, second)
    assert [record["values"] for record in records] == [
        {"name": name, "weight": f"{number} kg"} for number, name in enumerate(NAMES, start=1)
    ]
    # Its evidence stands on pages of its own, which outlive the first job.
    assert (await client.delete(f"{JOBS}/{first['job_id']}")).status_code == 200
    told = (await client.post(f"{JOBS}/{second['job_id']}/verify")).json()
    assert told["holds"]
    assert told["values"]["supported"]["found"] == 10 - told["values"]["derived"]["checked"]


async def test_a_job_is_not_deleted_before_the_one_that_waits_to_read_its_pages_has_read_them(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with reading(service, PAGES):
        first = await job_of(client, url=LIST, fields=["name", "sku"], max_results=50)
    path = f"{JOBS}/{first['job_id']}"
    accepted = await client.post(f"{path}/reextract", json={"fields": ["name", "weight"]})
    second = accepted.json()["job_id"]  # it waits: no worker is there
    refused = await client.delete(path)
    assert refused.status_code == 409
    assert second in refused.json()["message"]
    async with reading(service, PAGES):
        job = await done(client, second)
        assert (job["status"], job["records_found"]) == ("completed", len(NAMES))
        third = (await client.post(f"{path}/reextract", json={"fields": ["name"]})).json()["job_id"]
        await done(client, third)
    assert (await client.delete(path)).status_code == 200


async def test_a_job_can_be_deleted_once_the_one_that_waited_to_read_its_pages_is_cancelled(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with reading(service, PAGES):
        first = await job_of(client, url=LIST, fields=["name"], max_results=2)
    path = f"{JOBS}/{first['job_id']}"
    second = (await client.post(f"{path}/reextract", json={"fields": ["weight"]})).json()["job_id"]
    assert (await client.delete(path)).status_code == 409
    assert (await client.delete(f"{JOBS}/{second}")).status_code == 200  # cancels it
    assert (await client.delete(path)).status_code == 200


async def test_a_job_that_is_active_is_not_read_anew(client: httpx.AsyncClient, service: Service) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
    answer = await client.post(f"{JOBS}/job_{run.id}/reextract", json={"fields": ["name"]})
    assert answer.status_code == 409
    assert "queued" in answer.json()["message"]


async def test_a_job_whose_archive_is_gone_is_refused_and_one_that_lost_a_page_tells_it(
    client: httpx.AsyncClient, service: Service, tmp_path: Path
) -> None:
    async with reading(service, PAGES):
        first = await job_of(client, url=LIST, fields=["name", "sku"], max_results=50)
        sources = sorted(path for path in (tmp_path / "blobs").rglob("*.zst"))
        assert len(sources) == 12  # source and text of each page
        question = {"fields": ["name", "weight"]}
        sources[0].unlink()
        second = await client.post(f"{JOBS}/{first['job_id']}/reextract", json=question)
        job = await done(client, second.json()["job_id"])
        told = (await client.get(f"{JOBS}/{job['job_id']}/sources")).json()
        lost = [source for source in told if source["status"] == "failed"]
        assert [source["reason"] for source in lost] == ["this page is no longer in the archive"]
        for path in sources[1:]:
            path.unlink()
        refused = await client.post(f"{JOBS}/{first['job_id']}/reextract", json=question)
    assert refused.status_code == 409
    assert "archive" in refused.json()["message"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"fields"}),
        ({"fields": ["name"], "schema": {"name": "string"}}, {"fields", "schema"}),
        ({"fields": ["name"], "url": LIST}, {"url"}),
        ({"fields": [{"name": "name", "type": "what"}]}, {"fields"}),
        ({"fields": ["name"], "max_results": 2, "min_results": 3}, {"min_results"}),
    ],
)
async def test_what_is_wrong_with_the_question_is_named(
    client: httpx.AsyncClient, service: Service, body: dict[str, object], errors: set[str]
) -> None:
    async with reading(service, PAGES):
        first = await job_of(client, url=LIST, fields=["name"], max_results=2)
    answer = await client.post(f"{JOBS}/{first['job_id']}/reextract", json=body)
    assert answer.status_code == 422
    assert {name.partition("[")[0] for name in answer.json()["errors"]} == errors
