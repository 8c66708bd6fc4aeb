"""`POST /og-image`: the document's request and sample, its redirect, and what may not be on an image."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from api_harness import calling
from pictures_harness import Web, api, png, web, working

from services.og_images import NO_LOGO

__all__ = ["api", "web", "working"]

SAMPLE = {
    "title": "My Article Title",
    "description": "A short description here",
    "theme": "dark",
    "bg_color": "#0f172a",
    "text_color": "#ffffff",
    "logo_url": "https://yoursite.example/logo.png",
    "redirect": False,
}


async def made(api: httpx.AsyncClient, body: dict[str, Any], status: int = 200) -> httpx.Response:
    answer = await api.post("/api/v1/og-image", json=body)
    assert answer.status_code == status, answer.text
    return answer


@pytest.mark.usefixtures("working")
async def test_the_documents_request_has_the_documents_answer(api: httpx.AsyncClient, web: Web):
    told = (await made(api, SAMPLE)).json()
    assert (told["status"], told["duration_ms"], told["notes"]) == ("success", 1180, [])
    assert told["image_url"] == f"{api.base_url}/storage/screenshots/{told['request_id']}.png"
    assert (await api.get(told["image_url"])).content == png()
    drawn = web.drawn[0]
    assert (drawn.width, drawn.height, drawn.url) == (1200, 630, "")
    for said in ("My Article Title", "A short description here", "#0f172a", "#ffffff", SAMPLE["logo_url"]):
        assert str(said) in drawn.html


@pytest.mark.usefixtures("working")
async def test_it_redirects_to_the_image_unless_told_not_to_and_no_key_is_needed_there(api: httpx.AsyncClient):
    answer = await made(api, {"title": "My Article Title"}, 302)
    assert answer.content == b""
    link = answer.headers["location"]
    assert re.search(r"/storage/screenshots/[0-9a-f-]{36}\.png\?expires=\d+&signature=[0-9a-f]{64}$", link)
    async with calling() as anybody:
        shown = await anybody.get(link)
        assert (shown.status_code, shown.headers["content-type"], shown.content) == (200, "image/png", png())


@pytest.mark.usefixtures("working")
async def test_a_logo_that_does_not_load_is_left_out_and_told_of(api: httpx.AsyncClient, web: Web):
    web.notes = ("js_scenario ended with an error: Error: logo: it could not be loaded",)
    assert (await made(api, SAMPLE)).json()["notes"] == [NO_LOGO]


@pytest.mark.usefixtures("working")
async def test_what_callers_write_is_text_on_the_image(api: httpx.AsyncClient, web: Web):
    hostile = '"><script>fetch(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}</style>'
    logo = "https://yoursite.example/\"><script>x</script>?a='b"
    await made(api, {**SAMPLE, "title": hostile, "description": hostile, "logo_url": logo})
    page = web.drawn[0].html
    assert page.count("<script") == 0
    assert page.count("<img") == 1
    assert "{{ 7*7 }}" in page


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/logo.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://redis:6379/",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
    ],
)
async def test_a_logo_inside_is_refused_and_nothing_told_of_it(api: httpx.AsyncClient, url: str):
    told = (await made(api, {**SAMPLE, "logo_url": url}, 422)).json()
    assert told["errors"] == {"logo_url": "This URL may not be fetched."}


@pytest.mark.parametrize(
    ("off", "fields"),
    [
        ({"title": None}, {"title"}),
        ({"title": ""}, {"title"}),
        ({"title": " \n "}, {"title"}),
        ({"title": "x" * 151, "description": "x" * 301}, {"title", "description"}),
        ({"bg_color": "red", "text_color": "#12345"}, {"bg_color", "text_color"}),
        ({"bg_color": "#fff;}</style>"}, {"bg_color"}),
        ({"theme": "blue"}, {"theme"}),
        ({"layout": "round"}, {"layout"}),
        ({"redirect": "no"}, {"redirect"}),
        ({"size": 3}, {"size"}),
    ],
)
async def test_every_mistake_is_told_by_its_field(api: httpx.AsyncClient, off: dict[str, Any], fields: set[str]):
    assert set((await made(api, {**SAMPLE, **off}, 422)).json()["errors"]) == fields


@pytest.mark.usefixtures("working")
async def test_the_longest_that_may_be_asked_for_is_taken(api: httpx.AsyncClient):
    for layout in ("plain", "center", "split", "card"):
        await made(api, {**SAMPLE, "title": "界" * 150, "description": "界" * 300, "layout": layout})
