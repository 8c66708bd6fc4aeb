"""Templates learn what people put right, before a run reads the site the next time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import structlog

from agent.reading import READ_DEADLINE_S, ask_of
from domain.corrections import Correction, LessonState
from domain.errors import NotFound, StorageFull
from domain.fields import flat_fields
from domain.pages import Page
from domain.records import Candidate, FieldValue, Value
from domain.runs import Run
from domain.templates import Template
from fetch.offload import Offloader, WorkerDied
from services.pages import get_page
from services.service import Service
from store.unit import UnitOfWork

log = structlog.get_logger()

LESSONS_AT_ONCE = 50  # corrections of one site; the others are learned by the next run


class Teacher:
    """Called with an account and a site. A lesson is a saving, never a result: one that fails is told in the log."""

    def __init__(self, service: Service, offload: Offloader) -> None:
        self._service = service
        self._offload = offload

    async def __call__(self, account_id: str, site: str) -> None:
        async with self._service.database.read() as uow:
            due = await uow.corrections(account_id).due(site, LESSONS_AT_ONCE)
        by_record = sorted(due, key=lambda each: (each.run_id, each.record_id, each.page_id))
        for _, corrections in groupby(by_record, key=lambda each: (each.run_id, each.record_id, each.page_id)):
            await self._learn(account_id, site, list(corrections))

    async def _learn(self, account_id: str, site: str, corrections: Sequence[Correction]) -> None:
        """One record's corrections from one page: its templates and what became of the lesson, all at once."""
        lesson = await self._lesson(account_id, corrections)
        state = LessonState.REFUSED if lesson is None else LessonState.LEARNED
        try:
            async with self._service.database.write() as uow:
                if lesson is not None:
                    await self._keep(uow, account_id, site, lesson, corrections)
                await uow.corrections(account_id).taught(corrections, state)
        except StorageFull as fault:
            log.warning("correction.unlearned", run_id=corrections[0].run_id, why=fault.message)
            return  # it stays due: a run that can still read is not to end for a lesson
        log.info("correction.learned", account_id=account_id, site=site, run_id=corrections[0].run_id, state=state)

    async def _keep(
        self, uow: UnitOfWork, account_id: str, site: str, lesson: Template, corrections: Sequence[Correction]
    ) -> None:
        from agent.extract.corrections import taught_by_person

        templates = uow.templates(account_id)
        known = await templates.of_site(site)
        changed = taught_by_person(known, lesson, [each.field for each in corrections])
        await templates.put(changed, self._service.clock.now())

    async def _lesson(self, account_id: str, corrections: Sequence[Correction]) -> Template | None:
        first = corrections[0]
        async with self._service.database.read() as uow:
            run = await uow.runs(account_id).get(first.run_id)
            record = await uow.records(account_id).holding(first.run_id, first.record_id)
            by_task = await uow.tasks(account_id).candidates(first.run_id)
        if run is None or run.plan is None or record is None:
            return None
        candidates = next((found for found in by_task.values() if found and found[0].page_id == first.page_id), ())
        found = {each.field: each.found for each in corrections}
        try:
            page = await get_page(self._service, account_id, first.page_id)
            return await self._offload.run(
                learn, page, run, candidates, found, record.values(), deadline_s=READ_DEADLINE_S
            )
        except (NotFound, TimeoutError, WorkerDied) as fault:
            log.warning("correction.unlearned", run_id=first.run_id, why=type(fault).__name__)
            return None
        except Exception:
            # A reader's own bug on one page of the wild web costs a lesson, and no run.
            log.exception("correction.unlearned", run_id=first.run_id, page_id=first.page_id)
            return None


def learn(
    page: Page,
    run: Run,
    candidates: tuple[Candidate, ...],
    corrections: dict[str, FieldValue],
    told: dict[str, Value],
) -> Template | None:
    """Its parsers take a second to load: only the worker process does."""
    from agent.extract.corrections import lesson_of_correction

    assert run.plan is not None
    ask = ask_of(run.plan, flat_fields(run.request.fields), many=None)
    return lesson_of_correction(page, ask, candidates, corrections, told)
