"""Every request and sample of Scrape.do's asynchronous API, over HTTP."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from api_harness import OWNER_KEY, add_tenant, calling, serving
from store_support import ManualClock, until

from api.config import ApiConfig
from domain.bulk import BulkMethod, PlayAction, PlayKind, RenderOptions, TargetOptions, TargetResult
from domain.pages import FetchOutcome
from domain.proxies import ProxyTable
from domain.webhooks import Posted
from fetch.targets.errand import Errand, Performed
from services.bulk_work import sweep_expired
from services.service import Service
from workers.bulk import BulkTerms, BulkWorker, open_bulk_worker
from workers.webhooks import Deliverer

PROXIES = ProxyTable.parse("http://proxy.example:8080,us,europe,residential")
# The document's own request, word for word but for the callback's host.
SAMPLE: dict[str, Any] = {
    "Targets": ["https://httpbin.co/anything"],
    "Method": "GET",
    "Body": "optional post data",
    "GeoCode": "us",
    "RegionalGeoCode": "europe",
    "Super": True,
    "Headers": {"Content-Type": "application/json"},
    "ForwardHeaders": False,
    "SessionID": "12345",
    "Device": "desktop",
    "SetCookies": "cookie1=value1; cookie2=value2",
    "Timeout": 30000,
    "RetryTimeout": 5000,
    "DisableRetry": False,
    "TransparentResponse": False,
    "DisableRedirection": False,
    "Output": "raw",
    "Render": {
        "BlockResources": False,
        "WaitUntil": "domcontentloaded",
        "CustomWait": 1000,
        "WaitSelector": ".content-loaded",
        "PlayWithBrowser": [{"Action": "Click", "Selector": "#button_id"}, {"Action": "Wait", "Timeout": 5000}],
        "ReturnJSON": True,
        "ShowWebsocketRequests": False,
        "ShowFrames": False,
        "Screenshot": False,
        "FullScreenshot": False,
        "ParticularScreenshot": "#home",
    },
    "WebhookURL": "https://example.com/callback",
    "WebhookHeaders": {"Authorization": "Bearer your-token-here", "X-Custom-Header": "custom-value"},
}
JOB = {"JobID", "TaskIDs", "Status", "StartTime", "EndTime", "AcquiredConcurrency", "LimitConcurrency", "Canceled"}
TASK = [
    *("TaskID", "JobID", "URL", "Status", "StartTime", "EndTime", "ExpiresAt", "UpdateTime", "Base64EncodedContent"),
    *("StatusCode", "ResponseHeaders", "Scrape.do", "Content", "ErrorMessage"),
]


class Scripted:
    """Answers each Target by its path, without a web."""

    async def perform(self, target: str, options: TargetOptions, errand: Errand) -> Performed:
        if target.endswith("/bytes"):
            result = TargetResult(outcome=FetchOutcome.OK, status_code=200, content=b"\xff\x00", is_binary=True)
        elif target.endswith("/down"):
            result = TargetResult(outcome=FetchOutcome.UNREACHABLE, error="It closed the connection.")
        else:
            name = "content-type" if target.endswith("/rendered") else "Content-Type"
            headers = ((name, "text/html"),)
            result = TargetResult(
                outcome=FetchOutcome.OK, status_code=200, headers=headers, content=b"<html>...</html>"
            )
        return Performed(result=result)


@pytest.fixture
def at() -> ManualClock:
    return ManualClock(dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC))


@pytest.fixture
def bulk(service: Service, at: ManualClock) -> Service:
    return replace(service, clock=at, proxies=PROXIES)


@pytest.fixture
async def http(bulk: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(bulk, ApiConfig(rate_limit=100_000)) as url,
        calling(f"{url}/async/api/v1", headers={"X-Token": OWNER_KEY}) as client,
    ):
        yield client


async def made(http: httpx.AsyncClient, *targets: str, **options: Any) -> dict[str, Any]:
    answer = await http.post("/jobs", json={"Targets": targets or ("https://httpbin.co/anything",)} | options)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def done(bulk: Service, http: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    async def over() -> bool:
        return (await http.get(f"/jobs/{job_id}")).json()["EndTime"] is not None

    terms = BulkTerms(lease_s=60.0, beat_s=60.0, sweep_s=60.0)
    async with open_bulk_worker(BulkWorker(bulk, Scripted(), terms=terms)):
        await until(over, "the job ends")
    return (await http.get(f"/jobs/{job_id}")).json()


async def test_the_documents_request_is_taken_with_every_option(http: httpx.AsyncClient, bulk: Service) -> None:
    answer = await http.post("/jobs", json=SAMPLE)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert set(told) == {"JobID", "Message", "TaskIDs"}
    assert told["Message"] == "Job created successfully"
    assert len(told["TaskIDs"]) == 1
    assert [len(part) for part in told["JobID"].split("-")] == [8, 4, 4, 4, 12]
    options = (await _stored(bulk)).options
    assert options == TargetOptions(
        body="optional post data",
        headers=(("Content-Type", "application/json"),),
        set_cookies="cookie1=value1; cookie2=value2",
        timeout_ms=30_000,
        retry_timeout_ms=5_000,
        session_id="12345",
        geo_code="us",
        regional_geo_code="europe",
        super_proxy=True,
        render=RenderOptions(
            block_resources=False,
            custom_wait_ms=1_000,
            wait_selector=".content-loaded",
            play=(
                PlayAction(kind=PlayKind.CLICK, selector="#button_id"),
                PlayAction(kind=PlayKind.WAIT, amount=5_000),
            ),
            return_json=True,
            particular_screenshot="#home",
        ),
    )


async def _stored(bulk: Service) -> Any:
    from services.keys import OWNER_ACCOUNT

    async with bulk.database.read() as uow:
        return (await uow.bulk_jobs(OWNER_ACCOUNT).list(1, 0))[0]


async def test_a_job_goes_from_queued_to_success_and_its_task_has_the_documents_shape(
    http: httpx.AsyncClient, bulk: Service
) -> None:
    job = await made(http)
    waiting = (await http.get(f"/jobs/{job['JobID']}")).json()
    assert set(waiting) == JOB | {"Tasks"}
    assert (waiting["Status"], waiting["StartTime"], waiting["EndTime"], waiting["Canceled"]) == (
        "queued",
        None,
        None,
        False,
    )
    assert (waiting["AcquiredConcurrency"], waiting["LimitConcurrency"]) == (0, 10)
    (task_id,) = job["TaskIDs"]
    assert waiting["Tasks"] == [{"TaskID": task_id, "URL": "https://httpbin.co/anything", "Status": "queued"}]
    over = await done(bulk, http, job["JobID"])
    assert (over["Status"], over["StartTime"], over["EndTime"]) == (
        "success",
        "2026-01-01T10:00:00Z",
        "2026-01-01T10:00:00Z",
    )
    task = (await http.get(f"/jobs/{job['JobID']}/{task_id}")).json()
    assert list(task) == TASK
    assert task == {
        "TaskID": task_id,
        "JobID": job["JobID"],
        "URL": "https://httpbin.co/anything",
        "Status": "success",
        "StartTime": "2026-01-01T10:00:00Z",
        "EndTime": "2026-01-01T10:00:00Z",
        "ExpiresAt": "2026-01-02T10:00:00Z",
        "UpdateTime": "2026-01-01T10:00:00Z",
        "Base64EncodedContent": False,
        "StatusCode": 200,
        "ResponseHeaders": {"Content-Type": "text/html"},
        "Scrape.do": {"Credits-Used": "1", "Remaining-Credits": task["Scrape.do"]["Remaining-Credits"]},
        "Content": "<html>...</html>",
        "ErrorMessage": "",
    }


async def test_bytes_go_out_in_base64_and_failures_in_words(http: httpx.AsyncClient, bulk: Service) -> None:
    job = await made(http, "https://a.example/bytes", "https://b.example/down")
    assert (await done(bulk, http, job["JobID"]))["Status"] == "success"
    binary, failed = [(await http.get(f"/jobs/{job['JobID']}/{task}")).json() for task in job["TaskIDs"]]
    assert (binary["Base64EncodedContent"], base64.b64decode(binary["Content"])) == (True, b"\xff\x00")
    assert (failed["Status"], failed["StatusCode"], failed["ErrorMessage"], failed["Content"]) == (
        "error",
        0,
        "It closed the connection.",
        "",
    )
    assert failed["Scrape.do"]["Credits-Used"] == "0"
    alone = await made(http, "https://b.example/down")
    assert (await done(bulk, http, alone["JobID"]))["Status"] == "error"


async def test_headers_have_the_documents_names_however_they_came(http: httpx.AsyncClient, bulk: Service) -> None:
    """Browsers, and sites by HTTP/2, write them small."""
    job = await made(http, "https://a.example/rendered")
    await done(bulk, http, job["JobID"])
    task = (await http.get(f"/jobs/{job['JobID']}/{job['TaskIDs'][0]}")).json()
    assert task["ResponseHeaders"] == {"Content-Type": "text/html"}


async def test_a_result_is_gone_after_a_day_and_says_so(
    http: httpx.AsyncClient, bulk: Service, at: ManualClock
) -> None:
    job = await made(http)
    await done(bulk, http, job["JobID"])
    at.advance(24 * 3600 + 1)
    path = f"/jobs/{job['JobID']}/{job['TaskIDs'][0]}"
    for _ in range(2):
        task = (await http.get(path)).json()
        assert (task["Content"], task["ResponseHeaders"], task["Status"]) == ("", {}, "success")
        assert "expired" in task["ErrorMessage"]
        await sweep_expired(bulk)


async def test_jobs_come_in_pages(http: httpx.AsyncClient) -> None:
    ids = [(await made(http))["JobID"] for _ in range(3)]
    page = (await http.get("/jobs", params={"page_size": 2})).json()
    assert (page["TotalCount"], page["PageSize"], page["PageNumber"], page["TotalPages"]) == (3, 2, 1, 2)
    assert [job["JobID"] for job in page["Jobs"]] == ids[:0:-1]
    assert set(page["Jobs"][0]) == {"JobID", "Status", "TaskIDs", "StartTime", "EndTime"}
    last = (await http.get("/jobs", params={"page_size": 2, "page": 2})).json()
    assert [job["JobID"] for job in last["Jobs"]] == ids[:1]
    assert (await http.get("/jobs")).json()["PageSize"] == 10
    for wrong in ({"page_size": 101}, {"page_size": 0}, {"page": 0}, {"page": "x"}):
        answer = await http.get("/jobs", params=wrong)
        assert (answer.status_code, answer.json()["Code"]) == (400, 400)


async def test_a_job_is_canceled_once(http: httpx.AsyncClient) -> None:
    job = await made(http)
    answer = await http.delete(f"/jobs/{job['JobID']}")
    assert (answer.status_code, answer.json()) == (
        200,
        {"JobID": job["JobID"], "Status": "canceled", "Canceled": True},
    )
    again = await http.delete(f"/jobs/{job['JobID']}")
    assert (again.status_code, again.json()) == (
        406,
        {"Error": "This job is already completed or canceled.", "Code": 406},
    )
    shown = (await http.get(f"/jobs/{job['JobID']}")).json()
    assert (shown["Status"], shown["Canceled"], shown["Tasks"][0]["Status"]) == ("canceled", True, "canceled")
    assert (await http.delete("/jobs/550e8400-e29b-41d4-a716-446655440000")).status_code == 404


async def test_me_tells_what_is_free(http: httpx.AsyncClient) -> None:
    await made(http)
    me = (await http.get("/me")).json()
    assert list(me) == ["TotalConcurrency", "FreeConcurrency", "ActiveJobs", "AvaliableCredits"]
    assert (me["TotalConcurrency"], me["FreeConcurrency"], me["ActiveJobs"]) == (10, 10, 1)


async def test_every_failure_has_the_documents_shape(http: httpx.AsyncClient, bulk: Service) -> None:
    async def failed(method: str, path: str, code: int, **request: Any) -> str:
        answer = await http.request(method, path, **request)
        told = answer.json()
        assert (answer.status_code, set(told), told["Code"]) == (code, {"Error", "Code"}, code), answer.text
        return told["Error"]

    assert await failed("GET", "/me", 401, headers={"X-Token": "wrong"})
    assert await failed("POST", "/jobs", 400, content=b"{")
    assert "Targets: required" in await failed("POST", "/jobs", 400, json={})
    assert await failed("GET", "/jobs/not-an-id", 404)
    assert await failed("GET", "/nothing", 404)
    assert await failed("PATCH", "/jobs", 405)
    read_only = (await add_tenant(bulk, "other")).read_only
    assert await failed("POST", "/jobs", 403, json=SAMPLE, headers={"X-Token": read_only})
    many = {"Targets": ["https://a.example/"] * 1001}
    assert "1000" in await failed("POST", "/jobs", 400, json=many)
    several = {"Targets": ["https://a.example/"], "Timeout": 1, "GeoCode": "usa", "Headers": {"Host": "x"}}
    words = await failed("POST", "/jobs", 400, json=several)
    assert all(name in words for name in ("Timeout", "GeoCode", "Headers"))
    assert "FORAGE_PROXIES" in await failed("POST", "/jobs", 400, json={"Targets": several["Targets"], "GeoCode": "de"})
    play = [{"Action": "Click", "Selector": "a:has(> b)"}, {"Action": "Click", "Selector": "text=Buy"}]
    render = {"BlockResources": False, "WaitSelector": "a >", "ParticularScreenshot": "//a", "PlayWithBrowser": play}
    told = await failed("POST", "/jobs", 400, json={"Targets": several["Targets"], "Render": render})
    assert all(name in told for name in ("WaitSelector", "ParticularScreenshot", "PlayWithBrowser[1].Selector"))
    assert "PlayWithBrowser[0]" not in told


async def test_too_many_requests_and_faults_of_ours_have_the_documents_shape(
    bulk: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("api.bulk.bulk_standing", broken)
    async with (
        serving(bulk, ApiConfig(rate_limit=1)) as url,
        calling(f"{url}/async/api/v1", headers={"X-Token": OWNER_KEY}) as client,
    ):
        answers = [await client.get("/me") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 429]
    for answer in answers:
        assert (set(answer.json()), answer.json()["Code"]) == ({"Error", "Code"}, answer.status_code)
    assert "ZeroDivision" not in answers[0].text
    assert int(answers[1].headers["retry-after"]) > 0


async def test_what_the_document_lets_go_together_is_taken(http: httpx.AsyncClient, bulk: Service) -> None:
    pictures = {"Screenshot": True, "FullScreenshot": True, "ParticularScreenshot": "#a"}
    await made(http, Method="POST", Body="a=1", ForwardHeaders=True, DisableRedirection=True, Render=pictures)
    options = (await _stored(bulk)).options
    assert (options.method, options.body, options.forward_headers, options.disable_redirection) == (
        BulkMethod.POST,
        "a=1",
        True,
        True,
    )
    assert options.render == RenderOptions(
        block_resources=False, screenshot=True, full_screenshot=True, particular_screenshot="#a"
    )


@pytest.mark.parametrize(
    ("render", "word"),
    [
        ({"BlockResources": True, "PlayWithBrowser": [{"Action": "Wait", "Timeout": 1}]}, "BlockResources"),
        ({"BlockResources": True, "Screenshot": True}, "BlockResources"),
        ({"BlockResources": True, "ParticularScreenshot": "#a"}, "BlockResources"),
        ({"CustomWait": 35001}, "CustomWait"),
        ({"WaitUntil": "load"}, "WaitUntil"),
        ({"PlayWithBrowser": [{"Action": "Jump"}]}, "PlayWithBrowser[0].Action"),
        ({"PlayWithBrowser": [{"Action": "Click"}]}, "PlayWithBrowser[0].Selector"),
        ({"PlayWithBrowser": [{"Action": "Execute"}]}, "PlayWithBrowser[0].Execute"),
    ],
)
async def test_what_a_browser_cannot_do_at_once_is_refused(
    http: httpx.AsyncClient, render: Mapping[str, Any], word: str
) -> None:
    answer = await http.post("/jobs", json={"Targets": ["https://a.example/"], "Render": render})
    assert (answer.status_code, answer.json()["Code"]) == (400, 400)
    assert word in answer.json()["Error"]


async def test_results_go_to_the_webhook_with_the_callers_headers_and_nowhere_else(
    http: httpx.AsyncClient, bulk: Service
) -> None:
    sent: list[tuple[str, dict[str, Any], dict[str, str]]] = []

    async def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        sent.append((url, msgspec.json.decode(body), headers))
        return Posted(status=200)

    job = await made(
        http,
        "https://a.example/",
        WebhookURL="https://hooks.example/done",
        WebhookHeaders={"Authorization": "Bearer s3"},
    )
    await done(bulk, http, job["JobID"])
    assert await Deliverer(bulk, post).deliver_due() == 1
    ((url, body, headers),) = sent
    assert url == "https://hooks.example/done"
    assert body == (await http.get(f"/jobs/{job['JobID']}/{job['TaskIDs'][0]}")).json()
    assert headers["authorization"] == "Bearer s3"
    assert headers["webhook-signature"].startswith("v1,")
    shown = (await http.get(f"/jobs/{job['JobID']}")).text + (await http.get("/jobs")).text
    assert "s3" not in shown.replace(job["JobID"], "").replace(job["TaskIDs"][0], "")


async def test_a_repeat_under_one_key_is_one_job(http: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await http.post("/jobs", json={"Targets": ["https://a.example/"]}, headers=headers)
    again = await http.post("/jobs", json={"Targets": ["https://a.example/"]}, headers=headers)
    assert again.json() == first.json()
    other = await http.post("/jobs", json={"Targets": ["https://b.example/"]}, headers=headers)
    assert (other.status_code, other.json()["Code"]) == (400, 400)
