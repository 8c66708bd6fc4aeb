"""Following the pages of a run to where they lead, as long as they tell of something new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent import links
from agent.echoes import Echoes
from agent.extract.reading import PageReading
from agent.frontier import Frontier
from agent.notices import Notices
from agent.reading import Reading
from agent.selection import is_unclear
from agent.state import Stated, Tools
from agent.watch import Watch
from domain.events import WarningKind
from domain.fields import Field
from domain.plans import Plan
from domain.records import Candidate
from domain.requests import GoalRequest
from domain.tasks import FoundBy, Task
from fetch.offload import WorkerDied

LISTINGS_DEADLINE_S = 10.0  # a page's links are looked through in milliseconds


class Following:
    """`known` are the candidates by task that the run had before it was taken up again, `stated` the counts."""

    def __init__(
        self,
        frontier: Frontier,
        known: Mapping[str, tuple[Candidate, ...]],
        tools: Tools,
        watch: Watch,
        notices: Notices,
        stated: Sequence[Stated] = (),
    ) -> None:
        self._frontier, self._tools, self._watch, self._notices = frontier, tools, watch, notices
        self._echoes = Echoes()
        # By the task of a page: the count that the pages before it state.
        self._stated = {each.task_id: each.count for each in stated}
        for id_, candidates in known.items():
            self._echoes.tells_anew(frontier.get(id_).source_id, candidates)

    async def tasks(
        self, reading: Reading, plan: Plan, request: GoalRequest, asked: tuple[Field, ...]
    ) -> tuple[Task, ...]:
        """The tasks that a page leads to, `asked` being the fields that are worth one. A list that ends and has told of
        fewer things than it states is warned of."""
        if reading.reading is None or request.archive_of:
            return ()
        task, read = reading.task, reading.reading
        found: list[Task] = list(
            links.detail_pages(
                self._frontier,
                task,
                read,
                asked,
                request.max_results,
                lambda candidate: is_unclear(candidate, plan, read.about),
            )
        )
        following = None
        if self._echoes.tells_anew(task.source_id, reading.candidates):
            following = links.next_page(self._frontier, task, read)
            found += [following] if following else []
        await self._count(task, read, following, request.max_results)
        if not following and reading.page:
            found += await self._listings(plan, task, reading)
        return tuple(found)

    def stated_before(self, tasks: Sequence[Task]) -> Stated | None:
        """The count that is known for one of these tasks: a page leads to one next page at most."""
        known = (Stated(task_id=task.id, count=count) for task in tasks if (count := self._stated.get(task.id)))
        return next(known, None)

    async def _listings(self, plan: Plan, task: Task, reading: Reading) -> list[Task]:
        """Of a site's front page: the listings it links to, or, where it shows no such things, those of its map."""
        named = task.found_by in {FoundBy.CALLER, FoundBy.PLAN}
        words = links.goal_words(plan)
        if not named or not words or not links.is_front_page(task.url):
            return []
        html = reading.page.html if reading.page else ""
        try:
            found = await self._tools.offload.run(
                links.listing_links, html, task.url, words, deadline_s=LISTINGS_DEADLINE_S
            )
        except (TimeoutError, WorkerDied):
            found = ()
        found_by = FoundBy.LINK
        if not found and not reading.candidates:
            urls = await self._watch.over(self._tools.fetcher.sitemap_urls(task.url, links.SITEMAP_URLS_READ))
            found, found_by = links.sitemap_links(urls, words), FoundBy.SITEMAP
        offers = (
            self._frontier.offer(
                link.url, found_by=found_by, reason=f"its address or text says {', '.join(link.matched)}", parent=task
            )
            for link in found
        )
        return [offer for offer in offers if offer is not None]

    async def _count(self, task: Task, read: PageReading, following: Task | None, max_results: int) -> None:
        """Holds what a list's pages stated last against all that they told, once nothing follows: many state it on
        their first page alone, and some lead on for ever to pages that tell nothing new."""
        stated = read.stated_count or self._stated.get(task.id, 0)
        if following:
            self._stated[following.id] = stated
            return
        told = self._echoes.told_by(task.source_id)
        if task.found_by is not FoundBy.DETAIL and told < min(stated, max_results):
            message = f"{task.url} states {stated} results, {told} were found"
            if task.id in self._stated and not read.stated_count:
                message = f"the pages before {task.url} state {stated} results, {told} were found"
            await self._notices.warn(WarningKind.COUNT_NOT_REACHED, message, url=task.url)
