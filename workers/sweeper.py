"""The sweeper: finds what was lost, and sets it going again. Every worker process has one; they do not collide."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence

import msgspec
import structlog

from domain.errors import StorageFull, StorageUnavailable
from domain.runs import TerminationReason
from services.blobs import sweep_blobs
from services.capture_expiry import sweep_pictures
from services.pools import purge_pools
from store.frozen import end_frozen_sessions
from store.repositories.leases import Held
from store.repositories.outbox import Waiting
from store.unit import UnitOfWork
from workers.executor import Executor
from workers.leases import Terms, blame_for, end_held, next_of_account, requeue

log = structlog.get_logger()

ROUNDING = 1e-6  # three thirds are not quite one
AT_ONCE = 100  # rows of one kind that one sweep takes; the next one comes soon
HOUSEKEEPING_S = 300.0
WORKER_FORGOTTEN = dt.timedelta(hours=1)


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What one sweep did."""

    rescued: int = 0  # runs whose worker was lost, sent back to the queue
    ended: int = 0  # runs whose worker was lost, and that were over with it
    rung: int = 0  # runs that waited, rung for again


class Sweeper:
    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._service = executor.service
        self._terms: Terms = executor.terms

    async def keep_sweeping(self) -> None:
        """Sweeps until it is cancelled, at uneven times, so that many processes share the work."""
        loop = asyncio.get_running_loop()
        housekeeping_at = loop.time() + HOUSEKEEPING_S * random.random()
        while True:
            await asyncio.sleep(self._terms.sweep_s * (0.5 + random.random()))
            try:
                await self.sweep()
                if loop.time() >= housekeeping_at:
                    housekeeping_at = loop.time() + HOUSEKEEPING_S
                    await self.tidy()
            except (StorageUnavailable, StorageFull) as fault:
                log.warning("sweep.waits", why=fault.message)

    async def keep_freeing_locks(self) -> None:
        """Ends the sessions of frozen processes until it is cancelled. Apart from the sweeps: they wait for locks."""
        while True:
            await asyncio.sleep(self._terms.sweep_s * (0.5 + random.random()))
            try:
                if count := await end_frozen_sessions(self._service.database):
                    log.warning("database.frozen_sessions_ended", count=count)
            except StorageUnavailable as fault:
                log.warning("sweep.waits", why=fault.message)

    async def sweep(self, *, all_waiting: bool = False) -> Swept:
        """One sweep. `all_waiting` rings for runs that are not due yet, too: rings in a process that ended are lost."""
        rescued, ended = await self._rescue()
        return Swept(rescued=rescued, ended=ended, rung=await self._ring_again(all_waiting=all_waiting))

    async def tidy(self) -> None:
        """Forgets idempotency keys and pictures past their time, lost workers, unused blobs and deleted pools."""
        now = self._service.clock.now()
        async with self._service.database.write() as uow:
            await uow.outbox.prune_idempotency(now - self._service.limits.idempotency_keys, AT_ONCE)
            await uow.leases.forget_workers(now - WORKER_FORGOTTEN)
        await sweep_pictures(self._service)
        await sweep_blobs(self._service)
        await purge_pools(self._service)

    async def _rescue(self) -> tuple[int, int]:
        now = self._service.clock.now()
        rings: list[Waiting] = []
        rescued: list[Held] = []
        ended: list[tuple[Held, TerminationReason]] = []
        async with self._service.database.write() as uow:
            lost = await uow.leases.expired(now, AT_ONCE)
            blame = blame_for(lost)
            for held in lost:
                reason = self._verdict(held, blame[held.run.id])
                if reason is None:
                    waiting = await requeue(uow, self._service, held, blame=blame[held.run.id])
                    if waiting is not None:
                        rings.append(waiting)
                        rescued.append(held)
                elif await end_held(uow, self._service, held, reason=reason) is not None:
                    rings += await next_of_account(uow, self._service, held.run.account_id)
                    ended.append((held, reason))
        # Told only once it is committed: another sweeper may have been first, or the database have gone.
        for held in rescued:
            log.warning("run.rescued", run_id=held.run.id, attempt=held.run.attempt, worker=held.worker)
        for held, reason in ended:
            log.error("run.lost", run_id=held.run.id, attempt=held.run.attempt, reason=reason.value)
        await self._wake(rings)
        return len(rescued), len(ended)

    def _verdict(self, held: Held, blame: float) -> TerminationReason | None:
        """Why a run whose worker was lost is over; None where another worker may try."""
        if held.cancel_requested:
            return TerminationReason.CANCELLED
        too_often = blame > self._terms.most_blame - ROUNDING or held.lost_leases + 1 >= self._terms.most_lost
        return TerminationReason.WORKER_CRASHED if too_often else None

    async def _ring_again(self, *, all_waiting: bool) -> int:
        """Rings for what is due. Until that is done the runs are put off for no longer than a sweep: who is killed in
        between must not leave them waiting as if they had been rung for."""
        now, limits = self._service.clock.now(), self._service.limits
        until, taken_until = now + limits.ring_again_at_most if all_waiting else now, now + limits.ring_lost
        async with self._service.database.write() as uow:
            due = await uow.outbox.due(until, taken_until, AT_ONCE)
            may = await self._admitted(uow, due)
        await self._wake(may)
        if due:
            async with self._service.database.write() as uow:
                rung = [waiting.run_id for waiting in due]
                await uow.outbox.put_off(rung, taken_until, now + limits.ring_again_at_most)
        return len(may)

    async def _admitted(self, uow: UnitOfWork, due: Sequence[Waiting]) -> list[Waiting]:
        """Those of the due runs, oldest first, that their account's cap leaves room for. The others wait for its next
        end of a run, like those that were refused at a claim."""
        free: Counter[str] = Counter()
        for account_id in {waiting.account_id for waiting in due}:
            account = await uow.accounts.get(account_id)
            if account is not None:
                free[account_id] = account.max_concurrent_runs - await uow.leases.count_running(account_id)
        admitted: list[Waiting] = []
        capped: list[str] = []
        for waiting in due:
            if free[waiting.account_id] > 0:
                free[waiting.account_id] -= 1
                admitted.append(waiting)
            else:
                capped.append(waiting.run_id)
        await uow.outbox.mark_capped(capped)
        return admitted

    async def _wake(self, rings: list[Waiting]) -> None:
        """Takes runs up here while there is room, and rings for the others: work goes on where Redis does not."""
        for waiting in rings:
            await self._service.doorbell.forget(waiting)
            if not await self._executor.offer(waiting.run_id):
                await self._service.doorbell.ring(waiting)
