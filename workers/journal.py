"""The journal of a run: each thing that happened, in one fenced transaction with all that follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import structlog

from agent.state import Ending, RunState, StepResult, TaskResult
from agent.stop import with_count_of
from domain.actions import StepOutcome
from domain.budgets import Spend
from domain.captures import CaptureResult
from domain.corrections import corrected
from domain.errors import BudgetSpent, LeaseLost, RunCancelled, StorageUnavailable
from domain.events import EventType, WarningKind
from domain.plans import Plan
from domain.prices import is_used_up
from domain.records import FieldValue, Record
from domain.requests import GoalRequest
from domain.runs import RunStatus, TerminationReason
from domain.tasks import Task, TaskStatus
from domain.templates import Template
from services.archive import count_uses, restore_swept, store_bodies
from services.capture_ends import keep_picture
from services.endings import after_end, end_of
from services.pool_sources import tells_list
from services.screenshots import SCREENSHOT
from services.service import Service
from services.webhooks import DELIVERIES
from store.blobs import Stored
from store.columns import encode
from store.repositories.leases import Held
from store.repositories.outbox import Waiting
from store.repositories.records import fingerprint
from store.repositories.runs import Changed, Fence, NewEvent
from store.unit import UnitOfWork
from workers.leases import next_of_account

log = structlog.get_logger()

_NO_ROOM = "The run's records have filled the {0:g} MB that a run may have."
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
TOLD_RECORDS = 20  # records spelled out in one event; the others are counted
RETRY_S = (0.1, 0.3, 1.0, 2.0, 4.0, 4.0)  # a database that restarts is back within these

Also = Callable[[UnitOfWork], Awaitable[None]]
Teach = Callable[[str, str], Awaitable[None]]  # of an account: templates of a site learn what people put right


Found = TypeVar("Found", TaskResult, Ending)


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
        self._fingerprints = fingerprints
        self._corrections = corrections or {}
        self._teach = teach
        self._result = held.run.records_found, frozenset(fingerprints)  # how many records it has, and their ids
        self._monotonic = asyncio.get_running_loop().time
        self._worked_until = self._monotonic()  # what was worked until then is in the spend
        self._writing = asyncio.Lock()
        self._has_room = True  # for further records
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

    async def planned(self, plan: Plan, spend: Spend) -> None:
        event = NewEvent(
            EventType.PLANNED,
            {
                "planned_by": plan.planned_by.value,
                "entity": plan.entity,
                "fields": [field.name for field in plan.fields],
                "queries": list(plan.queries),
                "sources": list(plan.sources),
                **({"count": plan.count} if plan.count else {}),
            },
        )
        request = self._run.request
        if isinstance(request, GoalRequest):
            request = with_count_of(plan, request)
        async with self._writing:
            self._spend += spend
            await self._write({"plan": plan, "request": request, "status": RunStatus.RUNNING.value}, [event])
            self._run = msgspec.structs.replace(self._run, request=request)

    async def sources_found(self, tasks: tuple[Task, ...], queries_done: tuple[str, ...], spend: Spend) -> None:
        new = [task for task in tasks if task.id not in self._tasks]
        event = NewEvent(
            EventType.SOURCES_FOUND,
            {
                "added": len(new),
                "total": len(self._tasks) + len(new),
                "urls": [task.url for task in new[:TOLD_RECORDS]],
            },
        )

        async def also(uow: UnitOfWork) -> None:
            await uow.tasks(self._run.account_id).put(self._run.id, new)

        async with self._writing:
            self._spend += spend
            self._tasks.update((task.id, task) for task in new)
            await self._write({"queries_done": queries_done, **self._counts()}, [event] if new else [], also)

    async def task_done(self, result: TaskResult) -> None:
        account_id, run_id, page = self._run.account_id, self._run.id, result.page
        archived = None if page is None else await store_bodies(self._service, account_id, page)
        fresh: tuple[str, ...] = ()
        result, cut = self._fitted(result)
        async with self._writing:
            new = [task for task in result.new_tasks if task.id not in self._tasks]
            changed, gone = self._difference((*result.records, *result.apart))
            self._spend += result.spend
            self._tasks.update((task.id, task) for task in (result.task, *new))

            async def also(uow: UnitOfWork) -> None:
                nonlocal fresh
                tasks = uow.tasks(account_id)
                await tasks.put(run_id, [result.task, *new])
                if result.task.status is TaskStatus.DONE:
                    await tasks.put_candidates(run_id, result.task, result.candidates)
                if page is not None and archived is not None:
                    await uow.pages(account_id).add(run_id, result.task.id, page, archived.layers)
                    fresh = await count_uses(uow, account_id, archived)
                await uow.templates(account_id).put(result.templates, self._service.clock.now())
                await self._put_records(uow, changed, gone)

            values = {
                "records_found": len(result.records),
                "got_on": True,
                **self._counts(),
            }
            await self._write(values, [*_told(result), *cut, *self._found(changed, result.records)], also)
            self._remember(changed, gone)
            self._result = len(result.records), frozenset(record.id for record in result.records)
        if archived is not None:
            await restore_swept(self._service, account_id, archived, fresh)

    async def stepped(self, result: StepResult) -> None:
        account_id, picture = self._run.account_id, result.png
        stored = await self._service.blobs.put(account_id, picture) if picture else None
        fresh: Sequence[str] = ()

        async def also(uow: UnitOfWork) -> None:
            nonlocal fresh
            if stored is not None:
                fresh = await uow.blobs.use(account_id, [stored.sha256], {stored.sha256: stored.size})

        async with self._writing:
            self._spend += result.spend
            # A picture is found by its event, and goes with it: that one is told however many there are.
            await self._write({}, [_stepped(result, stored)], also, always=stored is not None)
        if stored is not None and fresh:
            await self._put_back(stored, picture)

    async def captured(self, result: CaptureResult) -> None:
        stored = await self._service.blobs.put(self._run.account_id, result.image)
        async with self._writing:
            self._spend += Spend(pages=1, browser_ms=result.elapsed_ms)
            self._picture = _Taken(result, stored)

    async def warned(self, message: str, data: dict[str, object]) -> None:
        async with self._writing:
            await self._write({}, [NewEvent(EventType.WARNING, {**data, "message": message})])

    async def check(self) -> None:
        if self._lost:
            raise LeaseLost
        if self._cancelled:
            raise RunCancelled
        if is_used_up(self._run.request.max_credits, self._spend_with_work(), self._service.prices):
            raise BudgetSpent("The run has used up its credits.")
        if not self._has_room:
            raise BudgetSpent(_NO_ROOM.format(self._service.limits.run_bytes / 1_000_000))

    # The worker's side

    async def finish(self, ending: Ending, *, keep_records: bool = False) -> RunStatus:
        """Ends the run. `keep_records` leaves those that are stored: the ending knows of none."""
        ending, cut = self._fitted(ending)
        if cut and ending.reason in _ENOUGH:
            why = _NO_ROOM.format(self._service.limits.run_bytes / 1_000_000)
            ending = msgspec.structs.replace(ending, reason=TerminationReason.BUDGET, detail=why)
        async with self._writing:
            changed, gone = ({}, set()) if keep_records else self._difference((*ending.records, *ending.apart))
            records = self._result[0] if keep_records else len(ending.records)
            now = self._service.clock.now()
            pages = self._counts()["pages_completed"]
            end = end_of(self._run, reason=ending.reason, records=records, detail=ending.detail, pages=pages, now=now)
            next_up: tuple[Waiting, ...] = ()
            picture = self._picture if end.status is RunStatus.COMPLETED else None
            fresh: Sequence[str] = ()

            async def also(uow: UnitOfWork) -> None:
                nonlocal next_up, fresh
                # The account before its balance, as who starts a run locks them: else each could wait for the other.
                next_up = await next_of_account(uow, self._service, self._run.account_id)
                await self._put_records(uow, changed, gone)
                if picture is not None:
                    fresh = await keep_picture(uow, self._service, self._run, picture.result, picture.stored)
                ended = Changed(last_event=self._last_event + len(events), cancel_requested=False)
                await after_end(uow, self._service, self._run, ended)

            events = [*cut, *([] if keep_records else self._found(changed, ending.records)), end.event]
            await self._write(end.values, events, also, always=True)
            self._remember(changed, gone)
        if picture is not None and fresh:
            await self._put_back(picture.stored, picture.result.image)
        self._service.signals.changed(DELIVERIES)
        for waiting in next_up:
            await self._service.doorbell.ring(waiting)
        return end.status

    async def _put_back(self, stored: Stored, body: bytes) -> None:
        """Where a sweep took it before its first use was counted."""
        if not await self._service.blobs.has(self._run.account_id, stored.sha256):
            await self._service.blobs.put(self._run.account_id, body)

    async def _put_records(self, uow: UnitOfWork, changed: dict[str, Record], gone: set[str]) -> None:
        records = uow.records(self._run.account_id)
        await records.remove(self._run.id, gone)
        await records.put(self._run.id, changed)

    def _fitted(self, found: Found) -> tuple[Found, list[NewEvent]]:
        """What a run found, cut to the bytes that its records may have, and a warning where this is the first cut."""
        left = self._service.limits.run_bytes
        kept: list[Record] = []
        for record in (*found.records, *found.apart):
            left -= len(encode(record))
            if left < 0:
                break
            kept.append(record)
        if left >= 0:
            return found, []
        why = _NO_ROOM.format(self._service.limits.run_bytes / 1_000_000)
        warning = NewEvent(EventType.WARNING, {"kind": WarningKind.RECORDS_CUT.value, "message": why})
        is_first, self._has_room = self._has_room, False
        records, apart = kept[: len(found.records)], kept[len(found.records) :]
        cut = msgspec.structs.replace(found, records=tuple(records), apart=tuple(apart))
        return cut, [warning] if is_first else []

    def _difference(self, records: Sequence[Record]) -> tuple[dict[str, Record], set[str]]:
        """The records to write, by fingerprint, and the ids to remove."""
        kept = (corrected(record, self._corrections.get(record.id, {})) for record in records)
        now = {fingerprint(record): record for record in kept}
        changed = {sha256: record for sha256, record in now.items() if self._fingerprints.get(record.id) != sha256}
        return changed, set(self._fingerprints) - {record.id for record in records}

    def _found(self, changed: dict[str, Record], result: Sequence[Record]) -> list[NewEvent]:
        """What changed of the result; those kept apart from it are no news."""
        told = [record for record in changed.values() if not record.is_apart]
        removed = sorted(self._result[1] - {record.id for record in result})
        if not told and not removed:
            return []
        spelled = [
            {"id": record.id, "position": record.position, "values": record.values()} for record in told[:TOLD_RECORDS]
        ]
        data = {"total": len(result), "changed": len(told), "removed": removed[:TOLD_RECORDS], "records": spelled}
        return [NewEvent(EventType.RECORDS_FOUND, data)]

    def _remember(self, changed: dict[str, Record], gone: set[str]) -> None:
        for record_id in gone:
            del self._fingerprints[record_id]
        self._fingerprints.update((record.id, sha256) for sha256, record in changed.items())

    def _counts(self) -> dict[str, int]:
        tasks = [task for task in self._tasks.values() if task.status is not TaskStatus.SKIPPED]
        done = [task for task in tasks if task.status is not TaskStatus.PENDING]
        return {
            "pages_total": len(tasks),
            "pages_completed": len(done),
            "sources_total": sum(task.id == task.source_id for task in tasks),
            "sources_completed": sum(task.id == task.source_id for task in done),
        }

    async def _write(
        self, values: dict[str, Any], events: Sequence[NewEvent], also: Also | None = None, *, always: bool = False
    ) -> None:
        """One transaction. A database that is away for seconds is waited for; a write whose reply was lost on the way
        is recognised by the checkpoint and not made twice."""
        if not always and self._last_event >= MAX_EVENTS:
            events = ()
        worked_until, spend = self._monotonic(), self._spend_with_work()
        values = {**values, "spend": spend}
        for pause in (*RETRY_S, None):
            if self._lost:
                raise LeaseLost
            try:
                changed = await self._write_once(values, events, also)
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

    async def _write_once(
        self, values: dict[str, Any], events: Sequence[NewEvent], also: Also | None
    ) -> Changed | None:
        fence = Fence(run_id=self._run.id, worker=self._worker, attempt=self._run.attempt, checkpoint=self._checkpoint)
        async with self._service.database.write() as uow:
            runs = uow.runs(self._run.account_id)
            changed = await runs.advance(fence, values, events, self._service.clock.now())
            if changed is None:
                return await runs.written(fence)
            if also is not None:
                await also(uow)
        return changed


async def open_journal(service: Service, held: Held, teach: Teach | None = None) -> tuple[RunJournal, RunState]:
    """The journal of a claimed run, and what the run knows from what was kept of its earlier attempts."""
    run = held.run
    reads_archive = isinstance(run.request, GoalRequest) and bool(run.request.archive_of)
    if run.attempt == 1 and not reads_archive:  # of an archive the tasks are there before the first attempt
        state = RunState(run_id=run.id, request=run.request, account_id=run.account_id, started_at=run.started_at)
        return RunJournal(service, held, (), {}, teach=teach), state
    async with service.database.read() as uow:
        tasks = tuple(await uow.tasks(run.account_id).list(run.id))
        candidates = await uow.tasks(run.account_id).candidates(run.id) if tasks else {}
        queries_done = await uow.runs(run.account_id).queries_done(run.id)
        fingerprints = await uow.records(run.account_id).fingerprints(run.id)
        corrections = await uow.corrections(run.account_id).of_run(run.id)
    state = RunState(
        run_id=run.id,
        request=run.request,
        account_id=run.account_id,
        plan=run.plan,
        tasks=tasks,
        candidates=candidates,
        spend=run.spend,
        queries_done=queries_done,
        started_at=run.started_at,
    )
    return RunJournal(service, held, tasks, fingerprints, corrections=corrections, teach=teach), state


def _told(result: TaskResult) -> list[NewEvent]:
    task = result.task
    data: dict[str, Any] = {"task_id": task.id, "url": task.url}
    if task.status is TaskStatus.DONE:
        told = {"title": task.title, "records_found": task.records_found, "page_id": task.page_id}
        return [NewEvent(EventType.SOURCE_READ, data | told)]
    if task.status is TaskStatus.FAILED:
        outcome = task.outcome.value if task.outcome else ""
        return [NewEvent(EventType.SOURCE_FAILED, data | {"outcome": outcome, "reason": task.reason})]
    return []


def _stepped(result: StepResult, picture: Stored | None) -> NewEvent:
    data: dict[str, Any] = {
        "index": result.index,
        "type": result.type,
        "label": result.label,
        "outcome": result.outcome.value,
        "elapsed_ms": result.elapsed_ms,
        "detail": result.detail,
    }
    if picture is not None:
        data[SCREENSHOT] = {"number": result.picture, "sha256": picture.sha256, "bytes": len(result.png)}
    done = result.outcome is StepOutcome.DONE
    return NewEvent(EventType.STEP_DONE if done else EventType.STEP_FAILED, data)
