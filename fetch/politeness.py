"""Taking turns at a host: few requests at once, a pause between them, and none to one that is down."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import email.utils
from collections import OrderedDict
from collections.abc import AsyncGenerator, Generator
from typing import Protocol

import msgspec

from domain.pages import FetchOutcome
from fetch.exchange import ExchangeFailed

MAX_HOSTS = 4096
MAX_CRAWL_DELAY_S = 10.0  # some sites ask for minutes, which is a refusal in other words: robots.txt can say that
MAX_WAIT_S = 10.0  # a Retry-After beyond it is not waited for


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """How a host is treated. Times in seconds."""

    at_once: int = 4  # browsers open six connections to a host
    delay_s: float = 0.0  # between the starts of two requests
    failures: int = 5  # in a row, after which a host is left alone
    rest_s: float = 30.0  # for so long


class SharedTurns(Protocol):
    """Turns that other processes take as well."""

    async def __call__(self, authority: str, delay_s: float) -> float | None:
        """Seconds until one more request to a host may begin: that turn is the caller's. None where the others cannot
        be asked."""
        ...


class HostGate:
    """One host's queue."""

    def __init__(self, manners: Manners, authority: str = "", shared: SharedTurns | None = None) -> None:
        self._authority = authority
        self._shared = shared
        self._manners = manners
        self._slots = asyncio.Semaphore(manners.at_once)
        self._delay_s = manners.delay_s
        self._next_start = 0.0
        self._failures = 0
        self._rests_until = 0.0

    def ask_delay(self, seconds: float) -> None:
        """A Crawl-delay: kept where it is more than ours."""
        self._delay_s = max(self._manners.delay_s, min(seconds, MAX_CRAWL_DELAY_S))

    def wait(self, seconds: float) -> None:
        """A Retry-After: nobody asks before."""
        self._next_start = max(self._next_start, asyncio.get_running_loop().time() + seconds)

    @contextlib.asynccontextmanager
    async def turn(self, deadline: float, *, is_given: bool = False) -> AsyncGenerator[None]:
        """Waits for a turn and holds it. What happens in it tells how the host is. `is_given`: a turn among all
        processes has been given to the caller before, and has come.

        Raises ExchangeFailed where the host is being left alone, or its turn comes after `deadline` (loop time).
        """
        loop = asyncio.get_running_loop()
        self._refuse_resting(loop.time())
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
        except TimeoutError:
            raise _too_late() from None
        try:
            start = await self._start(deadline, is_given=is_given)
            if start >= deadline:
                raise _too_late()
            if start > loop.time():
                await asyncio.sleep(start - loop.time())
            self._refuse_resting(loop.time())
            with self._watching():
                yield
        finally:
            self._slots.release()

    async def _start(self, deadline: float, *, is_given: bool) -> float:
        """When the request may begin (loop time): in turn among all processes, or in this one where it is alone."""
        loop = asyncio.get_running_loop()
        if self._shared is not None and self._delay_s:
            if is_given and self._delay_s <= self._manners.delay_s:
                return max(loop.time(), self._next_start)
            try:
                async with asyncio.timeout_at(deadline):
                    wait_s = await self._shared(self._authority, self._delay_s)
            except TimeoutError:
                raise _too_late() from None
            if wait_s is not None:
                return max(loop.time() + wait_s, self._next_start)
        start = max(loop.time(), self._next_start)
        if start < deadline:
            self._next_start = start + self._delay_s
        return start

    def _refuse_resting(self, now: float) -> None:
        if now < self._rests_until:
            raise ExchangeFailed(FetchOutcome.UNREACHABLE, "Its host failed again and again and is left alone.")

    @contextlib.contextmanager
    def _watching(self) -> Generator[None]:
        try:
            yield
        except ExchangeFailed as fault:
            if fault.outcome in {FetchOutcome.UNREACHABLE, FetchOutcome.TIMED_OUT}:
                self.failed()
            raise
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= self._manners.failures:
            # The next failure after the rest begins another one: one success ends it.
            self._failures = self._manners.failures - 1
            self._rests_until = asyncio.get_running_loop().time() + self._manners.rest_s


def _too_late() -> ExchangeFailed:
    return ExchangeFailed(FetchOutcome.TIMED_OUT, "The turn at its host came too late.")


class Politeness:
    """The gates of all hosts, by host and port."""

    def __init__(self, manners: Manners, shared: SharedTurns | None = None) -> None:
        self._manners = manners
        self._shared = shared
        self._gates: OrderedDict[str, HostGate] = OrderedDict()

    def gate(self, authority: str) -> HostGate:
        gate = self._gates.get(authority)
        if gate is None:
            gate = self._gates[authority] = HostGate(self._manners, authority, self._shared)
            if len(self._gates) > MAX_HOSTS:
                self._gates.popitem(last=False)
        else:
            self._gates.move_to_end(authority)
        return gate


def retry_after_s(header: str, now: dt.datetime) -> float | None:
    """Seconds that a Retry-After asks for, in either form; None where it cannot be read."""
    text = header.strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        at = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return max(0.0, (at - now).total_seconds())
