"""Every request and sample of GoScreenAPI's document about screenshots, over HTTP, with a scripted camera."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from api_harness import OWNER_KEY, calling, serving
from camera_harness import (
    CONFIG,
    MOMENT,
    PNG,
    UUID,
    Camera,
    Receiver,
    api,
    camera,
    polled,
    posted,
    receiver,
    stranger,
    working,
)

from domain.captures import CaptureFormat, CaptureRequest, Device, Theme
from domain.runs import RunKind
from services.keys import OWNER_ACCOUNT
from services.runs import list_runs
from services.service import Service

__all__ = ["api", "camera", "receiver", "stranger", "working"]  # fixtures


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
    async with serving(service, config) as url, calling(url) as api:
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
