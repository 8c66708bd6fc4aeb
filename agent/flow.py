"""A flow's run: a goal on the flow's page where it only reads, else a browser driven step by step.

Each step is told as it ends, each page that a step reads is a task with an archived page. A run that is taken up again
takes its steps from the first; a page that it reads again takes the place of what it read before, so that no record
comes twice.
"""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from agent import goal
from agent.extract.pagination import NEXT_WORDS
from agent.frontier import task_id, url_key
from agent.lessons import Lessons
from agent.links import goal_words
from agent.meter import Meter
from agent.planner import make_plan
from agent.reading import ModelUse, Reading, ask_of, read_fetched
from agent.selection import Selection, cut, gaps_of, selected
from agent.state import Ending, Journal, RunState, StepResult, TaskResult, Tools
from agent.stop import reason_of
from agent.watch import Watch
from domain.actions import Extract, Navigate, Paginate, Screenshot, Step, StepOutcome
from domain.budgets import Spend
from domain.errors import BudgetSpent, DeadlinePassed, LeaseLost, RunStopped
from domain.events import WarningKind
from domain.exclusions import Exclusions
from domain.pages import FetchOutcome, Page
from domain.plans import Plan
from domain.records import Candidate, Record
from domain.requests import FlowMode, FlowRequest, GoalRequest
from domain.run_request import RunRequest
from domain.runs import TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus
from domain.urls import site_of
from fetch.interaction import Acted, CannotInteract, Interaction

OPENING = -1  # the index of the step that opens the flow's URL, where the first step does not
PLACES = 1000  # positions of tasks kept free for the pages of one step
_NO_PAGE = {
    FetchOutcome.BROWSER_UNAVAILABLE: StepOutcome.UNSUPPORTED,
    FetchOutcome.TIMED_OUT: StepOutcome.TIMED_OUT,
}


async def pursue(state: RunState, tools: Tools, journal: Journal) -> Ending:
    """Runs one flow. Whatever stops it, what was found is in the ending. Raises what `goal.pursue` raises."""
    request = state.request
    assert isinstance(request, FlowRequest)
    if not drives_browser(request):
        return await goal.pursue(msgspec.structs.replace(state, request=as_goal(request)), tools, journal)
    walk = Walk(state, request, tools, journal)
    try:
        reason, detail = await walk.run()
    except LeaseLost:
        raise
    except RunStopped as stopped:
        reason, detail = reason_of(stopped), stopped.message
    return await walk.end(reason, detail)


def drives_browser(request: FlowRequest) -> bool:
    """Whether a flow does more than to read a page and what it leads to. Without steps it does no more, in any mode."""
    if request.mode is FlowMode.INTERACT and request.steps:
        return True
    opened = [step for step in request.steps if isinstance(step, Navigate)]
    read = [step for step in request.steps if isinstance(step, Extract)]
    others = len(request.steps) - len(opened) - len(read)
    return others > 0 or len(opened) > 1 or any(step.selector for step in read)


def as_goal(request: FlowRequest) -> GoalRequest:
    """The same wish as a goal on the flow's page, or on the one that its only step opens."""
    opened = next((step.url for step in request.steps if isinstance(step, Navigate) and step.url), request.url)
    common: dict[str, Any] = {name: getattr(request, name) for name in RunRequest.__struct_fields__}
    return msgspec.structs.replace(GoalRequest(**common), url=opened)


