"""What is left out of pictures, what is sent with their requests, and what no picture knows of another."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator

import pytest
from aiohttp import web

from domain.captures import CaptureRequest, Device
from domain.egress import EgressPolicy
from domain.errors import InvalidInput, NotConfigured
from domain.pages import FetchOutcome
from domain.proxies import ProxyTable
from fetch.fetcher import FetchConfig
from fetch.offload import InlineOffload
from fetch.open import open_fetcher

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

RED, BLUE, WHITE, ORANGE = (255, 0, 0), (0, 0, 255), (255, 255, 255), (255, 165, 0)
PAGE = "<style>body{margin:0}img{display:block}</style><div style='height:3000px;background:blue'></div>"
COVER = "position:fixed;left:0;right:0;bottom:0;height:300px;background:red;z-index:9999"
# What a site puts over its pages -> how its button takes it away; "" where it has none that does.
BANNERS = {
    "OneTrust": f"""<div id=onetrust-consent-sdk><div id=onetrust-banner-sdk style='{COVER}'>We use cookies
        <button id=onetrust-accept-btn-handler onclick="this.closest('#onetrust-consent-sdk').remove()">Accept</button>
        </div></div>""",
    "Cookiebot that does not go": f"""<div id=CybotCookiebotDialog style='{COVER}'>This site uses cookies
        <button id=CybotCookiebotDialogBodyButtonDecline>Deny</button></div>""",
    "Didomi, late, with a lock": f"""<script>setTimeout(() => {{ document.body.classList.add('didomi-popup-open');
        document.body.style.cssText = 'overflow:hidden;position:fixed;top:0;width:100%';
        document.body.insertAdjacentHTML('beforeend', `<div id=didomi-host><div style='{COVER}'>cookies
        <button id=didomi-notice-agree-button onclick="document.getElementById('didomi-host').remove()">OK</button>
        </div></div>`) }}, 300)</script>""",
    "Usercentrics in a shadow": f"""<div id=usercentrics-root></div><script>
        const root = document.getElementById('usercentrics-root').attachShadow({{mode: 'open'}});
        root.innerHTML = `<div style='{COVER}'>cookies <button data-testid=uc-accept-all-button>OK</button></div>`
        root.querySelector('button').onclick = () => root.firstChild.remove()</script>""",
    "unknown, by its words": f"""<section style='{COVER}'><p>Wir verwenden Cookies, um diese Seite zu verbessern.</p>
        <button onclick="this.parentNode.remove()">Alle akzeptieren</button></section>""",
    "unknown, by its role": f"""<div role=dialog aria-label='Cookie settings' style='{COVER}'>Choose</div>
        <div style='position:fixed;inset:0;background:rgba(0,0,0,.5)'></div>""",
}


@pytest.mark.parametrize("name", BANNERS)
async def test_a_consent_banner_is_gone_and_the_page_scrolls(site, capture, pixels, name):
    locked = "<style>html{overflow:hidden}</style>" if name.startswith("OneTrust") else ""
    url = site.add(locked + PAGE + BANNERS[name])
    if "late" not in name:
        assert pixels(await capture(url=url)).share(BLUE) < 1.0
    shown = pixels(await capture(url=url, block_cookies=True, full_page=True))
    assert (shown.image.height, shown.share(BLUE)) == (3000, 1.0)
    scrolls = "scrollTo(0, 500); if (scrollY !== 500) throw new Error('locked')"
    assert (await capture(url=url, block_cookies=True, script=scrolls)).notes == ()


async def test_what_only_speaks_of_cookies_stays(site, capture, pixels):
    recipe = "<main><h1>Cookies with chocolate</h1><p>Accept no other recipe.</p><button>Print</button></main>"
    header = "<header style='position:fixed;top:0;height:50px;width:100%'>Cookie shop <a href=/>ok</a></header>"
    url = site.add(header + recipe)
    plain, without = [(await capture(url=url, block_cookies=block)).image for block in (False, True)]
    assert plain == without


async def test_advertisements_are_neither_asked_for_nor_shown(site, capture, pixels):
    ads = """<div class=ad-banner style='height:200px;background:red'></div>
        <img src=/banner-ads/red.svg width=100 height=100><img src=/orange.svg>
        <div id=listed-by-the-operator style='height:200px;background:red'></div><img src=/operator-ads/red.svg>"""
    url = site.add("<style>body{margin:0}img{display:block}</style>" + ads)
    site.asked.clear()
    shown = pixels(await capture(url=url, block_ads=True))
    assert (shown.share(RED), shown.at(50, 50)) == (0.0, ORANGE)
    assert not [path for path in site.paths if "ads" in path]
    assert pixels(await capture(url=url)).share(RED) > 0.2


async def test_advertisements_inside_frames_of_other_sites_are_not_asked_for_either(site, foreign, capture, pixels):
    inner = """<body style='margin:0'><img src=/banner-ads/red.svg width=100 height=100><img src=/orange.svg>
        <script>fetch('/operator-ads/told')</script>"""
    frame = f"<iframe src='{foreign.add(inner, '/frame')}' style='border:0;width:400px;height:200px'></iframe>"
    url = site.add(f"<style>body{{margin:0}}</style>{frame}")
    foreign.asked.clear()
    shown = pixels(await capture(url=url, block_ads=True))
    assert shown.share(RED) == 0.0
    assert shown.share(ORANGE) > 0
    assert not [path for path in foreign.paths if "ads" in path]
    assert pixels(await capture(url=url)).share(RED) > 0


async def test_headers_go_home_from_frames_of_other_sites_and_nowhere_else(site, foreign, capture):
    inner = f"<img src='{site.url}/home.svg'><img src=/away.svg>"
    url = site.add(f"<iframe src='{foreign.add(inner, '/frame')}'></iframe>")
    site.asked.clear()
    foreign.asked.clear()
    assert (await capture(url=url, headers=(("X-Token", "secret"),))).ok
    assert {request.path: request.headers.get("X-Token") for request in site.asked if request.path == "/home.svg"} == {
        "/home.svg": "secret"
    }
    assert {request.headers.get("X-Token") for request in foreign.asked} == {None}


async def test_headers_go_to_the_pages_own_origin_alone(site, elsewhere, capture):
    async def away(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(elsewhere.add("there", "/redirected"))

    site.add(away, "/away")
    url = site.add(f"<img src='{site.url}/own.svg'><img src='{elsewhere.url}/foreign.svg'><iframe src=/away></iframe>")
    site.asked.clear()
    elsewhere.asked.clear()
    headers = (("X-Token", "secret"), ("Authorization", "Bearer abc"))
    assert (await capture(url=url, headers=headers)).ok
    own = {request.path: request.headers for request in site.asked}
    assert {own[path]["X-Token"] for path in ("/page", "/own.svg", "/away")} == {"secret"}
    foreign = {request.path: request.headers for request in elsewhere.asked}
    assert set(foreign) >= {"/foreign.svg", "/redirected"}
    for told in foreign.values():
        assert "X-Token" not in told
        assert "Authorization" not in told


async def test_headers_follow_no_redirect_of_the_page_to_elsewhere(site, elsewhere, capture):
    async def away(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(elsewhere.add("there", "/landed"))

    elsewhere.asked.clear()
    result = await capture(url=site.add(away, "/away"), headers=(("X-Token", "secret"),))
    assert result.final_url == f"{elsewhere.url}/landed"
    assert [request.headers.get("X-Token") for request in elsewhere.asked if request.path == "/landed"] == [None]


@pytest.mark.parametrize("name", ["Host", "Proxy-Authorization", "Transfer-Encoding", "X\r\nY"])
async def test_headers_that_no_caller_may_set_are_refused(site, capture, name):
    with pytest.raises(InvalidInput):
        await capture(url=site.url, headers=((name, "x"),))


async def test_a_proxys_country_is_refused_where_there_is_no_proxy(site, capture):
    with pytest.raises(NotConfigured, match="FORAGE_PROXIES"):
        await capture(url=site.url, proxy_country="DE")


@contextlib.asynccontextmanager
async def tunnels() -> AsyncGenerator[tuple[int, list[str]]]:
    """A proxy: its port, and the first line of what it was asked."""
    asked: list[str] = []

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.splitlines()[0])
        host, _, port = head.split()[1].rpartition(":")
        far, away = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pump(reader, away), pump(far, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()


async def test_a_page_is_seen_from_the_country_that_was_asked_for(site, chromium, pixels):
    address = site.url.removeprefix("http://")
    url = site.add("<body style='background:blue'>")
    async with tunnels() as (port, asked):
        table = ProxyTable.parse(f"http://127.0.0.1:{port},de")
        policy = EgressPolicy.parse(address)
        config = FetchConfig(policy=policy, browser_path=chromium, per_host_delay_s=0.0, proxies=table)
        async with open_fetcher(config, InlineOffload()) as fetcher:
            result = await fetcher.capture(CaptureRequest(url=url, proxy_country="DE"), "a", 25.0)
            assert pixels(result).share(BLUE) == 1.0
            assert set(asked) == {f"CONNECT {address} HTTP/1.1"}
            asked.clear()
            assert (await fetcher.capture(CaptureRequest(url=url), "a", 25.0)).ok
            assert asked == []
            with pytest.raises(NotConfigured, match="those there are in de"):
                await fetcher.capture(CaptureRequest(url=url, proxy_country="FR"), "a", 25.0)


async def test_behind_a_proxy_the_warm_browser_is_used_and_its_door_says_why_it_refuses(site, chromium):
    address = site.url.removeprefix("http://")
    url = site.add("x")
    inside = site.add("<script>location = 'http://127.0.0.1:9/'</script>", "/inside")
    async with tunnels() as (port, asked):
        table = ProxyTable.parse(f"http://127.0.0.1:{port},de")
        policy = EgressPolicy.parse(address)
        config = FetchConfig(policy=policy, browser_path=chromium, per_host_delay_s=0.0, proxies=table)
        async with open_fetcher(config, InlineOffload()) as fetcher:
            assert (await fetcher.capture(CaptureRequest(url=url), "a", 25.0)).ok
            warm = fetcher._pictures.pool.pid
            results = [
                await fetcher.capture(CaptureRequest(url=at, proxy_country="DE"), "a", 25.0) for at in (url, inside)
            ]
            assert [result.outcome for result in results] == [FetchOutcome.OK, FetchOutcome.UNSAFE_URL]
            assert fetcher._pictures.pool.pid == warm
            assert {line.split()[1] for line in asked} == {address}


async def keeps(request: web.Request) -> web.StreamResponse:
    """Red where the visitor was here before, by cookie or by storage; blue where not."""
    script = """const was = document.cookie.includes('seen') || localStorage.seen || sessionStorage.seen;
        localStorage.seen = sessionStorage.seen = 1; document.cookie = 'seen=1';
        document.body.style.background = was ? 'red' : 'blue'"""
    known = "seen" in request.cookies
    text = f"<body>{'known' if known else ''}<script>{script}</script>"
    response = web.Response(text=text, content_type="text/html")
    response.set_cookie("seen", "1", httponly=True)
    return response


async def test_no_picture_knows_of_another(site, capture, pixels):
    url = site.add(keeps, "/keeps")
    one_after_the_other = [await capture(url=url, scope=scope) for scope in ("a", "a", "b", "a")]
    at_once = await asyncio.gather(*(capture(url=url, scope=scope) for scope in ("a", "a", "b")))
    for result in (*one_after_the_other, *at_once):
        assert pixels(result).share(BLUE) == 1.0
    assert not [
        request for request in site.asked if request.path == "/keeps" and "seen" in request.headers.get("Cookie", "")
    ]


async def test_what_was_shown_to_one_account_is_in_no_cache_for_another(site, capture):
    async def kept(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<p>x", content_type="text/html", headers={"Cache-Control": "max-age=3600"})

    url = site.add(kept, "/kept")
    site.asked.clear()
    for scope in ("a", "b", "a"):
        assert (await capture(url=url, scope=scope)).ok
    assert site.paths.count("/kept") >= 2


async def test_a_page_is_asked_for_anew_for_each_picture(site, capture, pixels):
    colours = iter(("red", "blue"))

    async def kept(request: web.Request) -> web.StreamResponse:
        text = f"<body style='background:{next(colours)}'>"
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "max-age=3600"})

    url = site.add(kept, "/changes")
    for colour in (RED, BLUE):
        assert pixels(await capture(url=url, scope="fresh")).share(colour) == 1.0


async def test_robots_are_obeyed(site, chromium):
    async def robots(request: web.Request) -> web.StreamResponse:
        return web.Response(text="User-agent: *\nDisallow: /forbidden")

    site.pages["/robots.txt"] = robots
    site.add("<p>x", "/forbidden/page")
    site.asked.clear()
    policy = EgressPolicy.parse(site.url.removeprefix("http://"))
    try:
        config = FetchConfig(policy=policy, browser_path=chromium, per_host_delay_s=0.0)
        async with open_fetcher(config, InlineOffload()) as fetcher:
            result = await fetcher.capture(CaptureRequest(url=f"{site.url}/forbidden/page"), "a", 25.0)
    finally:
        del site.pages["/robots.txt"]
    assert (result.outcome, result.image) == (FetchOutcome.ROBOTS_DENIED, b"")
    assert site.paths == ["/robots.txt"]


TOLD = """const told = { webdriver: navigator.webdriver, agent: navigator.userAgent, platform: navigator.platform,
    plugins: navigator.plugins.length, languages: navigator.languages.join(), chrome: typeof chrome,
    hints: navigator.userAgentData ? navigator.userAgentData.brands.map((one) => one.brand).join() : 'none',
    mobile: navigator.userAgentData ? navigator.userAgentData.mobile : null, touch: navigator.maxTouchPoints,
    ratio: devicePixelRatio, width: innerWidth };
    await fetch('/told?' + encodeURIComponent(JSON.stringify(told)))"""


async def told_by(site, capture, **wishes) -> tuple[dict, dict]:
    """What a page's scripts are told of the browser, and what its server is."""
    site.add("x", "/told")
    site.asked.clear()
    assert (await capture(url=site.add("<meta name=viewport content='width=device-width'>"), script=TOLD, **wishes)).ok
    page = next(request for request in site.asked if request.path == "/page")
    answer = next(request for request in site.asked if request.path == "/told")
    return json.loads(answer.query_string and next(iter(answer.query))), dict(page.headers)


async def test_stealth_tells_one_story(site, capture):
    told, headers = await told_by(site, capture, stealth=True)
    assert (told["webdriver"], told["chrome"], told["platform"]) == (False, "object", "Linux x86_64")
    assert (told["plugins"], told["languages"]) == (5, "en-US,en")
    assert told["agent"] == headers["User-Agent"]
    assert "Headless" not in str(told) + str(headers)
    assert "Google Chrome" in told["hints"]


@pytest.mark.parametrize("stealth", [False, True])
async def test_a_phone_is_one_in_every_respect(site, capture, stealth):
    told, headers = await told_by(site, capture, device=Device.MOBILE, stealth=stealth)
    assert (told["ratio"], told["width"]) == (3, 390)
    assert told["touch"] > 0
    assert "Mobile" in told["agent"]
    assert told["agent"] == headers["User-Agent"]
    assert told["mobile"] is True
