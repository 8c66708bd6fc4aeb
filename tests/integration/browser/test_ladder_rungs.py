from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiohttp import web

from domain.egress import EgressPolicy
from domain.pages import FetchOutcome, FetchRequest, Page, RenderMode, Unrolled, UnrollEnd, Via
from fetch.fetcher import FetchConfig
from fetch.ladder import Ladder
from fetch.offload import InlineOffload
from fetch.open import open_fetcher

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WORDS = "<p>" + "Ladders of oak and ash for orchards and libraries. " * 20 + "</p>"
SHELL = "<div id=root></div><script>document.getElementById('root').innerHTML = `" + WORDS + "`</script>"
Fetch = Callable[..., Awaitable[Page]]


def _fetching(fetcher) -> Fetch:
    async def fetch(url: str, *, render: RenderMode = RenderMode.AUTO, deadline_s: float = 20.0) -> Page:
        return await fetcher.fetch(FetchRequest(url=url, scope="run", render=render, deadline_s=deadline_s))

    return fetch


def _config(site, browser_path: str) -> FetchConfig:
    policy = EgressPolicy.parse(site.url.removeprefix("http://"))
    return FetchConfig(policy=policy, browser_path=browser_path, per_host_delay_s=0.0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ladder(site, chromium: str) -> AsyncIterator[Fetch]:
    async with open_fetcher(_config(site, chromium), InlineOffload()) as fetcher:
        yield _fetching(fetcher)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http_only(site) -> AsyncIterator[Fetch]:
    async with open_fetcher(_config(site, ""), InlineOffload()) as fetcher:
        yield _fetching(fetcher)


async def test_a_page_that_says_enough_never_sees_a_browser(site, ladder) -> None:
    page = await ladder(site.add("/plain/1", WORDS))
    assert (page.via, page.outcome) == (Via.HTTP, FetchOutcome.OK)
    assert site.asked.count("/plain/1") == 1


async def test_a_shell_is_rendered_and_the_next_page_of_that_part_goes_to_the_browser_at_once(site, ladder) -> None:
    first = await ladder(site.add("/app/1", SHELL))
    assert (first.via, first.ok) == (Via.BROWSER, True)
    assert "oak and ash" in first.text
    assert site.asked.count("/app/1") == 2
    second = await ladder(site.add("/app/2", SHELL))
    assert second.via is Via.BROWSER
    assert site.asked.count("/app/2") == 1


async def test_pages_that_are_gone_say_nothing_of_those_that_need_the_browser(site, ladder) -> None:
    thin = "<h1>Boats</h1><p id=l></p><script>document.getElementById('l').textContent = 'Ketch, 12 m'</script>"
    url = site.add("/boats/1", thin)
    assert (await ladder(url)).via is Via.BROWSER
    for name in ("a", "b", "c"):
        assert (await ladder(f"{site.url}/boats/{name}")).outcome is FetchOutcome.NOT_FOUND
    again = await ladder(url)
    assert (again.via, again.text) == (Via.BROWSER, "Boats\nKetch, 12 m")


@pytest.mark.parametrize(
    "unit", [b"<!--" + b"-" * 1000 + b"-->", pytest.param(b"<p>a</p>" * 125, marks=pytest.mark.slow)]
)
async def test_a_compression_bomb_on_a_site_known_to_need_the_browser_is_cut_in_time(
    site, ladder, unit, monkeypatch
) -> None:
    monkeypatch.setattr("fetch.browser.document.HEAVY_BYTES", 1 << 20)  # so much comes in the time on any machine
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(unit * 1000) for _ in range(200)) + packer.flush()

    async def explode(request: web.Request) -> web.StreamResponse:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip", "Content-Type": "text/html"})

    assert (await ladder(site.add("/armed/1", SHELL))).via is Via.BROWSER
    began = time.monotonic()
    page = await ladder(site.add("/armed/2", explode), deadline_s=8.0)
    assert time.monotonic() - began < 30
    assert (page.via, page.outcome, page.html) == (Via.BROWSER, FetchOutcome.TOO_LARGE, "")


async def test_a_tier_that_overruns_is_not_waited_for(site) -> None:
    class Endless:
        async def fetch(self, request: FetchRequest) -> Page:
            await asyncio.Event().wait()
            raise AssertionError

    async with open_fetcher(_config(site, ""), InlineOffload()) as fetcher:
        ladder = Ladder(fetcher._http, Endless(), _config(site, "").policy)
        began = time.monotonic()
        page = await ladder.fetch(
            FetchRequest(url=site.add("/overrun", SHELL), scope="run", render=RenderMode.ALWAYS, deadline_s=0.5)
        )
    assert page.outcome is FetchOutcome.TIMED_OUT
    assert time.monotonic() - began < 30


