"""The last step of reading a page: a model names the columns of its list or the cells of its one thing, or copies what
no cheaper method could read.

Columns and cells come first: an answer about them is a few numbers, and serves all pages of a kind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec
import structlog

from agent.extract.labelling import ColumnAnswer, ColumnQuestion
from agent.extract.placing import PlaceAnswer, PlaceQuestion
from agent.extract.reading import READ_DEADLINE_S, Ask, PageReading
from agent.extract.templates import named_places
from agent.lessons import Learned, Lessons
from agent.links import lacks
from agent.meter import Meter
from agent.models import ModelChain
from agent.words import fold, singular
from domain.budgets import Spend
from domain.events import WarningKind
from domain.fields import Field
from domain.pages import Page, PageShape
from domain.plans import Condition
from domain.records import Candidate
from domain.tasks import FoundBy, Task
from domain.templates import Template
from fetch.offload import Offloader, WorkerDied

log = structlog.get_logger()

T = TypeVar("T")
Warned = tuple[tuple[WarningKind, str], ...]
Reread = Callable[[Ask], Awaitable[PageReading | str]]


class ModelUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a model may be asked for: `fields` that are worth its tokens. Those in `by_detail` are left to the pages
    about each thing where a list links to them. `words` are the goal's: a page without any is none of its business.
    `conditions` are asked about where rules leave them unclear."""

    fields: tuple[Field, ...]
    by_detail: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    conditions: tuple[Condition, ...] = ()


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """A reading with what a model added to it, what that cost, and what the page taught."""

    reading: PageReading
    learned: Learned = Learned()
    spend: Spend = Spend()
    warnings: Warned = ()


