"""What GoScreenAPI's document bounds and refuses, over HTTP: mistakes by field, pending requests, quota, links."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, Tenant, calling, open_service, serving
from camera_harness import (
    CONFIG,
    MOMENT,
    PNG,
    Camera,
    api,
    camera,
    posted,
    receiver,
    stranger,
    working,
)

from domain.credits import CreditPlan
from domain.prices import Prices

__all__ = ["api", "camera", "receiver", "stranger", "working"]  # fixtures


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


LIMITS: dict[str, tuple[tuple[object, ...], tuple[object, ...]]] = {  # what is taken, and what is not
    "width": ((100, 4000), (99, 4001, 100.5, "100")),
    "height": ((100, 4000), (99, 4001)),
    "format": (("png", "jpg", "jpeg", "webp", "pdf"), ("gif", "PNG", "")),
    "device": (("desktop", "mobile", "tablet"), ("watch",)),
    "quality": ((1, 100), (0, 101)),
    "full_page": ((True, False), ("yes", 1)),
    "delay": ((0, 10_000), (-1, 10_001)),
    "timeout": ((1_000, 60_000), (999, 60_001)),
    "scroll_to": ((0, 100_000), (-1,)),
    "js_scenario": (("x" * 4_096,), ("x" * 4_097,)),
    "wait_for": ((".loaded", "2000", 2000, "a:has(> b)"), (60_001, -1, "60001", "text=Buy", "a >")),
    "css": (("x" * 65_535,), ("x" * 65_536,)),
    "theme": (("light", "dark"), ("sepia",)),
    "headers": (("{}", '{"A": "b"}'), ('{"A": 1}', "no json", '{"Host": "x"}')),
    "cache_ttl": ((60, 2_592_000), (59, 2_592_001)),
    "signed_link_expires_in": ((60, 604_800), (59, 604_801)),
    "selector": (("#hero", ".card", r".w-1\/2:is(a, b)"), ("x" * 1_001, "[data-id=1]", ":contains('x')", " ")),
    "webhook_url": (("https://hooks.example/x",), ("ftp://hooks.example/", "http://10.0.0.1/")),
    "stealth": ((True,), ("true",)),
    "async": ((True,), (0,)),
}


@pytest.mark.usefixtures("working")
@pytest.mark.parametrize("name", LIMITS)
async def test_a_parameter_is_taken_to_its_limits_and_not_past_them(api: httpx.AsyncClient, name: str):
    taken, refused = LIMITS[name]
    for value in taken:
        await posted(api, {"url": "https://example.com", name: value})
    for value in refused:
        told = await posted(api, {"url": "https://example.com", name: value}, 422)
        assert list(told["errors"]) == [name], value


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
    bad = {"selector": "//div", "wait_for": "#1st"}
    assert await errors({"requests": [good, {**good, **bad}]}) == ["requests[1].selector", "requests[1].wait_for"]
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
        async with serving(metered, CONFIG) as url, calling(url) as api:
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