async def test_a_file_among_pages_that_need_a_browser_still_comes(site, ladder) -> None:
    async def data(request: web.Request) -> web.StreamResponse:
        return web.json_response({"a": 1}, headers={"Content-Disposition": "attachment"})

    await ladder(site.add("/mixed/1", SHELL))
    page = await ladder(site.add("/mixed/data.json", data))
    assert (page.ok, page.via, page.text) == (True, Via.HTTP, '{"a": 1}')


async def test_the_caller_may_choose_the_tier(site, ladder) -> None:
    url = site.add("/chosen/1", SHELL)
    assert (await ladder(url, render=RenderMode.NEVER)).via is Via.HTTP
    assert (await ladder(url, render=RenderMode.ALWAYS)).via is Via.BROWSER


async def test_a_challenge_that_scripts_solve_is_passed_by_the_browser_and_else_blocked(
    site, ladder, http_only
) -> None:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.cookies.get("clearance"):
            return web.Response(text=WORDS, content_type="text/html")
        wall = """<title>Just a moment...</title><script>window._cf_chl_opt = {};
            document.cookie = 'clearance=1; path=/'; setTimeout(() => location.reload(), 200)</script>"""
        return web.Response(status=403, text=wall, content_type="text/html")

    url = site.add("/guarded/1", guarded)
    passed = await ladder(url)
    assert (passed.ok, passed.via) == (True, Via.BROWSER)
    blocked = await http_only(url)
    assert (blocked.outcome, blocked.detail) == (FetchOutcome.BLOCKED, "Cloudflare asks for a browser check.")


async def test_a_wall_is_blocked_whatever_its_status(site, ladder) -> None:
    wall = "<title>Are you a robot?</title><p>Please verify you are human.</p><div class=h-captcha></div>"
    page = await ladder(site.add("/wall/1", wall), render=RenderMode.ALWAYS)
    assert (page.outcome, page.status) == (FetchOutcome.BLOCKED, 200)


async def test_without_a_browser_only_pages_that_cannot_be_read_say_so(site, http_only) -> None:
    page = await http_only(site.add("/shell/1", SHELL))
    assert page.outcome is FetchOutcome.BROWSER_UNAVAILABLE
    assert "forage browser --install" in page.detail
    assert (await http_only(site.add("/shell/2", WORDS))).ok
    assert (await http_only(site.add("/shell/3", "<h1>Short</h1><script>1</script>"))).ok
    always = await http_only(f"{site.url}/shell/2", render=RenderMode.ALWAYS)
    assert always.outcome is FetchOutcome.BROWSER_UNAVAILABLE


async def test_a_browser_that_cannot_start_counts_as_none(site) -> None:
    async with open_fetcher(_config(site, "/bin/false"), InlineOffload()) as fetcher:
        fetch = _fetching(fetcher)
        page = await fetch(site.add("/nostart/1", SHELL))
        assert page.outcome is FetchOutcome.BROWSER_UNAVAILABLE
        assert (await fetch(site.add("/nostart/2", "<h1>Short</h1><script>1</script>"))).ok


async def test_robots_are_obeyed_by_the_browser_too_and_where_a_script_leads(site, chromium: str) -> None:
    async def robots(request: web.Request) -> web.StreamResponse:
        return web.Response(text="User-agent: *\nDisallow: /private/\n")

    site.add("/robots.txt", robots)
    site.add("/private/1", SHELL)
    try:
        async with open_fetcher(_config(site, chromium), InlineOffload()) as fetcher:
            fetch = _fetching(fetcher)
            page = await fetch(f"{site.url}/private/1", render=RenderMode.ALWAYS)
            assert page.outcome is FetchOutcome.ROBOTS_DENIED
            assert "/private/1" not in site.asked
            page = await fetch(site.add("/led/1", "<script>location = '/private/1'</script>"), render=RenderMode.ALWAYS)
            assert (page.outcome, page.html) == (FetchOutcome.ROBOTS_DENIED, "")
    finally:
        del site.pages["/robots.txt"]


