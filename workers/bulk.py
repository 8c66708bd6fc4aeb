"""Bulk tasks: taken in groups, performed many at once, their ends written in groups. One beside every executor.

Three stages that overlap: Targets are performed, what came is stored, ends are written and others taken in their place.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import traceback
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec
import structlog

from domain.bulk import TargetOptions, TargetResult
from domain.errors import StorageFull, StorageUnavailable
from domain.pages import FetchOutcome
from domain.urls import parse_url
from fetch.targets.errand import Errand, Performed
from services.bulk import TARGETS
from services.bulk_work import (
    Claim,
    Done,
    Taken,
    give_back_tasks,
    has_tasks,
    keep_tasks,
    rotate_task,
    session_cookies,
    store_contents,
    sweep_expired,
    sweep_lost,
    turn_over,
)
from services.host_turns import wait_of
from services.service import Service
from services.signals import Listener
from store.repositories.bulk_claims import Claimed, Pace, Wanted
from workers.background import running
from workers.executor import worker_name

log = structlog.get_logger()

SLOTS = 32  # Targets at once in one process: most of the time of each is waiting
AHEAD = 2  # times as many wait for a free slot: a busy database takes longer to give more than a page takes to come
RENDERED_SLOTS = 4  # in browsers: as many as have pages at work at once
WRITTEN_AT_ONCE = 100
STORED_AT_ONCE = 8 * 1024 * 1024  # bytes of a group's contents, as far as it is more than one
LINGER_S = 0.05  # in which more results join a group
LOOK_AGAIN_S = 0.2  # for a job that another process took in, and for work that waits for its hosts or its account
GRACE_S = 10.0  # past a Target's own time, after which it is given up
STORAGE_RETRY_S = 1.0
EXPIRY_S = 60.0
STOP_S = 5.0
KNOWN_JOBS = 500


class Performer(Protocol):
    async def perform(self, target: str, options: TargetOptions, errand: Errand) -> Performed: ...


class BulkTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How leases are kept, in seconds. A cancel is felt at the next beat."""

    lease_s: float = 15.0
    beat_s: float = 3.0
    sweep_s: float = 5.0


