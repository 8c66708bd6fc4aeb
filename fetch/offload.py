"""Work that would hold up the event loop, done in worker processes that can be killed.

A thread would hold the interpreter's lock, and could not be stopped: a page that sends a parser into a loop must cost
one worker process and nothing else. So each worker is a child process with one call at a time, and a call past its
deadline is ended by killing its worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import struct
import sys
from collections.abc import Callable
from typing import Protocol, TypeVar, cast

from domain.errors import ForageError
from fetch.environment import bare_environment

T = TypeVar("T")

DEFAULT_DEADLINE_S = 30.0
START_S = 60.0  # a worker's first call imports what the function needs: seconds on a busy machine
STOP_S = 5.0  # SIGKILL is certain; this only bounds the wait for the kernel to say so
RECYCLE_KB = 1_000_000  # a worker whose peak memory passed this is replaced: Python seldom gives memory back

HEADER = struct.Struct("!Q")  # length of the pickle that follows
STARTED = b"\x01"  # the worker has unpickled the call: from here on the deadline counts


class WorkerDied(ForageError):
    """The worker process died on this call: out of memory, or a crash in native code."""


class Offloader(Protocol):
    async def run(self, function: Callable[..., T], *args: object, deadline_s: float = DEFAULT_DEADLINE_S) -> T:
        """`function(*args)`, elsewhere. The function is importable by name; arguments and result can be pickled.

        What the function raises is raised here. TimeoutError when it ran for longer than `deadline_s` seconds,
        WorkerDied when it took its process down; both leave room for the next call.
        """
        ...

    async def close(self) -> None: ...


class InlineOffload:
    """The same interface with no process: for tests and small tools. A deadline cannot be enforced here."""

    async def run(self, function: Callable[..., T], *args: object, deadline_s: float = DEFAULT_DEADLINE_S) -> T:
        if deadline_s <= 0:
            raise TimeoutError
        return function(*args)

    async def close(self) -> None:
        """Nothing is held."""

    async def __aenter__(self) -> InlineOffload:
        return self

    async def __aexit__(self, *fault: object) -> None:
        await self.close()


class Offload:
    """A pool of `workers` processes, started when first needed. Use as an async context manager, or `close()` it.

    A call waits for a free worker as long as its caller lets it; `deadline_s` counts from when it runs.
    """

    def __init__(self, workers: int = 2) -> None:
        self.workers = workers
        self._slots: asyncio.Queue[_Worker | None] = asyncio.Queue()
        for _ in range(workers):
            self._slots.put_nowait(None)
        self._alive: set[_Worker] = set()
        self._closed = False

    async def run(self, function: Callable[..., T], *args: object, deadline_s: float = DEFAULT_DEADLINE_S) -> T:
        call = pickle.dumps((function, args), protocol=pickle.HIGHEST_PROTOCOL)
        worker = await self._slots.get()
        keep = None
        try:
            if worker is None:
                worker = await self._start()
            answer = await worker.ask(call, deadline_s)
            keep = None if answer.peak_kb > RECYCLE_KB else worker
        finally:
            self._slots.put_nowait(keep)
            # Also on cancellation: a worker in mid-call cannot be asked again.
            if keep is None and worker is not None:
                self._alive.discard(worker)
                await worker.kill()
        if answer.fault is not None:
            raise answer.fault
        return cast("T", answer.value)

    async def _start(self) -> _Worker:
        if self._closed:
            raise WorkerDied("The worker pool is closed.")
        worker = await _Worker.start()
        self._alive.add(worker)
        return worker

    async def close(self) -> None:
        self._closed = True
        alive, self._alive = self._alive, set()
        await asyncio.gather(*(worker.kill() for worker in alive))

    async def __aenter__(self) -> Offload:
        return self

    async def __aexit__(self, *fault: object) -> None:
        await self.close()


class Answer:
    """What a worker sends back: a value or the fault that the function raised, and its own peak memory in KiB."""

    __slots__ = ("fault", "peak_kb", "value")

    def __init__(self, value: object, fault: BaseException | None, peak_kb: int) -> None:
        self.value, self.fault, self.peak_kb = value, fault, peak_kb


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> _Worker:
        # One thread for numeric libraries: there is one worker for each core already.
        environment = bare_environment() | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "fetch.offload_worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,  # a terminal's Ctrl-C is for the parent; a child ends with its input
        )
        return cls(process)

    async def ask(self, call: bytes, deadline_s: float) -> Answer:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            async with asyncio.timeout(START_S):
                stdin.write(HEADER.pack(len(call)) + struct.pack("!d", deadline_s) + call)
                await stdin.drain()
                await stdout.readexactly(len(STARTED))
            async with asyncio.timeout(deadline_s):
                (size,) = HEADER.unpack(await stdout.readexactly(HEADER.size))
                return Answer(*pickle.loads(await stdout.readexactly(size)))  # noqa: S301 - our own child wrote it
        except (asyncio.IncompleteReadError, ConnectionError):
            raise WorkerDied from None

    async def kill(self) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it went by itself
                self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        async with asyncio.timeout(STOP_S):
            await self._process.wait()
