"""What a run knows of the sites it reads: templates recalled from earlier runs, and what its own pages teach.

While a site's template is not proven, models read a few of its pages at a time and the others wait: what they would
spend tokens on, the template may soon give for none.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

import msgspec

from agent.extract.labelling import ColumnAnswer, ColumnQuestion
from agent.extract.placing import PlaceAnswer, PlaceQuestion, ToldPlaces
from agent.extract.reading import Ask, PageReading
from agent.extract.templates import agrees, missed, proved_by
from agent.together import Together
from domain.budgets import Spend
from domain.fields import Field
from domain.pages import PageShape
from domain.records import Value
from domain.templates import PROOFS, Template, asked_of

MAX_KINDS = 4  # kinds of pages of one site for one question; of more, the least proven are forgotten
MAX_LOOKED_BACK = 40  # pages of one site whose earlier values are looked up in one run: three that tell them are enough
UNTAUGHT = 6  # pages of one site that models read without a template proven by them: then none waits any more

LISTS_A_CALL = 6  # lists whose columns are named in one call, at about 200 tokens each
PAGES_A_CALL = 4  # pages about one thing whose cells are named in one call, at 800 tokens each at most

AskAll = Callable[[Sequence[ColumnQuestion]], Awaitable[Sequence[ColumnAnswer]]]
AskPlaces = Callable[[Sequence[PlaceQuestion]], Awaitable[Sequence[PlaceAnswer]]]
Recall = Callable[[str], Awaitable[Sequence[Template]]]
WasList = Callable[[str], Awaitable[bool]]
ToldBefore = Callable[[str], Awaitable[Mapping[str, Value]]]


async def _never(url: str) -> bool:
    return False


async def _nothing(url: str) -> Mapping[str, Value]:
    return {}


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """Templates that a page changed, to be kept; `drifted` are those of them that it took the proof from."""

    changed: tuple[Template, ...] = ()
    drifted: tuple[Template, ...] = ()


class _Queue:
    """Pages of one site that wait for a model, or are being read by one."""

    def __init__(self) -> None:
        self.moved = asyncio.Condition()
        self.going = 0
        self.untaught = 0


class Lessons:
    """`recall` gives what is kept of a site; it is asked once for each. `was_list` says whether an earlier run read a
    list at an address, `told_before` what earlier runs read there of one thing."""

    def __init__(self, recall: Recall, was_list: WasList = _never, told_before: ToldBefore = _nothing) -> None:
        self._recall = recall
        self._told_before = told_before
        self._looked_back: Counter[str] = Counter()
        self.was_list = was_list
        self._known: dict[str, dict[str, Template]] = {}
        self._recalled: dict[str, asyncio.Lock] = {}
        self._queues: dict[str, _Queue] = {}
        self._asking: dict[tuple[str, tuple[str, ...]], Together[ColumnQuestion, ColumnAnswer]] = {}
        self._said: dict[tuple[str, tuple[str, ...], str], ColumnAnswer] = {}
        self._placing: dict[tuple[str, tuple[str, ...]], Together[PlaceQuestion, PlaceAnswer]] = {}
        self._told: dict[tuple[str, tuple[str, ...]], ToldPlaces] = {}

    async def of_site(self, site: str) -> tuple[Template, ...]:
        async with self._recalled.setdefault(site, asyncio.Lock()):
            if site not in self._known:
                self._known[site] = {template.id: template for template in await self._recall(site)}
        return tuple(self._known[site].values())

    async def told_before(self, site: str, url: str, ask: Ask, reading: PageReading) -> dict[str, Value]:
        """What earlier runs read at an address, where its template has changed since and the page tells less now. Asked
        for so many pages of a site as may teach its new template."""
        if reading.replayed or not reading.missing or reading.shape is PageShape.LIST:
            return {}
        asked, strayed = asked_of(ask.fields), {each.id for each in reading.strayed}
        has_changed = any(
            (each.drift or each.id in strayed) and not each.many and each.asked == asked for each in ask.templates
        )
        if not has_changed or self._looked_back[site] >= MAX_LOOKED_BACK:
            return {}
        self._looked_back[site] += 1
        return dict(await self._told_before(url))

    def learn(self, site: str, reading: PageReading) -> Learned:
        """Counts what a page says for and against the templates of its site."""
        known = self._known.setdefault(site, {})
        changed: dict[str, Template] = {}
        drifted: list[Template] = []
        # A page that tells nothing, or that another template reads, is of another kind: that is no drift.
        is_like = bool(reading.candidates) and not reading.replayed
        for stray in reading.strayed:
            template = known.get(stray.id)
            if template is None or not template.is_proven or not (is_like or stray.contradicted):
                continue
            changed[stray.id] = missed(template, stray.why, contradicted=stray.contradicted)
            if not changed[stray.id].is_proven:
                drifted.append(changed[stray.id])
        served = known.get(reading.replayed)
        if served is not None and served.misses:
            changed[served.id] = msgspec.structs.replace(served, misses=0)
        known |= changed
        if reading.template is not None:
            taught = self._taught(known, reading.template)
            changed[taught.id] = known[taught.id] = taught
            self._forget(known, taught)
        return Learned(changed=tuple(changed.values()), drifted=tuple(drifted))

    def _taught(self, known: dict[str, Template], lesson: Template) -> Template:
        """The template that the lesson agrees with, the most proven first, grown by it; else a new one."""
        alike = [template for template in known.values() if agrees(template, lesson)]
        if not alike:
            return lesson
        return proved_by(max(alike, key=lambda template: (template.proofs, template.id)), lesson)

    def _forget(self, known: dict[str, Template], newest: Template) -> None:
        same = [each for each in known.values() if (each.many, each.asked) == (newest.many, newest.asked)]
        for template in sorted(same, key=lambda each: (each.id == newest.id, each.proofs))[:-MAX_KINDS]:
            del known[template.id]

    async def columns(self, question: ColumnQuestion, call: AskAll) -> ColumnAnswer:
        """What a model says of the columns of a list. Questions of one site that come while it thinks go in one call,
        and lists with the same columns are one question. `call` asks about all that it is given."""
        key = question.site, asked_of(question.fields)

        async def ask(questions: Sequence[ColumnQuestion]) -> Sequence[ColumnAnswer]:
            new = {each.layout: each for each in questions if (*key, each.layout) not in self._said}
            said = dict(zip(new, await call(list(new.values())) if new else (), strict=True))
            self._said |= {(*key, layout): answer for layout, answer in said.items() if answer.answered}
            return [said.pop(each.layout, None) or self._said_before(key, each.layout) for each in questions]

        return await self._asking.setdefault(key, Together(LISTS_A_CALL)).ask(question, ask)

    def _said_before(self, key: tuple[str, tuple[str, ...]], layout: str) -> ColumnAnswer:
        """What was said before, for nothing."""
        said = self._said.get((*key, layout), ColumnAnswer())
        return msgspec.structs.replace(said, spend=Spend(), warnings=())

    async def places(self, question: PlaceQuestion, fields: tuple[Field, ...], call: AskPlaces) -> PlaceAnswer:
        """What a model says of the cells of a page about one thing, of which a run wants `fields`. It is asked about
        the cells that no page of the site had before; questions that come while it thinks go in one call."""
        key = question.site, asked_of(fields)
        told = self._told.setdefault(key, ToldPlaces())

        async def ask(questions: Sequence[PlaceQuestion]) -> Sequence[PlaceAnswer]:
            asking: list[PlaceQuestion] = []
            for each in questions:
                left = told.left(each, asking)
                if left is not None:
                    asking.append(left)
            answers = await call(asking) if asking else ()
            for each, answer in zip(asking, answers, strict=True):
                told.add(each, answer)
            first = answers[0] if answers else PlaceAnswer()
            said = [told.answer(each) for each in questions]
            said[0] = msgspec.structs.replace(said[0], spend=first.spend, warnings=first.warnings)
            return said

        return await self._placing.setdefault(key, Together(PAGES_A_CALL)).ask(question, ask)

    @contextlib.asynccontextmanager
    async def turn(self, site: str, fields: tuple[Field, ...], *, many: bool | None = None) -> AsyncGenerator[None]:
        """A page's turn to be read by a model. What was learned while it waited is in `of_site` when it comes. `many`
        says whether it is a list, None that nobody knows."""
        queue = self._queues.setdefault(site, _Queue())
        asked = asked_of(fields)
        proven = self._count_proven(site, asked)
        async with queue.moved:
            await queue.moved.wait_for(
                lambda: (
                    self._count_proven(site, asked) > proven
                    or queue.untaught >= UNTAUGHT
                    or queue.going < self._still_needed(site, asked, many)
                )
            )
            queue.going += 1
            before = self._count_proven(site, asked)
        try:
            yield
        finally:
            async with queue.moved:
                queue.going -= 1
                queue.untaught = 0 if self._count_proven(site, asked) > before else queue.untaught + 1
                queue.moved.notify_all()

    def _count_proven(self, site: str, asked: tuple[str, ...]) -> int:
        return sum(each.is_proven and each.asked == asked for each in self._known.get(site, {}).values())

    def _still_needed(self, site: str, asked: tuple[str, ...], many: bool | None) -> int:
        """Pages that would prove the template that is nearest to it."""
        known = (each for each in self._known.get(site, {}).values() if many in {None, each.many})
        best = max((each.proofs for each in known if each.asked == asked and not each.is_proven), default=0)
        return max(1, PROOFS - best)
