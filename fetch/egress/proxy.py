"""The door: a filtering HTTP proxy on a loopback port of its own.

It reads every destination as browsers do, resolves a name once, checks each answer, dials an address that it checked,
and caps time and bytes. Whatever it does not understand it refuses; where it is down, nothing gets out.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence

import aiohappyeyeballs

from domain.addresses import Address
from domain.egress import EgressPolicy
from domain.proxies import Proxy
from domain.urls import ParsedUrl
from fetch.egress.client_side import ClientSide
from fetch.egress.limits import Counters, EgressLimits, Refusal
from fetch.egress.names import CheckedNames, Refused, Resolver, SystemResolver
from fetch.egress.server_side import ServerSide
from fetch.egress.upstream import open_tunnel, tls_of

# RFC 8305 asks for 250 ms between two tries.
NEXT_ADDRESS_S = 0.25
REMEMBERED_REFUSALS = 1024
MAX_SWEEP_S = 5.0  # limits are of tens of seconds, and may be this much late


class Door:
    """The way out, while it is open. One for a process; made by `open_egress`."""

    def __init__(
        self, policy: EgressPolicy, limits: EgressLimits, resolver: Resolver, via: Proxy | None = None
    ) -> None:
        self.policy = policy
        self._via = via
        self._tls = tls_of(via)
        self.limits = limits
        self.port = 0
        self._names = CheckedNames(resolver, policy, limits.dns_s)
        self._clients: dict[ClientSide, float] = {}
        self._requests = self._dials = self._bytes_up = self._bytes_down = 0
        self._refused: dict[str, int] = {}
        self._refusals: OrderedDict[tuple[str, int], Refusal] = OrderedDict()

    @property
    def proxy_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def counters(self) -> Counters:
        return Counters(
            requests=self._requests,
            dials=self._dials,
            bytes_up=self._bytes_up,
            bytes_down=self._bytes_down,
            refused=dict(self._refused),
        )

    def last_refusal(self, host: str, port: int) -> Refusal | None:
        """Why this host was refused last: a browser tells its caller only that the tunnel failed."""
        return self._refusals.get((host, port))

    # What its connections tell it.

    def admit(self, client: ClientSide) -> bool:
        self._clients[client] = asyncio.get_running_loop().time()
        return len(self._clients) <= self.limits.connections

    def forget(self, client: ClientSide) -> None:
        self._clients.pop(client, None)

    def count_request(self) -> None:
        self._requests += 1

    def count_bytes(self, size: int, *, up: bool) -> None:
        if up:
            self._bytes_up += size
        else:
            self._bytes_down += size

    def count_refusal(self, reason: Refusal, url: ParsedUrl | None) -> None:
        self._refused[reason] = self._refused.get(reason, 0) + 1
        if url is not None:
            self._refusals[url.host, url.port] = reason
            self._refusals.move_to_end((url.host, url.port))
            if len(self._refusals) > REMEMBERED_REFUSALS:
                self._refusals.popitem(last=False)

    async def dial(self, url: ParsedUrl, client: ClientSide) -> ServerSide:
        """A connection to one of the checked addresses of this URL's host. Raises Refused."""
        addresses = await self._names.addresses(url)
        if url.port == self.port and any(address.is_loopback or address.is_unspecified for address in addresses):
            raise Refused(Refusal.UNSAFE_URL)  # a proxy asked to ask itself
        loop = asyncio.get_running_loop()

        def make() -> ServerSide:
            return ServerSide(client, (url.host, url.port))

        self._dials += 1
        try:
            async with asyncio.timeout(self.limits.connect_s):
                if self._via is not None:
                    return await open_tunnel(self._via, addresses[0], url.port, make, self._tls)
                _, server = await loop.create_connection(make, sock=await self._connected(addresses, url))
        except (OSError, TimeoutError):
            raise Refused(Refusal.UNREACHABLE) from None
        return server

    async def _connected(self, addresses: Sequence[Address], url: ParsedUrl) -> socket.socket:
        sock = await aiohappyeyeballs.start_connection(
            [_address_info(address, url.port) for address in addresses], happy_eyeballs_delay=NEXT_ADDRESS_S
        )
        if self._is_here(sock, url):
            sock.close()
            raise Refused(Refusal.UNSAFE_URL)
        return sock

    def _is_here(self, sock: socket.socket, url: ParsedUrl) -> bool:
        """Whether a public address turned out to be this machine's own, where private services may listen too."""
        near, far = sock.getsockname()[0], sock.getpeername()[0]
        named = self.policy.allows_name(url.host.rstrip("."), url.port)
        return near == far and not named and not self.policy.names_address(ipaddress.ip_address(far), url.port)

    async def sweep(self) -> None:
        """Ends connections whose time is over, for as long as the door is open."""
        loop = asyncio.get_running_loop()
        interval = min(MAX_SWEEP_S, self.limits.idle_s / 4, self.limits.connection_s / 4)
        seen: dict[ClientSide, tuple[int, float]] = {}
        while True:
            await asyncio.sleep(interval)
            now = loop.time()
            seen = {
                client: seen[client] if client in seen and seen[client][0] == client.moved else (client.moved, now)
                for client in self._clients
            }
            for client, (_, since) in seen.items():
                started = self._clients.get(client, now)
                if now - since >= self.limits.idle_s or now - started >= self.limits.connection_s:
                    client.tire()

    def cut_all(self) -> None:
        self._names.close()
        for client in list(self._clients):
            client.cut()


def _address_info(address: Address, port: int) -> tuple:
    is_v4 = address.version == 4
    family = socket.AF_INET if is_v4 else socket.AF_INET6
    target = (str(address), port) if is_v4 else (str(address), port, 0, 0)
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", target


@contextlib.asynccontextmanager
async def open_egress(
    policy: EgressPolicy,
    limits: EgressLimits | None = None,
    *,
    resolver: Resolver | None = None,
    via: Proxy | None = None,
) -> AsyncGenerator[Door]:
    """The way out, for as long as the context lasts; then every connection through it is cut.

    Names are looked up by `resolver`, which is the system's unless one is given. What may be dialled is reached through
    the operator's proxy `via`, where there is one.
    """
    system = None if resolver else SystemResolver()
    names = resolver or system
    assert names is not None
    door = Door(policy, limits or EgressLimits(), names, via)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ClientSide(door), "127.0.0.1", 0, backlog=256)
    door.port = server.sockets[0].getsockname()[1]
    sweeper = loop.create_task(door.sweep())
    try:
        yield door
    finally:
        sweeper.cancel()
        server.close()
        door.cut_all()
        if system is not None:
            system.close()
