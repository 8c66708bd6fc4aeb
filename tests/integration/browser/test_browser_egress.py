"""Ways out of a page that lead inside: none may arrive at a loopback port that the policy does not name."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterable

import pytest
import pytest_asyncio
from aiohttp import web
from hostile_pages import VECTORS, Canary, listening_canary, vector

from domain.egress import EgressPolicy
from domain.pages import FetchOutcome, FetchRequest
from fetch.browser import BrowserTier
from fetch.egress.proxy import open_egress
from fetch.offload import InlineOffload

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canary() -> AsyncIterator[Canary]:
    async with listening_canary() as listening:
        yield listening


def add_redirects(site, canary: Canary) -> None:
    def to_canary(status: int):
        async def answer(request: web.Request) -> web.StreamResponse:
            return web.Response(status=status, headers={"Location": f"http://{canary.host}/redirected"})

        return answer

    for status in (301, 302, 303, 307, 308):
        site.add(f"/to-canary/{status}", to_canary(status))

    async def worker(request: web.Request) -> web.StreamResponse:
        text = f"fetch('http://{canary.host}/sw'); onfetch = e => e.respondWith(fetch('http://{canary.host}/swf'))"
        return web.Response(text=text, content_type="text/javascript")

    site.add("/sw.js", worker)


@pytest.mark.parametrize("name", VECTORS)
async def test_nothing_in_a_page_reaches_inside(site, fetch, canary, name: str) -> None:
    add_redirects(site, canary)
    page = await fetch(
        site.add(f"/vector/{name.replace(' ', '-')}", vector(name, canary)), scope="egress", deadline_s=30
    )
    assert page.outcome in {FetchOutcome.OK, FetchOutcome.UNSAFE_URL, FetchOutcome.UNREACHABLE}
    assert canary.tcp == []
    assert canary.udp == 0


async def test_a_navigation_that_ends_inside_is_an_unsafe_url(site, fetch, canary) -> None:
    add_redirects(site, canary)
    for status in (301, 302, 303, 307, 308):
        page = await fetch(f"{site.url}/to-canary/{status}")
        assert (page.outcome, page.html) == (FetchOutcome.UNSAFE_URL, "")
    for name in ("location", "meta refresh", "form"):
        page = await fetch(site.add(f"/nav/{name.replace(' ', '-')}", vector(name, canary)))
        assert (page.outcome, page.html) == (FetchOutcome.UNSAFE_URL, "")
        assert str(canary.port) not in page.detail
    assert canary.tcp == []


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "FILE:///etc/passwd", "view-source:http://a.example/", "chrome://version", "about:blank"],
)
async def test_what_is_no_web_address_is_refused_before_a_browser_sees_it(fetch, url: str) -> None:
    page = await fetch(url)
    assert (page.outcome, page.html) == (FetchOutcome.UNSAFE_URL, "")


async def test_a_page_cannot_open_the_machines_files(site, fetch) -> None:
    page = await fetch(
        site.add(
            "/files",
            """<body><iframe src="file:///etc/passwd"></iframe><object data="file:///etc/passwd"></object>
            <script>fetch('file:///etc/passwd').then(r => r.text()).then(t => document.body.append(t)).catch(() => 0);
            try { location = 'file:///etc/passwd' } catch (e) {}</script><p>still here</p>""",
        )
    )
    assert "root:" not in page.html
    assert "still here" in page.text


async def test_the_door_shut_means_no_way_out(site, canary, chromium: str) -> None:
    policy = EgressPolicy.parse("127.0.0.0/8")
    async with open_egress(policy) as door:
        tier = BrowserTier(chromium, door, InlineOffload())
    try:
        page = await tier.fetch(FetchRequest(url=f"http://{canary.host}/direct", scope="a", deadline_s=10))
        assert page.outcome is FetchOutcome.UNREACHABLE
        assert canary.tcp == []
    finally:
        await tier.close()


@pytest.mark.slow
async def test_the_vectors_are_real_where_the_policy_lets_them_through(site, canary, chromium: str) -> None:
    """The same pages, with the canary allowed: most arrive, so the silence above is the guard's doing."""
    add_redirects(site, canary)
    sent_there = [name for name in VECTORS if "redirected" in name or name == "service worker"]
    others = iter([name for name in VECTORS if name not in sent_there])
    arrived = set()

    async def watch(seen: Canary, names: Iterable[str]) -> None:
        for name in names:
            seen.tcp.clear()
            url = site.add(f"/open/{name.replace(' ', '-')}", vector(name, seen))
            await tier.fetch(FetchRequest(url=url, scope="a", deadline_s=15))
            if seen.tcp:
                arrived.add(name)
        seen.tcp.clear()

    async with contextlib.AsyncExitStack() as stack:
        more = [await stack.enter_async_context(listening_canary()) for _ in range(5)]
        allowed = [site.url.removeprefix("http://"), canary.host, *(each.host for each in more)]
        async with open_egress(EgressPolicy.parse(",".join(allowed))) as door:
            tier = BrowserTier(chromium, door, InlineOffload(), pages=1 + len(more))
            try:
                async with asyncio.TaskGroup() as watching:
                    watching.create_task(watch(canary, itertools.chain(sent_there, others)))
                    for each in more:
                        watching.create_task(watch(each, others))
            finally:
                await tier.close()
    assert {"fetch", "xhr", "beacon", "iframe", "script", "form", "location", "websocket", "shared worker"} <= arrived
    assert len(arrived) > len(VECTORS) / 2


async def test_data_that_a_page_wanted_of_a_host_inside_is_told_by_the_name_of_that_host(site, fetch, canary) -> None:
    script = f"fetch('http://{canary.host}/api').catch(() => {{}}); fetch('https://10.0.0.1/api').catch(() => {{}})"
    page = await fetch(site.add("/inside/data", f"<h1>Boats</h1><ul id=l></ul><script>{script}</script>"))
    assert (page.ok, page.refused) == (True, ("10.0.0.1", canary.host.partition(":")[0]))
    own = site.add("/own/data", "<h1>Boats</h1><script>fetch('/none').catch(() => {})</script>")
    assert (await fetch(own)).refused == ()
    assert canary.tcp == []
