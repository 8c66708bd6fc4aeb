"""What tests of Targets share: a site that says what it was asked, and proxies of each scheme."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

WIDE = """<!DOCTYPE html><title>wide</title><body style="margin:0"><h1>Wide</h1>
<div style="width:4000px;height:2500px;background:linear-gradient(90deg, red, blue)"></div>
<div id="mark" style="width:90px;height:40px;background:green"></div>
<script>setTimeout(() => {
  const late = document.createElement('p');
  late.id = 'late';
  document.body.append(late);
}, 200);</script>"""
SCREEN = """<!DOCTYPE html><meta name="viewport" content="width=device-width"><p>screen</p>
<script>document.title = [innerWidth, innerHeight, devicePixelRatio, 'ontouchstart' in window].join(' ');</script>"""
LEAKS = """<!DOCTYPE html><p>leaks</p><img src="/seen"><img src="http://127.0.0.1:PORT/image">
<img src="http://localhost:PORT/named"><img src="http://[::1]:PORT/six"><iframe src="http://127.0.0.1:PORT/frame"></iframe>
<script>fetch('http://127.0.0.1:PORT/fetch', { mode: 'no-cors' }).catch(() => {});
navigator.sendBeacon('http://127.0.0.1:PORT/beacon', 'x'); new WebSocket('ws://127.0.0.1:PORT/socket');</script>"""
TALK = """<!DOCTYPE html><p id="said">nothing</p><script>
const socket = new WebSocket('ws://' + location.host + '/socket');
socket.onopen = () => socket.send('ping');
socket.onmessage = message => {
  document.querySelector('#said').textContent = message.data;
  document.body.id = 'done';
};
</script>"""


@dataclass
class EchoSite:
    """`asked` are the method, path, headers and body of each request, but for robots.txt and icons."""

    port: int = 0
    asked: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def of(self, path: str) -> list[tuple[str, dict[str, str], str]]:
        return [(method, headers, body) for method, at, headers, body in self.asked if at == f"/{path}"]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path in {"/robots.txt", "/favicon.ico"}:
            return web.Response(status=404)
        if request.path == "/socket":
            return await self._socket(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append((request.method, request.path, headers, await request.text()))
        if request.path.startswith("/go/"):
            status = int(request.path.split("/")[2])
            return web.Response(status=status, headers={"Location": "/landed", "X-Hop": "1"}, text="moved")
        if request.path.startswith("/leaks/"):
            return web.Response(text=LEAKS.replace("PORT", request.path.split("/")[2]), content_type="text/html")
        page = {"/wide": WIDE, "/talk": TALK, "/screen": SCREEN}.get(request.path)
        if page is None:
            page = f"<!DOCTYPE html><p>{request.method} {request.path}</p><pre>{await request.text()}</pre>"
        return web.Response(text=page, content_type="text/html")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(f"heard {message.data}")
        return socket


@contextlib.asynccontextmanager
async def serving_echo() -> AsyncIterator[EchoSite]:
    site = EchoSite()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def proxying(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[str]]]:
    """An HTTP proxy that tunnels, its port, and the heads of what it was asked."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        host, _, port = head.split()[1].rpartition(":")
        await _tunnelled(reader, writer, host, int(port), b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 502 No\r\n\r\n")

    async with _listening(serve, tls) as port:
        yield port, asked


@contextlib.asynccontextmanager
async def socks_proxying(user: str, password: str) -> AsyncIterator[tuple[int, list[str]]]:
    """A SOCKS 5 proxy that wants a name and a password, its port, and the addresses that it was asked for."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x02" if 2 in methods else b"\x05\xff")
        await reader.readexactly(1)
        given = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
        if given != [user, password]:
            writer.write(b"\x01\x01")
            writer.close()
            return
        writer.write(b"\x01\x00")
        _, _, _, kind = await reader.readexactly(4)
        assert kind == 1, "an address and no name"
        host = ".".join(str(part) for part in await reader.readexactly(4))
        port = int.from_bytes(await reader.readexactly(2))
        asked.append(f"{host}:{port}")
        rest = b"\x00\x01" + bytes(6)
        await _tunnelled(reader, writer, host, port, b"\x05\x00" + rest, b"\x05\x05" + rest)

    async with _listening(serve, None) as port:
        yield port, asked


async def _tunnelled(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, yes: bytes, no: bytes
) -> None:
    try:
        far, away = await asyncio.open_connection(host, port)
    except OSError:
        writer.write(no)
        writer.close()
        return
    writer.write(yes)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        sink.close()

    await asyncio.gather(pump(reader, away), pump(far, writer))


@contextlib.asynccontextmanager
async def _listening(serve, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
