"""Templates learn what people put right, before a run reads the site the next time."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog
from msgspec.structs import replace

from agent.extract.reading import EarlierCorrection
from agent.reading import READ_DEADLINE_S, ask_of
from domain.corrections import Correction, LessonState
from domain.errors import NotFound, StorageFull
from domain.fields import flat_fields
from domain.pages import Page
from domain.records import Candidate, FieldValue, Note, Value
from domain.runs import TERMINAL, Run
from domain.templates import Template
from fetch.offload import Offloader, WorkerDied
from services.pages import get_page
from services.service import Service
from store.repositories.records import fingerprint
from store.unit import UnitOfWork

log = structlog.get_logger()

HEARD = 12  # earlier corrections of the same fields that are asked about a lesson: a parse each
LESSONS_AT_ONCE = 50  # corrections of one site; the others are learned by the next run


class Teacher:
    """Called with an account and a site. A lesson is a saving, never a result: one that fails is told in the log."""

    def __init__(self, service: Service, offload: Offloader) -> None:
        self._service = service
        self._offload = offload

    async def __call__(self, account_id: str, site: str) -> None:
        async with self._service.database.read() as uow:
            due = await uow.corrections(account_id).due(site, LESSONS_AT_ONCE)
        by_record: dict[tuple[str, str, str], list[Correction]] = {}
        for each in due:  # in the order in which they were made: the later one has to agree with the earlier
            by_record.setdefault((each.run_id, each.record_id, each.page_id), []).append(each)
        for corrections in by_record.values():
            await self._learn(account_id, site, corrections)

    async def _learn(self, account_id: str, site: str, corrections: Sequence[Correction]) -> None:
        """One record's corrections from one page: its templates and what became of the lesson, all at once."""
        lesson = await self._lesson(account_id, corrections)
        held = frozenset[str]() if lesson is None else await self._held(account_id, site, lesson, corrections)
        kept = [each for each in corrections if each.field not in held]
        state = LessonState.REFUSED if lesson is None else LessonState.LEARNED
        try:
            async with self._service.database.write() as uow:
                if lesson is not None and kept:
                    await self._keep(uow, account_id, site, lesson, kept, held)
                await self._note(uow, account_id, kept, state, Note.NONE)
                contradicted = [each for each in corrections if each.field in held]
                await self._note(uow, account_id, contradicted, LessonState.HELD, Note.CONTRADICTED)
        except StorageFull as fault:
            log.warning("correction.unlearned", run_id=corrections[0].run_id, why=fault.message)
            return  # it stays due: a run that can still read is not to end for a lesson
        run_id = corrections[0].run_id
        log.info("correction.learned", account_id=account_id, site=site, run_id=run_id, state=state, held=sorted(held))

    async def _keep(
        self,
        uow: UnitOfWork,
        account_id: str,
        site: str,
        lesson: Template,
        corrections: Sequence[Correction],
        held: Collection[str],
    ) -> None:
        from agent.extract.corrections import taught_by_person, without

        templates = uow.templates(account_id)
        known = await templates.of_site(site)
        changed = taught_by_person(known, without(lesson, held), [each.field for each in corrections])
        await templates.put(changed, self._service.clock.now())

    async def _note(
        self, uow: UnitOfWork, account_id: str, corrections: Sequence[Correction], state: LessonState, note: Note
    ) -> None:
        """What became of lessons, beside the corrections and in the record itself."""
        noted = await uow.corrections(account_id).taught(corrections, state, note)
        if not noted or all(each.found.note == note for each in corrections):
            return
        run_id, record_id = corrections[0].run_id, corrections[0].record_id
        now = self._service.clock.now()
        if await uow.runs(account_id).move(run_id, TERMINAL, {}, [], now) is None:
            return  # it was extended: its records are merged anew, with their corrections
        record = await uow.records(account_id).get(run_id, record_id)
        if record is None:
            return
        told = {name: replace(value, note=note) for name, value in record.fields.items() if name in noted}
        record = replace(record, fields={**record.fields, **told})
        await uow.records(account_id).put(run_id, {fingerprint(record): record})

    async def _held(
        self, account_id: str, site: str, lesson: Template, corrections: Sequence[Correction]
    ) -> frozenset[str]:
        """The fields that the lesson is not to teach, as `outvoted` has them."""
        names = [each.field for each in corrections]
        record = corrections[0].run_id, corrections[0].record_id
        async with self._service.database.read() as uow:
            known = tuple(await uow.templates(account_id).of_site(site))
            earlier = await uow.corrections(account_id).earlier(site, names, HEARD)
        heard = [await self._heard(account_id, each) for each in earlier if (each.run_id, each.record_id) != record]
        told = tuple(each for each in heard if each is not None)
        try:
            return await self._offload.run(weigh, known, lesson, names, told, deadline_s=READ_DEADLINE_S)
        except (TimeoutError, WorkerDied) as fault:
            log.warning("correction.unlearned", run_id=corrections[0].run_id, why=type(fault).__name__)
            return frozenset(names)  # better no rule than one that may undo what was shown before
        except Exception:
            # As in `_lesson`: a reader's own bug costs a lesson, and no run.
            log.exception("correction.unlearned", run_id=corrections[0].run_id, page_id=corrections[0].page_id)
            return frozenset(names)

    async def _heard(self, account_id: str, earlier: Correction) -> EarlierCorrection | None:
        """None where its run, its record or its page is gone."""
        async with self._service.database.read() as uow:
            run = await uow.runs(account_id).get(earlier.run_id)
            record = await uow.records(account_id).holding(earlier.run_id, earlier.record_id)
        if run is None or run.plan is None or record is None:
            return None
        try:
            page = await get_page(self._service, account_id, earlier.page_id)
        except NotFound:
            return None
        told = {**record.values(), earlier.field: earlier.found.value}
        ask = ask_of(run.plan, flat_fields(run.request.fields), many=None)
        return EarlierCorrection(page=page, ask=ask, field=earlier.field, told=told)

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


def weigh(
    known: tuple[Template, ...], lesson: Template, corrected: list[str], earlier: tuple[EarlierCorrection, ...]
) -> frozenset[str]:
    """As `learn`, in the worker process."""
    from agent.extract.corrections import taught_by_person
    from agent.extract.votes import outvoted

    return outvoted(known, taught_by_person(known, lesson, corrected), lesson, corrected, earlier)
