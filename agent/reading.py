"""One task: fetch its page and read what is on it. Every way in which that can fail is a value."""

from __future__ import annotations

import asyncio

import msgspec
import structlog

from agent.extract.reading import READ_DEADLINE_S, Ask, PageReading
from agent.lessons import Lessons
from agent.meter import Meter
from agent.model_step import Added, ModelStep, ModelUse, Warned
from agent.models import ModelChain
from agent.state import Tools
from domain.budgets import Spend
from domain.events import WarningKind
from domain.fields import Field
from domain.pages import FetchOutcome, FetchRequest, Page, PageShape, UnrollEnd, Via
from domain.plans import Comparison, Plan
from domain.records import Candidate
from domain.tasks import FoundBy, Task, TaskStatus
from domain.templates import Template
from domain.urls import site_of
from fetch.offload import WorkerDied

log = structlog.get_logger()

FETCH_DEADLINE_S = 45.0  # HTTP first (15 s), then a browser (30 s) where the page needs one
FETCH_GRACE_S = 5.0  # the fetcher keeps its deadline itself; past this it is broken, and the task fails all the same

# No request left this machine: nothing was spent.
_FREE = frozenset({FetchOutcome.ROBOTS_DENIED, FetchOutcome.UNSAFE_URL, FetchOutcome.BROWSER_UNAVAILABLE})


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a task. `reading` None: the page was not fetched, or could not be read. `learned` are the
    templates that the page changed. A task that is pending still was cut off by the end of the run's own time."""

    task: Task
    page: Page | None = None
    reading: PageReading | None = None
    candidates: tuple[Candidate, ...] = ()
    spend: Spend = Spend()
    warnings: tuple[tuple[WarningKind, str], ...] = ()
    learned: tuple[Template, ...] = ()


def ask_of(plan: Plan, asked: tuple[Field, ...], *, many: bool | None) -> Ask:
    """What to read of a page. `asked` are the fields that the caller named: the plan's others are guesses."""
    named = {field.name for field in asked}
    guessed = frozenset(field.name for field in plan.fields if not field.required and field.name not in named)
    wished = (each for condition in plan.conditions for each in condition.either)
    return Ask(
        fields=plan.fields,
        guessed=guessed,
        entity=plan.entity,
        goal=plan.goal,
        many=many,
        in_places=tuple(str(each.value) for each in wished if each.comparison is Comparison.IN),
    )


async def read_task(
    task: Task,
    ask: Ask,
    tools: Tools,
    meter: Meter,
    lessons: Lessons,
    *,
    scope: str,
    deadline_s: float,
    use: ModelUse | None = None,
) -> Reading:
    """Never raises for the web's faults, nor for a page that no method can read. No `use`: no model is asked.

    `deadline_s` is what is left of the run: a fetch that comes to nothing because it ends leaves the task pending.
    """
    now = asyncio.get_running_loop().time
    began = now()
    pages_left = meter.budget.max_pages - meter.spend.pages - 1
    page = await _fetch(task, tools, scope, min(deadline_s, FETCH_DEADLINE_S), max(0, pages_left))
    spend = cost_of_fetch(page)
    meter.settle(spend)
    if _is_cut_off(page, deadline_s, now() - began):
        return Reading(task=task, spend=spend)
    if page is None or not page.ok:
        return _unread(task, page, spend)
    return await read_fetched(task, page, ask, tools, meter, lessons, spend=spend, use=use)


async def read_fetched(
    task: Task,
    page: Page,
    ask: Ask,
    tools: Tools,
    meter: Meter,
    lessons: Lessons,
    *,
    spend: Spend,
    use: ModelUse | None = None,
) -> Reading:
    """The same of a page that is there already. `spend` is what it cost to get it."""
    site = site_of(page.final_url or page.url)
    was_list = ask.many is None and await lessons.was_list(task.url)
    ask = msgspec.structs.replace(ask, templates=await lessons.of_site(site), was_list=was_list)
    reading = await _read(page, ask, tools)
    if isinstance(reading, str):
        return _unreadable(task, page, spend, reading)
    if before := await lessons.told_before(site, task.url, ask, reading):
        ask = msgspec.structs.replace(ask, before=before)
        again = await _read(page, ask, tools)
        reading = reading if isinstance(again, str) else again
    if not use or not tools.models:
        return _told(task, page, Added(reading=reading, learned=lessons.learn(site, reading)), spend)
    step = _model_step(task, page, use, tools.models, tools, meter, lessons)
    added = await step.read(ask, reading)
    told = _told(task, page, added, spend + added.spend)
    if not use.conditions:
        return told
    checked = await step.check(added.reading, told.candidates, ask.entity)
    return msgspec.structs.replace(
        told,
        candidates=checked.candidates,
        spend=told.spend + checked.spend,
        warnings=(*told.warnings, *checked.warnings),
    )


