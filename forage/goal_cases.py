"""Goal cases of an evaluation: a user's own goals, answered on recorded pages or on the live web."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from agent.goal import pursue
from agent.state import InMemoryJournal, RunState, Tools
from domain.captures import CaptureRequest, CaptureResult
from domain.clock import SystemClock
from domain.ids import new_id
from domain.pages import FetchOutcome, FetchRequest, Page, Via
from domain.records import Value
from domain.requests import GoalRequest
from domain.urls import canonical_url
from evals.cases import Case, CaseSet
from evals.readers import GoalRunner, saved_page
from fetch.interaction import CannotInteract, Interaction
from fetch.offload import InlineOffload
from fetch.search.provider import SearchResult
from forage.compose import open_models, open_tools
from forage.settings import Settings


class RecordedWeb:
    """A web of a few saved pages. Search knows them all, in the order in which the case names them."""

    def __init__(self, pages: tuple[Page, ...]) -> None:
        self._pages = {canonical_url(page.url): page for page in pages}

    async def fetch(self, request: FetchRequest) -> Page:
        page = self._pages.get(canonical_url(request.url))
        return page if page is not None else _absent(request.url)

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        return ()

    @asynccontextmanager
    async def interact(self, scope: str, deadline_s: float) -> AsyncGenerator[Interaction]:
        raise CannotInteract(FetchOutcome.BROWSER_UNAVAILABLE, "Recorded pages cannot be clicked in.")
        yield  # a generator, as the protocol has it

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        return CaptureResult(outcome=FetchOutcome.BROWSER_UNAVAILABLE, detail="Recorded pages cannot be drawn.")

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]:
        return tuple(
            SearchResult(url=url, title=page.title, snippet="", provider="recorded", query=query, rank=rank)
            for rank, (url, page) in enumerate(self._pages.items(), start=1)
        )[:count]


def _absent(url: str) -> Page:
    return Page(
        id=new_id(),
        url=url,
        final_url=url,
        outcome=FetchOutcome.NOT_FOUND,
        via=Via.FILE,
        fetched_at=SystemClock().now(),
        status=404,
        detail="not among the recorded pages",
    )


def goal_runner(settings: Settings) -> GoalRunner:
    """Runs goal cases one at a time. Recorded ones touch nothing outside, save a model where one is set."""

    def run(case: Case, of_set: CaseSet) -> tuple[Mapping[str, Value], ...]:
        pages = tuple(saved_page(page.url, of_set.source(page.html)) for page in case.pages)
        return asyncio.run(_answer(case, pages, settings))

    return run


async def _answer(case: Case, pages: tuple[Page, ...], settings: Settings) -> tuple[Mapping[str, Value], ...]:
    request = GoalRequest(
        goal=case.goal,
        url=case.url,
        fields=case.asked,
        min_results=case.min_results,
        max_results=case.max_results,
        use_smart_cascade=bool(settings.models),
    )
    state = RunState(run_id=new_id(), request=request)
    if not pages:
        async with open_tools(settings) as tools:
            ending = await pursue(state, tools, InMemoryJournal())
    else:
        web = RecordedWeb(pages)
        async with open_models(settings) as models:
            tools = Tools(fetcher=web, search=web, models=models, offload=InlineOffload(), clock=SystemClock())
            ending = await pursue(state, tools, InMemoryJournal())
    return tuple(record.values() for record in ending.records)
