"""A record put right by a person: checked against its pages, kept with what it said before, and learned from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from domain.corrections import Correction, LessonState, Wish, corrected, proof_of, replaced
from domain.errors import Conflict, InvalidInput, NotFound
from domain.evidence import Evidence, Layer, Verdict
from domain.fields import Field, FieldKind, make_field
from domain.normal import LARGEST_AMOUNT
from domain.pages import FetchOutcome, Page, Via
from domain.records import Candidate, FieldValue, Record, Value
from domain.runs import TERMINAL, Run
from domain.stretches import Rows, rows_of
from domain.urls import site_of
from services.archive import load_bodies
from services.claim_process import Search
from services.pool_amends import Heir, amend_pool
from services.records import get_record
from services.runs import get_run
from services.service import Service
from services.verification import fields_of
from services.webhooks import DELIVERIES
from store.repositories.records import fingerprint
from store.unit import UnitOfWork

MAX_PAGES = 5  # of a record, searched for a value: that of the field first
MAX_TEXT = 10_000  # characters of a value
MAX_ITEMS = 200  # of a list
# By kind; beyond the others' a float has no digits left for what a page says.
LARGEST = {
    FieldKind.PRICE: int(LARGEST_AMOUNT) - 1,
    FieldKind.NUMBER: 10**15,
    FieldKind.INTEGER: 10**15,
    FieldKind.RATING: 10**15,
    FieldKind.DURATION: 10**15,
}
_EXPONENT = re.compile(r"\s*[-+]?\d[\d.]*e[-+]?\d+\s*", re.I)


async def correct_record(
    service: Service, account_id: str, run_id: str, record_id: str, values: Mapping[str, Value]
) -> Record:
    """Puts these values in the place of what a record of a finished run says; the record as it then is.

    Each is looked for where the record's archived pages tell of it: where one says it, the verdict is the page's, and
    templates learn the place; else it is marked as the person's word. Raises NotFound; Conflict while the run is
    active; InvalidInput, naming each field that is off.
    """
    run = await get_run(service, account_id, run_id)
    if not run.status.is_terminal:
        raise Conflict(f"Records can be corrected once a job has come to its end; this one is {run.status.value}.")
    record = await get_record(service, account_id, run_id, record_id)
    wishes = _wishes(run, record, values)
    found = await _searched(service, run, record, wishes)
    now = service.clock.now()
    async with service.database.write() as uow:
        await hold_run(uow, service, run)
        before = await uow.records(account_id).get(run_id, record_id)
        if before is None:  # it was merged with another while its pages were searched
            raise NotFound("No such record.")
        new = {name: replaced(before, name, value, now) for name, value in found.items()}
        record = corrected(before, new)
        await uow.records(account_id).put(run_id, {fingerprint(record): record})
        await uow.corrections(account_id).put([_correction(run, record_id, name, new[name]) for name in new], now)
        await amend_pool(uow, service, run, (before,), (Heir(record, record.id),))
    service.signals.changed(run_id)
    service.signals.changed(DELIVERIES)  # of the pool's news
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
            wishes[name] = Wish(field=field, value=value, unit=_unit_told(record.fields.get(name)))
    if problems:
        raise InvalidInput(fields=problems)
    return wishes


def _unit_told(found: FieldValue | None) -> str:
    """The currency that pages gave a field, whatever a person has said since."""
    if found is None:
        return ""
    told = ((each.verdict, each.unit) for each in (found, *found.history))
    return next((unit for verdict, unit in told if verdict is not Verdict.USER and unit), "")


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
    return next((problem for item in items if (problem := _too_large(field.kind, item))), "")


def _too_large(kind: FieldKind, item: Value) -> str:
    largest = LARGEST.get(kind)
    if largest is None:
        return ""
    if isinstance(item, str) and _EXPONENT.fullmatch(item):
        return "write the number out, without an exponent"
    return f"between -{largest} and {largest}" if isinstance(item, int | float) and abs(item) > largest else ""


async def _searched(service: Service, run: Run, record: Record, wishes: Mapping[str, Wish]) -> dict[str, FieldValue]:
    """What each wish is, by the pages that tell of the record. Raises InvalidInput for what its field cannot be."""
    found: dict[str, FieldValue] = {}
    problems: dict[str, str] = {}
    pages: dict[str, Page] = {}
    for name in wishes:
        for page_id in _pages_of(record, name):
            if page_id not in pages and (page := await _page(service, run.account_id, page_id)) is not None:
                pages[page_id] = page
    async with service.database.read() as uow:
        candidates = await uow.tasks(run.account_id).candidates_of(run.id, list(pages))
    rows = {page_id: of_page for page_id in pages if (of_page := _rows(record, page_id, candidates)) is not None}
    for name, wish in wishes.items():
        searched = [pages[page_id] for page_id in _pages_of(record, name) if page_id in pages]
        search = Search(
            tuple(searched) or (_no_page(service, record),),
            replace(wish, rows={page.id: rows[page.id] for page in searched if page.id in rows}),
        )
        told = await service.claims.search(search)
        if told.found is None:
            problems[f"values.{name}"] = f"cannot be read as {wish.field.kind.value}"
        else:
            found[name] = told.found
    if problems:
        raise InvalidInput(fields=problems)
    return found


def _rows(record: Record, page_id: str, candidates: Sequence[Candidate]) -> tuple[Rows, ...] | None:
    """Where a page tells of the record; None where it tells of nothing else."""
    members = {(member.page_id, member.position) for member in record.members}
    proofs = {_place(proof) for value in record.fields.values() for proof in value.evidence}
    own: list[Candidate] = []
    others: list[Candidate] = []
    for each in candidates:
        if each.page_id != page_id:
            continue
        is_own = (page_id, each.position) in members
        if not members:  # a record of before they were kept
            is_own = any(_place(proof) in proofs for value in each.fields.values() for proof in value.evidence)
        (own if is_own else others).append(each)
    return rows_of(own, others) if others else None


def _place(proof: Evidence) -> tuple[str, Layer, int | None]:
    return proof.page_id, proof.layer, proof.start


def _pages_of(record: Record, name: str) -> Sequence[str]:
    """The pages that tell of a record, those of the field first; also where all that they told was put right."""
    own = record.fields.get(name)
    of_field = [proof.page_id for proof in own.evidence] if own else []
    of_record = [proof.page_id for value in record.fields.values() for proof in value.evidence]
    merged_from = [member.page_id for member in record.members]
    return list(dict.fromkeys((*of_field, *of_record, *merged_from)))[:MAX_PAGES]


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


async def hold_run(uow: UnitOfWork, service: Service, run: Run) -> None:
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
