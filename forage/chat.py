"""`forage mcp`: the chat tools over stdin and stdout, and the runs that they start, all in this process."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import sys
import threading
from concurrent.futures import CancelledError
from itertools import chain
from typing import TYPE_CHECKING, Any

import structlog

from domain.accounts import Scope
from domain.errors import Conflict, ForageError, NotFound, StorageFull, StorageUnavailable
from domain.ids import new_id
from domain.requests import Request
from domain.runs import Run
from forage.compose import open_lone_executor, open_service
from forage.process import on_stop
from forage.settings import Settings
from services.keys import ensure_account
from services.runs import cancel_run, fail_run, submit_run, wait_for_end
from services.service import Service

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    from workers.executor import Executor

log = structlog.get_logger()

CLAIM_AGAIN_S = 1.0  # a run that finds its account at its most runs is claimed again after so long


async def chat(settings: Settings) -> None:
    """Serves one chat client until it closes stdin, or SIGTERM or SIGINT. Runs that are going then are cancelled, and
    keep what they found: nobody is left to wait for them."""
    lines = StdinLines()
    async with open_service(settings) as service:
        bench = Bench(settings, service, await ensure_account(service))
        talking = asyncio.create_task(_talk(_server_of(bench), lines))

        def stop() -> None:
            talking.cancel()

        try:
            with on_stop(stop):
                await asyncio.wait({talking})
        finally:
            await bench.close()
        if not talking.cancelled():
            talking.result()


async def _talk(server: Server[Any], lines: StdinLines) -> None:
    from mcp.server.stdio import stdio_server

    # The SDK only iterates over stdin. Of stdout it takes hold: what anything else prints goes to stderr.
    async with stdio_server(stdin=lines) as (read, write):  # ty: ignore[invalid-argument-type]
        await server.run(read, write, server.create_initialization_options())


def _server_of(bench: Bench) -> Server[Any]:
    from api.mcp.caller import Caller
    from api.mcp.server import Context, make_server

    def caller_of(context: Context) -> Caller:
        async def report(percent: float, text: str) -> None:
            await context.session.report_progress(percent, 100.0, text)

        return Caller(
            service=bench.service, account_id=bench.account_id, allows=_everything, start=bench.start, report=report
        )

    return make_server(importlib.metadata.version("forage"), caller_of)


def _everything(_: Scope) -> bool:
    """Who sits at this machine is its owner, as with `forage run`."""
    return True


class NoTools(ForageError):
    """What runs work with could not be opened."""


class Bench:
    """Works on the runs that this process starts. What that takes is opened for the first of them."""

    def __init__(self, settings: Settings, service: Service, account_id: str) -> None:
        self.service = service
        self.account_id = account_id
        self._settings = settings
        self._turns = asyncio.Semaphore(settings.worker_slots)
        self._working: dict[str, asyncio.Task[None]] = {}
        self._executor: asyncio.Future[Executor] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def start(self, request: Request) -> Run:
        """The run, accepted, with this process at work on it. Raises what `submit_run` does.

        One that cannot be worked on ends as failed, and its `error` says why.
        """
        run = await submit_run(self.service, self.account_id, request, claim_by="this process")
        self._working[run.id] = asyncio.create_task(self._work(run.id), name=f"work on {run.id}")
        return run

    async def close(self) -> None:
        """Cancels the runs that are going, and puts away what they worked with."""
        going = dict(self._working)
        for task in going.values():
            task.cancel()
        if self._executor is not None and self._executor.done() and not self._executor.exception():
            await self._executor.result().stop()  # gives the runs back, so that to cancel them is to end them at once
        for run_id in going:
            await self._cancel(run_id)
        self._closing.set()
        if self._keeper is not None:
            await asyncio.wait({self._keeper})

    async def _work(self, run_id: str) -> None:
        try:
            async with self._turns:
                executor = await self._opened()
                while not (await executor.execute(self.account_id, run_id)).status.is_terminal:
                    await wait_for_end(self.service, self.account_id, run_id, CLAIM_AGAIN_S)
        except NotFound:
            return  # it was deleted meanwhile
        except (NoTools, StorageFull, StorageUnavailable) as fault:
            log.warning("run.not_worked_on", run_id=run_id, why=fault.message)
            await self._fail(run_id, fault.message)
        except Exception:  # the last door: the run ends, and the client is told where to look
            fault_id = new_id()
            log.exception("run.not_worked_on", run_id=run_id, id=fault_id)
            await self._fail(run_id, f"Something went wrong in Forage; its log tells it under {fault_id}.")
        finally:
            if not self._closing.is_set():
                self._working.pop(run_id, None)

    async def _fail(self, run_id: str, why: str) -> None:
        """Ends the run and tells its client why: as failed where it still waits, else cancelled with what it has."""
        try:
            if not await fail_run(self.service, self.account_id, run_id, why):
                await self._cancel(run_id)
        except NotFound:
            return  # it was deleted meanwhile
        except (StorageFull, StorageUnavailable) as fault:
            # It stays as it is: a service on this database goes on with it, or it is cancelled by hand.
            log.error("run.left_waiting", run_id=run_id, why=fault.message)

    async def _cancel(self, run_id: str) -> None:
        try:
            await cancel_run(self.service, self.account_id, run_id)
        except (Conflict, NotFound):
            return  # it is over, or gone

    async def _opened(self) -> Executor:
        if self._executor is None or (self._executor.done() and self._executor.exception()):
            self._executor = asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep(self._executor))
        return await asyncio.shield(self._executor)

    async def _keep(self, opened: asyncio.Future[Executor]) -> None:
        """Holds the executor open in one task: its task group wants to be left where it was entered."""
        try:
            async with open_lone_executor(self._settings, self.service) as executor:
                opened.set_result(executor)
                await self._closing.wait()
        except Exception as fault:
            if opened.done():
                raise
            log.exception("tools.not_opened")
            told = fault.message if isinstance(fault, ForageError) else f"{type(fault).__name__}: {fault}"
            opened.set_exception(NoTools(f"What runs work with could not be opened. {told}"))


class StdinLines:
    """The lines of stdin, from a thread that nobody waits for: a read that blocks cannot be called back, and would
    hold up the end of the process. Everything else in this process, and its children, finds stdin empty."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue(1)
        own = os.dup(sys.stdin.fileno())
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, sys.stdin.fileno())
        os.close(nothing)
        threading.Thread(target=self._read, args=(own,), name="stdin", daemon=True).start()

    def __aiter__(self) -> StdinLines:
        return self

    async def __anext__(self) -> str:
        line = await self._lines.get()
        if line is None:
            raise StopAsyncIteration
        return line

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor, encoding="utf-8", errors="replace") as stdin:
            for line in chain(stdin, (None,)):
                putting = self._lines.put(line)
                try:
                    asyncio.run_coroutine_threadsafe(putting, self._loop).result()
                except (RuntimeError, CancelledError):  # the loop has ended, and nobody reads on
                    putting.close()
                    return
