"""A limit on how long one reading may take."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


class CaseTimedOut(Exception):
    """The case took longer than its deadline."""


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Raise CaseTimedOut in the body when it runs longer. Off the main thread no signal arrives: there it only runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise CaseTimedOut(f"no result in {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
