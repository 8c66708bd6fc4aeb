"""Word of mouth within one process: somebody waits for a run to change, somebody changes it.

A signal only wakes: the database is asked afterwards, and is asked now and then where no signal comes because the
change was made by another process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Listener:
    def __init__(self) -> None:
        self._event = asyncio.Event()

    def heard(self) -> None:
        self._event.set()

    async def wait(self, timeout_s: float) -> None:
        """Returns at the first change since the last wait, or after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()


class Signals:
    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}

    def changed(self, run_id: str) -> None:
        for listener in self._listeners.get(run_id, ()):
            listener.heard()

    @contextmanager
    def listen(self, run_id: str) -> Generator[Listener]:
        """Hears every change from now on, also those between two waits."""
        listener = Listener()
        self._listeners.setdefault(run_id, set()).add(listener)
        try:
            yield listener
        finally:
            others = self._listeners[run_id]
            others.discard(listener)
            if not others:
                del self._listeners[run_id]