class ModelStep(msgspec.Struct, frozen=True, kw_only=True):
    """What a model may do for one page. `reread` reads it again by the rules, with what is known by then."""

    task: Task
    page: Page
    site: str
    use: ModelUse
    models: ModelChain
    offload: Offloader
    meter: Meter
    lessons: Lessons
    reread: Reread

    async def read(self, ask: Ask, reading: PageReading) -> Added:
        """What a model adds once it is the page's turn: by then another page may have taught all that is missing."""
        question = await self._columns_to_name(ask, reading)
        if question is None and not self._fields_to_copy(reading):
            return Added(reading=reading, learned=self.lessons.learn(self.site, reading))
        many = {PageShape.LIST: True, PageShape.DETAIL: False}.get(reading.shape)
        async with self.lessons.turn(self.site, ask.fields, many=many):
            templates = await self.lessons.of_site(self.site)
            if _teach_more(templates, ask.templates):
                ask = msgspec.structs.replace(ask, templates=templates)
                again = await self.reread(ask)
                reading = reading if isinstance(again, str) else again
                question = await self._columns_to_name(ask, reading)
            added = await self._add(ask, reading, question)
            return msgspec.structs.replace(added, learned=self.lessons.learn(self.site, added.reading))

    def _fields_to_copy(self, reading: PageReading) -> tuple[Field, ...]:
        """The fields to ask for out of the page's text; none where it would be a waste, or a template has said all."""
        if not reading.candidates:
            return self.use.fields if self._is_of_the_goal() else ()
        fields = tuple(field for field in self.use.fields if field.name not in reading.settled)
        if reading.shape is PageShape.LIST and self.task.found_by is not FoundBy.DETAIL:
            lacking = [each for each in reading.candidates if lacks(each.fields, fields)]
            if all(each.detail_url for each in lacking):
                fields = tuple(field for field in fields if field.name not in self.use.by_detail)
        return tuple(field for field in fields if any(lacks(each.fields, (field,)) for each in reading.candidates))

    async def _columns_to_name(self, ask: Ask, reading: PageReading) -> ColumnQuestion | None:
        """The question about the columns of the page's list; None where it is no list, or nothing is left to tell. A
        field that a list may tell is looked for there before pages about each thing are opened."""
        is_found = bool(reading.candidates)
        if ask.many is False or (is_found and reading.shape is not PageShape.LIST):
            return None
        if not is_found and not self._is_of_the_goal():
            return None
        missing = {field.name for field in self.use.fields} & set(reading.missing) - set(reading.settled)
        fields = tuple(field for field in self.use.fields if field.name in missing)
        if not fields:
            return None
        return await self._offloaded(question_of, self.page, ask, fields, is_found)

    async def _add(self, ask: Ask, reading: PageReading, question: ColumnQuestion | None) -> Added:
        """The reading with the columns that a model named; where it named none, with what it copied."""
        answer = await self._named(question) if question is not None else ColumnAnswer()
        if question is not None and answer.labels:
            labelled = await self.reread(msgspec.structs.replace(ask, labels=answer.labels, many=True))
            if not isinstance(labelled, str) and _tells_more(labelled, reading, question.fields):
                labelled = _with_blanks(labelled, question.fields)
                return Added(reading=labelled, spend=answer.spend, warnings=answer.warnings)
        fields = self._fields_to_copy(reading)
        if not fields:
            if question is not None and answer.answered:
                reading = _with_blanks(reading, question.fields)
            return Added(reading=reading, spend=answer.spend, warnings=answer.warnings)
        placed = await self._placed(ask, reading, fields)
        # One that failed at columns or cells and can copy is not down; one that fails at all says so once.
        warnings = (*(answer.warnings if answer.answered else ()), *placed.warnings)
        spend = answer.spend + placed.spend
        if not placed.left:
            return Added(reading=placed.reading, spend=spend, warnings=warnings)
        copied = await self._copied(placed.ask, placed.reading, placed.left)
        return msgspec.structs.replace(copied, spend=spend + copied.spend, warnings=(*warnings, *copied.warnings))

    async def _placed(self, ask: Ask, reading: PageReading, fields: tuple[Field, ...]) -> Placed:
        """The reading of a page about one thing with the cells that a model named. What it named none for is left to be
        copied where the page says more than its cells do."""
        unplaced = Placed(ask=ask, reading=reading, left=fields)
        if reading.shape is not PageShape.DETAIL and (reading.candidates or ask.many is not False):
            return unplaced
        question = await self._offloaded(cells_of, self.page, ask, fields, reading.candidates)
        if question is None:
            return unplaced
        answer = await self._pointed_at(question, ask.fields)
        if not answer.answered:
            return msgspec.structs.replace(unplaced, spend=answer.spend)
        if answer.places:
            ask = msgspec.structs.replace(ask, places=answer.places, many=False)
            again = await self.reread(ask)
            reading = reading if isinstance(again, str) else again
        lacking = self._fields_to_copy(reading)
        left = tuple(field for field in lacking if not question.is_whole or field.name in answer.open)
        reading = reading if left else _with_blanks(reading, fields)
        return Placed(ask=ask, reading=reading, left=left, spend=answer.spend, warnings=answer.warnings)

    async def check(self, reading: PageReading, candidates: tuple[Candidate, ...], entity: str) -> Checked:
        """The conditions that rules leave unclear, read out of the page by a model."""
        # pydantic models are built on import: only where a model is asked.
        from agent.extract.model_checks import check_by_model

        checked = await check_by_model(
            self.page,
            candidates,
            self.use.conditions,
            self.models,
            shape=reading.shape,
            entity=entity,
            meter=self.meter,
        )
        return Checked(candidates=checked.candidates, spend=checked.spend, warnings=checked.warnings)

    def _is_of_the_goal(self) -> bool:
        return bool(self.use.words & {singular(word) for word in fold(self.page.text).split()})

    async def _named(self, question: ColumnQuestion) -> ColumnAnswer:
        from agent.extract.model_labels import name_columns  # as above

        async def call(questions: Sequence[ColumnQuestion]) -> Sequence[ColumnAnswer]:
            return await name_columns(questions, self.models, self.meter)

        return await self.lessons.columns(question, call)

    async def _pointed_at(self, question: PlaceQuestion, fields: tuple[Field, ...]) -> PlaceAnswer:
        from agent.extract.model_rules import name_places  # as above

        async def call(questions: Sequence[PlaceQuestion]) -> Sequence[PlaceAnswer]:
            return await name_places(questions, self.models, self.meter)

        return await self.lessons.places(question, fields, call)

    async def _copied(self, ask: Ask, reading: PageReading, fields: tuple[Field, ...]) -> Added:
        from agent.extract.model import fill  # as above

        filled = await fill(self.page, ask, reading, self.models, self.offload, fields=fields, meter=self.meter)
        taught = reading.template if ask.places else None
        if filled.candidates and filled.is_whole:
            questions = tuple(field.name for field in fields)
            is_list = reading.shape is PageShape.LIST or len(filled.candidates) > 1
            taught = await self._offloaded(learn_from, self.page, ask, filled.candidates, questions, is_list)
        shape = _shape_of(reading, filled.candidates, ask)
        reading = msgspec.structs.replace(reading, candidates=filled.candidates, template=taught, shape=shape)
        return Added(reading=reading, spend=filled.spend, warnings=filled.warnings)

    async def _offloaded(self, work: Callable[..., T], *arguments: object) -> T | None:
        """What a worker process makes of the page. Both lessons and questions are savings, never a result: without one
        the page is read as it would be."""
        try:
            return await self.offload.run(work, *arguments, deadline_s=READ_DEADLINE_S)
        except (TimeoutError, WorkerDied):
            return None
        except Exception:
            log.exception("page.unlearned", url=self.page.url, page_id=self.page.id)
            return None


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A reading with what stands in the cells that a model named; `left` are the fields to be copied out of prose,
    `ask` is what to read of the page from here on."""

    ask: Ask
    reading: PageReading
    left: tuple[Field, ...]
    spend: Spend = Spend()
    warnings: Warned = ()


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A page's candidates with the checks that a model made."""

    candidates: tuple[Candidate, ...]
    spend: Spend
    warnings: Warned


