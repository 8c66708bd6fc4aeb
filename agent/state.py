"""What goes into a goal run and what comes out of it: the agent's whole surface.

The agent keeps nothing. It is given a `GoalState`, tells a `Journal` of everything that happened, and returns an
`Ending`. A run that was killed is taken up again from a state rebuilt from what its journal kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

from domain.budgets import Spend
from domain.clock import Clock
from domain.errors import RunCancelled
from domain.pages import FetchRequest, Page
from domain.plans import Plan
from domain.records import Candidate, Record
from domain.runs import GoalRequest, TerminationReason
from domain.tasks import Task, TaskStatus
from domain.templates import Template
from fetch.offload import Offloader
from fetch.search.provider import SearchResult

if TYPE_CHECKING:
    from agent.models import ModelChain


class GoalState(msgspec.Struct, frozen=True, kw_only=True):
    """What a run knows when it starts, or starts again.

    `run_id` scopes cookies and caches and seeds the ids of tasks. `candidates` are by task id. `queries_done` holds a
    query once for each round in which it was asked: a second round asks for more results. `started_at` is the moment
    that the budget's seconds count from; None means now.
    """

    run_id: str
    request: GoalRequest
    plan: Plan | None = None
    tasks: tuple[Task, ...] = ()
    candidates: dict[str, tuple[Candidate, ...]] = msgspec.field(default_factory=dict)
    spend: Spend = Spend()
    queries_done: tuple[str, ...] = ()
    started_at: dt.datetime | None = None


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """One task, finished. `task` has its final status. `page` is what to archive: None where nothing was fetched.

    `new_tasks` were found on the page; those with status SKIPPED are told, not done. `records` is the whole merged
    result as of now: a record that is not in it is no longer one. `spend` is of this task alone. `templates` are
    those that the page changed, as they now are.
    """

    task: Task
    page: Page | None = None
    candidates: tuple[Candidate, ...] = ()
    new_tasks: tuple[Task, ...] = ()
    records: tuple[Record, ...] = ()
    spend: Spend = Spend()
    templates: tuple[Template, ...] = ()


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run ended and what it has. `detail` is one line for people, empty where the reason says all."""

    reason: TerminationReason
    records: tuple[Record, ...] = ()
    detail: str = ""


class WarningKind(StrEnum):
    """In what way a run is degraded: `data["kind"]` of a warning."""

    MODEL_DEGRADED = "model_degraded"  # a fallback model answered
    MODEL_UNAVAILABLE = "model_unavailable"  # none answered: rules alone
    TOKENS_SPENT = "tokens_spent"  # a model call did not fit into what is left
    SEARCH_UNAVAILABLE = "search_unavailable"
    PAGE_BLOCKED = "page_blocked"
    PAGE_UNREADABLE = "page_unreadable"  # extraction took too long or broke on it
    TEMPLATE_DRIFTED = "template_drifted"  # a site changed: what was learned of it is to be proven anew
    COUNT_NOT_REACHED = "count_not_reached"  # the page states more things than were found
    FEWER_THAN_ASKED = "fewer_than_asked"
    CONDITION_UNCLEAR = "condition_unclear"  # records kept though a condition could not be checked
    CONDITION_UNMET = "condition_unmet"  # records left out


class Fetcher(Protocol):
    """The web, as the agent sees it. Neither method raises for the web's faults."""

    async def fetch(self, request: FetchRequest) -> Page: ...

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]: ...


class Search(Protocol):
    """A chain of search providers. Raises SearchUnavailable where none answered."""

    async def search(self, query: str, count: int, deadline_s: float) -> tuple[SearchResult, ...]: ...


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What a run works with. `search` None: no provider is set up; `models` None: rules plan, and no model reads."""

    fetcher: Fetcher
    search: Search | None
    models: ModelChain | None
    offload: Offloader
    clock: Clock


class Journal(Protocol):
    """Where a run tells what happened. What was told is durable when the call returns."""

    async def recall(self, site: str) -> Sequence[Template]:
        """What earlier runs learned of a site. Asked once for each site of a run."""
        ...

    async def planned(self, plan: Plan, spend: Spend) -> None: ...

    async def sources_found(self, tasks: tuple[Task, ...], queries_done: tuple[str, ...], spend: Spend) -> None:
        """`tasks` are new; `queries_done` is the whole tuple so far; `spend` is of this round alone."""
        ...

    async def task_done(self, result: TaskResult) -> None:
        """Once for each task, all of the result at once or nothing."""
        ...

    async def warned(self, message: str, data: dict[str, object]) -> None:
        """The run is degraded and goes on. `data["kind"]` is a value of `WarningKind`."""
        ...

    async def check(self) -> None:
        """Raises RunCancelled or LeaseLost where the run must not go on. Called about once a second."""
        ...


class InMemoryJournal:
    """Keeps all in this process, for runs without a database. `cancel()` stops the run at its next check."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.tasks: dict[str, Task] = {}
        self.candidates: dict[str, tuple[Candidate, ...]] = {}
        self.pages: dict[str, Page] = {}
        self.records: tuple[Record, ...] = ()
        self.queries_done: tuple[str, ...] = ()
        self.spend = Spend()
        self.warnings: list[tuple[str, dict[str, object]]] = []
        self.templates: dict[str, Template] = {}
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def state(self, run_id: str, request: GoalRequest, started_at: dt.datetime | None = None) -> GoalState:
        """The state from which the run can be taken up again."""
        return GoalState(
            run_id=run_id,
            request=request,
            plan=self.plan,
            tasks=tuple(sorted(self.tasks.values(), key=lambda task: task.position)),
            candidates=dict(self.candidates),
            spend=self.spend,
            queries_done=self.queries_done,
            started_at=started_at,
        )

    async def recall(self, site: str) -> Sequence[Template]:
        return [template for template in self.templates.values() if template.site == site]

    async def planned(self, plan: Plan, spend: Spend) -> None:
        self.plan = plan
        self.spend += spend

    async def sources_found(self, tasks: tuple[Task, ...], queries_done: tuple[str, ...], spend: Spend) -> None:
        self._add(tasks)
        self.queries_done = queries_done
        self.spend += spend

    async def task_done(self, result: TaskResult) -> None:
        self.tasks[result.task.id] = result.task
        self._add(result.new_tasks)
        if result.task.status is TaskStatus.DONE:
            self.candidates[result.task.id] = result.candidates
        if result.page is not None:
            self.pages[result.page.id] = result.page
        self.templates.update((template.id, template) for template in result.templates)
        self.records = result.records
        self.spend += result.spend

    async def warned(self, message: str, data: dict[str, object]) -> None:
        self.warnings.append((message, data))

    async def check(self) -> None:
        if self._cancelled:
            raise RunCancelled

    def _add(self, tasks: tuple[Task, ...]) -> None:
        for task in tasks:
            self.tasks.setdefault(task.id, task)
