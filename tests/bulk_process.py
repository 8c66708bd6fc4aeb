"""A bulk worker in a process of its own, to be killed: `python -m bulk_process DATABASE_URL BLOBS`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from bulk_support import fetching, worker_of
from store_support import opened_service

from domain.egress import EgressPolicy
from workers.bulk import open_bulk_worker


async def main() -> None:
    async with opened_service(sys.argv[1], Path(sys.argv[2])) as opened:
        service = replace(opened, policy=EgressPolicy.parse("127.0.0.0/8"))
        async with fetching(service) as fetcher, open_bulk_worker(worker_of(service, fetcher)):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
