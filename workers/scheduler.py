"""The scheduler: starts what is due, and lets go of what is old. Every worker process has one; they do not collide."""

from __future__ import annotations

import asyncio
import datetime as dt

import structlog

from domain.errors import StorageFull, StorageUnavailable
from services.retention import Janitor
from services.schedules import SCHEDULES
from services.service import Service
from services.ticks import PAGE, next_due, prune_ticks, realign, tick

log = structlog.get_logger()

LOOK_AGAIN_S = 5.0  # a schedule that another process made or changed is seen so late at most
SOONEST_S = 0.02  # what is due already is in another process' hands, or there is more of it than one look takes
RETRY_S = 1.0
TIDY_S = 3600.0
SET_BACK_S = 2.0  # a clock that is slewed never goes back by so much between two looks


class Scheduler:
    """`look_again_s` is how long it waits at most, whatever is due when."""

    def __init__(self, service: Service, look_again_s: float = LOOK_AGAIN_S) -> None:
        self._service = service
        self._look_again_s = look_again_s
        # How far the wall clock was ahead of the monotonic one at the last look. At first as if it had been set back
        # since: what it did while nobody looked is not known.
        self._ahead = float("inf")
        self._tidy_at = 0.0
        self._janitor = Janitor(service)

    async def keep_ticking(self) -> None:
        """Looks whenever something is due, or schedules change in this process, until it is cancelled."""
        with self._service.signals.listen(SCHEDULES) as changed:
            while True:
                await changed.wait(await self._turn())

    async def _turn(self) -> float:
        """One look. How many seconds to wait for the next one."""
        try:
            await self._follow_clock()
            await tick(self._service, self._service.clock.now())
            await self._tidy()
            due_at = await next_due(self._service)
        except (StorageUnavailable, StorageFull) as fault:
            log.warning("schedules.wait", why=fault.message)
            return RETRY_S
        if due_at is None:
            return self._look_again_s
        return min(max((due_at - self._service.clock.now()).total_seconds(), SOONEST_S), self._look_again_s)

    async def _follow_clock(self) -> None:
        """Where the clock was set back, due times that lie too far ahead are brought forward."""
        now = self._service.clock.now()
        ahead = (now - dt.datetime.fromtimestamp(0, dt.UTC)).total_seconds() - asyncio.get_running_loop().time()
        if ahead < self._ahead - SET_BACK_S:
            moved = await realign(self._service, now)
            if moved:
                log.warning("schedules.realigned", schedules=moved)
        self._ahead = ahead

    async def _tidy(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._tidy_at:
            return
        # A little a turn until all is gone: many schedules of every minute leave more than one page in an hour.
        ticks = await prune_ticks(self._service, self._service.clock.now())
        if not await self._janitor.turn() and ticks < PAGE:
            self._tidy_at = loop.time() + TIDY_S