def _teach_more(templates: tuple[Template, ...], known: tuple[Template, ...]) -> bool:
    """Whether another page taught something while this one waited: a list's first page does so alone, and one of which
    a model named the cells."""
    before = {template.id: template.is_proven for template in known}
    return any(
        template.is_proven > before.get(template.id, False)
        or (template.id not in before and (template.many or named_places(template)))
        for template in templates
    )


def _tells_more(labelled: PageReading, reading: PageReading, fields: tuple[Field, ...]) -> bool:
    """Whether a column that a model named tells something that was missing, of no fewer things."""
    names = {field.name for field in fields}
    found = {name for each in labelled.candidates for name in each.fields} & names
    told = {name for each in reading.candidates for name in each.fields} & names
    return bool(found - told) and 2 * len(labelled.candidates) > len(reading.candidates)


def _with_blanks(labelled: PageReading, fields: tuple[Field, ...]) -> PageReading:
    """The lesson knows what was looked for in these columns or cells, and is in none."""
    if labelled.template is None:
        return labelled
    blanks = {field.name: 1 for field in fields if field.name in labelled.missing}
    return msgspec.structs.replace(labelled, template=msgspec.structs.replace(labelled.template, blanks=blanks))


def _shape_of(reading: PageReading, candidates: tuple[Candidate, ...], ask: Ask) -> PageShape:
    """What a page is once a model read it too."""
    if reading.shape is PageShape.LIST or len(candidates) > 1 or (candidates and ask.was_list):
        return PageShape.LIST
    return PageShape.DETAIL if candidates else reading.shape


def question_of(page: Page, ask: Ask, fields: tuple[Field, ...], is_found: bool) -> ColumnQuestion | None:
    """Its parsers take a second to load: only the worker process does."""
    from agent.extract.model_columns import columns_to_name

    return columns_to_name(page, ask, fields, is_found=is_found)


def cells_of(
    page: Page, ask: Ask, fields: tuple[Field, ...], candidates: tuple[Candidate, ...]
) -> PlaceQuestion | None:
    from agent.extract.model_places import places_to_name  # as above

    return places_to_name(page, ask, fields, candidates)


def learn_from(
    page: Page, ask: Ask, candidates: tuple[Candidate, ...], questions: tuple[str, ...], is_list: bool
) -> Template | None:
    from agent.extract.transfer import Lesson, lesson_of

    return lesson_of(Lesson(page=page, ask=ask, candidates=candidates, questions=questions, is_list=is_list))
