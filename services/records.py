"""Records of a run, and the candidates that they were merged from."""

from __future__ import annotations

from domain.errors import NotFound
from domain.records import Candidate, Record
from services.listing import Listing, checked_limit, listed, place_cursor
from services.runs import get_run
from services.service import Service


async def list_records(
    service: Service, account_id: str, run_id: str, *, limit: int, cursor: str = "", apart: bool = False
) -> Listing[Record]:
    """In the run's order, those found so far; with `apart` the ones beside the result, on which a condition of the goal
    could not be checked. Raises NotFound where the account has no such run."""
    after = place_cursor(cursor)
    await get_run(service, account_id, run_id)
    async with service.database.read() as uow:
        records = await uow.records(account_id).list(run_id, checked_limit(limit) + 1, after, apart=apart)
    return listed(records, limit, [cursor_of(record) for record in records])


def cursor_of(record: Record) -> str:
    """The cursor that leads on behind `record`."""
    return f"{record.position}.{record.id}"


async def count_apart(service: Service, account_id: str, run_id: str) -> int:
    """How many records of a run are kept apart from its result."""
    async with service.database.read() as uow:
        return await uow.records(account_id).count_apart(run_id)


async def get_record(service: Service, account_id: str, run_id: str, record_id: str) -> Record:
    """Raises NotFound."""
    async with service.database.read() as uow:
        record = await uow.records(account_id).get(run_id, record_id)
    if record is None:
        raise NotFound("No such record.")
    return record


async def list_candidates(service: Service, account_id: str, run_id: str) -> tuple[Candidate, ...]:
    """What each page gave before merging, in order of discovery. Raises NotFound."""
    await get_run(service, account_id, run_id)
    async with service.database.read() as uow:
        found = await uow.tasks(account_id).candidates(run_id)
    return tuple(candidate for candidates in found.values() for candidate in candidates)
