"""Runs: one execution of anything, and its one life."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

from domain.budgets import Budget, Spend
from domain.fields import Field
from domain.plans import Plan


class RunKind(StrEnum):
    GOAL = "goal"
    FLOW = "flow"
    FETCH = "fetch"
    CAPTURE = "capture"


class RunStatus(StrEnum):
    QUEUED = "queued"
    PLANNING = "planning"
    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"  # it ended with something, and less than was asked
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        return self in TERMINAL


TERMINAL = frozenset({RunStatus.COMPLETED, RunStatus.PARTIAL, RunStatus.FAILED, RunStatus.CANCELLED})
ACTIVE = frozenset(RunStatus) - TERMINAL


class TerminationReason(StrEnum):
    """Why a run ended."""

    MAX_RESULTS = "max_results"  # it has as many records as it may
    MIN_RESULTS = "min_results"  # it has as many as it must, and its sources are read
    SOURCES_EXHAUSTED = "sources_exhausted"  # nothing is left to read
    NOTHING_FOUND = "nothing_found"  # pages were read, and none held such a record
    NO_SOURCES = "no_sources"  # the search found no page
    SOURCES_FAILED = "sources_failed"  # no page could be read
    SEARCH_UNAVAILABLE = "search_unavailable"
    BUDGET = "budget"
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    WORKER_CRASHED = "worker_crashed"  # it took its worker down three times
    INTERNAL_ERROR = "internal_error"  # our fault, told in the log under the run's id


class GoalRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked of a goal run. `url` set means: read this page and what it leads to, and search for nothing.

    `exclude` are hosts, URLs or names of things that must not come back. `use_smart_cascade` lets the model fill what
    the cheaper methods left missing.
    """

    goal: str = ""
    url: str = ""
    fields: tuple[Field, ...] = ()
    max_results: int = 10
    min_results: int | None = None
    use_smart_cascade: bool = False
    output_format: str = "json"
    exclude: tuple[str, ...] = ()
    webhook_url: str = ""
    plan: Plan | None = None  # the caller's own plan, or one that was previewed
    preview: bool = False  # stop once sources are known: nothing but the search is spent
    budget: Budget = Budget()

    @property
    def wanted(self) -> int:
        """How many records the run works for: it opens new sources until it has these."""
        return self.min_results or self.max_results


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`attempt` is the fencing number: it grows with every claim, and a writer with an older one is refused."""

    id: str
    account_id: str
    kind: RunKind
    status: RunStatus
    request: GoalRequest
    created_at: dt.datetime
    started_at: dt.datetime | None = None
    completed_at: dt.datetime | None = None
    attempt: int = 0
    plan: Plan | None = None
    termination_reason: TerminationReason | None = None
    error: str = ""
    records_found: int = 0
    sources_total: int = 0
    sources_completed: int = 0
    pages_total: int = 0
    pages_completed: int = 0
    spend: Spend = Spend()

    @property
    def progress(self) -> int:
        """0 to 100: the better of records against the number worked for and pages read against pages known."""
        if self.status.is_terminal:
            return 100
        by_records = self.records_found / self.request.wanted
        by_pages = self.pages_completed / self.pages_total if self.pages_total else 0.0
        return min(99, int(100 * max(by_records, by_pages)))


def outcome_of(*, records: int, request: GoalRequest, reason: TerminationReason) -> RunStatus:
    """The status with which a run ends, from why it ended and what it has."""
    if reason is TerminationReason.CANCELLED:
        return RunStatus.CANCELLED
    if request.preview and reason is TerminationReason.SOURCES_EXHAUSTED:
        return RunStatus.COMPLETED
    if records == 0:
        return RunStatus.FAILED
    if records >= request.max_results or (request.min_results and records >= request.min_results):
        return RunStatus.COMPLETED
    if reason is TerminationReason.SOURCES_EXHAUSTED and request.min_results is None:
        return RunStatus.COMPLETED
    return RunStatus.PARTIAL
