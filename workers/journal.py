"""The journal of a run: each thing that happened, in one fenced transaction with all that follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from agent.state import Ending, StepResult, TaskResult
from agent.stop import with_count_of
from domain.budgets import Spend
from domain.captures import CaptureResult
from domain.errors import BudgetSpent, LeaseLost, RunCancelled, StorageUnavailable
from domain.events import EventType
from domain.plans import Plan
from domain.prices import is_used_up
from domain.records import FieldValue, Value
from domain.requests import GoalRequest
from domain.runs import RunKind, RunStatus, TerminationReason
from domain.tasks import Task, TaskStatus
from domain.templates import Template
from services.archive import count_uses, store_bodies
from services.blobs import use_blobs
from services.capture_ends import keep_picture
from services.earlier import told_at
from services.endings import after_end, end_of
from services.pool_sources import tells_list
from services.service import Service
from services.webhooks import DELIVERIES
from store.blobs import Stored
from store.repositories.leases import Held
from store.repositories.outbox import Waiting
from store.repositories.runs import Changed, Fence, NewEvent
from store.unit import UnitOfWork
from workers import journal_events as events
from workers.journal_records import UNCHANGED, KeptRecords
from workers.leases import next_of_account

log = structlog.get_logger()

# Reasons that claim to give out all that was found.
_ENOUGH = frozenset(
    {
        TerminationReason.MAX_RESULTS,
        TerminationReason.MIN_RESULTS,
        TerminationReason.SOURCES_EXHAUSTED,
        TerminationReason.STEPS_DONE,
    }
)
MAX_EVENTS = 5_000  # of a run; past it only its end and its retries are told: thirty times what 200 pages give
RETRY_S = (0.1, 0.3, 1.0, 2.0, 4.0, 4.0)  # a database that restarts is back within these

Also = Callable[[UnitOfWork], Awaitable[None]]
Teach = Callable[[str, str], Awaitable[None]]  # of an account: templates of a site learn what people put right


class _Taken(msgspec.Struct, frozen=True):
    """A picture, and where its bytes are."""

    result: CaptureResult
    stored: Stored


class RunJournal:
    """Keeps a run that this worker holds. Every method raises LeaseLost once it is held no longer."""

    def __init__(
        self,
        service: Service,
        held: Held,
        tasks: Iterable[Task],
        fingerprints: dict[str, str],
        *,
        corrections: Mapping[str, Mapping[str, FieldValue]] | None = None,
        teach: Teach | None = None,
    ) -> None:
        self._service = service
        self._run = held.run
        self._worker = held.worker
        self._checkpoint = held.checkpoint
        self._last_event = held.last_event
        self._cancelled = held.cancel_requested
        self._lost = False
        self._spend = held.run.spend
        self._tasks = {task.id: task for task in tasks}
        self._records = KeptRecords(
            fingerprints, corrections or {}, number=held.run.records_found, most_bytes=service.limits.run_bytes
        )
        self._teach = teach
        self._monotonic = asyncio.get_running_loop().time
        self._worked_until = self._monotonic()  # what was worked until then is in the spend
        self._writing = asyncio.Lock()
        self._picture: _Taken | None = None  # in the blob store; written down when the run ends with it

    # What the worker learns from outside

    def hear_cancel(self) -> None:
        self._cancelled = True

    def hear_lost(self) -> None:
        self._lost = True

    # The agent's side

    async def recall(self, site: str) -> Sequence[Template]:
        """What the account's runs learned of a site, and people taught. A database that is away costs what this would
        have saved."""
        try:
            if self._teach is not None:
                await self._teach(self._run.account_id, site)
            async with self._service.database.read() as uow:
                return await uow.templates(self._run.account_id).of_site(site)
        except StorageUnavailable:
            log.warning("templates.unread", run_id=self._run.id, site=site)
            return ()

    async def was_list(self, url: str) -> bool:
        pool_id = self._run.request.pool_id
        if not pool_id:
            return False
        try:
            return await tells_list(self._service, self._run.account_id, pool_id, url)
        except StorageUnavailable:
            log.warning("pool.unread", run_id=self._run.id, pool_id=pool_id)
            return False

    async def told_before(self, url: str) -> Mapping[str, Value]:
        try:
            return await told_at(self._service, self._run.account_id, self._run.id, url)
        except StorageUnavailable:
            log.warning("pages.unread", run_id=self._run.id, url=url)
            return {}

    async def planned(self, plan: Plan, spend: Spend) -> None:
        request = self._run.request
        if isinstance(request, GoalRequest):
            request = with_count_of(plan, request)
        async with self._writing:
            self._spend += spend
            await self._write(
                {"plan": plan, "request": request, "status": RunStatus.RUNNING.value}, [events.planned(plan)]
            )
            self._run = msgspec.structs.replace(self._run, request=request)

    async def sources_found(self, tasks: tuple[Task, ...], queries_done: tuple[str, ...], spend: Spend) -> None:
        new = [task for task in tasks if task.id not in self._tasks]
        told = [events.sources_found(new, len(self._tasks))] if new else []

        async def also(uow: UnitOfWork) -> None:
            await uow.tasks(self._run.account_id).put(self._run.id, new)

        async with self._writing:
            self._spend += spend
            self._tasks.update((task.id, task) for task in new)
            await self._write({"queries_done": queries_done, **self._counts()}, told, also)

    async def task_done(self, result: TaskResult) -> None:
        account_id, run_id, page = self._run.account_id, self._run.id, result.page
        archived = None if page is None else await store_bodies(self._service, account_id, page)
        result, cut = self._records.fitted(result)
        async with self._writing:
            new = [task for task in result.new_tasks if task.id not in self._tasks]
            change = self._records.change_to((*result.records, *result.apart))
            self._spend += result.spend
            self._tasks.update((task.id, task) for task in (result.task, *new))

            async def also(uow: UnitOfWork) -> None:
                tasks = uow.tasks(account_id)
                await tasks.put(run_id, [result.task, *new])
                if result.task.status is TaskStatus.DONE:
                    await tasks.put_candidates(run_id, result.task, result.candidates)
                if page is not None and archived is not None:
                    await uow.pages(account_id).add(run_id, result.task.id, page, archived.layers)
                    await count_uses(uow, self._service, account_id, archived)
                await uow.templates(account_id).put(result.templates, self._service.clock.now())
                await change.write(uow, account_id, run_id)

            values = {
                "records_found": len(result.records),
                "got_on": True,
                **self._counts(),
            }
            news = self._records.news(change, result.records)
            await self._write(values, [*events.source_read(result), *cut, *news], also)
            self._records.remember(change)
            self._records.remember_result(result.records)

    async def stepped(self, result: StepResult) -> None:
        account_id, picture = self._run.account_id, result.png
        stored = await self._service.blobs.put(account_id, picture) if picture else None

        async def also(uow: UnitOfWork) -> None:
            if stored is not None:
                await use_blobs(uow, self._service, account_id, [stored], {stored.sha256: picture})

        async with self._writing:
            self._spend += result.spend
            # A picture is found by its event, and goes with it: that one is told however many there are.
            await self._write({}, [events.step_taken(result, stored)], also, always=stored is not None)

    async def captured(self, result: CaptureResult) -> None:
        stored = await self._service.blobs.put(self._run.account_id, result.image)
        async with self._writing:
            self._spend += Spend(pages=1, browser_ms=result.browser_ms)
            # Nobody worked while it waited for its turn at the host, or for a browser.
            waited_s = (result.elapsed_ms - result.browser_ms) / 1_000
            self._worked_until = min(self._monotonic(), self._worked_until + waited_s)
            self._picture = _Taken(result, stored)

    async def warned(self, message: str, data: dict[str, object]) -> None:
        async with self._writing:
            await self._write({}, [NewEvent(EventType.WARNING, {**data, "message": message})])

    async def check(self) -> None:
        if self._lost:
            raise LeaseLost
        if self._cancelled:
            raise RunCancelled
        # A picture has a deadline of its own, costs its hold at most, and may have to wait for its turn with little.
        is_picture = self._run.kind is RunKind.CAPTURE
        if not is_picture and is_used_up(self._run.request.max_credits, self._spend_with_work(), self._service.prices):
            raise BudgetSpent(
                f"The run has used up its {self._run.request.max_credits} credits; a larger max_credits allows more."
            )
        if not self._records.has_room:
            raise BudgetSpent(self._records.no_room)

    # The worker's side

    async def finish(self, ending: Ending, *, keep_records: bool = False) -> RunStatus:
        """Ends the run. `keep_records` leaves those that are stored: the ending knows of none."""
        ending, cut = self._records.fitted(ending)
        if cut and ending.reason in _ENOUGH:
            ending = msgspec.structs.replace(ending, reason=TerminationReason.BUDGET, detail=self._records.no_room)
        async with self._writing:
            change = UNCHANGED if keep_records else self._records.change_to((*ending.records, *ending.apart))
            records = self._records.number if keep_records else len(ending.records)
            now = self._service.clock.now()
            pages = self._counts()["pages_completed"]
            end = end_of(self._run, reason=ending.reason, records=records, detail=ending.detail, pages=pages, now=now)
            next_up: tuple[Waiting, ...] = ()
            picture = self._picture if end.status is RunStatus.COMPLETED else None

            async def also(uow: UnitOfWork) -> None:
                nonlocal next_up
                # The account before its balance, as who starts a run locks them: else each could wait for the other.
                next_up = await next_of_account(uow, self._service, self._run.account_id)
                await change.write(uow, self._run.account_id, self._run.id)
                if picture is not None:
                    await keep_picture(uow, self._service, self._run, picture.result, picture.stored)
                ended = Changed(last_event=self._last_event + len(told), cancel_requested=False)
                await after_end(uow, self._service, self._run, ended)

            news = [] if keep_records else self._records.news(change, ending.records)
            told = [*cut, *news, end.event]
            await self._write(end.values, told, also, always=True)
            self._records.remember(change)
        self._service.signals.changed(DELIVERIES)
        for waiting in next_up:
            await self._service.doorbell.ring(waiting)
        return end.status

    def _counts(self) -> dict[str, int]:
        return events.counts_of(self._tasks.values())

    async def _write(
        self, values: dict[str, Any], told: Sequence[NewEvent], also: Also | None = None, *, always: bool = False
    ) -> None:
        """One transaction. A database that is away for seconds is waited for; a write whose reply was lost on the way
        is recognised by the checkpoint and not made twice."""
        if not always and self._last_event >= MAX_EVENTS:
            told = ()
        worked_until, spend = self._monotonic(), self._spend_with_work()
        values = {**values, "spend": spend}
        for pause in (*RETRY_S, None):
            if self._lost:
                raise LeaseLost
            try:
                changed = await self._write_once(values, told, also)
                break
            except StorageUnavailable:
                if pause is None:
                    raise
                log.warning("run.write_waits", run_id=self._run.id, seconds=pause)
                await asyncio.sleep(pause)
        if changed is None:
            self._lost = True
            raise LeaseLost
        self._checkpoint += 1
        self._spend, self._worked_until = spend, worked_until
        self._last_event = changed.last_event
        self._cancelled = self._cancelled or changed.cancel_requested
        self._service.signals.changed(self._run.id)

    def _spend_with_work(self) -> Spend:
        """The spend so far, with the time since the last write: a worker was at it."""
        return self._spend + Spend(worked_ms=round((self._monotonic() - self._worked_until) * 1000))

    async def _write_once(self, values: dict[str, Any], told: Sequence[NewEvent], also: Also | None) -> Changed | None:
        fence = Fence(run_id=self._run.id, worker=self._worker, attempt=self._run.attempt, checkpoint=self._checkpoint)
        async with self._service.database.write() as uow:
            runs = uow.runs(self._run.account_id)
            changed = await runs.advance(fence, values, told, self._service.clock.now())
            if changed is None:
                return await runs.written(fence)
            if also is not None:
                await also(uow)
        return changed
