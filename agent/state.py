"""What goes into a run and what comes out of it: the agent's whole surface.

The agent keeps nothing. It is given a `RunState`, tells a `Journal` of everything that happened, and returns an
`Ending`. A run that was killed is taken up again from a state rebuilt from what its journal kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

import msgspec

from domain.actions import StepOutcome
from domain.budgets import Spend
from domain.captures import CaptureRequest, CaptureResult
from domain.clock import Clock
from domain.decisions import Decision
from domain.errors import RunCancelled
from domain.pages import FetchRequest, Page
from domain.plans import Plan
from domain.records import Candidate, Record, Value
from domain.requests import Request
from domain.runs import TerminationReason
from domain.tasks import Task, TaskStatus
from domain.templates import Template
from fetch.interaction import Interaction
from fetch.offload import Offloader
from fetch.search.provider import SearchResult

if TYPE_CHECKING:
    from agent.models import ModelChain


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages of a list before that of a task say how many things the list has."""

    task_id: str
    count: int


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """What a run knows when it starts, or starts again.

    `account_id` is whose it is. `run_id` scopes cookies and caches and seeds the ids of tasks. `candidates` are by task
    id, `decisions` what people said of records that may be told again here, in the order of time. `queries_done` holds
    a query once for each round in which it was asked: a second round asks for more results. `stated` are of tasks that
    are yet to be read. `started_at` is the moment that the budget's seconds count from; None means now.
    """

    run_id: str
    request: Request
    account_id: str = ""
    plan: Plan | None = None
    tasks: tuple[Task, ...] = ()
    candidates: dict[str, tuple[Candidate, ...]] = msgspec.field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    spend: Spend = Spend()
    queries_done: tuple[str, ...] = ()
    stated: tuple[Stated, ...] = ()
    started_at: dt.datetime | None = None


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """One task, finished. `task` has its final status. `page` is what to archive: None where nothing was fetched.

    `new_tasks` were found on the page; those with status SKIPPED are told, not done. `records` is the whole merged
    result as of now: a record that is not in it is no longer one. `apart` are those that stand beside it because a
    condition could not be checked. `spend` is of this task alone. `templates` are those that the page changed, as they
    now are. `stated` is of the list that goes on, for its next page.
    """

    task: Task
    page: Page | None = None
    candidates: tuple[Candidate, ...] = ()
    new_tasks: tuple[Task, ...] = ()
    records: tuple[Record, ...] = ()
    apart: tuple[Record, ...] = ()
    spend: Spend = Spend()
    templates: tuple[Template, ...] = ()
    stated: Stated | None = None


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a flow, as it went.

    `index` counts from 0; the opening of the flow's URL before a first step that does not open one is told as -1.
    `detail` is one line for people, without secrets. `png` is what a screenshot took, `picture` its number among the
    flow's screenshots, from 1. `spend` is of this step alone, without what reading its pages cost.
    """

    index: int
    type: str
    outcome: StepOutcome
    label: str = ""
    elapsed_ms: int = 0
    detail: str = ""
    png: bytes = b""
    picture: int = 0
    spend: Spend = Spend()


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run ended and what it has. `detail` is one line for people, empty where the reason says all. `apart` are
    records beside the result: a condition could not be checked on them."""

    reason: TerminationReason
    records: tuple[Record, ...] = ()
    apart: tuple[Record, ...] = ()
    detail: str = ""


class Fetcher(Protocol):
    """The web, as the agent sees it. Neither of the first two raises for the web's faults."""

    async def fetch(self, request: FetchRequest) -> Page: ...

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]: ...

    def interact(self, scope: str, deadline_s: float) -> AbstractAsyncContextManager[Interaction]:
        """A browser page to be steered. Raises CannotInteract where none is to be had."""
        ...

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        """A picture of a page, or of HTML. What the web does wrong is its outcome."""
        ...


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

    async def was_list(self, url: str) -> bool:
        """Whether an earlier run that fed the same pool read a list at this address."""
        ...

    async def told_before(self, url: str) -> Mapping[str, Value]:
        """What earlier runs of the account read at an address of one thing, by field; empty where none did."""
        ...

    async def planned(self, plan: Plan, spend: Spend) -> None: ...

    async def sources_found(self, tasks: tuple[Task, ...], queries_done: tuple[str, ...], spend: Spend) -> None:
        """`tasks` are new; `queries_done` is the whole tuple so far; `spend` is of this round alone."""
        ...

    async def task_done(self, result: TaskResult) -> None:
        """Once for each task, all of the result at once or nothing."""
        ...

    async def stepped(self, result: StepResult) -> None:
        """A step of a flow was done, or could not be."""
        ...

    async def captured(self, result: CaptureResult) -> None:
        """A picture was taken: it is the run's, once the run ends."""
        ...

    async def warned(self, message: str, data: dict[str, object]) -> None:
        """The run is degraded and goes on. `data["kind"]` is a value of `WarningKind`."""
        ...

    async def check(self) -> None:
        """Raises RunCancelled, BudgetSpent or LeaseLost where the run must not go on. Called about once a second."""
        ...


class InMemoryJournal:
    """Keeps all in this process, for runs without a database. `cancel()` stops the run at its next check. `earlier` is
    what other runs read, by address."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.tasks: dict[str, Task] = {}
        self.candidates: dict[str, tuple[Candidate, ...]] = {}
        self.pages: dict[str, Page] = {}
        self.records: tuple[Record, ...] = ()
        self.apart: tuple[Record, ...] = ()
        self.queries_done: tuple[str, ...] = ()
        self.spend = Spend()
        self.steps: list[StepResult] = []
        self.picture: CaptureResult | None = None
        self.warnings: list[tuple[str, dict[str, object]]] = []
        self.templates: dict[str, Template] = {}
        self.stated: tuple[Stated, ...] = ()
        self.earlier: dict[str, Mapping[str, Value]] = {}
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def state(self, run_id: str, request: Request, started_at: dt.datetime | None = None) -> RunState:
        """The state from which the run can be taken up again."""
        return RunState(
            run_id=run_id,
            request=request,
            plan=self.plan,
            tasks=tuple(sorted(self.tasks.values(), key=lambda task: task.position)),
            candidates=dict(self.candidates),
            spend=self.spend,
            queries_done=self.queries_done,
            stated=self.stated,
            started_at=started_at,
        )

    async def recall(self, site: str) -> Sequence[Template]:
        return [template for template in self.templates.values() if template.site == site]

    async def was_list(self, url: str) -> bool:
        return False

    async def told_before(self, url: str) -> Mapping[str, Value]:
        return self.earlier.get(url, {})

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
        self.stated += (result.stated,) if result.stated else ()
        self.records, self.apart = result.records, result.apart
        self.spend += result.spend

    async def stepped(self, result: StepResult) -> None:
        self.steps.append(result)
        self.spend += result.spend

    async def captured(self, result: CaptureResult) -> None:
        self.picture = result

    async def warned(self, message: str, data: dict[str, object]) -> None:
        self.warnings.append((message, data))

    async def check(self) -> None:
        if self._cancelled:
            raise RunCancelled

    def _add(self, tasks: tuple[Task, ...]) -> None:
        for task in tasks:
            self.tasks.setdefault(task.id, task)
