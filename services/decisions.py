"""Records merged and split by a person: decided once, heeded whenever their pages are merged again."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.decisions import Decision, DecisionKind, LeftOut, names_of
from domain.errors import Conflict, InvalidInput, NotFound
from domain.records import Record
from domain.regrouping import Members, Regrouped, Table, regrouped, units_of
from domain.runs import Run
from services.corrections import hold_run
from services.pool_amends import Heir, amend_pool
from services.runs import get_run
from services.service import Service
from services.stats import count_end, uncount_end
from services.webhooks import DELIVERIES
from store.repositories.records import fingerprint
from store.unit import UnitOfWork

MAX_PARTS = 50  # that one record falls into at once
_ONE_SOURCE = "One source told of this record: there is nothing to split."
_NOT_KEPT = (
    "This record is from before it was kept which page told what of it. Run the job again, and merge or split the "
    "records of the new job."
)


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """What a record fell into, in the order in which the run found it; `left_out` is what is no record by itself."""

    records: tuple[Record, ...]
    left_out: tuple[LeftOut, ...] = ()


async def merge_records(service: Service, account_id: str, run_id: str, record_id: str, other_id: str) -> Record:
    """Makes two records of a finished run one, whatever their pages say; the one that was found first keeps its id.

    Asked again, it changes nothing. Raises NotFound; InvalidInput where the other is no other record of this run;
    Conflict while the run is active, and where the one record would not be given out.
    """
    if record_id == other_id:
        raise InvalidInput(fields={"with": "a record is one with itself: name another"})
    run = await _ended(service, account_id, run_id)
    async with service.database.write() as uow:
        await hold_run(uow, service, run)
        found = await uow.records(account_id).many(run_id, (record_id, other_id))
        past = _latest(await uow.decisions(account_id).of_run(run_id), record_id)
        if len(found) == 1 and past and past.kind is DecisionKind.SAME and {*past.records} == {record_id, other_id}:
            return next(iter(found.values()))
        if record_id not in found:
            raise NotFound("No such record.")
        if other_id not in found:
            raise InvalidInput(fields={"with": "no such record of this job"})
        pair = found[record_id], found[other_id]
        table = await _laid(uow, run, pair)
        merged = regrouped(table, pair, (table.members_of(*pair),))
        if not merged.given:
            raise Conflict(f"The one record would not be given out: {merged.left_out[0].reason}.")
        decision = Decision(
            kind=DecisionKind.SAME,
            parts=table.named([table.members_of(each) for each in pair]),
            asked=record_id,
            records=(record_id, other_id),
        )
        await _keep(uow, service, run, pair, merged, decision)
    _signal(service, run_id)
    return merged.given[0]


async def split_record(
    service: Service,
    account_id: str,
    run_id: str,
    record_id: str,
    *,
    sources: Sequence[str] = (),
    unmerged: str = "",
) -> Split:
    """Takes a record of a finished run apart: into what each page told of it; or takes out, as one record, what these
    `sources` told; or parts it from the record that a person merged it with, `unmerged`.

    Asked again, it changes nothing. Raises NotFound; InvalidInput where there is no such part; Conflict while the run
    is active, and where there is nothing to split or nothing of it would be given out.
    """
    run = await _ended(service, account_id, run_id)
    sources = tuple(dict.fromkeys(sources))
    async with service.database.write() as uow:
        await hold_run(uow, service, run)
        past = await uow.decisions(account_id).of_run(run_id)
        if again := await _made_before(uow, run, _latest(past, record_id), (record_id, sources, unmerged)):
            return again
        record = (await uow.records(account_id).many(run_id, (record_id,))).get(record_id)
        if record is None:
            raise NotFound("No such record.")
        if not record.members and len(record.sources) < 2:
            raise Conflict(_ONE_SOURCE)
        table = await _laid(uow, run, (record,))
        parts = _parts(table, record, past, sources, unmerged)
        split = regrouped(table, (record,), parts)
        if not split.given:
            raise Conflict(f"None of its parts would be given out: {split.left_out[0].reason}.")
        decision = Decision(
            kind=DecisionKind.DIFFERENT,
            parts=table.named(parts),
            asked=record_id,
            records=tuple(each.id for each in split.given),
            sources=sources,
            unmerged=unmerged,
            left_out=split.left_out,
        )
        await _keep(uow, service, run, (record,), split, decision)
    _signal(service, run_id)
    return Split(records=split.given, left_out=split.left_out)


def _signal(service: Service, run_id: str) -> None:
    service.signals.changed(run_id)
    service.signals.changed(DELIVERIES)  # of the pool's news


async def _ended(service: Service, account_id: str, run_id: str) -> Run:
    run = await get_run(service, account_id, run_id)
    if not run.status.is_terminal:
        raise Conflict(f"Records are merged and split once a job has come to its end; this one is {run.status.value}.")
    return run


def _latest(decisions: Sequence[Decision], record_id: str) -> Decision | None:
    return next((decision for decision in reversed(decisions) if decision.concerns(record_id)), None)


async def _made_before(
    uow: UnitOfWork, run: Run, past: Decision | None, asked: tuple[str, tuple[str, ...], str]
) -> Split | None:
    """What the same call has made, as long as nothing came after it."""
    if past is None or past.kind is not DecisionKind.DIFFERENT or (past.asked, past.sources, past.unmerged) != asked:
        return None
    found = await uow.records(run.account_id).many(run.id, past.records)
    if len(found) < len(past.records):
        return None
    return Split(records=tuple(found[id_] for id_ in past.records), left_out=past.left_out)


async def _laid(uow: UnitOfWork, run: Run, records: Sequence[Record]) -> Table:
    """What lies under these records. Raises Conflict where it is not kept."""
    account_id, pages = run.account_id, {member.page_id for record in records for member in record.members}
    near = [id_ for record in records for id_ in record.possible_duplicates]
    table = Table(
        run=run,
        candidates=await uow.tasks(account_id).candidates_of(run.id, pages),
        places=await uow.records(account_id).places(run.id),
        neighbours=await uow.records(account_id).many(run.id, near),
        corrections=await uow.corrections(account_id).of_run(run.id),
    )
    for record in records:
        if not record.members or len(table.members_of(record)) < len(record.members):
            raise Conflict(_NOT_KEPT)
    return table


def _parts(
    table: Table, record: Record, past: Sequence[Decision], sources: Sequence[str], unmerged: str
) -> tuple[Members, ...]:
    """Raises InvalidInput, and Conflict where there is but one part."""
    units = units_of(table, record)
    if len(units) < 2:
        raise Conflict(_ONE_SOURCE)
    if not sources and not unmerged:
        if len(units) > MAX_PARTS:
            raise InvalidInput(fields={"sources": f"name those to take out: it has {len(units)}, over {MAX_PARTS}"})
        return units
    if unmerged:
        names = _names_of_merged(past, unmerged)
        out = [unit for unit in units if not names.isdisjoint(_names(table, unit))]
        if not out or len(out) == len(units):
            raise InvalidInput(fields={"from": "this record was not merged with it"})
    else:
        strange = [url for url in sources if url not in record.sources]
        if strange:
            raise InvalidInput(fields={"sources": f"not a source of this record: {strange[0][:200]}"})
        out = [unit for unit in units if unit[0].url in sources]
        if len(out) == len(units):
            raise InvalidInput(fields={"sources": "all of its sources: leave it one"})
    taken = {id(each) for unit in out for each in unit}
    members = table.members_of(record)
    return tuple(tuple(each for each in members if (id(each) in taken) is outside) for outside in (False, True))


def _names(table: Table, unit: Members) -> set[str]:
    kinds = table.kinds
    return {name for each in unit for name in msgspec.structs.astuple(names_of(each, kinds))}


def _names_of_merged(past: Sequence[Decision], unmerged: str) -> set[str]:
    """What goes by these names came with that record when it was last merged."""
    for decision in reversed(past):
        if decision.kind is DecisionKind.SAME and unmerged in decision.records:
            return set(decision.parts[decision.records.index(unmerged)])
    return set()


async def _keep(
    uow: UnitOfWork, service: Service, run: Run, before: Sequence[Record], now: Regrouped, decision: Decision
) -> None:
    """All that follows, in the transaction that holds the run."""
    account_id, at = run.account_id, service.clock.now()
    records, given = uow.records(account_id), {each.id for each in now.given}
    await records.remove(run.id, {each.id for each in before} - given)
    await records.put(run.id, {fingerprint(each): each for each in (*now.given, *now.changed)})
    for record_id, field, to in now.moves:
        await uow.corrections(account_id).move(run.id, record_id, [field], to)
    await uow.decisions(account_id).add(run.id, run.request.pool_id, decision, at)
    await _count(uow, service, run, _told(now.given) - _told(before))
    heirs = [Heir(each, next((old.id for old in before if old.id == each.id), "")) for each in now.given]
    await amend_pool(uow, service, run, before, heirs)


def _told(records: Sequence[Record]) -> int:
    return sum(not record.is_apart for record in records)


async def _count(uow: UnitOfWork, service: Service, run: Run, more: int) -> None:
    """The run's number of records, and with it the account's. What the run cost stays what it was."""
    runs = uow.runs(run.account_id)
    held = await runs.get(run.id)
    if held is None or not more:
        return
    counted = msgspec.structs.replace(held, records_found=held.records_found + more)
    await uncount_end(uow, held)
    await runs.move(run.id, [held.status], {"records_found": counted.records_found}, [], service.clock.now())
    await count_end(uow, counted)
