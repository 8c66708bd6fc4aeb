"""A tunnel through an operator's proxy, to an address that the door has checked."""

from __future__ import annotations

import asyncio
import base64
import socket

from domain.addresses import Address
from domain.proxies import Proxy
from fetch.egress.limits import Refusal
from fetch.egress.names import Refused

MAX_HEAD = 8_192  # bytes of a proxy's answer


async def open_tunnel(proxy: Proxy, address: Address, port: int) -> socket.socket:
    """A connection to `address` through `proxy`, by CONNECT; the deadline is the caller's. Raises Refused, OSError."""
    loop = asyncio.get_running_loop()
    sock = await _connected(proxy)
    try:
        await loop.sock_sendall(sock, _connect(proxy, address, port))
        head = b""
        while b"\r\n\r\n" not in head:
            if len(head) > MAX_HEAD or not (more := await loop.sock_recv(sock, 1)):
                raise Refused(Refusal.UNREACHABLE)
            # Byte by byte to the end of the head: what follows it is the server's.
            head += more
        status = head.split(None, 2)[1:2]
        if not head.startswith(b"HTTP/1.") or status != [b"200"]:
            raise Refused(Refusal.UNREACHABLE)
    except BaseException:
        sock.close()
        raise
    return sock


async def _connected(proxy: Proxy) -> socket.socket:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
    fault: OSError = OSError("no address")
    for family, kind, protocol, _, where in found:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, where)
        except OSError as error:
            sock.close()
            fault = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise fault


def _connect(proxy: Proxy, address: Address, port: int) -> bytes:
    host = f"[{address}]" if address.version == 6 else str(address)
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
    if proxy.user:
        secret = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {secret}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
