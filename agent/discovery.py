"""Where to look: the plan's own sources, then one query at a time while the run is still short."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import msgspec

from agent.frontier import Frontier
from agent.notices import Notices
from agent.state import Search
from agent.watch import Watch
from domain.errors import SearchUnavailable
from domain.events import WarningKind
from domain.plans import Plan
from domain.requests import GoalRequest
from domain.tasks import FoundBy, Task
from fetch.search.provider import SearchResult

# A query is asked again for more results once every query was asked; each round reaches about a page further.
RESULTS_BY_ROUND = (10, 20, 40)
SEARCH_DEADLINE_S = 30.0  # two providers that do not answer, and a third that does


class NextQuery(msgspec.Struct, frozen=True, kw_only=True):
    query: str
    count: int


def next_query(plan: Plan, queries_done: tuple[str, ...], dry: AbstractSet[str] = frozenset()) -> NextQuery | None:
    """The first query that was asked least often; None when all were asked in every round. `dry` ones gave fewer
    results than they were asked for: they have no more."""
    for done, count in enumerate(RESULTS_BY_ROUND):
        for query in plan.queries:
            if queries_done.count(query) <= done and query not in dry:
                return NextQuery(query=query, count=count)
    return None


def first_sources(frontier: Frontier, request: GoalRequest, plan: Plan) -> tuple[Task, ...]:
    """Tasks for the URLs that need no search: the caller's, then those that the plan names. An archive has its own."""
    if request.archive_of:
        return ()
    offers = [frontier.offer(request.url, found_by=FoundBy.CALLER, reason="asked for")] if request.url else []
    offers += [frontier.offer(source, found_by=FoundBy.PLAN, reason="named in the goal") for source in plan.sources]
    return tuple(task for task in offers if task is not None)


def admit(frontier: Frontier, results: tuple[SearchResult, ...], query: str) -> tuple[Task, ...]:
    """A task for every result that is new, taken or left, each with its reason."""
    offers = (
        frontier.offer(
            result.url, found_by=FoundBy.SEARCH, reason=f"search #{result.rank} for {query!r}", title=result.title
        )
        for result in results
    )
    return tuple(task for task in offers if task is not None)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    query: str
    results: tuple[SearchResult, ...]


class Searching:
    """One run's queries. `failed` says why no more are made: no provider answers."""

    def __init__(
        self, search: Search | None, watch: Watch, notices: Notices, queries_done: tuple[str, ...] = ()
    ) -> None:
        self.queries_done = queries_done
        self.failed = ""
        self._search, self._watch, self._notices = search, watch, notices
        self._dry: set[str] = set()

    async def ask(self, plan: Plan) -> Answer | None:
        """The next query, answered; None when there is none left, or no provider answers."""
        step = None if self.failed else next_query(plan, self.queries_done, self._dry)
        if step is None:
            return None
        if self._search is None:
            return await self._is_down("no search provider is set up")
        try:
            results = await self._watch.over(self._search.search(step.query, step.count, SEARCH_DEADLINE_S))
        except SearchUnavailable as unavailable:
            return await self._is_down(unavailable.message)
        self.queries_done = (*self.queries_done, step.query)
        if len(results) * 2 <= step.count:
            self._dry.add(step.query)
        return Answer(query=step.query, results=results)

    async def _is_down(self, why: str) -> None:
        self.failed = why
        await self._notices.warn(WarningKind.SEARCH_UNAVAILABLE, f"no search provider answered: {why}")
