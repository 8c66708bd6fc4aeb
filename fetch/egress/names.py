"""From a host name to addresses that may be dialled: asked once, every answer checked."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from domain.addresses import Address, parse_address, unmapped
from domain.egress import EgressPolicy
from domain.errors import ForageError, InvalidInput
from domain.urls import ParsedUrl
from fetch.egress.limits import Refusal

# A slow name holds its thread for as long as the system resolver retries (30 s); others must go on meanwhile, also
# while a hostile page names dozens of such.
LOOKUP_THREADS = 128
# What is remembered was checked, so a name that changes its answer meanwhile gains nothing.
REMEMBERED_S = 30.0
REMEMBERED_NAMES = 1024
MAX_ADDRESSES = 8  # tried in turn; more are never needed to find one that answers


class Refused(ForageError):
    """The door does not let this through."""

    def __init__(self, reason: Refusal) -> None:
        self.reason = reason
        super().__init__(f"The egress door refused: {reason}.")


class Resolver(Protocol):
    async def resolve(self, host: str) -> tuple[str, ...]:
        """Every address of a name, IPv4 and IPv6, as text. Raises OSError where it has none."""
        ...


class SystemResolver:
    """What this machine would answer: hosts file, search domains and DNS."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="dns")

    async def resolve(self, host: str) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(self._threads, _lookup, host)
        return tuple(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup(name: str) -> list[tuple]:
    try:
        return socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except UnicodeError as fault:  # a label that IDNA cannot write
        raise OSError(str(fault)) from None


class CheckedNames:
    """A resolver behind the policy. Lookups of one name are shared, and remembered for a short while."""

    def __init__(self, resolver: Resolver, policy: EgressPolicy, deadline_s: float) -> None:
        self._resolver = resolver
        self._policy = policy
        self._deadline_s = deadline_s
        self._known: OrderedDict[str, tuple[float, tuple[Address, ...]]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[tuple[Address, ...]]] = {}

    async def addresses(self, url: ParsedUrl) -> tuple[Address, ...]:
        """The addresses to dial, in the resolver's order. One answer that may not be dialled refuses them all.

        Raises Refused.
        """
        found = (parse_address(url.host),) if url.is_address else await self._lookup(url.host)
        found = tuple(unmapped(address) for address in found)
        if self._policy.allows_name(url.host.rstrip("."), url.port):
            return found[:MAX_ADDRESSES]
        if not all(self._policy.allows_address(address, url.port) for address in found):
            raise Refused(Refusal.UNSAFE_URL)
        return found[:MAX_ADDRESSES]

    async def _lookup(self, host: str) -> tuple[Address, ...]:
        now = asyncio.get_running_loop().time()
        if (known := self._known.get(host)) and known[0] > now:
            return known[1]
        task = self._asking.get(host)
        if task is None:
            task = self._asking[host] = asyncio.create_task(self._ask(host))
            task.add_done_callback(lambda done: self._settle(host, done))
        try:
            # Shielded: whoever gives up first must not take the answer from the others.
            found = await asyncio.shield(task)
        except (OSError, TimeoutError, InvalidInput):
            raise Refused(Refusal.UNRESOLVABLE) from None
        return found

    def _settle(self, host: str, task: asyncio.Task[tuple[Address, ...]]) -> None:
        self._asking.pop(host, None)
        if not task.cancelled():
            task.exception()  # seen, also where everybody who asked has gone

    def close(self) -> None:
        for task in list(self._asking.values()):
            task.cancel()

    async def _ask(self, host: str) -> tuple[Address, ...]:
        async with asyncio.timeout(self._deadline_s):
            found = tuple(parse_address(text) for text in await self._resolver.resolve(host))
        if not found:
            raise OSError("no address")
        self._known[host] = (asyncio.get_running_loop().time() + REMEMBERED_S, found)
        self._known.move_to_end(host)
        while len(self._known) > REMEMBERED_NAMES:
            self._known.popitem(last=False)
        return found
