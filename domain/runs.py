"""Runs: one execution of anything, and its one life."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

from domain.budgets import Spend
from domain.captures import CaptureRequest
from domain.plans import Plan
from domain.requests import FlowRequest, GoalRequest, Request, ScrapeRequest


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
    STEPS_DONE = "steps_done"  # every step of a flow was done
    CAPTURED = "captured"  # the picture was taken
    STEP_FAILED = "step_failed"  # a step of a flow could not be done
    BUDGET = "budget"
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    WORKER_CRASHED = "worker_crashed"  # it took its worker down three times
    INTERNAL_ERROR = "internal_error"  # our fault, told in the log under the run's id


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`attempt` is the fencing number: it grows with every claim, and a writer with an older one is refused.

    `credits` is what the run has cost, known at its end.
    """

    id: str
    account_id: str
    kind: RunKind
    status: RunStatus
    request: Request
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
    credits: int = 0

    @property
    def tokens_per_record(self) -> float | None:
        """Model tokens read and written for each record; None where there is none."""
        return round(self.spend.tokens / self.records_found, 1) if self.records_found else None

    @property
    def progress(self) -> int:
        """0 to 100: the better of records against the number worked for and pages read against pages known."""
        if self.status.is_terminal:
            return 100
        by_records = self.records_found / self.request.wanted
        by_pages = self.pages_completed / self.pages_total if self.pages_total else 0.0
        return min(99, int(100 * max(by_records, by_pages)))


def kind_of(request: Request) -> RunKind:
    match request:
        case GoalRequest():
            return RunKind.GOAL
        case FlowRequest():
            return RunKind.FLOW
        case ScrapeRequest():
            return RunKind.FETCH
        case CaptureRequest():
            return RunKind.CAPTURE


# Reasons that come after the plan: what a preview is asked for is there, without pages that a run would open.
_PLANNED = frozenset({TerminationReason.NO_SOURCES, TerminationReason.SEARCH_UNAVAILABLE})


def outcome_of(*, records: int, request: Request, reason: TerminationReason) -> RunStatus:
    """The status with which a run ends, from why it ended and what it has."""
    if reason is TerminationReason.CANCELLED:
        return RunStatus.CANCELLED
    if request.preview and reason is TerminationReason.SOURCES_EXHAUSTED:
        return RunStatus.COMPLETED
    if request.preview and reason in _PLANNED:
        return RunStatus.PARTIAL
    if reason in {TerminationReason.STEPS_DONE, TerminationReason.CAPTURED}:
        return RunStatus.COMPLETED
    if records == 0:
        return RunStatus.FAILED
    if reason is TerminationReason.STEP_FAILED:
        return RunStatus.PARTIAL
    if records >= request.max_results or (request.min_results and records >= request.min_results):
        return RunStatus.COMPLETED
    if reason is TerminationReason.SOURCES_EXHAUSTED and request.min_results is None:
        return RunStatus.COMPLETED
    return RunStatus.PARTIAL
