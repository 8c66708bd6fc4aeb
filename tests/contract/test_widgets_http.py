"""Widgets over HTTP: made and listed by their owner, shown to anybody, checked by workers when they are looked at."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from api_harness import OWNER_KEY, add_tenant, calling
from pictures_harness import Web, api, png, web, working

from domain.captures import CaptureRequest
from domain.pages import FetchOutcome
from domain.requests import ScrapeRequest
from domain.runs import RunKind
from services.keys import OWNER_ACCOUNT
from services.runs import list_runs
from services.service import Service

__all__ = ["api", "web", "working"]

SITE = "https://shop.example/"
HOSTILE = "https://shop.example/\"><script>alert(1)</script>?a='b&c=</style>"


async def made(api: httpx.AsyncClient, type_: str, **more: Any) -> dict[str, Any]:
    answer = await api.post("/api/v1/widgets", json={"type": type_, "url": SITE, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def looked(api: httpx.AsyncClient, path: str) -> httpx.Response:
    """As somebody without a key."""
    async with calling(api.base_url) as anybody:
        return await anybody.get(path)


async def checked(api: httpx.AsyncClient, widget: dict[str, Any]) -> dict[str, Any]:
    """The widget once its check has ended."""
    async with asyncio.timeout(30):
        while True:
            told = (await api.get(f"/api/v1/widgets/{widget['id']}")).json()["data"]
            if told["last_checked_at"]:
                return told
            await asyncio.sleep(0.02)


async def test_each_widget_has_the_documents_embed_code(api: httpx.AsyncClient):
    at = f"{str(api.base_url).rstrip('/')}/widget"
    shot, badge, status = [await made(api, type_) for type_ in ("screenshot", "badge", "status")]
    assert shot["embed_code"] == f'<script src="{at}/screenshot.js?t={shot["token"]}"></script>'
    assert badge["embed_code"].startswith(f'<img src="{at}/badge/{badge["token"]}.svg"')
    assert status["embed_code"].startswith(f'<iframe src="{at}/status/{status["token"]}"')
    assert status["embed_code"].endswith("></iframe>")
    assert (shot["refresh"], badge["refresh"], shot["impressions"], shot["last_used_at"]) == (24, None, 0, None)
    assert len({shot["token"], badge["token"], status["token"]}) == 3


async def test_they_are_listed_paged_fetched_and_deleted(api: httpx.AsyncClient):
    widgets = [await made(api, "screenshot", refresh=hours) for hours in (1, 6, 24)]
    first = await api.get("/api/v1/widgets?limit=2")
    assert first.json() == {"status": "success", "data": [widgets[2], widgets[1]]}
    rest = await api.get(first.links["next"]["url"])
    assert (rest.json()["data"], "next" in rest.links) == ([widgets[0]], False)
    gone = widgets[0]["id"]
    assert (await api.delete(f"/api/v1/widgets/{gone}")).json() == {"status": "success", "id": gone}
    for call in (api.get, api.delete):
        assert (await call(f"/api/v1/widgets/{gone}")).status_code == 404
    assert (await looked(api, f"/widget/screenshot.js?t={widgets[0]['token']}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"type", "url"}),
        ({"type": "clock", "url": SITE}, {"type"}),
        ({"type": "badge", "url": ""}, {"url"}),
        ({"type": "badge", "url": "http://127.0.0.1/"}, {"url"}),
        ({"type": "status", "url": "file:///etc/passwd"}, {"url"}),
        ({"type": "screenshot", "url": "http://[::1]/"}, {"url"}),
        ({"type": "screenshot", "url": SITE, "refresh": 2}, {"refresh"}),
        ({"type": "badge", "url": SITE, "refresh": 1}, {"refresh"}),
        ({"type": "badge", "url": SITE, "token": "wgt_mine"}, {"token"}),
    ],
)
async def test_every_mistake_is_told_by_its_field(api: httpx.AsyncClient, body: dict[str, Any], fields: set[str]):
    answer = await api.post("/api/v1/widgets", json=body)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, fields)


async def test_a_token_opens_its_widget_and_nothing_else(service: Service, api: httpx.AsyncClient):
    badge, status = await made(api, "badge"), await made(api, "status")
    for headers in (
        {"Authorization": f"Bearer {badge['token']}"},
        {"X-API-Key": badge["token"]},
        {"X-Token": badge["token"]},
    ):
        for path in ("/api/v1/widgets", "/api/v1/me", "/api/v1/screenshots", f"/api/v1/widgets/{badge['id']}"):
            async with calling(api.base_url) as anybody:
                assert (await anybody.get(path, headers=headers)).status_code == 401, path
    # Nor does it open a widget of another type.
    assert (await looked(api, f"/widget/status/{badge['token']}")).status_code == 404
    assert (await looked(api, f"/widget/badge/{status['token']}.svg")).status_code == 404
    # And a key is no token.
    assert (await looked(api, f"/widget/status/{OWNER_KEY}")).status_code == 404


async def test_every_answer_of_a_widget_may_stand_in_pages_of_others_failures_too(api: httpx.AsyncClient):
    shot, badge, status = [(await made(api, type_))["token"] for type_ in ("screenshot", "badge", "status")]
    told = {
        200: [f"screenshot.js?t={shot}", f"badge/{badge}.svg", f"status/{status}"],
        # The picture is not taken yet; no such widgets; no such path.
        404: [
            f"screenshot/{shot}.png",
            "screenshot.js?t=wgt_x",
            "screenshot/wgt_x.png",
            "badge/wgt_x.svg",
            "badge/wgt_x",
            "status/wgt_x",
            "other",
        ],
        422: [f"screenshot.js?t={'x' * 600}"],
    }
    for code, paths in told.items():
        for path in paths:
            answer = await looked(api, f"/widget/{path}")
            assert (answer.status_code, answer.headers["cross-origin-resource-policy"]) == (code, "cross-origin"), path
    posted = await api.post(f"/widget/badge/{badge}.svg")
    assert (posted.status_code, posted.headers["cross-origin-resource-policy"]) == (405, "cross-origin")
    assert (await api.get("/api/v1/widgets")).headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.usefixtures("working")
async def test_a_badge_tells_what_a_real_check_found(api: httpx.AsyncClient, web: Web):
    widget = await made(api, "badge")
    first = await looked(api, f"/widget/badge/{widget['token']}.svg")
    assert (first.status_code, first.headers["content-type"]) == (200, "image/svg+xml")
    assert "checking" in first.text
    assert first.headers["cache-control"] == "public, max-age=10"
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    told = await checked(api, widget)
    assert (told["health"], told["impressions"]) == ("up", 1)
    assert told["last_used_at"]
    shown = await looked(api, f"/widget/badge/{widget['token']}.svg")
    assert ElementTree.fromstring(shown.text).get("aria-label") == "uptime: 100 %"
    assert shown.headers["cache-control"] == "public, max-age=300"
    assert [request.url for request in web.read] == [SITE]  # once in five minutes


@pytest.mark.usefixtures("working")
async def test_a_site_that_does_not_answer_is_down(api: httpx.AsyncClient, web: Web):
    web.outcomes[SITE] = FetchOutcome.UNREACHABLE
    widget = await made(api, "badge")
    await looked(api, f"/widget/badge/{widget['token']}.svg")
    assert (await checked(api, widget))["health"] == "down"
    assert "uptime: down" in (await looked(api, f"/widget/badge/{widget['token']}.svg")).text


@pytest.mark.usefixtures("working")
async def test_a_site_that_does_not_want_to_be_read_is_not_called_down(api: httpx.AsyncClient, web: Web):
    web.outcomes[SITE] = FetchOutcome.ROBOTS_DENIED
    widget = await made(api, "badge")
    await looked(api, f"/widget/badge/{widget['token']}.svg")
    assert (await checked(api, widget))["health"] == "unknown"
    assert "uptime: no data" in (await looked(api, f"/widget/badge/{widget['token']}.svg")).text


@pytest.mark.parametrize("token", ["wgt_unknown", "nonsense", "wgt_%00", "wgt_%D1%8E", "x" * 3000])
async def test_an_unknown_token_shows_a_neutral_badge_and_nothing_of_anybody(api: httpx.AsyncClient, token: str):
    answer = await looked(api, f"/widget/badge/{token}.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "image/svg+xml")
    assert ElementTree.fromstring(answer.text).get("aria-label") == "uptime: unknown"
    assert (await looked(api, f"/widget/status/{token}")).status_code == 404
    assert (await looked(api, f"/widget/screenshot/{token}.png")).status_code == 404
    if len(token) < 512:
        script = await looked(api, f"/widget/screenshot.js?t={token}")
        assert (script.status_code, script.text) == (404, "// No such widget.\n")


@pytest.mark.usefixtures("working")
async def test_a_screenshot_widget_shows_the_newest_picture(api: httpx.AsyncClient, web: Web):
    web.pictures[SITE] = png("navy")
    widget = await made(api, "screenshot", refresh=1)
    picture = f"/widget/screenshot/{widget['token']}.png"
    assert (await looked(api, picture)).status_code == 404  # a picture alone begins nothing
    assert web.drawn == []
    script = await looked(api, f"/widget/screenshot.js?t={widget['token']}")
    assert script.headers["content-type"].startswith("text/javascript")
    assert f'"screenshot/{widget["token"]}.png"' in script.text
    assert (await checked(api, widget))["impressions"] == 1
    shown = await looked(api, picture)
    assert (shown.status_code, shown.headers["content-type"], shown.content) == (200, "image/png", png("navy"))
    assert "sandbox" in shown.headers["content-security-policy"]
    await looked(api, f"/widget/screenshot.js?t={widget['token']}")
    assert [request.url for request in web.drawn] == [SITE]


@pytest.mark.usefixtures("working")
async def test_a_status_page_is_a_page_for_anybodys_frame_in_which_only_our_script_runs(
    api: httpx.AsyncClient, web: Web
):
    web.outcomes[SITE] = FetchOutcome.UNREACHABLE
    widget = await made(api, "status")
    path = f"/widget/status/{widget['token']}"
    await looked(api, path)
    await checked(api, widget)
    page = await looked(api, path)
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "x-frame-options" not in page.headers
    for tag in ("script", "style"):
        found = re.findall(f"<{tag}>(.*?)</{tag}>", page.text, re.S)
        assert len(found) == 1, tag
        digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "Down" in page.text
    assert "&lt;b&gt;The server hung up.&lt;/b&gt;" in page.text  # what sites say is text
    assert 'role="status"' in page.text


@pytest.mark.usefixtures("working")
async def test_a_page_that_keeps_itself_live_is_one_impression(api: httpx.AsyncClient):
    widget = await made(api, "status")
    await looked(api, f"/widget/status/{widget['token']}")
    await looked(api, f"/widget/status/{widget['token']}?live=1")
    assert (await checked(api, widget))["impressions"] == 1


async def test_an_address_with_markup_in_it_is_text_everywhere(api: httpx.AsyncClient):
    widgets = {type_: await made(api, type_, url=HOSTILE) for type_ in ("screenshot", "badge", "status")}
    script = await looked(api, f"/widget/screenshot.js?t={widgets['screenshot']['token']}")
    page = await looked(api, f"/widget/status/{widgets['status']['token']}")
    badge = await looked(api, f"/widget/badge/{widgets['badge']['token']}.svg")
    for text in (script.text, page.text, badge.text, *(widget["embed_code"] for widget in widgets.values())):
        assert "alert(1)</script>" not in text
    assert page.text.count("<script") == 1


async def test_who_looks_at_once_begins_one_check(service: Service, api: httpx.AsyncClient):
    widget = await made(api, "badge")
    answers = await asyncio.gather(*(looked(api, f"/widget/badge/{widget['token']}.svg") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    runs = await list_runs(service, OWNER_ACCOUNT, limit=10, kind=RunKind.FETCH)
    assert len(runs.items) == 1
    request = runs.items[0].request
    assert isinstance(request, ScrapeRequest)
    assert (request.url, request.render) == (SITE, False)
    told = (await api.get(f"/api/v1/widgets/{widget['id']}")).json()["data"]
    assert told["impressions"] == 8


async def test_a_screenshot_widget_asks_for_a_picture(service: Service, api: httpx.AsyncClient):
    widget = await made(api, "screenshot")
    await looked(api, f"/widget/screenshot.js?t={widget['token']}")
    runs = await list_runs(service, OWNER_ACCOUNT, limit=10, kind=RunKind.CAPTURE)
    assert [type(run.request) for run in runs.items] == [CaptureRequest]


async def test_a_widget_of_somebody_else_is_as_absent_as_none(service: Service, api: httpx.AsyncClient):
    widget = await made(api, "badge")
    stranger = await add_tenant(service, "stranger")
    api.headers["Authorization"] = f"Bearer {stranger.key}"
    assert (await api.get("/api/v1/widgets")).json()["data"] == []
    for call in (api.get, api.delete):
        theirs = await call(f"/api/v1/widgets/{widget['id']}")
        never = await call("/api/v1/widgets/018e1234-abcd-7000-8000-000000000001")
        assert theirs.status_code == never.status_code == 404
        assert theirs.json() == never.json()
    assert (await looked(api, f"/widget/badge/{widget['token']}.svg")).status_code == 200
