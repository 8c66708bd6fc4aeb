"""Every request and JSON sample of ScrapeHub's Core document, against a running server: status, exact keys, types."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from api_harness import OWNER_KEY, Finished, calling, finish

from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.runs import get_run, submit_run
from services.service import Service

DOCUMENTED_BASE = "https://api.scrapehub.io/api/v1"
DOCUMENTED_KEY = "sk_live_xxxx_449x"
DOCUMENTED_JOB = "job_abc123xyz456"

CREATE = f"""curl -X POST {DOCUMENTED_BASE}/jobs \\
-H "X-API-KEY: {DOCUMENTED_KEY}" \\
-H "Content-Type: application/json" \\
-d '{{
"goal": "Find dentists in New York City with contact details",
"output_format": "json",
"max_results": 50,
"fields": ["name", "phone", "email", "address"]
}}'"""
GET = f'curl -X GET {DOCUMENTED_BASE}/jobs/{DOCUMENTED_JOB} \\\n-H "X-API-KEY: {DOCUMENTED_KEY}"'
LIST = f'curl -X GET "{DOCUMENTED_BASE}/jobs" \\\n-H "X-API-KEY: {DOCUMENTED_KEY}"'
DELETE = f'curl -X DELETE {DOCUMENTED_BASE}/jobs/{DOCUMENTED_JOB} \\\n-H "X-API-KEY: {DOCUMENTED_KEY}"'


def download(format_: str) -> str:
    return (
        f'curl -X GET "{DOCUMENTED_BASE}/jobs/{DOCUMENTED_JOB}/download?format={format_}" \\\n'
        f'-H "X-API-KEY: {DOCUMENTED_KEY}" \\\n-o results.{format_}'
    )


CREATED_SAMPLE = {
    "job_id": "job_abc123xyz456",
    "status": "queued",
    "goal": "Find dentists in New York City with contact details",
    "output_format": "json",
    "progress": 0,
    "records_found": 0,
    "sources_total": 0,
    "sources_completed": 0,
    "created_at": "2026-01-27T10:30:00Z",
    "download_url": None,
}
COMPLETED_SAMPLE = {
    "job_id": "job_abc123xyz456",
    "status": "completed",
    "goal": "Find dentists in New York City with contact details",
    "output_format": "json",
    "progress": 100,
    "records_found": 47,
    "sources_total": 3,
    "sources_completed": 3,
    "plan_summary": {
        "search_queries": ["dentists NYC", "dental clinics New York"],
        "sources": ["Google Maps", "Yelp", "Yellow Pages"],
    },
    "created_at": "2026-01-27T10:30:00Z",
    "completed_at": "2026-01-27T10:35:20Z",
    "download_url": "/api/v1/jobs/job_abc123xyz456/download?format=json",
}
ITEM_SAMPLE = {
    "job_id": "job_abc123xyz456",
    "status": "completed",
    "goal": "Find dentists in New York City",
    "records_found": 47,
    "created_at": "2026-01-27T10:30:00Z",
}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def assert_like(sample: Any, given: Any, path: str = "$") -> None:
    """Same type everywhere; a documented moment is one here, to the second and in Z."""
    assert type(given) is type(sample), f"{path}: {sample!r} documented, {given!r} given"
    if isinstance(sample, dict):
        for name, value in sample.items():
            assert_like(value, given[name], f"{path}.{name}")
    elif isinstance(sample, list):
        for value in given:
            assert_like(sample[0], value, f"{path}[]")
    elif isinstance(sample, str) and ISO.fullmatch(sample):
        assert ISO.fullmatch(given), f"{path}: {given!r} is not written like {sample!r}"


