"""Work that ends as soon as its run must stop: cancelled, its lease lost, its credits or its time used up."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Coroutine
from typing import Any, TypeVar

from agent.state import Journal, RunState
from domain.clock import Clock
from domain.errors import DeadlinePassed

T = TypeVar("T")

CHECK_EVERY_S = 0.5  # a cancel is felt within this time


class Watch:
    """The journal's word on whether the run goes on, and the end of the seconds in its budget."""

    def __init__(self, state: RunState, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock
        started = state.started_at or clock.now()
        self._ends = started + dt.timedelta(seconds=state.request.budget.max_seconds)

    def seconds_left(self) -> float:
        return max(0.0, (self._ends - self._clock.now()).total_seconds())

    async def check(self) -> None:
        """Raises DeadlinePassed, and what the journal's check raises."""
        await self._journal.check()
        if self._clock.now() >= self._ends:
            raise DeadlinePassed

    async def over(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, given up as soon as the run must stop."""
        running = asyncio.ensure_future(work)
        try:
            while not running.done():
                await self.check()
                await asyncio.wait([running], timeout=min(CHECK_EVERY_S, self.seconds_left()))
            return running.result()
        finally:
            if not running.done():
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
