"""Targets in a browser and over proxies, without a database: what comes of each option."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from PIL import Image
from targets_support import proxying

from domain.bulk import (
    BulkDevice,
    BulkOutput,
    PlayAction,
    PlayKind,
    RenderOptions,
    TargetOptions,
    TargetResult,
    WaitUntil,
)
from domain.egress import EgressPolicy
from domain.pages import FetchOutcome
from domain.proxies import ProxyTable
from fetch.fetcher import FetchConfig
from fetch.open import WebFetcher, open_fetcher
from fetch.targets.errand import Errand
from forage.browsers import find_browser

PAGE = """<!DOCTYPE html><html><body style="margin:0"><h1 id="title">Shop</h1>
<button id="more" onclick="fetch('/data').then(r => r.json()).then(d => {
  document.querySelector('#out').textContent = d.word; })">More</button>
<input id="name"><p id="out"></p><div style="height:3000px"></div>
<div id="end" style="width:120px;height:50px">end</div>
<script>setTimeout(() => { const late = document.createElement('p'); late.id = 'late'; late.textContent = 'it is late';
document.body.append(late) }, 300)</script></body></html>"""

UNSEEN = """<!DOCTYPE html><html><body style="margin:0"><div style="height:3000px"></div>
<div id="below" style="height:100px"></div><script>
new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) {
  document.querySelector('#below').style.background = 'rgb(255, 0, 0)' } }).observe(document.querySelector('#below'));
