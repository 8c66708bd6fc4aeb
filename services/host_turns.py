"""Turns at a host, shared by every process that works on one database."""

from __future__ import annotations

import datetime as dt

import structlog

from domain.errors import StorageFull, StorageUnavailable
from services.service import Service

LATE = 0.3  # of the pause between two requests, by which one may begin late

log = structlog.get_logger()


async def host_turn(service: Service, host: str, delay_s: float) -> float:
    """Seconds until one more request to a host may begin: that turn is the caller's."""
    if not delay_s:
        return 0.0
    now = service.clock.now()
    async with service.database.write() as uow:
        at = await uow.host_turns.give(host, now, delay_s)
    return await wait_of(service, host, at, delay_s)


async def wait_of(service: Service, host: str, at: dt.datetime, delay_s: float) -> float:
    """Seconds until the turn `at`. One that has passed too far is let go for another: a request that begins late would
    come too close to the one after it."""
    wait_s = (at - service.clock.now()).total_seconds()
    return max(0.0, wait_s) if wait_s >= -LATE * delay_s else await host_turn(service, host, delay_s)


class CommonTurns:
    """What fetchers ask. While the database is away each process keeps the pause for itself alone."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, authority: str, delay_s: float) -> float | None:
        try:
            return await host_turn(self._service, authority, delay_s)
        except (StorageUnavailable, StorageFull) as fault:
            log.warning("turns.not_shared", why=fault.message)
            return None
