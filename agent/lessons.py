"""What a run knows of the sites it reads: templates recalled from earlier runs, and what its own pages teach.

While a site's template is not proven, models read a few of its pages at a time and the others wait: what they would
spend tokens on, the template may soon give for none.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

import msgspec

from agent.extract.reading import PageReading
from agent.extract.templates import agrees, missed, proved_by
from domain.fields import Field
from domain.templates import PROOFS, Template, asked_of

MAX_KINDS = 4  # kinds of pages of one site for one question; of more, the least proven are forgotten
UNTAUGHT = 6  # pages of one site that models read without a template proven by them: then none waits any more

Recall = Callable[[str], Awaitable[Sequence[Template]]]
WasList = Callable[[str], Awaitable[bool]]


async def _never(url: str) -> bool:
    return False


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
    list at an address."""

    def __init__(self, recall: Recall, was_list: WasList = _never) -> None:
        self._recall = recall
        self.was_list = was_list
        self._known: dict[str, dict[str, Template]] = {}
        self._recalled: dict[str, asyncio.Lock] = {}
        self._queues: dict[str, _Queue] = {}

    async def of_site(self, site: str) -> tuple[Template, ...]:
        async with self._recalled.setdefault(site, asyncio.Lock()):
            if site not in self._known:
                self._known[site] = {template.id: template for template in await self._recall(site)}
        return tuple(self._known[site].values())

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

    @contextlib.asynccontextmanager
    async def turn(self, site: str, fields: tuple[Field, ...]) -> AsyncGenerator[None]:
        """A page's turn to be read by a model. What was learned while it waited is in `of_site` when it comes."""
        queue = self._queues.setdefault(site, _Queue())
        asked = asked_of(fields)
        proven = self._count_proven(site, asked)
        async with queue.moved:
            await queue.moved.wait_for(
                lambda: (
                    self._count_proven(site, asked) > proven
                    or queue.untaught >= UNTAUGHT
                    or queue.going < self._still_needed(site, asked)
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

    def _still_needed(self, site: str, asked: tuple[str, ...]) -> int:
        """Pages that would prove the template that is nearest to it."""
        known = self._known.get(site, {}).values()
        best = max((each.proofs for each in known if each.asked == asked and not each.is_proven), default=0)
        return max(1, PROOFS - best)