</script></body></html>"""


class Site:
    def __init__(self) -> None:
        self.port = 0
        self.heads: list[dict[str, str]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        self.heads.append(dict(request.headers))
        if request.path == "/unseen":
            return web.Response(text=UNSEEN, content_type="text/html")
        if request.path == "/data":
            return web.json_response({"word": "fetched"})
        if request.path == "/frames":
            return web.Response(text="<h1>outer</h1><iframe src='/inner'></iframe>", content_type="text/html")
        if request.path == "/cookie":
            return web.Response(text="<p>set</p>", content_type="text/html", headers={"Set-Cookie": "seen=yes; Path=/"})
        if request.path == "/gone":
            return web.Response(status=404, text="<p>gone</p>", content_type="text/html")
        return web.Response(text=PAGE, content_type="text/html", headers={"X-Shop": "1"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.port = runner.addresses[0][1]
    yield site
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fetcher(site: Site) -> AsyncIterator[WebFetcher]:
    path = find_browser()
    assert path is not None
    policy = EgressPolicy.parse(f"127.0.0.1:{site.port}")
    config = FetchConfig(policy=policy, browser_path=path, browser_pages=2, per_host_delay_s=0.0)
    async with open_fetcher(config) as opened:
        yield opened


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def shown(fetcher: WebFetcher, url: str, **render: object) -> TargetResult:
    options = TargetOptions(disable_retry=True, render=msgspec.convert(render, RenderOptions))
    return (await fetcher.perform(url, options, Errand(scope="a"))).result


async def test_a_page_is_waited_for_and_its_headers_are_told(fetcher: WebFetcher, site: Site) -> None:
    result = await shown(fetcher, site.url("shop"), wait_selector="#late")
    assert (result.ok, result.status_code, result.error) == (True, 200, "")
    assert b'<p id="late">it is late</p>' in result.content
    assert dict(result.headers)["x-shop"] == "1"
    assert result.browser_ms > 0
    waited = await shown(fetcher, site.url("shop"), custom_wait_ms=600, wait_until="networkidle0")
    assert b"it is late" in waited.content


async def test_actions_are_played_and_the_first_that_fails_says_where(fetcher: WebFetcher, site: Site) -> None:
    actions = (
        PlayAction(kind=PlayKind.FILL, selector="#name", text="me"),
        PlayAction(kind=PlayKind.CLICK, selector="#more"),
        PlayAction(kind=PlayKind.WAIT_FOR_REQUEST_COUNT, text="/data", amount=1),
        PlayAction(kind=PlayKind.WAIT, amount=200),
        PlayAction(kind=PlayKind.SCROLL_Y, amount=500),
        PlayAction(kind=PlayKind.SCROLL_TO, selector="#end"),
        PlayAction(
            kind=PlayKind.EXECUTE,
            text="document.title = document.querySelector('#name').value + ' ' + (scrollY > 600)",
        ),
    )
    options = TargetOptions(disable_retry=True, render=RenderOptions(block_resources=False, play=actions))
    result = (await fetcher.perform(site.url("shop"), options, Errand(scope="a"))).result
    assert (result.error, result.ok) == ("", True)
    assert b'<p id="out">fetched</p>' in result.content
    assert b"me true" in result.content
    fails = (PlayAction(kind=PlayKind.CLICK, selector="#nothing", timeout_ms=200),)
    options = TargetOptions(disable_retry=True, render=RenderOptions(block_resources=False, play=fails))
    result = (await fetcher.perform(site.url("shop"), options, Errand(scope="a"))).result
    assert (result.ok, result.error.startswith("PlayWithBrowser[0] (Click)")) == (False, True)


async def test_json_holds_requests_pictures_and_frames(fetcher: WebFetcher, site: Site) -> None:
    result = await shown(
        fetcher, site.url("shop"), block_resources=False, return_json=True, particular_screenshot="#end"
    )
    told = msgspec.json.decode(result.content)
    assert told["networkRequests"][0]["url"] == site.url("shop")
    assert told["networkRequests"][0]["status"] == 200
    assert told["networkRequests"][0]["responseHeaders"]["x-shop"] == "1"
    (picture,) = told["screenshots"]
    assert picture["type"] == "ParticularScreenshot"
    png = base64.b64decode(picture["image"])
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (120, 50)
    whole = msgspec.json.decode(
        (await shown(fetcher, site.url("shop"), block_resources=False, full_screenshot=True)).content
    )
    assert int.from_bytes(base64.b64decode(whole["screenshots"][0]["image"])[20:24]) > 3000
    framed = msgspec.json.decode((await shown(fetcher, site.url("frames"), show_frames=True)).content)
    assert "Shop" in framed["frames"][0]["content"]


async def test_what_waits_to_be_seen_is_on_a_picture_of_the_whole_page(fetcher: WebFetcher, site: Site) -> None:
    result = await shown(fetcher, site.url("unseen"), block_resources=False, full_screenshot=True)
    (picture,) = msgspec.json.decode(result.content)["screenshots"]
    image = Image.open(io.BytesIO(base64.b64decode(picture["image"]))).convert("RGB")
    assert image.getpixel((100, 3050)) == (255, 0, 0)


async def test_a_device_and_the_callers_headers_reach_the_site(fetcher: WebFetcher, site: Site) -> None:
    options = TargetOptions(
        device=BulkDevice.MOBILE,
        headers=(("X-Mine", "1"),),
        set_cookies="given=1",
        disable_retry=True,
        output=BulkOutput.MARKDOWN,
        render=RenderOptions(wait_until=WaitUntil.NETWORK_IDLE_2),
    )
    result = (await fetcher.perform(site.url("shop"), options, Errand(scope="a"))).result
    assert "# Shop" in result.content.decode()
    head = {name.lower(): value for name, value in site.heads[-1].items()}
    assert (head["x-mine"], head["cookie"]) == ("1", "given=1")
    assert "Mobile" in head["user-agent"]


async def test_a_sessions_cookies_come_out_of_one_browser_and_go_into_the_next(fetcher: WebFetcher, site: Site) -> None:
    options = TargetOptions(session_id="s", render=RenderOptions(), disable_retry=True)
    first = await fetcher.perform(site.url("cookie"), options, Errand(scope="a"))
    await fetcher.perform(site.url("shop"), options, Errand(scope="a", cookies=first.cookies))
    assert site.heads[-1].get("Cookie") == "seen=yes"
    await fetcher.perform(site.url("shop"), options, Errand(scope="b"))
    assert "Cookie" not in site.heads[-1]


async def test_a_target_is_drawn_in_a_browser_that_may_keep_its_frames_apart(fetcher: WebFetcher, site: Site) -> None:
    """It may carry the cookies of a login, and the browser of pictures has one process for all frames of a page."""
    assert (await shown(fetcher, site.url("frames"), block_resources=False)).ok
    assert fetcher._browser is not None
    command = Path(f"/proc/{fetcher._browser.steered.pid}/cmdline").read_text()  # noqa: ASYNC240 - no disk
    assert "--disable-site-isolation-trials" not in command.split("\0")


async def test_what_may_not_be_fetched_is_not_rendered(fetcher: WebFetcher, site: Site) -> None:
    assert (await shown(fetcher, "http://127.0.0.1:1/")).outcome is FetchOutcome.UNSAFE_URL
    assert (await shown(fetcher, site.url("gone"))).status_code == 404


async def test_a_proxy_is_told_a_checked_address_and_a_dead_one_is_rotated_away_from(site: Site) -> None:
    rotations = 0

    async def rotate() -> None:
        nonlocal rotations
        rotations += 1

    async with proxying() as (port, asked):
        table = ProxyTable.parse(f"http://me:pa%20ss@127.0.0.1:{port},us,,residential\nhttp://127.0.0.1:9,us,,mobile")
        policy = EgressPolicy.parse(f"127.0.0.1:{site.port}")
        options = TargetOptions(geo_code="us", super_proxy=True)
        async with open_fetcher(FetchConfig(policy=policy, per_host_delay_s=0.0, proxies=table)) as fetcher:
            results = [
                (await fetcher.perform(site.url("shop"), options, Errand(scope="a", key=str(n), rotate=rotate))).result
                for n in range(6)
            ]
            assert [result.ok for result in results] == [True] * 6
            assert rotations == sum(result.tries - 1 for result in results) > 0
            inside = (await fetcher.perform("http://127.0.0.1:9/", options, Errand(scope="a"))).result
            assert inside.outcome is FetchOutcome.UNSAFE_URL
    assert {head.split()[1] for head in asked} == {f"127.0.0.1:{site.port}"}
    assert all("Proxy-Authorization: Basic bWU6cGEgc3M=" in head for head in asked)


async def test_a_browser_behind_a_proxy_goes_by_it_alone(site: Site) -> None:
    async with proxying() as (port, asked):
        table = ProxyTable.parse(f"http://127.0.0.1:{port},us,,datacenter")
        path = find_browser()
        assert path is not None
        policy = EgressPolicy.parse(f"127.0.0.1:{site.port}")
        options = TargetOptions(geo_code="us", render=RenderOptions(), disable_retry=True)
        config = FetchConfig(policy=policy, browser_path=path, per_host_delay_s=0.0, proxies=table)
        async with open_fetcher(config) as fetcher:
            before = len(site.heads)
            result = (await fetcher.perform(site.url("shop"), options, Errand(scope="a"))).result
    assert (result.error, b"Shop" in result.content) == ("", True)
    assert len(site.heads) > before
    assert {head.split()[1] for head in asked} == {f"127.0.0.1:{site.port}"}
