"""The executor: claims runs, lets the agent work on them, keeps their leases, ends them."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable

import structlog

from agent.state import Ending, Journal, RunState, Tools
from domain.errors import (
    BudgetSpent,
    DeadlinePassed,
    LeaseLost,
    RunCancelled,
    RunStopped,
    StorageFull,
    StorageUnavailable,
)
from domain.runs import Run, TerminationReason
from services.runs import get_run
from services.service import Service
from store.repositories.leases import Held
from workers.archive import tools_for
from workers.journal import RunJournal
from workers.journal_opening import open_journal
from workers.leases import Terms, claim_run, requeue
from workers.teacher import Teacher

log = structlog.get_logger()

Pursue = Callable[[RunState, Tools, Journal], Awaitable[Ending]]

DEFAULT_SLOTS = 4

_STOPPED: dict[type[RunStopped], TerminationReason] = {
    RunCancelled: TerminationReason.CANCELLED,
    BudgetSpent: TerminationReason.BUDGET,
    DeadlinePassed: TerminationReason.DEADLINE,
}


def worker_name() -> str:
    """Unique among all workers that ever were: a lease is held under it."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


class _Going:
    """A run on its way in this process."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.journal: RunJournal | None = None
        self.task: asyncio.Task[None] | None = None
        self.began = False  # a task that is cancelled before it begins never does, and never ends either
        self.over = asyncio.Event()


class Executor:
    """Runs up to `slots` runs at once in this process, under one name.

    `slot_changed`, where it is set, is called with the number of free slots whenever it has changed.
    """

    def __init__(
        self,
        service: Service,
        tools: Tools,
        pursue: Pursue,
        *,
        slots: int = DEFAULT_SLOTS,
        terms: Terms | None = None,
        name: str = "",
    ) -> None:
        self.service = service
        self.name = name or worker_name()
        self.terms = terms or Terms()
        self.slots = slots
        self.slot_changed: Callable[[int], None] | None = None
        self.tools = tools
        self._pursue = pursue
        self._teach = Teacher(service, tools.offload) if tools is not None else None
        self._going: dict[str, _Going] = {}
        self._claiming = 0
        self._stopping = False
        self._roomy = asyncio.Event()
        self._roomy.set()

    @property
    def free(self) -> int:
        return 0 if self._stopping else max(0, self.slots - len(self._going) - self._claiming)

    async def wait_for_room(self) -> None:
        """Returns when there is a free slot; never, once this executor stops."""
        while self.free <= 0:
            self._roomy.clear()
            await self._roomy.wait()

    async def offer(self, run_id: str) -> bool:
        """Claims a run and starts on it. False where there is no slot free, or it is not to be had."""
        if self.free <= 0:
            return False
        going = await self._claimed(run_id)
        if going is None:
            return False
        going.task = asyncio.create_task(self._drive(going), name=f"run {run_id}")
        return True

    async def execute(self, account_id: str, run_id: str) -> Run:
        """Claims a run, whatever the slots say, and works until it is over. The run as it then is.

        For a process that has submitted a run of its own. A run that another worker has taken is returned as it is.
        """
        going = await self._claimed(run_id)
        if going is not None:
            going.task = asyncio.create_task(self._drive(going), name=f"run {run_id}")
            await asyncio.shield(going.over.wait())
        return await get_run(self.service, account_id, run_id)

    async def keep_leases(self) -> None:
        """Beats until it is cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(self.terms.beat_s)

    async def beat(self) -> None:
        """Extends the leases of all runs here, hears which were lost and which are to be cancelled."""
        before = dict(self._going)
        if self._stopping and not before:
            return  # it has signed off
        now = self.service.clock.now()
        try:
            async with self.service.database.write() as uow:
                beats = await uow.leases.beat(self.name, self.terms.expiry(now)) if before else ()
                await uow.leases.see(self.name, self.slots, now)
        except (StorageUnavailable, StorageFull) as fault:
            log.warning("worker.beat_missed", worker=self.name, why=fault.message)
            return
        held = {(beat.run_id, beat.attempt): beat for beat in beats}
        for run_id, going in before.items():
            beat = held.get((run_id, going.held.run.attempt))
            if going.journal is None or going.over.is_set():
                continue
            if beat is None:
                going.journal.hear_lost()
            elif beat.cancel_requested:
                going.journal.hear_cancel()

    async def stop(self) -> None:
        """Takes no more runs, and gives back those that are going: another worker goes on with them at once."""
        self._stopping = True
        going = list(self._going.values())
        for one in going:
            if one.task is not None and one.began:
                one.task.cancel()
        await asyncio.gather(*(one.over.wait() for one in going))
        try:
            async with self.service.database.write() as uow:
                await uow.leases.forget_worker(self.name)
        except (StorageUnavailable, StorageFull) as fault:
            log.warning("worker.not_signed_off", worker=self.name, why=fault.message)

    async def _claimed(self, run_id: str) -> _Going | None:
        self._claiming += 1
        try:
            held = await claim_run(self.service, run_id, self.name, self.terms)
            if not isinstance(held, Held):
                return None
            going = _Going(held)
            self._going[run_id] = going
        finally:
            self._claiming -= 1
        self._tell_slots()
        log.info("run.claimed", run_id=run_id, attempt=held.run.attempt, worker=self.name)
        return going

    async def _drive(self, going: _Going) -> None:
        run_id = going.held.run.id
        going.began = True
        try:
            if self._stopping:
                await self._give_back(going)
            else:
                await self._work(going)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(going))
        except LeaseLost:
            log.warning("run.lease_lost", run_id=run_id, attempt=going.held.run.attempt, worker=self.name)
        except (StorageUnavailable, StorageFull) as fault:
            # Nothing can be written now: the lease runs out, and whoever comes then goes on from what was kept.
            log.error("run.abandoned", run_id=run_id, attempt=going.held.run.attempt, why=fault.message)
        finally:
            self._going.pop(run_id, None)
            going.over.set()
            self._tell_slots()
            self.service.signals.changed(run_id)

    async def _work(self, going: _Going) -> None:
        going.journal, state = await open_journal(self.service, going.held, self._teach)
        ending, keep_records = await self._ending(state, going.journal)
        status = await going.journal.finish(ending, keep_records=keep_records)
        log.info("run.ended", run_id=state.run_id, status=status.value, reason=ending.reason.value)

    async def _ending(self, state: RunState, journal: RunJournal) -> tuple[Ending, bool]:
        """How the agent's work ended, and whether the records that are stored are all there is to say of them."""
        try:
            await journal.check()
            tools = tools_for(state.request, state.account_id, self.tools, self.service)
            return await self._pursue(state, tools, journal), False
        except (LeaseLost, StorageUnavailable):
            raise
        except StorageFull as fault:
            return Ending(reason=TerminationReason.INTERNAL_ERROR, detail=fault.message), True
        except RunStopped as stop:
            reason = _STOPPED.get(type(stop), TerminationReason.INTERNAL_ERROR)
            return Ending(reason=reason, detail=stop.message), True
        except Exception:
            log.exception("run.internal_error", run_id=state.run_id)
            return Ending(reason=TerminationReason.INTERNAL_ERROR), True

    async def _give_back(self, going: _Going) -> None:
        try:
            async with self.service.database.write() as uow:
                waiting = await requeue(uow, self.service, going.held)
        except (StorageUnavailable, StorageFull) as fault:
            log.warning("run.not_given_back", run_id=going.held.run.id, why=fault.message)
            return
        if waiting is not None:
            await self.service.doorbell.ring(waiting)
            log.info("run.given_back", run_id=going.held.run.id, attempt=going.held.run.attempt)

    def _tell_slots(self) -> None:
        if self.free > 0:
            self._roomy.set()
        if self.slot_changed is not None:
            self.slot_changed(self.free)
