"""CPU and memory of a process and everything that it started, browsers included."""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType

import psutil

SAMPLE_S = 0.2  # memory moves slower than this; reading it costs a millisecond a process


class Meter:
    """Use as a context manager around the work of process `pid`. Afterwards `cpu_s` and `peak_mb` are known.

    Memory is PSS: a page that two processes share is counted once.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._stop = threading.Event()
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self.peak_mb = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def cpu_s(self) -> float:
        return sum(self._last.values()) - sum(self._first.values())

    def __enter__(self) -> Meter:
        self._sample()
        self._first = dict(self._last)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_S):
            self._sample()

    def _sample(self) -> None:
        total = 0
        for process in tree(self._root):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                times = process.cpu_times()
                self._last[process.pid] = times.user + times.system
                total += process.memory_full_info().pss
        self.peak_mb = max(self.peak_mb, total / 1e6)


def tree(root: psutil.Process) -> tuple[psutil.Process, ...]:
    """A process and all that it started; none where it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return (root, *root.children(recursive=True))
    return ()


def tree_mb(pid: int) -> float:
    """What a process and all that it started hold at this moment and nobody else does: of memory that is shared, a part
    would fall to browsers of others, and a weight tell of their coming and going."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return sum(own_mb(process.pid) for process in tree(psutil.Process(pid)))
    return 0.0


def own_mb(pid: int) -> float:
    """The same of a process alone."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return psutil.Process(pid).memory_full_info().uss / 1e6
    return 0.0
