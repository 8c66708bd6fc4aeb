"""The tasks of a run that are being read, and what was read of them and is not applied yet."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Coroutine, Iterable
from typing import Any

from agent.frontier import Frontier
from agent.reading import Reading
from domain.clock import Clock
from domain.tasks import Task, TaskStatus
from domain.urls import site_of

PATIENCE_S = 3.0  # results wait this long for an earlier source, so that its records come first


class Readings:
    """What was read lands in the order of its sources, as far as none is waited for long.

    `cut_off` are tasks whose pages could not come in what was left of the run's time: they stay pending.
    """

    def __init__(self, frontier: Frontier, clock: Clock) -> None:
        self.cut_off: set[str] = set()
        self._frontier, self._clock = frontier, clock
        self._running: dict[asyncio.Task[Reading], tuple[Task, dt.datetime]] = {}
        self._landed: list[Reading] = []

    def __bool__(self) -> bool:
        return bool(self._running or self._landed)

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def busy(self) -> set[str]:
        """Ids of tasks that are not to be started again."""
        running = {task.id for task, _ in self._running.values()}
        return running | {landed.task.id for landed in self._landed} | self.cut_off

    def per_site(self) -> Counter[str]:
        return Counter(site_of(task.url) for task, _ in self._running.values())

    def start(self, task: Task, reading: Coroutine[Any, Any, Reading]) -> None:
        self._running[asyncio.create_task(reading)] = (task, self._clock.now())

    async def wait(self, seconds: float) -> None:
        """Until something is read, at most so long."""
        if self._running:
            done, _ = await asyncio.wait(self._running, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            self._take(done)

    def pop(self) -> Reading | None:
        """The first that need not wait for an earlier source."""
        if self._landed and not self._must_wait(self._landed[0]):
            return self._landed.pop(0)
        return None

    def pop_all(self) -> list[Reading]:
        """All that was read by now, waiting or not."""
        self._take([running for running in self._running if running.done()])
        landed, self._landed = self._landed, []
        return landed

    async def drop(self) -> None:
        """Stops what is being read. It stays pending: a run that goes on reads it again."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()

    def _take(self, done: Iterable[asyncio.Task[Reading]]) -> None:
        for finished in done:
            self._running.pop(finished)
            reading = finished.result()
            if reading.task.status is TaskStatus.PENDING:
                self.cut_off.add(reading.task.id)
            else:
                self._landed.append(reading)
        self._landed.sort(key=lambda reading: self._frontier.order(reading.task.id))

    def _must_wait(self, reading: Reading) -> bool:
        """For a source that stands before it and was begun a moment ago: its records are to come first."""
        order = self._frontier.order(reading.task.id)
        patient_since = self._clock.now() - dt.timedelta(seconds=PATIENCE_S)
        return any(
            self._frontier.order(task.id) < order and begun > patient_since for task, begun in self._running.values()
        )
