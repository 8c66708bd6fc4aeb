"""Screenshots over HTTP: repeats under an Idempotency-Key, and pictures past their time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, calling, open_service, serving
from pictures_harness import CONFIG, api, screenshot, web, working

from domain.credits import CreditPlan
from services.capture_expiry import sweep_pictures
from services.service import Service

SHOP = {"url": "https://shop.example/"}
__all__ = ["api", "web", "working"]  # fixtures
pytestmark = pytest.mark.usefixtures("working")


async def sent(api: httpx.AsyncClient, path: str, body: dict[str, Any], key: str) -> httpx.Response:
    return await api.post(f"/api/v1/{path}", json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(
    ("path", "body", "status", "name"),
    [
        ("screenshot", SHOP, 202, "request_id"),
        ("screenshot", {**SHOP, "async": False, "signed_link": True}, 200, "request_id"),
        ("batch", {"requests": [SHOP, SHOP]}, 202, "batch_id"),
        ("og-image", {"title": "Lanterns", "redirect": False}, 200, "request_id"),
    ],
)
async def test_a_repeat_under_one_key_is_the_same_and_another_request_is_refused(
    api: httpx.AsyncClient, path: str, body: dict[str, Any], status: int, name: str
):
    answers = [await sent(api, path, body, "once") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status, status]
    assert len({answer.json()[name] for answer in answers}) == 1
    assert (await sent(api, path, body, "twice")).json()[name] != answers[0].json()[name]
    other = {"title": "Ferries"} if path == "og-image" else {"requests": [SHOP]} if path == "batch" else {"html": "<p>"}
    refused = await sent(api, path, other, "once")
    assert (refused.status_code, refused.json()["status"]) == (422, "error")
    assert (await sent(api, path, body, "not printable\x7f")).status_code == 422


async def test_a_repeat_under_one_key_is_charged_once(tmp_path: Any):
    async with open_service(f"sqlite:///{tmp_path}/metered.sqlite3", tmp_path / "blobs") as service:
        metered = replace(service, metered=True, new_plan=CreditPlan.GROWTH)
        async with serving(metered, CONFIG) as url, calling(url) as api:
            api.headers["Authorization"] = f"Bearer {OWNER_KEY}"
            used = []
            for _ in range(2):
                assert (await sent(api, "screenshot", SHOP, "once")).status_code == 202
                used.append((await api.get("/api/v1/me")).json()["quota"]["monthly_remaining"])
            assert used[0] == used[1]


async def test_a_picture_past_its_time_is_gone_and_says_so(api: httpx.AsyncClient, service: Service):
    told = (await api.post("/api/v1/screenshot", json={**SHOP, "async": False, "signed_link": True})).json()
    other = await screenshot(api, "https://other.example/")
    object.__setattr__(service.limits, "pictures", dt.timedelta())
    assert await sweep_pictures(service) == 2
    for url in (told["image_url"], told["signed_url"]):
        answer = await api.get(url)
        assert (answer.status_code, answer.json()["message"]) == (410, "This picture has expired.")
    shown = (await api.get(f"/api/v1/screenshot/{told['request_id']}")).json()["request"]
    assert (shown["status"], shown["image_url"], shown["notes"]) == ("completed", None, ["This picture has expired."])
    assert "signed_url" not in shown
    pair = {"request_id_1": told["request_id"], "request_id_2": other}
    assert (await api.post("/api/v1/diff", json=pair)).status_code == 410
    listed = (await api.get("/api/v1/screenshots?status=completed")).json()["data"]
    assert {item["image_url"] for item in listed} == {None}