class BulkWorker:
    """Up to `slots` Targets at once, `rendered` of them in browsers, hosts treated as `pace` says."""

    def __init__(
        self,
        service: Service,
        performer: Performer,
        *,
        pace: Pace | None = None,
        slots: int = SLOTS,
        rendered: int = RENDERED_SLOTS,
        terms: BulkTerms | None = None,
        name: str = "",
    ) -> None:
        self._service = service
        self._performer = performer
        self._pace = pace or Pace()
        self._slots = slots
        self._rendered = rendered
        self._terms = terms or BulkTerms()
        self.name = name or worker_name()
        self._lease = dt.timedelta(seconds=self._terms.lease_s)
        self._room = asyncio.Semaphore(slots)
        self._going: dict[str, _Going] = {}
        self._done: list[Done] = []
        self._arrived = asyncio.Event()
        self._stored: list[Done] = []
        self._writing = asyncio.Lock()  # leases of tasks are not extended while their ends are being written
        self._options: OrderedDict[str, TargetOptions] = OrderedDict()
        self._is_stopping = False

    async def keep_working(self) -> None:
        """Works until it is cancelled. The database being away makes it wait, and nothing is lost."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_storing())
            group.create_task(self._keep_turning())
            group.create_task(self._keep_leases())
            group.create_task(self._keep_sweeping())

    async def stop(self) -> None:
        """Writes what has ended, and gives back the rest."""
        self._is_stopping = True
        tasks = [going.work for going in self._going.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_S)
        try:
            async with asyncio.timeout(STOP_S):
                # The other stages may still be at work on the same ones: what is written twice counts once.
                async with self._writing:
                    await self._write([*self._stored, *self._done])
                    self._stored, self._done = [], []
                    await give_back_tasks(self._service, self.name)
        except (StorageUnavailable, StorageFull, TimeoutError):
            log.warning("bulk.not_given_back", worker=self.name)  # their leases run out

    # Turning over

    async def _keep_turning(self) -> None:
        with self._service.signals.listen(TARGETS) as heard:
            while True:
                try:
                    await self._turn()
                except (StorageUnavailable, StorageFull) as fault:
                    log.warning("bulk.waits", why=fault.message)
                    await asyncio.sleep(STORAGE_RETRY_S)
                    continue
                while not self._stored and not await self._has_news(heard):
                    pass

    async def _has_news(self, heard: Listener) -> bool:
        """Waits for news, and looks whether there is anything to be had: a look costs a tenth of a claim."""
        await heard.wait(LOOK_AGAIN_S * (0.75 + 0.5 * random.random()))
        try:
            return bool(self._stored) or await has_tasks(self._service)
        except (StorageUnavailable, StorageFull):
            return True  # told by the turn

    async def _turn(self) -> None:
        """Writes what is stored, and takes what there is room for."""
        group = self._stored[:WRITTEN_AT_ONCE]
        wanted = self._wanted()
        claim = None
        if wanted.tasks >= max(1, self._slots // 4) and not self._is_stopping:
            # A few at a time cost as much to take as many, and what waits here keeps the slots full meanwhile.
            known = frozenset(self._options)
            claim = Claim(wanted=wanted, lease=self._lease, pace=self._pace, known=known)
        if not group and claim is None:
            return
        async with self._writing:
            try:
                taken = await self._turned_over(group, claim)
            except (StorageUnavailable, StorageFull):
                raise
            except Exception as fault:  # noqa: BLE001 - one result that cannot be written must not hold up the others
                log.error("bulk.group_failed", trace="".join(traceback.format_exception(fault)))
                await self._write_apart(group)
                taken = Taken()
        self._begin_all(taken)
        del self._stored[: len(group)]
        for one in group:
            self._going.pop(one.claimed.task.id, None)

    async def _turned_over(self, group: list[Done], claim: Claim | None) -> Taken:
        ended, taken = await turn_over(self._service, self.name, group, claim)
        if group:
            log.info("bulk.written", tasks=len(ended.jobs), dropped=len(group) - len(ended.jobs))
        return taken

    def _wanted(self) -> Wanted:
        """As many as there are slots, and some that wait for the next free one."""
        under_way = [going for going in self._going.values() if not going.work.done()]
        rendered = sum(1 for going in under_way if going.is_rendered)
        return Wanted(tasks=(1 + AHEAD) * self._slots - len(under_way), rendered=2 * self._rendered - rendered)

    def _begin_all(self, taken: Taken) -> None:
        if self._is_stopping:
            return  # they are given back
        self._remember(taken.options)
        for claimed in taken.tasks:
            options = self._options[claimed.task.job_id]
            self._options.move_to_end(claimed.task.job_id)
            work = asyncio.create_task(self._perform(claimed, options))
            self._going[claimed.task.id] = _Going(claimed, work, options.render is not None)

    def _remember(self, options: Mapping[str, TargetOptions]) -> None:
        self._options.update(options)
        in_use = {going.claimed.task.job_id for going in self._going.values()} | options.keys()
        for job_id in list(self._options):
            if len(self._options) <= KNOWN_JOBS:
                break
            if job_id not in in_use:
                del self._options[job_id]

    # Performing

    async def _perform(self, claimed: Claimed, options: TargetOptions) -> None:
        async with self._room:
            done = await self._performed(claimed, options)
        self._done.append(done)
        self._arrived.set()

    async def _performed(self, claimed: Claimed, options: TargetOptions) -> Done:
        task = claimed.task
        try:
            async with asyncio.timeout(options.timeout_ms / 1000 + GRACE_S):
                errand = await self._errand(claimed, options)
                await self._begin(claimed)
                performed = await self._performer.perform(task.url, options, errand)
        except TimeoutError:
            result = TargetResult(outcome=FetchOutcome.TIMED_OUT, error="It did not come to an end in time.")
            return Done(claimed=claimed, options=options, result=result)
        except Exception as fault:  # noqa: BLE001 - a typed outcome, told to its owner; the other Targets go on
            log.error("bulk.failed", task_id=task.id, trace="".join(traceback.format_exception(fault)))
            error = f"a fault of ours ({type(fault).__name__}); it costs nothing"
            result = TargetResult(outcome=FetchOutcome.PAGE_CRASHED, error=error)
            return Done(claimed=claimed, options=options, result=result)
        cookies = performed.cookies if options.session_id and performed.cookies != errand.cookies else None
        return Done(claimed=claimed, options=options, result=performed.result, cookies=cookies)

    async def _begin(self, claimed: Claimed) -> None:
        """Waits for the turn at the Target's host."""
        if self._pace.delay_s:
            host = parse_url(claimed.task.url).authority
            await asyncio.sleep(await wait_of(self._service, host, claimed.starts_at, self._pace.delay_s))

    async def _errand(self, claimed: Claimed, options: TargetOptions) -> Errand:
        account_id, session = claimed.task.account_id, options.session_id

        async def rotate() -> None:
            await rotate_task(self._service, self.name, claimed)

        return Errand(
            scope=f"{account_id}:{session or claimed.task.id}",
            key=f"{account_id}:{session}" if session else claimed.task.id,
            cookies=await session_cookies(self._service, account_id, session) if session else "",
            rotate=rotate,
            has_turn=bool(self._pace.delay_s),
        )

    # Storing and writing

    async def _keep_storing(self) -> None:
        while True:
            await self._arrived.wait()
            if len(self._done) < WRITTEN_AT_ONCE:
                await asyncio.sleep(LINGER_S)
            group = _fitting(self._done)
            try:
                stored = await store_contents(self._service, group)
            except (StorageUnavailable, StorageFull) as fault:
                log.warning("bulk.not_stored", why=fault.message)
                await asyncio.sleep(STORAGE_RETRY_S)
                continue
            del self._done[: len(group)]
            if not self._done:
                self._arrived.clear()
            self._stored += stored
            self._service.signals.changed(TARGETS)

    async def _write(self, group: list[Done]) -> None:
        if group:
            await self._turned_over(group, None)

    async def _write_apart(self, group: list[Done]) -> None:
        """Writes results one by one; what cannot be written ends with an error in its place."""
        for one in group:
            try:
                await self._write([one])
            except (StorageUnavailable, StorageFull):
                raise
            except Exception as fault:  # noqa: BLE001 - a typed outcome, told to its owner
                error = f"a fault of ours ({type(fault).__name__}); it costs nothing"
                result = TargetResult(outcome=FetchOutcome.PAGE_CRASHED, error=error)
                await self._write([msgspec.structs.replace(one, result=result, cookies=None, blob=None)])

    # Leases

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._terms.beat_s)
            before = {id_: going.claimed.task.attempt for id_, going in self._going.items()}
            if not before:
                continue
            try:
                async with self._writing:
                    mine = await keep_tasks(self._service, self.name, self._lease)
            except (StorageUnavailable, StorageFull) as fault:
                log.warning("bulk.leases_not_kept", why=fault.message)
                continue
            for id_, attempt in before.items():
                if mine.get(id_) != attempt:
                    self._drop(id_)

    def _drop(self, task_id: str) -> None:
        """Lets go of a task that was canceled, or that another worker has taken up."""
        going = self._going.get(task_id)
        if going is not None and not going.work.done():
            going.work.cancel()
            del self._going[task_id]

    async def _keep_sweeping(self) -> None:
        loop = asyncio.get_running_loop()
        expiry_at = loop.time() + EXPIRY_S * random.random()
        while True:
            await asyncio.sleep(self._terms.sweep_s * (0.5 + random.random()))
            try:
                if lost := await sweep_lost(self._service):
                    log.warning("bulk.rescued", tasks=lost)
                if loop.time() >= expiry_at:
                    expiry_at = loop.time() + EXPIRY_S
                    await sweep_expired(self._service)
            except (StorageUnavailable, StorageFull) as fault:
                log.warning("bulk.sweep_waits", why=fault.message)


@asynccontextmanager
async def open_bulk_worker(worker: BulkWorker) -> AsyncGenerator[BulkWorker]:
    """Works while the block runs; at its end what is not over is given back, for others."""
    async with running(worker.keep_working()):
        try:
            yield worker
        finally:
            await worker.stop()


class _Going:
    """A Target on its way in this process, until its end is written."""

    def __init__(self, claimed: Claimed, work: asyncio.Task[None], is_rendered: bool) -> None:
        self.claimed = claimed
        self.work = work
        self.is_rendered = is_rendered


def _fitting(done: list[Done]) -> list[Done]:
    """The first of these that go into one group: one at least."""
    size = 0
    for at, one in enumerate(done[:WRITTEN_AT_ONCE]):
        size += len(one.result.content)
        if at and size > STORED_AT_ONCE:
            return done[:at]
    return done[:WRITTEN_AT_ONCE]
