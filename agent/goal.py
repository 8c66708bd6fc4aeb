"""A goal run: plan, discover, fetch, extract, check, merge, until enough.

Several tasks are read at once; what they found is applied one at a time, each with one durable call to the journal.
Records are a pure function of all candidates in the order of their tasks, so they do not depend on which site answered
first, nor on how often the run was taken up again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import msgspec

from agent import discovery, links
from agent.extract.reading import Ask
from agent.following import Following
from agent.frontier import Frontier
from agent.lessons import Lessons
from agent.merge import Merged
from agent.meter import Meter
from agent.notices import Notices
from agent.planner import make_plan
from agent.reading import ModelUse, Reading, ask_of, read_task
from agent.readings import Readings
from agent.schedule import READ_AT_ONCE, spread
from agent.selection import Selection, cut, gaps_of, only_apart, selected
from agent.shortfall import shortfall_of
from agent.state import Ending, Journal, RunState, TaskResult, Tools
from agent.stop import Standing, may_open, reason_of, reason_when_dry, with_count_of
from agent.watch import CHECK_EVERY_S, Watch
from domain.budgets import Spend
from domain.errors import BudgetSpent, DeadlinePassed, LeaseLost, RunCancelled, RunStopped
from domain.events import WarningKind
from domain.exclusions import Exclusions
from domain.fields import Field, flat_fields
from domain.plans import Plan
from domain.records import Record
from domain.requests import GoalRequest
from domain.runs import TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus
from domain.urls import url_key

GAP_SOURCES = 3  # opened by a run that has its number, where an asked field is empty in every record
MODEL_FAILURES = 2  # pages on which the whole chain failed: after so many the run goes on without models


async def pursue(state: RunState, tools: Tools, journal: Journal) -> Ending:
    """Runs, or takes up again, one goal. Whatever stops it, what was found is in the ending.

    Raises LeaseLost, and what the journal raises when it cannot write: then nothing more may be told of this run.
    """
    assert isinstance(state.request, GoalRequest)
    pursuit = Pursuit(state, state.request, tools, journal)
    detail = ""
    try:
        reason = await pursuit.run()
    except LeaseLost:
        raise
    except RunStopped as stopped:
        reason, detail = reason_of(stopped), stopped.message
        await pursuit.keep_finished()
    finally:
        await pursuit.drop_running()
    return await pursuit.end(reason, detail)


class Pursuit:
    """One run in progress: its frontier, its candidates, the records they make, and the tasks being read."""

    def __init__(self, state: RunState, request: GoalRequest, tools: Tools, journal: Journal) -> None:
        self._run_id = state.run_id
        self._request = msgspec.structs.replace(request, fields=flat_fields(request.fields))
        self._tools, self._journal = tools, journal
        self._plan = state.plan
        self._exclusions = Exclusions(request.exclude)
        self._frontier = Frontier(state.run_id, state.tasks, self._exclusions)
        self._candidates = dict(state.candidates)
        self._decisions = state.decisions
        self._meter = Meter(request.budget, state.spend)
        self._watch = Watch(state, journal, tools.clock)
        self._notices = Notices(journal)
        self._searching = discovery.Searching(tools.search, self._watch, self._notices, state.queries_done)
        self._following = Following(self._frontier, state.candidates, tools, self._watch, self._notices, state.stated)
        self._readings = Readings(self._frontier, tools.clock)
        self._selection = Selection(kept=())
        self._details_wanted: frozenset[str] = frozenset()
        self._opened_for_gaps: set[str] = set()
        self._model_failures = 0
        self._lessons = Lessons(journal.recall, journal.was_list, journal.told_before)

    async def run(self) -> TerminationReason:
        plan = await self._planned()
        await self._found(discovery.first_sources(self._frontier, self._request, plan))
        if self._request.preview:
            if not self._frontier.pending():
                await self._look_further(plan)
            return self._dry() if not self._frontier.pending() else TerminationReason.SOURCES_EXHAUSTED
        if self._candidates:
            await self._select(plan)
        return await self._work(plan)

    async def end(self, reason: TerminationReason, detail: str) -> Ending:
        """The last words: spend that no result carried, and what the caller should know."""
        untold = self._meter.untold()
        if untold != Spend():
            await self._journal.sources_found((), self._searching.queries_done, untold)
        if not self._request.preview:
            await self._warn_of_gaps(reason, detail)
        records, apart = self._records()
        detail = detail or self._searching.failed or (only_apart(len(apart)) if not records else "")
        return Ending(reason=reason, records=records, apart=apart, detail=detail)

    async def keep_finished(self) -> None:
        """What was read by the time of a stop, and waited for an earlier source."""
        landed = self._readings.pop_all()
        if self._plan is None:
            return
        for reading in landed:
            with contextlib.suppress(RunCancelled, DeadlinePassed, BudgetSpent):
                await self._apply(self._plan, reading)

    async def drop_running(self) -> None:
        await self._readings.drop()

    async def _planned(self) -> Plan:
        if self._plan is None:
            planned = await self._watch.over(make_plan(self._request, self._tools.models, self._meter))
            self._plan = planned.plan
            self._meter.tell(planned.spend)
            await self._journal.planned(planned.plan, planned.spend)
            for kind, message in planned.warnings:
                await self._notices.warn(kind, message)
        self._request = with_count_of(self._plan, self._request)
        return self._plan

    async def _work(self, plan: Plan) -> TerminationReason:
        while True:
            await self._watch.check()
            standing = self._standing()
            if standing.is_full(self._request) and not (standing.open_details or standing.has_gaps):
                return TerminationReason.MAX_RESULTS
            self._launch(plan, standing)
            if self._readings:
                await self._land(plan)
            elif self._request.budget.is_spent(self._meter.spend):
                raise BudgetSpent
            elif self._readings.cut_off:
                raise DeadlinePassed
            elif standing.is_satisfied(self._request) or not await self._look_further(plan):
                return self._dry()

    def _launch(self, plan: Plan, standing: Standing) -> None:
        """Starts as many pending tasks as there are places and pages left, spread over sites."""
        if self._request.budget.is_spent(self._meter.spend):
            return
        # Tasks just started hold no page yet: count the running ones, and what is spent.
        pages_left = self._request.budget.max_pages - self._meter.spend.pages - self._readings.running
        places = min(READ_AT_ONCE - self._readings.running, pages_left)
        busy = self._readings.busy
        ready = [
            task
            for task in self._frontier.pending()
            if task.id not in busy
            and may_open(task, standing, self._request, wanted_detail=url_key(task.url) in self._details_wanted)
        ]
        chosen = spread(ready, self._readings.per_site())[: max(0, places)]
        if standing.is_full(self._request):
            chosen = self._for_gaps(chosen)
        for task in chosen:
            ask, use = self._ask(plan, task), self._model_use(plan)
            reading = read_task(
                task,
                ask,
                self._tools,
                self._meter,
                self._lessons,
                scope=self._run_id,
                deadline_s=self._watch.seconds_left(),
                use=use,
            )
            self._readings.start(task, reading)

    def _for_gaps(self, tasks: Iterable[Task]) -> list[Task]:
        """Pages about kept records, and as many sources as may still be opened to fill a field."""
        chosen: list[Task] = []
        for task in tasks:
            if task.found_by is not FoundBy.DETAIL:
                if len(self._opened_for_gaps) >= GAP_SOURCES:
                    continue
                self._opened_for_gaps.add(task.id)
            chosen.append(task)
        return chosen

    async def _land(self, plan: Plan) -> None:
        """Waits a little for something to be read, and applies what need not wait for an earlier source."""
        await self._readings.wait(min(CHECK_EVERY_S, self._watch.seconds_left()))
        while (reading := self._readings.pop()) is not None:
            await self._apply(plan, reading)
            standing = self._standing()
            if standing.is_full(self._request) and not standing.open_details:
                return

    async def _apply(self, plan: Plan, reading: Reading) -> None:
        """One task's result: new links, all records merged anew, and one durable call."""
        task = reading.task
        self._frontier.replace(task)
        new_tasks: tuple[Task, ...] = ()
        if task.status is TaskStatus.DONE:
            self._candidates[task.id] = reading.candidates
            new_tasks = await self._following.tasks(reading, plan, self._request, self._asked(plan))
        if reading.candidates:
            await self._select(plan)
        self._meter.tell(reading.spend)
        records, apart = self._records()
        await self._journal.task_done(
            TaskResult(
                task=task,
                page=reading.page,
                candidates=reading.candidates,
                new_tasks=new_tasks,
                records=records,
                apart=apart,
                spend=reading.spend,
                templates=reading.learned,
                stated=self._following.stated_before(new_tasks),
            )
        )
        for kind, message in reading.warnings:
            self._model_failures += kind is WarningKind.MODEL_UNAVAILABLE
            await self._notices.warn(kind, message, url=task.url)

    async def _look_further(self, plan: Plan) -> bool:
        """The next query; False when there is none left, or no provider answers."""
        if self._request.url or self._request.archive_of:
            return False
        answer = await self._searching.ask(plan)
        if answer is None:
            return False
        self._meter.settle(Spend(searches=1))
        found = discovery.admit(self._frontier, answer.results, answer.query)
        await self._found(found, Spend(searches=1), searched=True)
        return True

    async def _found(self, tasks: tuple[Task, ...], spend: Spend | None = None, *, searched: bool = False) -> None:
        if tasks or searched:
            self._meter.tell(spend or Spend())
            await self._journal.sources_found(tasks, self._searching.queries_done, spend or Spend())

    async def _select(self, plan: Plan) -> None:
        """All candidates in the order of their tasks, merged and judged anew."""
        ordered = sorted(self._candidates, key=self._frontier.order)
        candidates = tuple(candidate for id_ in ordered for candidate in self._candidates[id_])
        self._selection = await selected(candidates, plan, self._exclusions, self._tools.offload, self._decisions)
        asked = self._asked(plan)
        self._details_wanted = links.details_wanted(self._hopeful()[: self._request.max_results], asked)

    def _hopeful(self) -> tuple[Merged, ...]:
        """What is given out, and after it what would be if its own page told more."""
        return (*self._selection.kept, *self._selection.apart, *self._selection.leads)

    def _records(self) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
        return cut(self._selection, self._request.max_results)

    def _standing(self) -> Standing:
        open_details = sum(
            task.found_by is FoundBy.DETAIL and url_key(task.url) in self._details_wanted
            for task in self._frontier.pending()
        )
        is_over = self._readings.cut_off or self._request.budget.is_spent(self._meter.spend)
        may_fill = not is_over and (len(self._opened_for_gaps) < GAP_SOURCES or bool(self._readings))
        return Standing(
            records=len(self._selection.kept),
            open_details=open_details,
            has_gaps=may_fill and bool(self._empty_fields()),
        )

    def _empty_fields(self) -> list[str]:
        """Fields that were asked for, and that no record of the result tells."""
        given = [each.record.fields for each in self._selection.kept[: self._request.max_results]]
        asked = self._asked(self._plan) if self._plan is not None and given else ()
        return [field.name for field in asked if all(links.lacks(fields, (field,)) for fields in given)]

    def _asked(self, plan: Plan) -> tuple[Field, ...]:
        return links.asked_fields(plan, self._request)

    def _ask(self, plan: Plan, task: Task) -> Ask:
        many = {FoundBy.DETAIL: False, FoundBy.PAGINATION: True}.get(task.found_by)
        return ask_of(plan, self._request.fields, many=many)

    def _model_use(self, plan: Plan) -> ModelUse | None:
        """Tokens are the last resort: spent on all fields where the caller allows it, else on those asked for."""
        if self._tools.models is None or self._model_failures >= MODEL_FAILURES:
            return None
        asked = self._asked(plan)
        fields = plan.fields if self._request.use_smart_cascade else asked
        fields = tuple(field for field in fields if not field.children)  # a model is asked for single values
        by_detail = frozenset(field.name for field in asked)
        if not fields:
            return None
        words = links.goal_words(plan)
        return ModelUse(fields=fields, by_detail=by_detail, words=words, conditions=plan.conditions)

    def _dry(self) -> TerminationReason:
        return reason_when_dry(
            self._request,
            self._standing(),
            self._frontier.tasks,
            search_failed=bool(self._searching.failed),
            tokens_refused=self._meter.refused_tokens,
        )

    async def _warn_of_gaps(self, reason: TerminationReason, detail: str) -> None:
        request = self._request
        for kind, message in gaps_of(self._selection):
            await self._notices.warn(kind, message)
        if empty := self._empty_fields():
            await self._notices.warn(
                WarningKind.FIELDS_EMPTY,
                f"no record tells {', '.join(empty)}: no page that was read does",
                fields=empty,
            )
        found = len(self._records()[0])
        if 0 < found < request.wanted:
            await self._warn_of_fewer(found, reason, detail)

    async def _warn_of_fewer(self, found: int, reason: TerminationReason, detail: str) -> None:
        refused = self._meter.refused_tokens
        short = shortfall_of(reason, detail, self._request.budget, self._meter.spend, tokens_refused=refused)
        message = f"{found} records found, {self._request.wanted} asked"
        told = f"{message}: {short.message}" if short else message
        cause = {"cause": short.cause} if short else {}
        await self._notices.warn(WarningKind.FEWER_THAN_ASKED, told, found=found, **cause)