async def test_an_unsafe_address_is_refused_by_both_tiers_and_says_nothing_of_why(site, ladder) -> None:
    for render in RenderMode:
        for url in ("http://127.0.0.1:1/", "file:///etc/passwd", "view-source:http://a.example/", "chrome://version"):
            page = await ladder(url, render=render)
            assert page.outcome is FetchOutcome.UNSAFE_URL
            assert "127" not in page.detail
            assert "port" not in page.detail


async def test_the_pieces_of_a_list_that_a_page_has_no_button_for_are_fetched_as_its_scripts_would(
    site, chromium: str
) -> None:
    async def api(request: web.Request) -> web.StreamResponse:
        at = int(request.query.get("cursor") or 0)
        rows = [{"name": f"Boat no. {n}"} for n in range(at + 1, min(47, at + 10) + 1)]
        return web.json_response({"items": rows, "next": str(at + 10) if at + 10 < 47 else None})

    site.add("/pieces/api", api)
    show = "told.items.map((each) => `<li>${each.name}</li>`).join('')"
    script = f"fetch('/pieces/api?cursor=').then((answer) => answer.json()).then((told) => {{ l.innerHTML = {show} }})"
    url = site.add("/pieces/list", f"<h1>Boats</h1><ul id=l></ul><script>{script}</script>")
    async with open_fetcher(_config(site, chromium), InlineOffload()) as fetcher:
        page = await fetcher.fetch(FetchRequest(url=url, scope="run", unroll=True))
        assert [len(json.loads(each.body)["items"]) for each in page.responses] == [10, 10, 10, 10, 7]
        assert page.unrolled == Unrolled(rounds=0, pieces=4, end=UnrollEnd.COMPLETE, asked=4)
        assert len((await fetcher.fetch(FetchRequest(url=url, scope="run"))).responses) == 1


async def test_the_pieces_of_a_list_that_scripts_post_for_are_posted_for_in_turn(site, chromium: str) -> None:
    async def api(request: web.Request) -> web.StreamResponse:
        asked = await request.json() if request.method == "POST" else {}
        at = int(asked["variables"]["after"] or 0)
        rows = [{"name": f"Boat no. {n}"} for n in range(at + 1, min(35, at + 10) + 1)]
        info = {"endCursor": str(at + 10), "hasNextPage": at + 10 < 35}
        return web.json_response({"data": {"boats": {"nodes": rows, "pageInfo": info}}})

    site.add("/posted/api", api)
    show = "told.data.boats.nodes.map((each) => `<li>${each.name}</li>`).join('')"
    asked = "JSON.stringify({query: 'query Boats { boats }', variables: {after: null}})"
    sent = f"{{method: 'POST', headers: {{'Content-Type': 'application/json'}}, body: {asked}}}"
    script = f"fetch('/posted/api', {sent}).then((answer) => answer.json()).then((told) => {{ l.innerHTML = {show} }})"
    url = site.add("/posted/list", f"<h1>Boats</h1><ul id=l></ul><script>{script}</script>")
    async with open_fetcher(_config(site, chromium), InlineOffload()) as fetcher:
        page = await fetcher.fetch(FetchRequest(url=url, scope="run", unroll=True))
    assert page.unrolled == Unrolled(rounds=0, pieces=3, end=UnrollEnd.COMPLETE, asked=3)
    nodes = [json.loads(each.body)["data"]["boats"]["nodes"] for each in page.responses]
    assert [row["name"] for piece in nodes for row in piece] == [f"Boat no. {n}" for n in range(1, 36)]


async def test_a_page_that_says_enough_is_rendered_for_a_button_that_shows_more_of_its_list(
    site, chromium: str
) -> None:
    rows = "".join(f"<li>Boat no. {n} of oak and ash, with sails and oars</li>" for n in range(1, 31))
    more = "<button id=more>Show 10 more boats</button><script>more.onclick = () => { l.innerHTML += l.innerHTML;"
    url = site.add("/boatyard/1", f"<ul id=l>{rows}</ul>{more} more.remove() }}</script>")
    dead = site.add("/boatyard/2", f"<ul id=l>{rows}</ul><button>Load more</button><script>1</script>")
    async with open_fetcher(_config(site, chromium), InlineOffload()) as fetcher:
        page = await fetcher.fetch(FetchRequest(url=url, scope="run", unroll=True))
        assert (page.via, page.text.count("Boat no.")) == (Via.BROWSER, 60)
        assert (await fetcher.fetch(FetchRequest(url=url, scope="run"))).via is Via.HTTP
        assert (await fetcher.fetch(FetchRequest(url=dead, scope="run", unroll=True))).via is Via.HTTP
