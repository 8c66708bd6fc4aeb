"""A record put right by a person: checked against its pages, kept with what it said before, and learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.corrections import Correction, LessonState, Wish, corrected, proof_of, replaced
from domain.errors import Conflict, InvalidInput, NotFound
from domain.evidence import Layer, Verdict
from domain.fields import Field, make_field
from domain.pages import FetchOutcome, Page, Via
from domain.records import FieldValue, Record, Value
from domain.runs import TERMINAL, Run
from domain.urls import site_of
from services.archive import load_bodies
from services.claim_process import Search
from services.records import get_record
from services.runs import get_run
from services.service import Service
from services.verification import fields_of
from store.repositories.records import fingerprint
from store.unit import UnitOfWork

MAX_PAGES = 5  # of a record, searched for a value: that of the field first
MAX_TEXT = 10_000  # characters of a value
MAX_ITEMS = 200  # of a list


async def correct_record(
    service: Service, account_id: str, run_id: str, record_id: str, values: Mapping[str, Value]
) -> Record:
    """Puts these values in the place of what a record of a finished run says; the record as it then is.

    Each is looked for in the record's archived pages: where one says it, the verdict is the page's, and templates learn
    the place; else it is marked as the person's word. Raises NotFound; Conflict while the run is active; InvalidInput,
    naming each field that is off.
    """
    run = await get_run(service, account_id, run_id)
    if not run.status.is_terminal:
        raise Conflict(f"Records can be corrected once a job has come to its end; this one is {run.status.value}.")
    record = await get_record(service, account_id, run_id, record_id)
    wishes = _wishes(run, record, values)
    found = await _searched(service, account_id, record, wishes)
    now = service.clock.now()
    async with service.database.write() as uow:
        await _hold(uow, service, run)
        record = await uow.records(account_id).get(run_id, record_id) or record
        new = {name: replaced(record, name, value, now) for name, value in found.items()}
        record = corrected(record, new)
        await uow.records(account_id).put(run_id, {fingerprint(record): record})
        await uow.corrections(account_id).put([_correction(run, record_id, name, new[name]) for name in new], now)
    service.signals.changed(run_id)
    return record


def _wishes(run: Run, record: Record, values: Mapping[str, Value]) -> dict[str, Wish]:
    known = fields_of(run)
    names = dict.fromkeys((*known, *record.fields))
    problems: dict[str, str] = {}
    wishes: dict[str, Wish] = {}
    if not values:
        raise InvalidInput(fields={"values": "name at least one field"})
    for name, value in values.items():
        if name not in names:
            problems[f"values.{name[:80]}"] = f"this job has no such field; it has {', '.join(names)}"
            continue
        field = known.get(name) or make_field(name)
        if problem := _problem(field, value):
            problems[f"values.{name}"] = problem
        else:
            wishes[name] = Wish(field=field, value=value, near=_begins(record))
    if problems:
        raise InvalidInput(fields=problems)
    return wishes


def _begins(record: Record) -> dict[str, int]:
    """Where each page's text begins to tell of the record."""
    begins: dict[str, int] = {}
    for found in record.fields.values():
        for proof in found.evidence:
            if proof.start is not None and proof.layer is Layer.TEXT:
                begins[proof.page_id] = min(proof.start, begins.get(proof.page_id, proof.start))
    return begins


def _problem(field: Field, value: Value) -> str:
    if field.children:
        return "a list of objects cannot be corrected"
    if field.many != isinstance(value, list):
        return "expected a list" if field.many else "expected one value"
    items = value if isinstance(value, list) else [value]
    if not 1 <= len(items) <= MAX_ITEMS:
        return f"between 1 and {MAX_ITEMS} items"
    if any(isinstance(item, list | dict) or item is None for item in items):
        return "expected text, a number or true or false"
    if any(not str(item).strip() or len(str(item)) > MAX_TEXT for item in items):
        return f"between 1 and {MAX_TEXT} characters"
    return ""


async def _searched(
    service: Service, account_id: str, record: Record, wishes: Mapping[str, Wish]
) -> dict[str, FieldValue]:
    """What each wish is, by the pages that tell of the record. Raises InvalidInput for what its field cannot be."""
    found: dict[str, FieldValue] = {}
    problems: dict[str, str] = {}
    pages: dict[str, Page] = {}
    for name, wish in wishes.items():
        ids = _pages_of(record, name)
        for page_id in ids:
            if page_id not in pages and (page := await _page(service, account_id, page_id)) is not None:
                pages[page_id] = page
        searched = [pages[page_id] for page_id in ids if page_id in pages]
        told = await service.claims.search(Search(tuple(searched) or (_no_page(service, record),), wish))
        if told.found is None:
            problems[f"values.{name}"] = f"cannot be read as {wish.field.kind.value}"
        else:
            found[name] = told.found
    if problems:
        raise InvalidInput(fields=problems)
    return found


def _pages_of(record: Record, name: str) -> Sequence[str]:
    """The pages that tell of a record, those of the field first."""
    own = record.fields.get(name)
    of_field = [proof.page_id for proof in own.evidence] if own else []
    of_record = [proof.page_id for value in record.fields.values() for proof in value.evidence]
    return list(dict.fromkeys((*of_field, *of_record)))[:MAX_PAGES]


async def _page(service: Service, account_id: str, page_id: str) -> Page | None:
    async with service.database.read() as uow:
        archived = await uow.pages(account_id).get(page_id)
    if archived is None:
        return None
    try:
        return await load_bodies(service, account_id, archived.page, archived.layers)
    except NotFound:
        return None


def _no_page(service: Service, record: Record) -> Page:
    """Stands in where the archive is gone: it says nothing, and has an address to resolve links by."""
    url = next(iter(record.sources), "")
    at = service.clock.now()
    return Page(id="", url=url, final_url=url, outcome=FetchOutcome.NOT_FOUND, via=Via.ARCHIVE, fetched_at=at)


async def _hold(uow: UnitOfWork, service: Service, run: Run) -> None:
    """Holds the run's row: nobody extends or deletes it while its record is put right."""
    if await uow.runs(run.account_id).move(run.id, TERMINAL, {}, [], service.clock.now()) is None:
        raise Conflict("This job has changed in the meantime.")


def _correction(run: Run, record_id: str, name: str, found: FieldValue) -> Correction:
    proof = None if found.verdict is Verdict.USER else proof_of(found)
    return Correction(
        run_id=run.id,
        record_id=record_id,
        field=name,
        found=found,
        lesson=LessonState.DUE if proof else LessonState.NONE,
        page_id=proof.page_id if proof else "",
        site=site_of(proof.url) if proof else "",
    )
