"""A finished run checked again: is every value still on its archived page?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from domain.claims import Claim, claims_of
from domain.errors import Conflict, NotFound, TookTooLong
from domain.evidence import Verdict
from domain.fields import Field, flat_fields
from domain.pages import Page
from domain.records import Record
from domain.runs import Run
from domain.verification import MAX_PROBLEMS, Standing, Verification, count_pages, tallied
from services.archive import load_bodies
from services.claim_process import BATCH_BYTES, TOO_LONG, Batch
from services.records import list_records
from services.requests import MAX_RESULTS
from services.runs import get_run
from services.service import Service
from store.repositories.pages import ArchivedPage

DEADLINE_S = 120.0  # a run of 200 pages takes some ten seconds


async def verify_run(service: Service, account_id: str, run_id: str, *, deadline_s: float = DEADLINE_S) -> Verification:
    """Looks for every value of a run in the archive again, as it was looked for when it was read. Nothing is fetched.

    Raises NotFound; Conflict while the run is active; TookTooLong.
    """
    run = await get_run(service, account_id, run_id)
    if not run.status.is_terminal:
        raise Conflict(f"Only a job that has come to its end can be verified; this one is {run.status.value}.")
    records = (await list_records(service, account_id, run_id, limit=MAX_RESULTS)).items
    fields = fields_of(run)
    claims: dict[str, list[Claim]] = {}
    for record in records:
        for claim in claims_of(record, fields):
            claims.setdefault(claim.evidence.page_id, []).append(claim)
    pages: dict[str, Standing] = {}
    told: list[tuple[Claim, Standing]] = []
    try:
        async with asyncio.timeout(deadline_s):
            async for batch in _batches(service, account_id, claims, pages, told):
                answers = await service.claims.check(batch)
                for of_page, answer in zip(batch.claims, answers, strict=True):
                    told += [
                        (claim, Standing.FOUND if holds else Standing.NOT_FOUND)
                        for claim, holds in zip(of_page, answer, strict=True)
                    ]
    except TimeoutError:
        raise TookTooLong(TOO_LONG) from None
    tally = tallied(told)
    return Verification(
        run_id=run_id,
        at=service.clock.now(),
        checked=tally.checked,
        found=tally.found,
        by_user=_count(records, Verdict.USER),
        unsupported=_count(records, Verdict.UNSUPPORTED),
        pages=count_pages(pages),
        problems=tally.problems[:MAX_PROBLEMS],
        problems_total=len(tally.problems),
    )


def fields_of(run: Run) -> dict[str, Field]:
    """The fields that a run asked for, by name: those of its plan, and the caller's own."""
    asked = (*flat_fields(run.request.fields), *(run.plan.fields if run.plan else ()))
    return {field.name: field for field in asked}


def _count(records: Sequence[Record], verdict: Verdict) -> int:
    return sum(found.verdict is verdict for record in records for found in record.fields.values())


async def _batches(
    service: Service,
    account_id: str,
    claims: dict[str, list[Claim]],
    standings: dict[str, Standing],
    told: list[tuple[Claim, Standing]],
) -> AsyncIterator[Batch]:
    """The pages with the claims on them, as many at a time as are small together. What is wrong with a page, and so
    with all claims on it, is put into `standings` and `told`."""
    pages: list[Page] = []
    size = 0
    for page_id in claims:
        page = await _page(service, account_id, page_id)
        standings[page_id] = Standing.FOUND if isinstance(page, Page) else page
        if not isinstance(page, Page):
            told += [(claim, page) for claim in claims[page_id]]
            continue
        sound = [claim for claim in claims[page_id] if claim.evidence.snapshot == page.snapshot]
        if len(sound) < len(claims[page_id]):
            standings[page_id] = Standing.PAGE_CHANGED
            told += [(claim, Standing.PAGE_CHANGED) for claim in claims[page_id] if claim not in sound]
        claims[page_id] = sound
        pages.append(page)
        size += len(page.html) + len(page.text) + sum(len(response.body) for response in page.responses)
        if size > BATCH_BYTES:
            yield _batch(pages, claims)
            pages, size = [], 0
    if pages:
        yield _batch(pages, claims)


def _batch(pages: Sequence[Page], claims: dict[str, list[Claim]]) -> Batch:
    return Batch(tuple(pages), tuple(tuple(claims[page.id]) for page in pages))


async def _page(service: Service, account_id: str, page_id: str) -> Page | Standing:
    """The archived page, or what became of it. A body under the name of another one was changed."""
    async with service.database.read() as uow:
        archived = await uow.pages(account_id).get(page_id)
    if archived is None:
        return Standing.PAGE_GONE
    try:
        return await load_bodies(service, account_id, archived.page, archived.layers)
    except NotFound:
        return await _what_became(service, account_id, archived)


async def _what_became(service: Service, account_id: str, archived: ArchivedPage) -> Standing:
    kept = [await service.blobs.has(account_id, sha256) for sha256 in archived.layers.present()]
    return Standing.PAGE_CHANGED if all(kept) else Standing.PAGE_GONE
