"""Ways out of a page that lead inside: none may arrive at a loopback port that the policy does not name."""

# ruff: noqa: E501 - a way out is best read on one line

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from domain.egress import EgressPolicy
from domain.pages import FetchOutcome, FetchRequest
from fetch.browser import BrowserTier
from fetch.egress.proxy import open_egress
from fetch.offload import InlineOffload

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


class Canary:
    """Listens on TCP and UDP of one loopback port, and counts whoever comes."""

    def __init__(self) -> None:
        self.port = 0
        self.tcp: list[bytes] = []
        self.udp = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tcp.append(await reader.readline())
        writer.write(b"HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n")
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, canary: Canary) -> None:
        self._canary = canary

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._canary.udp += 1


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canary() -> AsyncIterator[Canary]:
    canary = Canary()
    server = await asyncio.start_server(canary.met, "127.0.0.1", 0)
    canary.port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(canary), local_addr=("127.0.0.1", canary.port))
    yield canary
    udp.close()
    server.close()


# In each, C is the canary's host and port. Those marked "idle" are hints, which a browser may not act upon at once.
VECTORS = {
    "fetch": "<script>fetch('http://C/fetch')</script>",
    "fetch no-cors": "<script>fetch('http://C/nocors', {mode: 'no-cors', keepalive: true})</script>",
    "fetch by name": "<script>fetch('http://localhost:P/name')</script>",
    "fetch by number": "<script>fetch('http://2130706433:P/number'); fetch('http://[::ffff:127.0.0.1]:P/v6')</script>",
    "xhr": "<script>x = new XMLHttpRequest(); x.open('POST', 'http://C/xhr'); x.send('a')</script>",
    "beacon": "<script>navigator.sendBeacon('http://C/beacon', 'a')</script>",
    "image": "<img src='http://C/image'><svg><image href='http://C/svg'/></svg>",
    "image by script": "<script>new Image().src = 'http://C/newimage'</script>",
    "iframe": "<iframe src='http://C/iframe'></iframe><object data='http://C/object'></object><embed src='http://C/embed'>",
    "script": "<script src='http://C/script.js'></script>",
    "style": "<link rel=stylesheet href='http://C/style.css'><style>@import 'http://C/import.css'</style>",
    "font": "<style>@font-face{font-family:f;src:url(http://C/f.woff2)} b{font-family:f}</style><b>x</b>",
    "video": "<video src='http://C/video' autoplay></video><audio src='http://C/audio' autoplay></audio>",
    "form": "<form method=post action='http://C/form'></form><script>document.forms[0].submit()</script>",
    "location": "<script>location = 'http://C/location'</script>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=http://C/meta'>",
    "popup": "<script>open('http://C/popup')</script><a id=a target=_blank href='http://C/blank'></a><script>a.click()</script>",
    "event source": "<script>new EventSource('http://C/events')</script>",
    "websocket": "<script>new WebSocket('ws://C/socket')</script>",
    "websocket in a worker": "<script>new Worker(URL.createObjectURL(new Blob([`new WebSocket('ws://C/worker');fetch('http://C/workerfetch')`])))</script>",
    "shared worker": "<script>new SharedWorker(URL.createObjectURL(new Blob([`fetch('http://C/shared')`])))</script>",
    "service worker": "<script>navigator.serviceWorker.register('/sw.js')</script>",
    "hints": "<link rel=preconnect href='http://C'><link rel=dns-prefetch href='http://C'><link rel=prefetch href='http://C/prefetch'><link rel=preload as=fetch href='http://C/preload'>",
    "speculation": '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["http://C/speculation"]}]}</script>',
    "redirected fetch": "<script>fetch('/to-canary/302'); fetch('/to-canary/307', {method: 'POST', body: 'a'})</script>",
    "redirected image and frame": "<img src='/to-canary/301'><iframe src='/to-canary/303'></iframe>",
    "webrtc": """<script>p = new RTCPeerConnection({iceServers: [{urls: ['stun:C', 'turn:C?transport=udp', 'turn:C?transport=tcp'],
        username: 'a', credential: 'b'}]}); p.createDataChannel('a'); p.createOffer().then(o => p.setLocalDescription(o))</script>""",
    "https": "<script>fetch('https://C/https'); new WebSocket('wss://C/wss')</script>",
    "csp report": "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'; report-uri http://C/report\"><img src=/x.png>",
    "ping": "<a id=a href='#x' ping='http://C/ping'></a><script>a.click()</script>",
    "css by script": "<div style=\"background:url('http://C/background')\">x</div>",
    "manifest and icon": "<link rel=manifest href='http://C/manifest'><link rel=icon href='http://C/icon'>",
}
WAITS = "<script>new Promise(r => setTimeout(r, 400)).then(() => document.body.append('waited'))</script>"


def page_of(name: str, canary: Canary) -> str:
    body = VECTORS[name].replace("//C", f"//{canary.host}").replace(":C", f":{canary.host}")
    return f"<body>{WAITS}{body.replace(':P', f':{canary.port}')}"


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
        site.add(f"/vector/{name.replace(' ', '-')}", page_of(name, canary)), scope="egress", deadline_s=9
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
        page = await fetch(site.add(f"/nav/{name.replace(' ', '-')}", page_of(name, canary)))
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
    arrived = set()
    async with open_egress(EgressPolicy.parse(f"{site.url.removeprefix('http://')},{canary.host}")) as door:
        tier = BrowserTier(chromium, door, InlineOffload(), pages=3)
        try:
            for name in VECTORS:
                canary.tcp.clear()
                url = site.add(f"/open/{name.replace(' ', '-')}", page_of(name, canary))
                await tier.fetch(FetchRequest(url=url, scope="a", deadline_s=9))
                if canary.tcp:
                    arrived.add(name)
        finally:
            await tier.close()
    canary.tcp.clear()
    assert {"fetch", "xhr", "beacon", "iframe", "script", "form", "location", "websocket", "shared worker"} <= arrived
    assert len(arrived) > len(VECTORS) / 2
