"""What a person changed in the records of a finished run, taken over by its pool and told like any other change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from domain.identity import Identity, joined
from domain.ids import new_id
from domain.pools import ChangeType, PoolRecord, PoolValue, amended
from domain.records import Record, is_told
from domain.runs import Run
from services.pool_memory import MAX_SOURCES, Memory
from services.pool_news import tell_changes
from services.pool_sources import sources_of
from services.requests import MAX_RESULTS
from services.service import Service
from store.unit import UnitOfWork


class Heir(msgspec.Struct, frozen=True):
    """A record as it is now, and the id of the one that it goes on from; empty where it is split off."""

    record: Record
    of: str


async def amend_pool(
    uow: UnitOfWork, service: Service, run: Run, before: Sequence[Record], after: Sequence[Heir]
) -> None:
    """In the transaction that changed them. `before` are the records as they were; those that nothing goes on from are
    removed. A thing that the pool does not have any more stays away from it."""
    if not run.request.pool_id or run.request.preview:
        return
    pool = await uow.pools(run.account_id).lock(run.request.pool_id)
    if pool is None:
        return
    before = [each for each in before if not each.is_apart]
    after = [each for each in after if not each.record.is_apart]
    memory = Memory(uow.pool_records(run.account_id), pool, run, service.clock.now())
    ids = {each.record.id for each in after}
    others = [each for each in await uow.records(run.account_id).list(run.id, MAX_RESULTS) if each.id not in ids]
    then = memory.identities([*others, *before])[len(others) :]
    now = memory.identities([*others, *(each.record for each in after)])[len(others) :]
    known = {
        record.id: found
        for record, found in zip(before, await memory.known(then), strict=True)
        if found is not None and found.present
    }
    if not known:
        return
    amends = _Amends(run, memory, known, {each.id: each for each in before})
    amends.take_over(after, now)
    await amends.keep(uow)
    if memory.news:
        await tell_changes(uow, service, memory.pool, run, memory.met())


class _Amends:
    """The pool's records that are behind a run's, by the run's ids."""

    def __init__(self, run: Run, memory: Memory, known: Mapping[str, PoolRecord], before: Mapping[str, Record]) -> None:
        self._run, self._memory = run, memory
        self._known, self._before = known, before
        self._pairs: list[tuple[PoolRecord | None, PoolRecord]] = []
        self._kept: list[tuple[PoolRecord, Record]] = []

    def take_over(self, after: Sequence[Heir], now: Sequence[Identity]) -> None:
        going_on = {heir.of for heir in after}
        gone = [found for id_, found in self._known.items() if id_ not in going_on]
        for heir, identity in zip(after, now, strict=True):
            old = self._known.get(heir.of)
            if old is None and heir.of:
                continue  # the pool has it no more
            if old is None:
                new = self._added(heir.record, identity)
            else:
                others = [each.record for each in after if each is not heir]
                new = self._changed(old, heir, self._identity(old, identity, others, gone))
            self._kept.append((new, heir.record))
            self._pairs.append((old, new))
        self._pairs += [(old, self._removed(old)) for old in gone]

    async def keep(self, uow: UnitOfWork) -> None:
        memory, rows = self._memory, uow.pool_records(self._run.account_id)
        await memory.register([new for new, _ in self._kept], sum(old is None for old, _ in self._pairs))
        await memory.write([old for old, _ in self._pairs], [new for _, new in self._pairs])
        tasks = await uow.tasks(self._run.account_id).list(self._run.id)
        sources, urls = sources_of(tasks, {}), {task.page_id: task.url for task in tasks}
        roots = {
            new.id: sources.roots_of(urls[each.page_id] for each in record.members if each.page_id in urls)
            for new, record in self._kept
        }
        await rows.put_sources(memory.pool.id, {id_: found for id_, found in roots.items() if found})
        await memory.drop([new for _, new in self._pairs if not new.present])
        await memory.keep(uow)

    def _identity(
        self, old: PoolRecord, identity: Identity, others: Sequence[Record], gone: Sequence[PoolRecord]
    ) -> Identity:
        """Its keys of before, without any of what was split off, and with those of what it was merged with."""
        theirs = {key for other in self._memory.alone(others) for key in other.keys}
        mine = msgspec.structs.replace(old.identity, keys=tuple(key for key in old.identity.keys if key not in theirs))
        if others:
            mine = msgspec.structs.replace(mine, marks=identity.marks, sites=identity.sites, shared=identity.shared)
        for other in gone:
            mine = joined(other.identity, mine)
        return joined(mine, identity)

    def _changed(self, old: PoolRecord, heir: Heir, identity: Identity) -> PoolRecord:
        values, differences = amended(
            old.values, self._before[heir.of].fields, heir.record.fields, run_id=self._run.id, at=self._memory.now
        )
        new = msgspec.structs.replace(
            old,
            identity=identity,
            values=values,
            sources=heir.record.sources[:MAX_SOURCES] if old.last_run == self._run.id else old.sources,
            changed_at=self._memory.now if differences else old.changed_at,
        )
        if differences:
            self._memory.tell_differences(new, differences)
        return new

    def _added(self, record: Record, identity: Identity) -> PoolRecord:
        """What is split off was seen whenever the whole was."""
        (whole,) = self._known.values()
        new = PoolRecord(
            id=new_id(),
            identity=identity,
            values={
                name: PoolValue(found=found, run_id=self._run.id, since=self._memory.now)
                for name, found in record.fields.items()
                if is_told(found)
            },
            sources=record.sources[:MAX_SOURCES],
            first_seen=whole.last_seen,
            last_seen=whole.last_seen,
            changed_at=self._memory.now,
            last_run=whole.last_run,
        )
        self._memory.tell(ChangeType.ADDED, new)
        return new

    def _removed(self, old: PoolRecord) -> PoolRecord:
        """Its keys are those of what it was merged with from now on."""
        identity = msgspec.structs.replace(old.identity, keys=())
        new = msgspec.structs.replace(old, identity=identity, present=False, changed_at=self._memory.now)
        self._memory.tell(ChangeType.REMOVED, new)
        return new
