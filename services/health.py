"""Whether the service can do its work."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from domain.errors import ForageError, StorageUnavailable
from domain.runs import RunStatus
from services.service import Service

CHECK_DEADLINE_S = 3.0
WORKER_SEEN = dt.timedelta(seconds=30)  # a worker that has missed six beats is no more
_NOBODY = "0" * 32
_NOTHING = "0" * 64


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the service needs. Without a `required` one no work can be accepted."""

    name: str
    ok: bool
    required: bool
    detail: str
    elapsed_ms: float


class RunCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of all accounts. `by_status` names every status; `waiting` are those that no worker has taken."""

    by_status: Mapping[str, int]
    waiting: int


async def check_health(service: Service) -> tuple[Check, ...]:
    """Never raises; each check has a deadline of 3 s."""
    return tuple(
        await asyncio.gather(
            _checked("database", True, lambda: _database(service)),
            _checked("archive", True, lambda: _archive(service)),
            _checked("queue", False, lambda: _queue(service)),
            _checked("workers", False, lambda: _workers(service)),
        )
    )


async def count_runs(service: Service) -> RunCounts:
    async with service.database.read() as uow:
        counts = await uow.leases.count_by_status()
        waiting = await uow.outbox.depth()
    return RunCounts(by_status={status.value: counts.get(status.value, 0) for status in RunStatus}, waiting=waiting)


async def _checked(name: str, required: bool, look: Callable[[], Awaitable[str]]) -> Check:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_DEADLINE_S):
            detail, ok = await look(), True
    except TimeoutError:
        detail, ok = f"no answer within {CHECK_DEADLINE_S:g} s", False
    except ForageError as fault:
        detail, ok = fault.message, False
    elapsed_ms = round(1000 * (time.perf_counter() - began), 1)
    return Check(name=name, ok=ok, required=required, detail=detail, elapsed_ms=elapsed_ms)


async def _database(service: Service) -> str:
    async with service.database.read() as uow:
        await uow.accounts.get(_NOBODY)
    return service.database.dialect


async def _archive(service: Service) -> str:
    await service.blobs.has(_NOBODY, _NOTHING)
    return "reachable"


async def _queue(service: Service) -> str:
    if not await service.doorbell.answers():
        raise StorageUnavailable("The queue does not answer; runs are accepted and start within a minute.")
    return "reachable"


async def _workers(service: Service) -> str:
    async with service.database.read() as uow:
        workers = await uow.leases.count_workers(service.clock.now() - WORKER_SEEN)
    if not workers:
        raise StorageUnavailable("No worker is running; runs are accepted and wait for one.")
    return f"{workers} running"
