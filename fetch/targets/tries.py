"""A Target from its check to its end: tries one after the other, over one proxy after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from domain.bulk import TargetOptions, TargetResult
from domain.egress import EgressPolicy, check_destination
from domain.errors import NotConfigured, UnsafeUrl
from domain.pages import FetchOutcome
from domain.proxies import Proxy
from domain.urls import ParsedUrl
from fetch.targets.cookies import Cookies
from fetch.targets.errand import Errand, Performed
from fetch.targets.retries import Verdict
from fetch.targets.upstream import Upstreams

UNSAFE = "This URL may not be fetched."
OVER_PROXY = "It was asked over a proxy."  # which may be what does not answer


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


Attempt = Callable[[Work, Proxy | None, int], Awaitable[tuple[TargetResult, Verdict]]]


async def performed(
    target: str, options: TargetOptions, errand: Errand, policy: EgressPolicy, upstreams: Upstreams, attempt: Attempt
) -> Performed:
    """What came of a Target; never raises for what the web does wrong."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        home = checked(target, policy)
    except UnsafeUrl:
        return Performed(result=TargetResult(outcome=FetchOutcome.UNSAFE_URL, error=UNSAFE), cookies=errand.cookies)
    try:
        upstreams.table.check(options)  # who took the job may have had another list than this worker
    except NotConfigured as fault:
        why = next(iter(fault.fields.values()))
        return Performed(result=TargetResult(outcome=FetchOutcome.UNREACHABLE, error=why), cookies=errand.cookies)
    cookies = Cookies(errand.cookies, options.set_cookies, home)
    work = Work(home, options, errand, cookies, began + options.timeout_ms / 1000)
    result = await _tried(work, upstreams, attempt)
    elapsed_ms = int((loop.time() - began) * 1000)
    return Performed(result=replace(result, elapsed_ms=elapsed_ms), cookies=cookies.dump())


def checked(url: str, policy: EgressPolicy, base: str = "") -> ParsedUrl:
    """Raises UnsafeUrl."""
    parsed = check_destination(url, policy, base)
    if parsed.scheme not in {"http", "https"}:
        raise UnsafeUrl
    return parsed


async def _tried(work: Work, upstreams: Upstreams, attempt: Attempt) -> TargetResult:
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
        result, verdict = await attempt(work, proxy, number)
        if proxy is not None and result.outcome is FetchOutcome.UNREACHABLE:
            result = replace(result, error=f"{result.error} {OVER_PROXY}")
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
