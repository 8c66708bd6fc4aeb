"""A process that does nothing but start what is due, on a clock on which a minute takes two seconds."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from domain.clock import Clock
from domain.egress import EgressPolicy
from services.queue import LocalDoorbell
from services.service import Service
from store.blobs import open_blobs
from store.database import open_database
from workers.scheduler import Scheduler

MINUTE_S = 2.0
START = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)


class _FastClock:
    def __init__(self, began: dt.datetime) -> None:
        self._began = began

    def now(self) -> dt.datetime:
        return START + (60 / MINUTE_S) * (dt.datetime.now(dt.UTC) - self._began)


def fast_clock(began: dt.datetime) -> Clock:
    return _FastClock(began)


@asynccontextmanager
async def opened(url: str, clock: Clock, blobs: Path) -> AsyncGenerator[Service]:
    async with open_database(url) as database:
        yield Service(
            database=database,
            blobs=open_blobs(str(blobs)),
            doorbell=LocalDoorbell(),
            policy=EgressPolicy(),
            clock=clock,
        )


async def main(url: str, began: str, blobs: str) -> None:
    async with opened(url, fast_clock(dt.datetime.fromisoformat(began)), Path(blobs)) as service:
        print("ready", flush=True)
        await Scheduler(service, look_again_s=MINUTE_S / 50).keep_ticking()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