def _model_step(
    task: Task, page: Page, use: ModelUse, models: ModelChain, tools: Tools, meter: Meter, lessons: Lessons
) -> ModelStep:
    async def reread(anew: Ask) -> PageReading | str:
        return await _read(page, anew, tools)

    return ModelStep(
        task=task,
        page=page,
        site=site_of(page.final_url or page.url),
        use=use,
        models=models,
        offload=tools.offload,
        meter=meter,
        lessons=lessons,
        reread=reread,
    )


def _told(task: Task, page: Page, added: Added, spend: Spend) -> Reading:
    drifted = (_drifted(template) for template in added.learned.drifted)
    return Reading(
        task=_done(task, page, added.reading),
        page=page,
        reading=added.reading,
        candidates=_addressed(task, added.reading),
        spend=spend,
        warnings=(*added.warnings, *_refused(task, page), *_cut(task, page, added.reading), *drifted),
        learned=added.learned.changed,
    )


async def _read(page: Page, ask: Ask, tools: Tools) -> PageReading | str:
    """The reading, or why there is none."""
    try:
        return await tools.offload.run(read, page, ask, deadline_s=READ_DEADLINE_S)
    except TimeoutError:
        return f"reading it took longer than {READ_DEADLINE_S:.0f} s"
    except WorkerDied:
        return "reading it brought the reader down"
    except Exception as fault:
        # A reader's own bug on one page of the wild web: the page fails and is told, the run goes on.
        log.exception("page.unreadable", url=page.url, page_id=page.id)
        return f"the reader failed on it ({type(fault).__name__})"


def _drifted(template: Template) -> tuple[WarningKind, str]:
    pages = "lists" if template.many else "pages about one thing"
    what = f"the template {template.id[:8]} for its {pages} is to be proven anew"
    return WarningKind.TEMPLATE_DRIFTED, f"{template.site} has changed: {what} ({template.drift})"


def _refused(task: Task, page: Page) -> Warned:
    if not page.refused:
        return ()
    hosts = ", ".join(page.refused)
    return ((WarningKind.DATA_REFUSED, f"the scripts of {task.url} want data of {hosts}, which may not be asked"),)


def _cut(task: Task, page: Page, reading: PageReading) -> Warned:
    """A list that its page still had more of."""
    if page.unrolled is not None and page.unrolled.refused:
        where = f"says that it goes on at {page.unrolled.refused}, which is not asked"
        return ((WarningKind.LIST_CUT, f"the list of {task.url} {where}"),)
    if why := reading.open_end or (page.unrolled.why if page.unrolled is not None else ""):
        told = f"the list of {task.url} goes on, and the rest did not come: {why}"
        return ((WarningKind.LIST_CUT, told),)
    if page.unrolled is None or page.unrolled.end is UnrollEnd.COMPLETE or reading.shape is not PageShape.LIST:
        return ()
    if page.unrolled.end is UnrollEnd.REPLACED:
        return (
            (
                WarningKind.LIST_CUT,
                f"{task.url} may have more than was read: it becomes another page when asked for it",
            ),
        )
    rounds = page.unrolled.rounds + page.unrolled.pieces
    return ((WarningKind.LIST_CUT, f"{task.url} has more than was read: it was asked for more {rounds} times"),)


def read(page: Page, ask: Ask) -> PageReading:
    """The cascade over one page. Its parsers and recognisers take a second to load: only the worker process does."""
    from agent.extract.cascade import read_page
    from agent.extract.history import believed
    from agent.extract.subject import line_about

    reading = read_page(page, ask)
    template = next((each for each in ask.templates if each.id == reading.replayed), None)
    candidates = believed(reading.candidates, template) if template else reading.candidates
    return msgspec.structs.replace(reading, about=line_about(page, ask.in_places), candidates=candidates)


