"""The tries of one Target, one after the other, over one proxy after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from domain.bulk import TargetOptions, TargetResult
from domain.proxies import Proxy
from domain.urls import ParsedUrl
from fetch.targets.cookies import Cookies
from fetch.targets.errand import Errand
from fetch.targets.retries import Verdict
from fetch.targets.upstream import Upstreams


class Work:
    """One Target under way. `deadline` is event loop time."""

    def __init__(
        self, home: ParsedUrl, options: TargetOptions, errand: Errand, cookies: Cookies, deadline: float
    ) -> None:
        self.home = home
        self.options = options
        self.errand = errand
        self.cookies = cookies
        self.deadline = deadline
        self._has_turn = errand.has_turn

    def use_turn(self, *, asks_first: bool) -> bool:
        """Whether the turn that came with the errand is for the request to come: it is for one. It is let go where
        something else must be asked for first (`asks_first`), which takes a turn of its own."""
        had, self._has_turn = self._has_turn, False
        return had and not asks_first


Attempt = Callable[[Proxy | None, int], Awaitable[tuple[TargetResult, Verdict]]]


async def tried(work: Work, upstreams: Upstreams, attempt: Attempt) -> TargetResult:
    """The end of the last try. A session keeps its proxy; others change it with each try."""
    loop = asyncio.get_running_loop()
    keeps = bool(work.options.session_id)
    used: list[Proxy] = []
    number = received = browser_ms = 0
    while True:
        number += 1
        proxy = upstreams.table.choose(work.options, key=work.errand.key, tried=() if keeps else used)
        if proxy is not None and used and proxy != used[-1]:
            await work.errand.rotate()
        used += [proxy] if proxy else []
        result, verdict = await attempt(proxy, number)
        received += result.bytes_received
        browser_ms += result.browser_ms
        result = replace(result, tries=number, bytes_received=received, browser_ms=browser_ms)
        if verdict.again_in_s is None:
            return result
        # Another address of ours need not wait for what this one is asked to.
        is_elsewhere = proxy is not None and not keeps and len(set(used)) < upstreams.count(work.options)
        wait_s = 0.0 if is_elsewhere else verdict.again_in_s
        if loop.time() + wait_s >= work.deadline:
            return result
        await asyncio.sleep(wait_s)
