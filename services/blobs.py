"""Blobs: how rows come to point at them, and how those that no row points at go.

A blob is stored first; the transaction that points at it comes after. So one may be deleted in between, and its row
says so: whoever then points at it puts it back, in that same transaction, while no sweep can take it. Rows of deleted
blobs are kept for `SETTLED`, which nobody takes between the two.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence

from services.service import Service
from store.blobs import Stored
from store.unit import UnitOfWork

SWEEP_AT_ONCE = 100  # files deleted in one transaction
FORGET_AT_ONCE = 1_000
SETTLED = dt.timedelta(days=1)  # leases are of seconds, waits for a database too; a machine may sleep for a night


async def use_blobs(
    uow: UnitOfWork, service: Service, account_id: str, stored: Sequence[Stored], bodies: Mapping[str, bytes]
) -> None:
    """Counts a use of each of these, whose bodies are given by hash. Call it in the transaction that points at them.

    Raises StorageFull and StorageUnavailable."""
    swept = await uow.blobs.use(account_id, [one.sha256 for one in stored], {one.sha256: one.size for one in stored})
    if swept:
        await service.blobs.put_all([(account_id, bodies[sha256]) for sha256 in swept])
        await uow.blobs.note_restored(account_id, swept)


async def sweep_blobs(service: Service) -> int:
    """Deletes blobs that nothing uses; how many.

    Their rows say so before they go: a process killed half way has told no untruth that matters. While they go the rows
    are held: who starts to use one of them waits, and then puts it back.
    """
    async with service.database.write() as uow:
        taken = await uow.blobs.take_unused(service.clock.now(), SWEEP_AT_ONCE)
    if not taken:
        return 0
    async with service.database.write() as uow:
        keys = await uow.blobs.still_taken(taken)
        deletions = (service.blobs.delete(account_id, sha256) for account_id, sha256 in keys)
        # All have ended before the rows are let go of: one that came later would delete what was put back since.
        outcomes = await asyncio.gather(*deletions, return_exceptions=True)
        failed = [each for each in outcomes if isinstance(each, BaseException)]
        if failed:
            raise failed[0]
    return len(taken)


async def forget_swept(service: Service) -> bool:
    """Forgets blobs that were deleted long ago; whether there may be more."""
    async with service.database.write() as uow:
        before = service.clock.now() - SETTLED
        return await uow.blobs.forget_swept(before, FORGET_AT_ONCE) == FORGET_AT_ONCE