async def _fetch(task: Task, tools: Tools, scope: str, deadline_s: float, pieces: int) -> Page | None:
    try:
        async with asyncio.timeout(deadline_s + FETCH_GRACE_S):
            wish = FetchRequest(
                url=task.url,
                scope=scope,
                deadline_s=deadline_s,
                archived=task.page_id,
                unroll=task.found_by is not FoundBy.DETAIL,
                max_pieces=pieces,
            )
            return await tools.fetcher.fetch(wish)
    except TimeoutError:
        return None


def _is_cut_off(page: Page | None, deadline_s: float, took_s: float) -> bool:
    """Whether the fetch ended with the run's time, and not by the site's fault: a site that is out of reach is told
    sooner. The browser gives up a little early, to have time to save what it has."""
    if page is not None and page.outcome is not FetchOutcome.TIMED_OUT:
        return False
    return deadline_s < FETCH_DEADLINE_S and took_s >= deadline_s - min(FETCH_GRACE_S, deadline_s / 2)


def cost_of_fetch(page: Page | None) -> Spend:
    """A further answer of a list's API is a page. None: the fetch came to no end."""
    if page is None:
        return Spend(pages=1)
    if page.outcome in _FREE or page.via is Via.ARCHIVE:
        return Spend()
    pieces = page.unrolled.asked if page.unrolled is not None else 0
    return Spend(pages=1 + pieces, browser_ms=page.elapsed_ms if page.via is Via.BROWSER else 0)


def _addressed(task: Task, reading: PageReading) -> tuple[Candidate, ...]:
    """The page that a list links to is about the list's record: its address is what makes the two one. What the page
    says of all its records is said of each."""
    if reading.about:
        told = tuple(msgspec.structs.replace(each, about=reading.about) for each in reading.candidates)
        reading = msgspec.structs.replace(reading, candidates=told)
    if task.found_by is not FoundBy.DETAIL or reading.shape is PageShape.LIST:
        return reading.candidates
    return tuple(msgspec.structs.replace(candidate, detail_url=task.url) for candidate in reading.candidates[:1])


def _done(task: Task, page: Page, reading: PageReading) -> Task:
    return msgspec.structs.replace(
        task,
        status=TaskStatus.DONE,
        outcome=page.outcome,
        records_found=len(reading.candidates),
        page_id=page.id,
        title=page.title or task.title,
        shape=reading.shape,
    )


def _unread(task: Task, page: Page | None, spend: Spend) -> Reading:
    outcome = page.outcome if page else FetchOutcome.TIMED_OUT
    detail = (page.detail if page else "") or outcome.value.replace("_", " ")
    if task.found_by is FoundBy.PAGINATION and outcome is FetchOutcome.NOT_FOUND and page is not None:
        return _ended(task, page, spend)
    failed = msgspec.structs.replace(
        task, status=TaskStatus.FAILED, outcome=outcome, reason=detail, page_id=page.id if page else ""
    )
    warnings = ()
    if outcome is FetchOutcome.BLOCKED:
        warnings = ((WarningKind.PAGE_BLOCKED, f"{task.url} is blocked: {detail}"),)
    return Reading(task=failed, page=page, spend=spend, warnings=warnings)


def _ended(task: Task, page: Page, spend: Spend) -> Reading:
    """A next page that is none: the list ended with the page before, and nothing failed."""
    done = msgspec.structs.replace(task, status=TaskStatus.DONE, outcome=page.outcome, page_id=page.id)
    return Reading(task=done, page=page, reading=PageReading(), spend=spend)


def _unreadable(task: Task, page: Page, spend: Spend, why: str) -> Reading:
    failed = msgspec.structs.replace(
        task, status=TaskStatus.FAILED, outcome=page.outcome, reason=why, page_id=page.id, title=page.title
    )
    return Reading(task=failed, page=page, spend=spend, warnings=((WarningKind.PAGE_UNREADABLE, f"{task.url}: {why}"),))