class Walk:
    """One flow in progress: the plan of what to read, the step that it is at, and what its pages gave."""

    def __init__(self, state: RunState, request: FlowRequest, tools: Tools, journal: Journal) -> None:
        self._run_id, self._request, self._tools, self._journal = state.run_id, request, tools, journal
        self._known_plan = state.plan
        self._watch = Watch(state, journal, tools.clock)
        self._meter = Meter(request.budget, state.spend)
        self._lessons = Lessons(journal.recall, journal.was_list, journal.told_before)
        self._exclusions = Exclusions(())
        self._decisions = state.decisions
        self._places = {task.id: task.position for task in state.tasks}
        self._candidates: dict[str, tuple[Candidate, ...]] = dict(state.candidates)
        self._selection = Selection(kept=())
        self._pictures = 0

    async def run(self) -> tuple[TerminationReason, str]:
        """Why it ended, and one line on that."""
        plan = await self._planned()
        if self._candidates:
            await self._select(plan)
        if self._request.preview:
            return TerminationReason.SOURCES_EXHAUSTED, ""
        async with contextlib.AsyncExitStack() as stack:
            lent = self._tools.fetcher.interact(self._run_id, self._watch.seconds_left())
            try:
                hand = await self._watch.over(stack.enter_async_context(lent))
            except CannotInteract as fault:
                outcome = _NO_PAGE.get(fault.outcome, StepOutcome.CRASHED)
                await self._tell(OPENING, Navigate(), Acted(outcome=outcome, detail=fault.message))
                return TerminationReason.STEP_FAILED, fault.message
            return await self._take_steps(hand, plan)

    async def end(self, reason: TerminationReason, detail: str) -> Ending:
        """The last words: spend that no result carried, and what the caller should know."""
        untold = self._meter.untold()
        if untold != Spend():
            await self._journal.sources_found((), (), untold)
        for kind, message in gaps_of(self._selection):
            await self._warn(kind, message)
        records, apart = self._records()
        return Ending(reason=reason, records=records, apart=apart, detail=detail)

    async def _planned(self) -> Plan:
        if self._known_plan is not None:
            await self._warn(WarningKind.STARTED_AGAIN, "It was taken up again: its steps start from the first.")
            return self._known_plan
        planned = await self._watch.over(make_plan(as_goal(self._request), self._tools.models, self._meter))
        self._meter.tell(planned.spend)
        await self._journal.planned(planned.plan, planned.spend)
        for kind, message in planned.warnings:
            await self._warn(kind, message)
        return planned.plan

    async def _take_steps(self, hand: Interaction, plan: Plan) -> tuple[TerminationReason, str]:
        steps = list(enumerate(self._request.steps))
        if not steps or not isinstance(steps[0][1], Navigate):
            steps.insert(0, (OPENING, Navigate()))
        for index, step in steps:
            await self._watch.check()
            if self._request.budget.is_spent(self._meter.spend):
                raise BudgetSpent
            acted = await self._taken(index, step, hand, plan)
            if not acted.is_done:
                if acted.outcome is StepOutcome.TIMED_OUT and not self._watch.seconds_left():
                    raise DeadlinePassed
                return TerminationReason.STEP_FAILED, f"{_name_of(index, step)}: {acted.detail or acted.outcome.value}"
        return TerminationReason.STEPS_DONE, ""

    async def _taken(self, index: int, step: Step, hand: Interaction, plan: Plan) -> Acted:
        if isinstance(step, Navigate) and not step.url:
            if not self._request.url:
                acted = Acted(outcome=StepOutcome.UNSUPPORTED, detail="It names no URL, and the flow has none.")
                await self._tell(index, step, acted)
                return acted
            step = msgspec.structs.replace(step, url=self._request.url)
        acted = await self._acted(hand, step)
        match step:
            case Extract() if acted.page is not None:
                found = await self._read(plan, index, 0, acted.page)
                acted = msgspec.structs.replace(acted, detail=_found(found))
            case Paginate() if acted.page is not None:
                acted = await self._paginate(hand, plan, index, step, acted)
            case Screenshot():
                self._pictures += 1
        await self._tell(index, step, acted)
        return acted

    async def _acted(self, hand: Interaction, step: Step) -> Acted:
        acted = await self._watch.over(hand.do(step))
        self._meter.settle(_spend_of(acted))
        return acted

    async def _paginate(self, hand: Interaction, plan: Plan, index: int, step: Paginate, acted: Acted) -> Acted:
        """The page that it is on and those after it. The outcome of the step as a whole."""
        elapsed_ms, found, pages = acted.elapsed_ms, 0, 0
        seen: set[str] = set()
        while acted.page is not None:
            page = acted.page
            seen.add(url_key(page.final_url))
            before = len(self._selection.kept)
            reading = await self._read(plan, index, pages, page)
            found, pages = found + len(reading.candidates), pages + 1
            adds_nothing = pages > 1 and not acted.has_navigated and len(self._selection.kept) == before
            if pages >= min(step.max_pages, PLACES) or adds_nothing or self._has_enough():
                break
            onward = "" if step.selector else _onward(reading, page)
            if onward and url_key(onward) in seen:
                break
            acted = await self._watch.over(hand.turn(step.selector, onward, NEXT_WORDS))
            self._meter.settle(_spend_of(acted))
            elapsed_ms += acted.elapsed_ms
            if not acted.is_done:
                break
        told = (
            f"{_counted(pages, 'page')} read, {_counted(found, 'record')}"
            if acted.is_done
            else f"page {pages + 1}: {acted.detail}"
        )
        return msgspec.structs.replace(acted, detail=told, elapsed_ms=elapsed_ms, page=None)

    def _has_enough(self) -> bool:
        is_full = len(self._selection.kept) >= self._request.max_results
        return is_full or self._request.budget.is_spent(self._meter.spend)

    async def _read(self, plan: Plan, index: int, number: int, page: Page) -> Reading:
        """What a page tells, told on: a task with its archived page, and all records anew."""
        first = task_id(self._run_id, f"step {index} page 0")
        task = Task(
            id=task_id(self._run_id, f"step {index} page {number}"),
            url=page.final_url,
            position=(index + 1) * PLACES + number,
            found_by=FoundBy.PAGINATION if number else FoundBy.CALLER,
            source_id=first,
            depth=number,
            reason=f"page {number + 1} of step {index + 1}",
        )
        ask = ask_of(plan, self._request.fields, many=True if number else None)
        use = None
        if self._tools.models is not None and self._request.fields:
            use = ModelUse(fields=self._request.fields, words=goal_words(plan))
        reading = await self._watch.over(
            read_fetched(task, page, ask, self._tools, self._meter, self._lessons, spend=Spend(), use=use)
        )
        self._places[task.id] = task.position
        self._candidates[task.id] = reading.candidates if reading.task.status is TaskStatus.DONE else ()
        await self._select(plan)
        self._meter.tell(reading.spend)
        records, apart = self._records()
        await self._journal.task_done(
            TaskResult(
                task=reading.task,
                page=reading.page,
                candidates=reading.candidates,
                records=records,
                apart=apart,
                spend=reading.spend,
                templates=reading.learned,
            )
        )
        for kind, message in reading.warnings:
            await self._warn(kind, message)
        return reading

    async def _select(self, plan: Plan) -> None:
        ordered = sorted(self._candidates, key=lambda id_: self._places[id_])
        candidates = tuple(candidate for id_ in ordered for candidate in self._candidates[id_])
        self._selection = await selected(candidates, plan, self._exclusions, self._tools.offload, self._decisions)

    def _records(self) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
        return cut(self._selection, self._request.max_results)

    async def _tell(self, index: int, step: Step, acted: Acted) -> None:
        untold = self._meter.untold()
        self._meter.tell(untold)
        await self._journal.stepped(
            StepResult(
                index=index,
                type=_type_of(step),
                label=step.label,
                outcome=acted.outcome,
                elapsed_ms=acted.elapsed_ms,
                detail=acted.detail,
                png=acted.png,
                picture=self._pictures if acted.png else 0,
                spend=untold,
            )
        )

    async def _warn(self, kind: WarningKind, message: str) -> None:
        await self._journal.warned(message, {"kind": kind.value})


def _type_of(step: Step) -> str:
    return str(type(step).__struct_config__.tag)


def _name_of(index: int, step: Step) -> str:
    """A step as people count it."""
    label = f" “{step.label}”" if step.label else ""
    return "Opening the flow's URL" if index == OPENING else f"Step {index + 1} ({_type_of(step)}{label})"


def _found(reading: Reading) -> str:
    if reading.task.status is not TaskStatus.DONE:
        return reading.task.reason
    return _counted(len(reading.candidates), "record")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _onward(reading: Reading, page: Page) -> str:
    """Where the list goes on by an address of its own site; empty where none says."""
    if reading.reading is None:
        return ""
    onward = reading.reading.following_url or reading.reading.next_url
    return onward if onward and site_of(onward) == site_of(page.final_url) else ""


def _spend_of(acted: Acted) -> Spend:
    return Spend(pages=int(acted.has_navigated), browser_ms=acted.elapsed_ms)
