"""A tunnel through an operator's proxy, to an address that the door has checked.

A proxy is told addresses and never names: it cannot be led to what it alone would find. Its own name is the operator's
word, and is looked up as it is.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable

from domain.addresses import Address
from domain.proxies import Proxy, ProxyScheme
from fetch.egress.limits import Refusal
from fetch.egress.names import Refused
from fetch.egress.server_side import ServerSide

MAX_HEAD = 8_192  # bytes of a proxy's answer
NEXT_ADDRESS_S = 0.25  # RFC 8305, as for the door's own
# RFC 1928, and 1929 for names and passwords.
_SOCKS, _CONNECT, _PLAIN, _WITH_PASSWORD = 5, 1, 0, 2
_ADDRESS_BYTES = {1: 4, 4: 16}
_A_NAME = 3


def tls_of(proxy: Proxy | None) -> ssl.SSLContext | None:
    """What an https:// proxy is trusted by: the system's certificates, or those of SSL_CERT_FILE."""
    return ssl.create_default_context() if proxy is not None and proxy.scheme is ProxyScheme.HTTPS else None


async def open_tunnel(
    proxy: Proxy, address: Address, port: int, make: Callable[[], ServerSide], tls: ssl.SSLContext | None
) -> ServerSide:
    """A connection to `address` through `proxy`; the deadline is the caller's. Raises Refused, OSError."""
    loop = asyncio.get_running_loop()
    transport, talk = await loop.create_connection(
        _Talk, proxy.host, proxy.port, ssl=tls, happy_eyeballs_delay=NEXT_ADDRESS_S
    )
    try:
        if proxy.scheme is ProxyScheme.SOCKS5:
            await _by_socks(talk, proxy, address, port)
        else:
            await _by_connect(talk, proxy, address, port)
    except BaseException:
        transport.abort()
        raise
    server = make()
    transport.set_protocol(server)
    server.connection_made(transport)
    if rest := talk.rest():
        server.data_received(rest)
    return server


async def _by_connect(talk: _Talk, proxy: Proxy, address: Address, port: int) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
    if proxy.user:
        secret = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {secret}")
    talk.say(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = await talk.until(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.") or head.split(None, 2)[1:2] != [b"200"]:
        raise Refused(Refusal.UNREACHABLE)


async def _by_socks(talk: _Talk, proxy: Proxy, address: Address, port: int) -> None:
    methods = bytes([_PLAIN, _WITH_PASSWORD] if proxy.user else [_PLAIN])
    talk.say(bytes([_SOCKS, len(methods)]) + methods)
    version, method = await talk.exactly(2)
    if version != _SOCKS or method not in methods:
        raise Refused(Refusal.UNREACHABLE)
    if method == _WITH_PASSWORD:
        user, password = proxy.user.encode(), proxy.password.encode()
        talk.say(b"".join((b"\x01", bytes([len(user)]), user, bytes([len(password)]), password)))
        if (await talk.exactly(2))[1]:
            raise Refused(Refusal.UNREACHABLE)
    kind = 1 if address.version == 4 else 4
    talk.say(bytes([_SOCKS, _CONNECT, 0, kind]) + address.packed + port.to_bytes(2))
    version, failed, _, kind = await talk.exactly(4)
    size = (await talk.exactly(1))[0] if kind == _A_NAME else _ADDRESS_BYTES.get(kind)
    if version != _SOCKS or failed or size is None:
        raise Refused(Refusal.UNREACHABLE)
    await talk.exactly(size + 2)


class _Talk(asyncio.Protocol):
    """What is said before a tunnel is open."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._is_over = False
        self._news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._is_over |= len(self._buffer) > MAX_HEAD
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over = True
        self._news.set()

    def say(self, words: bytes) -> None:
        assert self._transport is not None
        self._transport.write(words)

    async def exactly(self, size: int) -> bytes:
        """Raises Refused where it says less."""
        while len(self._buffer) < size:
            await self._more()
        return self._cut(size)

    async def until(self, mark: bytes) -> bytes:
        """Raises Refused where it never says that."""
        while (at := self._buffer.find(mark)) < 0:
            await self._more()
        return self._cut(at + len(mark))

    def rest(self) -> bytes:
        """What the server has said already."""
        return self._cut(len(self._buffer))

    async def _more(self) -> None:
        if self._is_over:
            raise Refused(Refusal.UNREACHABLE)
        self._news.clear()
        await self._news.wait()

    def _cut(self, size: int) -> bytes:
        words = bytes(self._buffer[:size])
        del self._buffer[:size]
        return words