async def run_verbatim(line: str, base_url: str, folder: Path, job_id: str = DOCUMENTED_JOB) -> str:
    """The document's own line in a shell, with its base URL, key and job id changed; what curl prints."""
    line = line.replace(DOCUMENTED_BASE, f"{base_url}/api/v1").replace(DOCUMENTED_KEY, OWNER_KEY)
    process = await asyncio.create_subprocess_shell(
        "set -e\n" + line.replace(DOCUMENTED_JOB, job_id).replace("curl ", "curl -sS "),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, err.decode()
    return out.decode()


async def test_the_documented_curl_creates_a_queued_job_with_exactly_its_keys(base_url: str, tmp_path: Path) -> None:
    created = json.loads(await run_verbatim(CREATE, base_url, tmp_path))
    assert set(created) == set(CREATED_SAMPLE)
    assert_like(CREATED_SAMPLE, created)
    same = ("status", "goal", "output_format", "progress", "records_found", "sources_total", "download_url")
    assert {name: created[name] for name in same} == {name: CREATED_SAMPLE[name] for name in same}


async def test_the_documented_curl_gets_a_completed_job(base_url: str, finished: Finished, tmp_path: Path) -> None:
    job = json.loads(await run_verbatim(GET, base_url, tmp_path, finished.job_id))
    assert set(job) >= set(COMPLETED_SAMPLE)
    assert set(job["plan_summary"]) == set(COMPLETED_SAMPLE["plan_summary"])
    assert_like(COMPLETED_SAMPLE, job)
    assert (job["status"], job["progress"]) == ("completed", 100)
    assert job["download_url"] == f"/api/v1/jobs/{finished.job_id}/download?format=json"


async def test_the_documented_curl_lists_jobs_as_a_bare_list(base_url: str, finished: Finished, tmp_path: Path) -> None:
    jobs = json.loads(await run_verbatim(LIST, base_url, tmp_path))
    assert [job["job_id"] for job in jobs] == [finished.job_id]
    assert set(jobs[0]) == set(ITEM_SAMPLE)
    assert_like(ITEM_SAMPLE, jobs[0])


async def test_the_documented_curl_deletes_with_the_documented_words(
    base_url: str, finished: Finished, tmp_path: Path
) -> None:
    said = json.loads(await run_verbatim(DELETE, base_url, tmp_path, finished.job_id))
    assert said == {"message": "Job cancelled/deleted successfully"}


async def test_the_documented_curls_download_three_formats(base_url: str, finished: Finished, tmp_path: Path) -> None:
    for format_ in ("csv", "json", "xlsx"):
        await run_verbatim(download(format_), base_url, tmp_path, finished.job_id)
    assert "Bright Smile" in (tmp_path / "results.json").read_text()
    rows = list(csv.DictReader(io.StringIO((tmp_path / "results.csv").read_text("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["Bright Smile"]
    sheet = openpyxl.load_workbook(tmp_path / "results.xlsx").worksheets[0]
    assert "Bright Smile" in [cell.value for row in sheet.iter_rows() for cell in row]
    for format_ in ("csv", "json", "xlsx"):
        assert "=cmd@evil.example" not in (tmp_path / f"results.{format_}").read_bytes().decode("latin-1")


async def test_download_without_a_format_takes_the_jobs_own(client: httpx.AsyncClient, service: Service) -> None:
    asked = GoalRequest(goal="dentists", output_format="csv")
    job = await finish(service, await submit_run(service, OWNER_ACCOUNT, asked))
    answer = await client.get(f"/api/v1/jobs/{job.job_id}/download")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert re.fullmatch(r'attachment; filename="[\w.-]+\.csv"', answer.headers["content-disposition"])


DOCUMENTED_STATUSES = {"queued", "planning", "running", "completed", "failed"}


async def test_every_documented_parameter_reaches_the_run(client: httpx.AsyncClient, service: Service) -> None:
    body = {
        "url": "https://shop.example/list",
        "output_format": "xlsx",
        "max_results": 1000,
        "min_results": 500,
        "use_smart_cascade": True,
        "fields": ["name", "price:number", {"name": "sku", "type": "id", "description": "its code", "required": True}],
        "webhook_url": "https://hooks.example/done",
    }
    created = (await client.post("/api/v1/jobs", json=body)).json()
    request = (await get_run(service, OWNER_ACCOUNT, created["job_id"].removeprefix("job_"))).request
    assert (request.url, request.output_format, request.webhook_url) == (
        "https://shop.example/list",
        "xlsx",
        "https://hooks.example/done",
    )
    assert (request.max_results, request.min_results, request.use_smart_cascade) == (1000, 500, True)
    assert [(field.name, field.kind.value, field.required) for field in request.fields] == [
        ("name", "title", False),
        ("price", "price", False),
        ("sku", "identifier", True),
    ]


async def test_the_documented_defaults_hold(client: httpx.AsyncClient, service: Service) -> None:
    created = (await client.post("/api/v1/jobs", json={"goal": "dentists"})).json()
    request = (await get_run(service, OWNER_ACCOUNT, created["job_id"].removeprefix("job_"))).request
    assert (request.max_results, request.min_results) == (10, None)
    assert (request.output_format, request.use_smart_cascade) == ("json", False)


@pytest.mark.parametrize("header", ["X-API-KEY", "x-api-key", "Authorization", "X-Token"])
async def test_a_key_is_taken_from_each_documented_header(base_url: str, header: str) -> None:
    value = f"Bearer {OWNER_KEY}" if header == "Authorization" else OWNER_KEY
    async with calling(base_url) as client:
        assert (await client.get("/api/v1/jobs", headers={header: value})).status_code == 200
