"""The doors that lead to the operator's proxies: one for each proxy, opened when it is first used."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from domain.bulk import TargetOptions
from domain.egress import EgressPolicy
from domain.errors import InvalidInput
from domain.proxies import Proxy, ProxyTable
from domain.urls import parse_url
from fetch.egress.limits import Refusal
from fetch.egress.proxy import Door, open_egress


class Upstreams:
    """Every destination is checked by the same policy as without a proxy, and the proxy is told an address that was
    checked, never a name: it cannot be led to what it alone can reach."""

    def __init__(self, table: ProxyTable, policy: EgressPolicy, plain: Door, stack: contextlib.AsyncExitStack) -> None:
        self.table = table
        self._policy = policy
        self._plain = plain
        self._stack = stack
        self._doors: dict[Proxy, Door] = {}
        self._opening = asyncio.Lock()

    def count(self, options: TargetOptions) -> int:
        return len(self.table.fitting(options))

    async def door(self, proxy: Proxy | None) -> str:
        """The URL of the door that leads to `proxy`; "" for the plain one."""
        if proxy is None:
            return ""
        async with self._opening:
            door = self._doors.get(proxy)
            if door is None:
                door = self._doors[proxy] = await self._stack.enter_async_context(open_egress(self._policy, via=proxy))
        return door.proxy_url

    def refusal(self, proxy: Proxy | None, url: str) -> Refusal | None:
        """Why the door that leads to `proxy` let a browser through to this URL no further last, if it did not."""
        door = self._plain if proxy is None else self._doors.get(proxy)
        try:
            parsed = parse_url(url)
        except InvalidInput:
            return None
        return door.last_refusal(parsed.host, parsed.port) if door is not None else None


@contextlib.asynccontextmanager
async def open_upstreams(table: ProxyTable, policy: EgressPolicy, plain: Door) -> AsyncGenerator[Upstreams]:
    """`plain` is the door that leads to no proxy."""
    async with contextlib.AsyncExitStack() as stack:
        yield Upstreams(table, policy, plain, stack)
