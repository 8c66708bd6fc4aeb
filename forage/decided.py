"""A past run's records merged and split, from the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import InvalidInput
from domain.records import Record
from forage.compose import open_service
from forage.output import all_records
from forage.past import find_run
from forage.settings import Settings
from forage.tables import console, evidence_view
from services.decisions import merge_records, split_record
from services.keys import ensure_account


async def merge(settings: Settings, name: str, number: int, other: int) -> int:
    """Raises InvalidInput for numbers that are none, and what `merge_records` does."""
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        run = await find_run(service, account_id, name)
        records = await all_records(service, run)
        pair = [_numbered(records, each) for each in (number, other)]
        record = await merge_records(service, account_id, run.id, pair[0].id, pair[1].id)
        now = await all_records(service, run)
    console().print(evidence_view(record))
    (gone,) = {each.id for each in pair} - {record.id}
    number = _number(now, record)
    console().print(f"{_where(number)}; undo: forage split {name} {number} --from {gone}" if number else _where(0))
    return 0


async def split(settings: Settings, name: str, number: int, sources: Sequence[str], unmerged: str) -> int:
    """Raises InvalidInput for a number that is none, and what `split_record` does."""
    if sources and unmerged:
        raise InvalidInput("--from and --source are two ways to split: give one")
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        run = await find_run(service, account_id, name)
        record = _numbered(await all_records(service, run), number)
        made = await split_record(service, account_id, run.id, record.id, sources=sources, unmerged=unmerged)
        now = await all_records(service, run)
    for each in made.records:
        console().print(f"\n{_where(_number(now, each))}: {', '.join(each.sources)}", style="bold")
        console().print(evidence_view(each))
    for out in made.left_out:
        console().print(f"\nleft out: {', '.join(out.sources)}: {out.reason}", style="dim")
    return 0


def _numbered(records: Sequence[Record], number: int) -> Record:
    if number > len(records):
        raise InvalidInput(f"record {number}: this run has {len(records)}")
    return records[number - 1]


def _number(records: Sequence[Record], record: Record) -> int:
    """Its number in the table; 0 where it is kept apart from the result."""
    return next((number for number, each in enumerate(records, start=1) if each.id == record.id), 0)


def _where(number: int) -> str:
    return f"record {number}" if number else "kept apart from the result"
