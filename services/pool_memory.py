"""What a run does to its pool, in the transaction that ends it: every run once, one run of a pool at a time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from domain.clues import kind_of
from domain.events import EventType
from domain.fields import FieldKind
from domain.identity import Identity, KeyKind, Told, identities, identity_of, joined, match
from domain.ids import new_id
from domain.pool_conditions import Happened, meets, parse_condition
from domain.pools import (
    MAX_SORTABLE,
    RUNS_UNSEEN,
    Change,
    ChangeType,
    Difference,
    Pool,
    PoolRecord,
    Tally,
    field_names,
    remember,
    sort_key,
)
from domain.records import Record
from domain.runs import Run, RunStatus, TerminationReason
from services.pool_news import tell_changes
from services.pool_sources import Listed, Sources, page_told, sources_of
from services.requests import MAX_RESULTS
from services.service import Service
from store.repositories.pool_records import Moment, PoolRecords, SortRow
from store.repositories.tasks import Tasks
from store.unit import UnitOfWork

MAX_SOURCES = 20  # pages told of a record; a thing on more is told by these
MAX_UNSEEN = 2_000  # records that one run can find gone; the next run of the pool goes on
MAX_LOOKED = 50_000  # records asked for to find them: a page may tell of many more than its run keeps
UNSEEN_AT_ONCE = 500
FILLED_LATER = 1_000  # a pool of at most so many records gets sort keys for a field that comes up later

# Of these runs nobody knows what they did not come to see.
_SAW_LITTLE = frozenset(
    {
        TerminationReason.STEP_FAILED,
        TerminationReason.CANCELLED,
        TerminationReason.WORKER_CRASHED,
        TerminationReason.INTERNAL_ERROR,
    }
)
# Of runs without a record, these read what there is to read: a list that has sold out is an answer.
_FOUND_NONE = frozenset({TerminationReason.NOTHING_FOUND, TerminationReason.SOURCES_EXHAUSTED})


async def absorb_run(uow: UnitOfWork, service: Service, run: Run) -> Tally | None:
    """Takes the records of a run that is just ending into its pool; None where it has none, or it is deleted.

    A record that the pool knows keeps its place and gets new values, one that it does not is added, and one that
    its sources have not told in two runs is removed. A run whose sources could not be read removes nothing.
    """
    account_id, request = run.account_id, run.request
    if not request.pool_id or request.preview:
        return None
    pool = await uow.pools(account_id).lock(request.pool_id)
    if pool is None:
        return None
    records = await uow.records(account_id).list(run.id, MAX_RESULTS)
    tasks = uow.tasks(account_id)
    told = {task_id: page_told(found) async for task_id, found in tasks.each_candidates(run.id)}
    warnings = await uow.events(account_id).of_type(run.id, EventType.WARNING)
    sources = sources_of(await tasks.list(run.id), told, warnings)
    memory = Memory(uow.pool_records(account_id), pool, run, service.clock.now())
    await memory.take_in(records, sources)
    if _looked(run):
        await memory.miss(sources, tasks)
    await memory.keep(uow)
    if memory.news:
        await tell_changes(uow, service, memory.pool, run, memory.met())
    return memory.tally


def _looked(run: Run) -> bool:
    """Whether what the run did not see can be held against it."""
    if run.status is RunStatus.FAILED:
        return run.termination_reason in _FOUND_NONE
    return run.status is not RunStatus.CANCELLED and run.termination_reason not in _SAW_LITTLE


class Memory:
    """One run's changes to one pool, whose lock is held."""

    def __init__(self, rows: PoolRecords, pool: Pool, run: Run, now: dt.datetime) -> None:
        self.pool = pool
        self.news: list[Change] = []
        self._rows = rows
        self._run = run
        self.now = now
        self._tallied: dict[ChangeType, int] = defaultdict(int)
        self._happened: dict[str, Happened] = {}
        asked = run.request.fields or (run.plan.fields if run.plan else ())
        self._kinds: dict[str, FieldKind] = {field.name: field.kind for field in asked}

    @property
    def tally(self) -> Tally:
        return Tally(**{type_.value: number for type_, number in self._tallied.items()})

    def met(self) -> list[Change]:
        """The news of those records that meet the pool's condition."""
        condition = parse_condition(self.pool.condition) if self.pool.condition else None
        return [
            change for change in self.news if condition is None or meets(condition, self._happened[change.record_id])
        ]

    async def take_in(self, records: Sequence[Record], sources: Sources) -> None:
        """Adds and changes: each of the run's records is one that the pool knows, or a new one."""
        new = self.identities(records)
        before = await self.known(new)
        after = [self._seen(old, record, identity) for old, record, identity in zip(before, records, new, strict=True)]
        appeared = sum(old is None or not old.present for old in before)
        await self.register(after, appeared)
        await self.write(before, after)
        roots = {kept.id: sources.roots_of(told.sources) for kept, told in zip(after, records, strict=True)}
        await self._rows.put_sources(self.pool.id, roots)
        await self._rows.mark_lists(self.pool.id, sources.lists, sources.alone)

    async def miss(self, sources: Sources, tasks: Tasks) -> None:
        """Counts the records that their sources no longer tell, and removes those that were counted often enough."""
        listed: Listed | None = None
        looked = missed = 0
        for source in sorted(sources.answered):
            after: str | None = ""
            while after is not None and looked < MAX_LOOKED and missed < MAX_UNSEEN:
                unseen = await self._rows.unseen(
                    self.pool.id, self._run.id, source, sources.failed, UNSEEN_AT_ONCE, after
                )
                if unseen and listed is None:  # in most runs all is seen
                    listed = await self._listed(tasks)
                looked += len(unseen)
                missed += await self._count(unseen, listed) if listed else 0
                after = unseen[-1].id if unseen else None

    async def _listed(self, tasks: Tasks) -> Listed:
        listed = Listed()
        async for _, found in tasks.each_candidates(self._run.id):
            self._learn_kinds(Told(fields=each.fields, sources=()) for each in found)
            listed.add(found, self._kinds)
        return listed

    async def _count(self, unseen: Sequence[PoolRecord], listed: Listed) -> int:
        """How many of these the run's pages do not tell."""
        cut_short = self._run.termination_reason is TerminationReason.MAX_RESULTS
        missed = [
            msgspec.structs.replace(
                record,
                unseen=record.unseen + 1,
                unseen_run=self._run.id,
                present=record.unseen + 1 < RUNS_UNSEEN,
                changed_at=self.now if record.unseen + 1 >= RUNS_UNSEEN else record.changed_at,
            )
            for record in unseen
            if not listed.tells(record.identity) and not (cut_short and _is_only_a_row(record.identity))
        ]
        gone = [record for record in missed if not record.present]
        for record in gone:
            self.tell(ChangeType.REMOVED, record)
        await self._rows.put(self.pool.id, missed)
        await self.drop(gone)
        return len(missed)

    async def keep(self, uow: UnitOfWork) -> None:
        pools = uow.pools(self.pool.account_id)
        self.pool = msgspec.structs.replace(self.pool, updated_at=self.now)
        await pools.add_changes(self.pool.id, self.news)
        await pools.save(self.pool)

    async def known(self, new: Sequence[Identity]) -> list[PoolRecord | None]:
        """For each of a run's identities the record that the pool knows it as."""
        holders = await self._rows.holders(self.pool.id, (key for identity in new for key in identity.keys))
        known = await self._rows.many(self.pool.id, set(holders.values()))
        holders = {key: record_id for key, record_id in holders.items() if record_id in known}
        matched = match(new, {id_: record.identity for id_, record in known.items()}, holders)
        return [known.get(record_id) if record_id else None for record_id in matched]

    def identities(self, records: Sequence[Record]) -> tuple[Identity, ...]:
        """Of all records of one run."""
        return identities(self._told(records), self._kinds)

    def alone(self, records: Sequence[Record]) -> tuple[Identity, ...]:
        """What each says of itself, whatever others of its run say too."""
        return tuple(identity_of(each, self._kinds) for each in self._told(records))

    def _told(self, records: Sequence[Record]) -> list[Told]:
        told = [Told(fields=each.fields, sources=each.sources, detail_url=each.detail_url) for each in records]
        self._learn_kinds(told)
        return told

    async def drop(self, gone: Sequence[PoolRecord]) -> None:
        """What is present no more is neither sorted nor told by any source."""
        ids = [record.id for record in gone]
        await self._rows.drop_sort_keys(self.pool.id, ids, MAX_SORTABLE)
        await self._rows.drop_sources(self.pool.id, ids)
        self.pool = msgspec.structs.replace(self.pool, records=self.pool.records - len(gone))

    def _seen(self, old: PoolRecord | None, record: Record, identity: Identity) -> PoolRecord:
        known = old.values if old else {}
        values, differences = remember(known, record.fields, run_id=self._run.id, at=self.now)
        appears = old is None or not old.present
        found = PoolRecord(
            id=old.id if old else new_id(),
            identity=joined(old.identity, identity) if old else identity,
            values=values,
            sources=record.sources[:MAX_SOURCES],
            first_seen=old.first_seen if old else self.now,
            last_seen=self.now,
            changed_at=self.now if old is None or appears or differences else old.changed_at,
            last_run=self._run.id,
        )
        if appears:
            self.tell(ChangeType.ADDED, found)
        elif differences:
            self.tell_differences(found, differences)
        return found

    def tell_differences(self, record: PoolRecord, differences: Sequence[Difference]) -> None:
        """News of some fields of a record."""
        self._happened[record.id] = Happened(
            type=ChangeType.CHANGED,
            values=record.plain(),
            before={difference.field: difference.old for difference in differences},
        )
        self._tallied[ChangeType.CHANGED] += 1
        for difference in differences:
            self._add(ChangeType.CHANGED, record, field=difference.field, old=difference.old, new=difference.new)

    def tell(self, type_: ChangeType, record: PoolRecord) -> None:
        """News of a whole record."""
        self._happened[record.id] = Happened(type=type_, values=record.plain())
        self._tallied[type_] += 1
        self._add(type_, record, values={name: value.found for name, value in record.values.items()})

    def _add(self, type_: ChangeType, record: PoolRecord, **rest: object) -> None:
        self.pool = msgspec.structs.replace(self.pool, last_change=self.pool.last_change + 1)
        change = Change(
            sequence=self.pool.last_change, type=type_, record_id=record.id, run_id=self._run.id, at=self.now
        )
        self.news.append(msgspec.structs.replace(change, **rest))

    async def register(self, after: Sequence[PoolRecord], appeared: int) -> None:
        """The pool's fields once these records are in it, and of them those that it is sorted by."""
        fields = field_names((*self.pool.fields, *self._kinds), [record.values for record in after])
        fields = tuple(name for name in fields if name in self.pool.fields or any(name in r.values for r in after))
        scalar = {
            name
            for record in after
            for name, value in record.values.items()
            if not isinstance(value.found.value, list | dict)
        }
        sortable = self.pool.sortable
        if self.pool.records <= FILLED_LATER:
            new = [name for name in fields if name in scalar and name not in sortable]
            sortable = (*sortable, *new)[:MAX_SORTABLE]
            await self._fill(sortable)
        self.pool = msgspec.structs.replace(
            self.pool, fields=fields, sortable=sortable, records=self.pool.records + appeared
        )

    async def _fill(self, sortable: tuple[str, ...]) -> None:
        """Sort keys of the records that are there, for fields that the pool was not sorted by before."""
        first = len(self.pool.sortable)
        if first == len(sortable) or not self.pool.records:
            return
        there = await self._rows.by_moment(
            self.pool.id, Moment.FIRST_SEEN, FILLED_LATER, present=True, descending=False
        )
        rows = [row for record in there for row in _sort_rows(record, sortable) if row.slot >= first]
        await self._rows.put_sort_keys(self.pool.id, rows)

    async def write(self, before: Sequence[PoolRecord | None], after: Sequence[PoolRecord]) -> None:
        pairs = list(zip(before, after, strict=True))
        pool_id, sortable = self.pool.id, self.pool.sortable
        await self._rows.put(pool_id, after)
        dropped = {
            key: new.id for old, new in pairs if old for key in old.identity.keys if key not in new.identity.keys
        }
        await self._rows.drop_keys(pool_id, dropped)
        added = {
            key: new.id for old, new in pairs for key in new.identity.keys if not old or key not in old.identity.keys
        }
        await self._rows.put_keys(pool_id, added)
        rows: list[SortRow] = []
        for old, new in pairs:
            had = set(_sort_rows(old, sortable)) if old and old.present else set()
            rows += [row for row in _sort_rows(new, sortable) if row not in had]
        await self._rows.put_sort_keys(pool_id, rows)

    def _learn_kinds(self, told: Iterable[Told]) -> None:
        for record in told:
            for name in record.fields:
                self._kinds.setdefault(name, kind_of(name))


def _is_only_a_row(identity: Identity) -> bool:
    return all(key in set(identity.of_kind(KeyKind.ROW)) for key in identity.keys)


def _sort_rows(record: PoolRecord, sortable: tuple[str, ...]) -> list[SortRow]:
    values = record.plain()
    return [SortRow(slot, record.id, sort_key(values.get(name))) for slot, name in enumerate(sortable)]
