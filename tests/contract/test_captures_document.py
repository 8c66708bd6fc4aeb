"""Every request and sample of GoScreenAPI's document about screenshots, over HTTP, with a scripted camera."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from api_harness import OWNER_KEY, PLENTY, Tenant, add_tenant, open_service, serving

from agent.pursuits import pursue
from api.config import ApiConfig
from domain.captures import CaptureFormat, CaptureRequest, CaptureResult, Device, Theme
from domain.clock import SystemClock
from domain.credits import CreditPlan
from domain.pages import FetchOutcome
from domain.prices import Prices
from domain.runs import RunKind
from domain.webhooks import Posted
from services.keys import OWNER_ACCOUNT
from services.queue import LocalDoorbell
from services.runs import list_runs
from services.service import Service
from workers.executor import Executor
from workers.local import open_local_worker
from workers.webhooks import Deliverer

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
PNG = b"\x89PNG\r\n\x1a\n a picture"
CONFIG = ApiConfig(rate_limit=PLENTY, capture_queue_s=5.0, capture_beat_s=0.05, capture_stream_s=0.4)


class Camera:
    """Takes a picture of everything but of what its `failing` names, once `open` is set."""

    def __init__(self) -> None:
        self.asked: list[CaptureRequest] = []
        self.open = asyncio.Event()
        self.open.set()
        self.failing = "https://broken.example/"

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        self.asked.append(request)
        await self.open.wait()
        if request.url == self.failing:
            return CaptureResult(outcome=FetchOutcome.TIMED_OUT, detail="The page took too long.")
        media_type = request.format.media_type
        image = PNG + request.url.encode()
        return CaptureResult(
            outcome=FetchOutcome.OK, image=image, media_type=media_type, width=1280, height=720, elapsed_ms=2984
        )


class Studio(msgspec.Struct):
    fetcher: Any
    clock: SystemClock = SystemClock()


@pytest.fixture
def camera() -> Camera:
    return Camera()


class Receiver:
    """Takes every webhook."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes, dict[str, str]]] = []
        self.some = asyncio.Event()

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Posted:
        self.heard.append((url, body, headers))
        self.some.set()
        return Posted(status=200)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def working(service: Service, camera: Camera, receiver: Receiver) -> AsyncIterator[None]:
    executor = Executor(service, Studio(camera), pursue, name="studio", slots=8)  # ty: ignore[invalid-argument-type]
    assert isinstance(service.doorbell, LocalDoorbell)
    async with open_local_worker(executor, service.doorbell, Deliverer(service, receiver)):
        yield


