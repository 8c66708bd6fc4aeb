"""What is around the operations: health, measures, the description, pages, logs, headers, faults of ours."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
import structlog
from api_harness import OWNER_KEY, Finished, calling, serving
from litestar.testing import AsyncTestClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from playwright.async_api import async_playwright

from api.app import create_app
from api.observe import redacted
from api.wire.faults import fault_of, status_of
from domain import errors
from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    with structlog.testing.capture_logs() as logs:
        yield logs  # ty: ignore[invalid-yield]


async def test_health_answers_without_a_key_and_tells_alive_from_ready(base_url: str, service: Service) -> None:
    async with calling(base_url) as client:
        assert (await client.get("/healthz")).json()["status"] == "ok"
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")  # no worker runs here
        checks = ready.json()["checks"]
        assert {name: check["ok"] for name, check in checks.items()} == {
            "database": True,
            "archive": True,
            "queue": True,
            "workers": False,
        }
        async with service.database.write() as uow:
            await uow.leases.see("a-worker", 4, service.clock.now())
        assert (await client.get("/readyz")).json()["status"] == "ok"


async def test_measures_count_runs_requests_and_streams(client: httpx.AsyncClient, finished: Finished) -> None:
    await client.post("/api/v1/jobs", json={"goal": "x"})
    await client.get(f"/api/v1/jobs/{finished.job_id}/events")
    await client.get("/nothing/here")
    told = (await client.get("/metrics")).text
    for line in (
        'forage_runs{status="completed"} 1.0',
        'forage_runs{status="queued"} 1.0',
        "forage_queue_depth 1.0",
        'forage_stream_events_total{type="run.ended"} 1.0',
        'forage_http_request_seconds_count{method="POST",path="/api/v1/jobs",status="201"} 1.0',
        'forage_http_request_seconds_count{method="GET",path="(unknown)",status="404"} 1.0',
        "forage_streams 0.0",
    ):
        assert line in told, line


async def test_two_apps_in_one_process_do_not_share_their_measures(service: Service) -> None:
    async with serving(service) as one, serving(service) as two, calling() as client:
        await client.get(f"{one}/healthz")
        assert 'path="/healthz"' not in (await client.get(f"{two}/metrics")).text


async def test_the_description_is_valid_openapi_31(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json")
    schema = answer.json()
    assert schema["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(schema).iter_errors()) == []
    assert set(schema["components"]["securitySchemes"]) == {"ApiKey", "Bearer", "XToken"}


async def test_every_operation_says_what_it_does_who_may_and_how_it_fails(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    for path, item in paths.items():
        for method, operation in item.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            if path.startswith("/api/v1"):
                assert operation["security"], (method, path)
                assert {"401", "403", "503"} <= set(operation["responses"]), (method, path)
                for status, response in operation["responses"].items():
                    if status >= "400":
                        told = response["content"]["application/json"]["schema"]["$ref"]
                        assert told.endswith("/ErrorOut"), (method, path, status)


async def test_every_operation_stands_under_a_heading_that_says_what_it_is_about(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/openapi.json")).json()
    used = {tag for item in schema["paths"].values() for operation in item.values() for tag in operation["tags"]}
    assert used <= {tag["name"] for tag in schema["tags"] if tag["description"]}


async def test_every_operation_that_reads_a_body_describes_it_with_an_example(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    reading = [operation for item in paths.values() for operation in item.values() if "415" in operation["responses"]]
    assert [
        operation["summary"]
        for operation in reading
        if not operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("examples")
    ] == []
    assert reading


async def test_the_description_knows_the_limits_that_the_reader_holds(client: httpx.AsyncClient) -> None:
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    job = schemas["CreateJob"]
    assert job["additionalProperties"] is False
    assert {"type": "integer", "minimum": 1, "maximum": 500} in [
        {name: option.get(name) for name in ("type", "minimum", "maximum")}
        for option in job["properties"]["min_results"]["anyOf"]
    ]


@pytest.mark.browser
@pytest.mark.parametrize(("path", "shows"), [("/docs", "Start a job"), ("/", "Forage")])
async def test_a_page_draws_itself_with_nothing_from_elsewhere(base_url: str, path: str, shows: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=next(filter(None, map(shutil.which, BROWSERS))))
        page = await browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        await page.goto(f"{base_url}{path}")
        await page.get_by_text(shows, exact=True).first.wait_for(timeout=60_000)
        await browser.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((base_url, "data:"))] == []


async def test_every_response_has_an_id_and_is_locked_down(client: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/api/v1/jobs", "/nothing", "/openapi.json", "/assets/forage.css"):
        headers = (await client.get(path, headers={"X-Request-ID": "trace-1"})).headers
        assert headers["x-request-id"] == "trace-1"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
    forged = (await client.get("/healthz", headers={"X-Request-ID": "a b<script>"})).headers["x-request-id"]
    assert len(forged) == 32


async def test_a_file_outside_the_lists_is_not_served(client: httpx.AsyncClient) -> None:
    for path in (
        "/assets/..%2fapp.py",
        "/assets/docs.html",
        "/docs/assets/..%2f..%2fplugin.py",
        "/assets/%2e%2e/app.py",
    ):
        assert (await client.get(path)).status_code == 404, path


async def test_a_log_line_names_the_request_and_holds_no_secret(
    client: httpx.AsyncClient, logged: list[dict[str, Any]]
) -> None:
    secret = "hunter2hunter2"
    await client.get(f"/api/v1/jobs?limit=5&token={secret}&api_key={secret}&X-API-Key={secret}")
    await client.get(f"/nothing?access_token={secret}", headers={"X-Request-ID": "trace-2"})
    lines = [line for line in logged if line["event"] == "http.request"]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/api/v1/jobs", 200),
        ("GET", "(unknown)", 404),
    ]
    assert lines[0]["account_id"]
    assert lines[1]["request_id"] == "trace-2"
    assert all(isinstance(line["ms"], float) for line in lines)
    everything = json.dumps(logged, default=str)
    assert secret not in everything
    assert OWNER_KEY not in everything


def test_redaction_masks_secrets_by_name_and_bounds_the_line() -> None:
    assert redacted(b"limit=5&token=s3cret&X-Api-Key=abc&q=a+b") == "limit=5&token=***&X-Api-Key=***&q=a+b"
    assert len(redacted(b"q=" + b"x" * 10_000)) == 500


async def test_a_fault_of_ours_tells_only_where_to_look(
    service: Service, logged: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("api.jobs.list_runs", broken)
    async with AsyncTestClient(create_app(service), raise_server_exceptions=False) as client:
        answer = await client.get("/api/v1/jobs", headers={"X-API-Key": OWNER_KEY})
    told = answer.json()
    request_id = answer.headers["x-request-id"]
    assert (answer.status_code, told["error"]) == (500, "Internal Server Error")
    assert request_id in told["message"]
    assert "hunter2" not in answer.text
    (line,) = [line for line in logged if line["event"] == "request.failed"]
    assert line["request_id"] == request_id
    assert "hunter2" in line["trace"]
    assert OWNER_KEY not in line["trace"]


@pytest.mark.parametrize(
    ("error", "status", "header"),
    [
        (errors.StorageUnavailable(), 503, "Retry-After"),
        (errors.StorageFull(), 507, None),
        (errors.RateLimited(retry_after_s=7), 429, "Retry-After"),
        (errors.Conflict("no"), 409, None),
        (errors.IdempotencyMismatch(), 422, None),
        (errors.NotConfigured("no model is set up"), 422, None),
    ],
)
async def test_a_typed_failure_has_its_status_and_says_when_to_come_back(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: errors.ForageError, status: int, header: str | None
) -> None:
    async def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("api.jobs.submit_run", failing)
    async with AsyncTestClient(create_app(service), raise_server_exceptions=False) as client:
        answer = await client.post("/api/v1/jobs", headers={"X-API-Key": OWNER_KEY}, json={"goal": "x"})
    assert (answer.status_code, answer.json()["statusCode"]) == (status, status)
    assert answer.json()["message"] == error.message
    assert header is None or answer.headers[header]


def test_every_error_of_the_vocabulary_has_a_status_or_is_ours() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ForageError)]
    told = {kind.__name__: status_of(kind()) for kind in kinds}
    inside = {name for name, status in told.items() if status == 500}
    assert inside == {
        *("ForageError", "RunStopped", "RunCancelled", "BudgetSpent", "DeadlinePassed", "LeaseLost"),
        *("ModelFailed", "NoModelAnswered", "SearchFailed", "SearchUnavailable"),
    }
    assert fault_of(errors.LeaseLost("worker 7 holds it"), "an-id").message.count("worker 7") == 0


async def test_a_stopping_server_does_not_wait_for_open_streams(service: Service) -> None:
    async with (
        asyncio.timeout(30),
        calling(headers={"X-API-Key": OWNER_KEY}) as client,
        AsyncExitStack() as still_open,
    ):
        run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
        async with serving(service) as url:
            stream = client.stream("GET", f"{url}/api/v1/jobs/job_{run.id}/events")
            pieces = (await still_open.enter_async_context(stream)).aiter_text()
            assert await anext(pieces)


def test_the_api_process_loads_neither_browser_nor_model_nor_crawler() -> None:
    code = "import api.app, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    heavy = {"playwright", "openai", "instructor", "trafilatura", "lxml", "numpy", "scipy", "dateparser", "mkdocs"}
    assert "litestar" in loaded
    assert loaded & (heavy | {"fetch", "agent", "prompts", "workers", "evals", "forage"}) == set()