@pytest.fixture
async def api(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(service, CONFIG) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {OWNER_KEY}"
        yield client


async def posted(api: httpx.AsyncClient, body: dict[str, Any], status: int = 202) -> dict[str, Any]:
    answer = await api.post("/api/v1/screenshot", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def polled(api: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """The request once it is over."""
    async with asyncio.timeout(30):
        while True:
            answer = await api.get(url)
            assert answer.status_code == 200, answer.text
            told = answer.json()
            if told.get("request", {}).get("status", told.get("batch_status")) in {"completed", "failed"}:
                return told
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("working")
async def test_the_curl_example_waits_and_answers_with_the_picture(api: httpx.AsyncClient, camera: Camera):
    body = {"url": "https://example.com", "format": "png", "full_page": True, "block_ads": True, "async": False}
    told = await posted(api, body, 200)
    request_id = told["request_id"]
    assert re.fullmatch(UUID, request_id)
    assert told["image_url"] == f"{api.base_url}/storage/screenshots/{request_id}.png"
    assert (told["status"], told["duration_ms"], told["async"]) == ("completed", 2984, False)
    assert told["quota"]["overage_active"] is False
    assert {"monthly_quota", "monthly_used", "monthly_remaining"} < set(told["quota"])
    [asked] = camera.asked
    assert (asked.url, asked.full_page, asked.block_ads, asked.format) == (
        "https://example.com/",
        True,
        True,
        CaptureFormat.PNG,
    )
    picture = await api.get(told["image_url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert picture.content.startswith(PNG)


@pytest.mark.usefixtures("working")
async def test_the_advanced_example_reaches_the_camera_whole(api: httpx.AsyncClient, camera: Camera):
    told = await posted(
        api,
        {
            "url": "https://example.com",
            "selector": "#pricing-table",
            "theme": "dark",
            "wait_for": ".pricing-loaded",
            "css": ".cookie-banner { display: none; }",
            "headers": '{"Authorization": "Bearer my_token"}',
            "format": "png",
            "async": False,
        },
        200,
    )
    assert told["image_url"]
    [asked] = camera.asked
    assert (asked.selector, asked.theme, asked.wait_selector) == ("#pricing-table", Theme.DARK, ".pricing-loaded")
    assert asked.css == ".cookie-banner { display: none; }"
    assert asked.headers == (("Authorization", "Bearer my_token"),)


async def test_every_parameter_reaches_the_camera_under_its_meaning(api: httpx.AsyncClient, service: Service):
    told = await posted(
        api,
        {
            "html": "<h1>Hello</h1>",
            "device": "tablet",
            "width": 100,
            "height": 4000,
            "format": "jpeg",
            "quality": 100,
            "full_page": False,
            "block_cookies": True,
            "stealth": True,
            "delay": 10_000,
            "timeout": 60_000,
            "scroll_to": 5,
            "js_scenario": "x" * 4096,
            "wait_for": "2000",
            "css": "y" * 65_535,
            "cache_ttl": 2_592_000,
            "signed_link": True,
        },
    )
    [run] = (await list_runs(service, OWNER_ACCOUNT, limit=5, kind=RunKind.CAPTURE)).items
    assert run.request == CaptureRequest(
        html="<h1>Hello</h1>",
        device=Device.TABLET,
        width=100,
        height=4000,
        format=CaptureFormat.JPG,
        quality=100,
        block_cookies=True,
        stealth=True,
        delay_ms=10_000,
        timeout_ms=60_000,
        scroll_to=5,
        script="x" * 4096,
        wait_ms=2000,
        css="y" * 65_535,
        cache_ttl_s=2_592_000,
        link_s=3600,
    )
    assert told["request_id"].replace("-", "") == run.id


@pytest.mark.usefixtures("working")
async def test_async_is_the_default_and_polls_to_the_documented_end(api: httpx.AsyncClient):
    told = await posted(api, {"url": "https://example.com"})
    assert (told["status"], told["async"]) == ("queued", True)
    assert told["poll_url"] == f"{api.base_url}/api/v1/screenshot/{told['request_id']}"
    assert told["quota"]["monthly_remaining"] <= told["quota"]["monthly_quota"]
    done = await polled(api, told["poll_url"])
    assert done["status"] == "success"
    request = done["request"]
    assert (request["id"], request["status"], request["duration_ms"]) == (told["request_id"], "completed", 2984)
    assert request["image_url"] == f"{api.base_url}/storage/screenshots/{told['request_id']}.png"
    assert re.fullmatch(MOMENT, request["requested_at"])
    assert re.fullmatch(MOMENT, request["completed_at"])


@pytest.mark.usefixtures("working")
async def test_a_page_that_cannot_be_taken_fails_with_its_reason_in_both_modes(api: httpx.AsyncClient, camera: Camera):
    told = await posted(api, {"url": camera.failing, "async": False}, 502)
    assert (told["status"], told["error_message"], told["async"]) == ("failed", "The page took too long.", False)
    done = await polled(api, (await posted(api, {"url": camera.failing}))["poll_url"])
    assert (done["request"]["status"], done["request"]["error_message"]) == ("failed", "The page took too long.")
    assert done["request"]["image_url"] is None


async def test_nobody_at_work_is_told_as_such_and_leaves_nothing_pending(service: Service):
    config = msgspec.structs.replace(CONFIG, capture_queue_s=0.1)
    async with serving(service, config) as url, httpx.AsyncClient(base_url=url, timeout=60) as api:
        api.headers["Authorization"] = f"Bearer {OWNER_KEY}"
        for _ in range(11):
            answer = await api.post("/api/v1/screenshot", json={"url": "https://example.com", "async": False})
            assert (answer.status_code, answer.json()["status"]) == (503, "error")
        assert answer.headers["retry-after"]


@pytest.mark.usefixtures("working")
async def test_the_history_pages_and_filters(api: httpx.AsyncClient, camera: Camera):
    for number in range(3):
        await posted(api, {"url": f"https://example.com/{number}", "async": False}, 200)
    await posted(api, {"url": camera.failing, "async": False}, 502)
    told = (await api.get("/api/v1/screenshots?per_page=2&status=completed")).json()
    assert told["status"] == "success"
    assert told["meta"] == {"current_page": 1, "per_page": 2, "total": 3, "last_page": 2}
    assert [item["url"] for item in told["data"]] == ["https://example.com/2", "https://example.com/1"]
    expected = {"id", "url", "status", "format", "device", "image_url", "duration_ms", "cache_hit"}
    assert expected | {"requested_at", "completed_at"} <= set(told["data"][0])
    assert (told["data"][0]["format"], told["data"][0]["device"], told["data"][0]["cache_hit"]) == (
        "png",
        "desktop",
        False,
    )
    last = (await api.get("/api/v1/screenshots?per_page=2&status=completed&page=2")).json()
    assert [item["url"] for item in last["data"]] == ["https://example.com/0"]
    assert (await api.get("/api/v1/screenshots")).json()["meta"]["total"] == 4
    for query in ("per_page=101", "per_page=0", "page=0", "status=done"):
        answer = await api.get(f"/api/v1/screenshots?{query}")
        assert (answer.status_code, answer.json()["status"]) == (422, "error"), query
        assert list(answer.json()["errors"]) == [query.partition("=")[0]]


async def test_me_tells_plan_and_quota(api: httpx.AsyncClient):
    told = (await api.get("/api/v1/me")).json()
    assert told["status"] == "success"
    assert set(told["user"]) == {"email", "plan", "overage_enabled", "wallet_balance"}
    assert told["user"]["plan"] == "Unlimited"
    assert set(told["quota"]) == {
        "monthly_quota",
        "monthly_used",
        "monthly_remaining",
        "reset_at",
        "overage_active",
    }
    assert re.fullmatch(r"\d{4}-\d\d-01T00:00:00Z", told["quota"]["reset_at"])


@pytest.mark.usefixtures("working")
async def test_a_webhook_is_signed_over_its_raw_body_with_the_callers_secret(
    api: httpx.AsyncClient, receiver: Receiver
):
    hook = {"webhook_url": "https://hooks.example/x", "webhook_secret": "my secret"}
    told = await posted(api, {"url": "https://example.com", **hook})
    async with asyncio.timeout(30):
        await receiver.some.wait()
    [(url, body, headers)] = receiver.heard
    assert url == "https://hooks.example/x"
    assert headers["x-gss-signature"] == hmac.new(b"my secret", body, hashlib.sha256).hexdigest()
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= set(headers)
    event = json.loads(body)
    assert set(event) == {"request_id", "status", "image_url", "duration_ms", "requested_at", "completed_at"}
    assert (event["request_id"], event["status"]) == (told["request_id"], "completed")
    assert event["image_url"] == f"{api.base_url}/storage/screenshots/{told['request_id']}.png"
    # The secret is never told again.
    for path in (
        f"/screenshot/{told['request_id']}",
        "/screenshots",
        "/webhooks/deliveries",
        f"/jobs/job_{told['request_id'].replace('-', '')}",
    ):
        assert "my secret" not in (await api.get(f"/api/v1{path}")).text


async def streamed(api: httpx.AsyncClient, url: str, **how: Any) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    async with api.stream("GET", url, **how) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        event = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield event, json.loads(line.removeprefix("data: "))


@pytest.mark.usefixtures("working")
async def test_the_stream_connects_beats_and_completes_with_the_key_in_its_query(
    api: httpx.AsyncClient, camera: Camera
):
    camera.open.clear()
    told = await posted(api, {"url": "https://example.com"})
    del api.headers["Authorization"]
    seen = []
    url = f"/api/v1/screenshot/{told['request_id']}/stream?key={OWNER_KEY}"
    async for event, data in streamed(api, url):
        seen.append((event, data))
        if event == "heartbeat":
            camera.open.set()
    names = [event for event, _ in seen]
    assert names[0] == "connected"
    assert set(names[1:-1]) == {"heartbeat"}
    assert names[-1] == "completed"
    assert seen[0][1]["request_id"] == told["request_id"]
    assert seen[-1][1]["image_url"].endswith(f"{told['request_id']}.png")
    assert seen[-1][1]["duration_ms"] == 2984


@pytest.mark.usefixtures("working")
async def test_the_stream_tells_of_a_failure(api: httpx.AsyncClient, camera: Camera):
    told = await posted(api, {"url": camera.failing})
    seen = [one async for one in streamed(api, f"/api/v1/screenshot/{told['request_id']}/stream")]
    assert seen[-1][0] == "failed"
    assert seen[-1][1]["error_message"] == "The page took too long."


async def test_the_stream_gives_up_after_its_time(api: httpx.AsyncClient):
    told = await posted(api, {"url": "https://example.com"})
    seen = [event async for event, _ in streamed(api, f"/api/v1/screenshot/{told['request_id']}/stream")]
    assert (seen[0], seen[-1]) == ("connected", "timeout")
    assert set(seen[1:-1]) == {"heartbeat"}


async def test_a_stream_without_a_good_key_is_refused(api: httpx.AsyncClient):
    told = await posted(api, {"url": "https://example.com"})
    del api.headers["Authorization"]
    for query in ("", "?key=", "?key=sk_live_wrong", f"?token={OWNER_KEY}"):
        assert (await api.get(f"/api/v1/screenshot/{told['request_id']}/stream{query}")).status_code == 401, query
    # The query opens streams alone.
    assert (await api.get(f"/api/v1/screenshot/{told['request_id']}?key={OWNER_KEY}")).status_code == 401


@pytest.mark.usefixtures("working")
async def test_the_batch_example_is_polled_to_its_end_and_called_back_once(
    api: httpx.AsyncClient, receiver: Receiver, camera: Camera
):
    answer = await api.post(
        "/api/v1/batch",
        json={
            "callback_url": "https://yourapp.example/batch-done",
            "requests": [
                {"url": "https://stripe.example", "format": "png"},
                {"url": camera.failing, "device": "mobile"},
                {"html": "<p>one</p>", "full_page": True, "width": 800, "height": 600},
            ],
        },
    )
    assert answer.status_code == 202
    told = answer.json()
    assert (told["status"], told["total_items"]) == ("queued", 3)
    assert told["poll_url"] == f"{api.base_url}/api/v1/batch/{told['batch_id']}"
    done = await polled(api, told["poll_url"])
    assert (done["status"], done["batch_id"], done["batch_status"]) == ("success", told["batch_id"], "completed")
    assert (done["total_items"], done["completed_items"], done["failed_items"]) == (3, 2, 1)
    first, second, third = done["items"]
    assert (first["url"], first["status"], first["duration_ms"]) == ("https://stripe.example/", "completed", 2984)
    assert first["image_url"].endswith(f"{first['request_id']}.png")
    assert (second["status"], second["image_url"]) == ("failed", None)
    assert (third["url"], third["status"]) == (None, "completed")
    async with asyncio.timeout(30):
        await receiver.some.wait()
    [(url, body, _)] = receiver.heard
    assert url == "https://yourapp.example/batch-done"
    assert json.loads(body)["completed_items"] == 2


async def test_what_is_wrong_is_told_all_at_once_by_field(api: httpx.AsyncClient):
    wrong = {
        "device": "watch",
        "width": 99,
        "height": 4001,
        "format": "gif",
        "quality": 0,
        "delay": 10_001,
        "timeout": 999,
        "proxy_country": "Germany",
        "js_scenario": "x" * 4097,
        "css": "x" * 65_536,
        "theme": "sepia",
        "headers": json.dumps({f"X-{number}": "1" for number in range(11)}),
        "cache_ttl": 59,
        "webhook_url": "http://169.254.169.254/",
        "signed_link": True,
        "signed_link_expires_in": 604_801,
        "full_page": "yes",
        "full_Page": True,
    }
    answer = await api.post("/api/v1/screenshot", json=wrong)
    told = answer.json()
    assert (answer.status_code, told["status"], told["statusCode"]) == (422, "error", 422)
    assert set(told["errors"]) == (set(wrong) - {"signed_link"}) | {"url"}
    for body, field in (
        ({}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"url": "https://example.com", "html": "<p>"}, "html"),
        ({"url": "https://example.com", "headers": {"A": "b"}}, "headers"),
        ({"url": "https://example.com", "headers": "[]"}, "headers"),
        ({"url": "https://example.com", "headers": '{"Host": "inside"}'}, "headers"),
        ({"url": "https://example.com", "format": "pdf", "selector": "#a"}, "selector"),
        ({"url": "https://example.com", "proxy_country": "DE"}, "proxy_country"),
    ):
        answer = await api.post("/api/v1/screenshot", json=body)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field]), body


async def test_a_batch_is_refused_whole_with_the_place_of_each_mistake(api: httpx.AsyncClient):
    async def errors(body: dict[str, Any]) -> list[str]:
        answer = await api.post("/api/v1/batch", json=body)
        assert answer.status_code == 422, answer.text
        return sorted(answer.json()["errors"])

    good = {"url": "https://example.com"}
    assert await errors({}) == ["requests"]
    assert await errors({"requests": []}) == ["requests"]
    assert await errors({"requests": [good] * 51}) == ["requests"]
    assert await errors({"requests": [good, {"url": "http://10.0.0.1/", "width": 1}, 5], "what": 1}) == [
        "requests[1].url",
        "requests[1].width",
        "requests[2]",
        "what",
    ]
    assert await errors({"requests": [{**good, "async": False}]}) == ["requests[0].async"]
    assert await errors({"requests": [good], "callback_url": "http://localhost/"}) == ["callback_url"]
    assert (await api.get("/api/v1/screenshots")).json()["meta"]["total"] == 0


async def test_the_eleventh_pending_request_is_a_429_in_the_shape_of_the_document(api: httpx.AsyncClient):
    for _ in range(10):
        await posted(api, {"url": "https://example.com"})
    told = await posted(api, {"url": "https://example.com"}, 429)
    assert (told["status"], told["statusCode"]) == ("error", 429)
    assert "pending" in told["message"]


async def test_errors_of_these_paths_say_so_and_others_stay_as_they_were(api: httpx.AsyncClient):
    for path in ("/api/v1/screenshot/nonsense", "/api/v1/batch/nonsense", "/storage/screenshots/nonsense.png"):
        told = (await api.get(path)).json()
        assert (told["status"], told["statusCode"], told["error"]) == ("error", 404, "Not Found")
    assert "status" not in (await api.get("/api/v1/jobs/nonsense")).json()


async def test_an_account_without_credits_is_over_its_quota(tmp_path: Any):
    async with open_service(f"sqlite:///{tmp_path}/metered.sqlite3", tmp_path / "blobs") as service:
        metered = replace(
            service, metered=True, new_plan=CreditPlan.FREE, prices=Prices(rendered_second=1_000, least_hold=2_000)
        )
        async with serving(metered, CONFIG) as url, httpx.AsyncClient(base_url=url, timeout=60) as api:
            api.headers["Authorization"] = f"Bearer {OWNER_KEY}"
            told = await posted(api, {"url": "https://example.com"}, 429)
            assert told["status"] == "error"
            assert told["message"].startswith("Quota exceeded")
            quota = (await api.get("/api/v1/me")).json()["quota"]
            assert (quota["monthly_quota"], quota["monthly_remaining"]) == (1_000, 1_000)


@pytest.mark.usefixtures("working")
async def test_a_picture_is_its_owners_and_may_be_kept_for_ever(api: httpx.AsyncClient, stranger: Tenant):
    url = (await posted(api, {"url": "https://example.com", "async": False}, 200))["image_url"]
    picture = await api.get(url)
    assert picture.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in picture.headers["content-security-policy"]
    known = await api.get(url, headers={"If-None-Match": picture.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert (await api.get(url.replace(".png", ".pdf"))).status_code == 404
    assert (await api.get(url, headers={"Authorization": f"Bearer {stranger.key}"})).status_code == 404
    assert (await api.get(url, headers={"Authorization": f"Bearer {stranger.write_only}"})).status_code == 403
    assert (await api.get(url, headers={"Authorization": ""})).status_code == 401


@pytest.mark.usefixtures("working")
async def test_a_signed_link_opens_without_a_key_and_not_once_touched(api: httpx.AsyncClient):
    body = {"url": "https://example.com", "async": False, "signed_link": True, "signed_link_expires_in": 600}
    told = await posted(api, body, 200)
    assert re.fullmatch(MOMENT, told["signed_url_expires_at"])
    other = await posted(api, {**body, "url": "https://example.org"}, 200)
    polled_too = (await api.get(f"/api/v1/screenshot/{told['request_id']}")).json()["request"]
    assert polled_too["signed_url"] == told["signed_url"]
    del api.headers["Authorization"]
    url = told["signed_url"]
    picture = await api.get(url)
    assert picture.status_code == 200
    assert picture.content.startswith(PNG)
    assert picture.headers["cross-origin-resource-policy"] == "cross-origin"
    assert int(re.search(r"max-age=(\d+)", picture.headers["cache-control"])[1]) <= 600  # ty: ignore[not-subscriptable]
    for touched in (
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace("expires=", "expires=1"),
        url.replace(told["request_id"], other["request_id"]),
        url.partition("?")[0] + "?signature=x",
        url.partition("?")[0] + "?expires=%D9%A1&signature=x",
    ):
        assert (await api.get(touched)).status_code == 404, touched
    assert (await api.get(url.partition("?")[0])).status_code == 401


@pytest.mark.usefixtures("working")
async def test_the_cache_is_told_of_and_is_each_accounts_own(api: httpx.AsyncClient, camera: Camera, stranger: Tenant):
    body = {"url": "https://example.com", "async": False, "cache_ttl": 60}
    first = await posted(api, body, 200)
    second = await posted(api, body, 200)
    assert (first["cache_hit"], second["cache_hit"], len(camera.asked)) == (False, True, 1)
    assert second["request_id"] != first["request_id"]
    assert (await api.get(second["image_url"])).content == (await api.get(first["image_url"])).content
    api.headers["Authorization"] = f"Bearer {stranger.key}"
    assert (await posted(api, body, 200))["cache_hit"] is False
    assert len(camera.asked) == 2


@pytest.fixture
async def stranger(service: Service) -> Tenant:
    return await add_tenant(service, "stranger")
