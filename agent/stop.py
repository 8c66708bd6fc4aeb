"""When a run has enough, and what it says when it ends. Pure decisions over a few numbers."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from domain.errors import BudgetSpent, DeadlinePassed, RunCancelled, RunStopped
from domain.plans import Plan
from domain.requests import GoalRequest
from domain.runs import TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is. `open_details`: pages about kept records that are still to be read. `has_gaps`: an asked field
    is empty in every record, and further sources may be opened to fill it."""

    records: int
    open_details: int = 0
    has_gaps: bool = False

    def is_full(self, request: GoalRequest) -> bool:
        return self.records >= request.max_results

    def is_satisfied(self, request: GoalRequest) -> bool:
        """No new source is opened and no new query made. What is being paged goes on up to the maximum."""
        return self.records >= request.wanted


def with_count_of(plan: Plan, request: GoalRequest) -> GoalRequest:
    """ "Find 30 dentists" works for thirty where the caller left the number of results open."""
    if plan.count is None or not request.max_is_default:
        return request
    return msgspec.structs.replace(request, max_results=plan.count, max_is_default=False)


def may_open(task: Task, standing: Standing, request: GoalRequest, *, wanted_detail: bool) -> bool:
    """Whether reading this pending task can still serve the run. Pages of an archive are there for nothing."""
    if request.archive_of and not standing.is_full(request):
        return True
    if task.found_by is FoundBy.DETAIL:
        return wanted_detail
    if standing.is_full(request):
        return standing.has_gaps and task.found_by is not FoundBy.PAGINATION
    if task.found_by is FoundBy.PAGINATION:
        return True
    return not standing.is_satisfied(request)


def reason_of(stopped: RunStopped) -> TerminationReason:
    if isinstance(stopped, RunCancelled):
        return TerminationReason.CANCELLED
    if isinstance(stopped, BudgetSpent):
        return TerminationReason.BUDGET
    if isinstance(stopped, DeadlinePassed):
        return TerminationReason.DEADLINE
    raise stopped


def reason_when_dry(
    request: GoalRequest, standing: Standing, tasks: Iterable[Task], *, search_failed: bool, tokens_refused: bool
) -> TerminationReason:
    """Why a run ends that has nothing left to open and no query left to make."""
    if standing.is_full(request):
        return TerminationReason.MAX_RESULTS
    if standing.is_satisfied(request):
        return TerminationReason.MIN_RESULTS
    if search_failed:
        return TerminationReason.SEARCH_UNAVAILABLE
    if tokens_refused:
        return TerminationReason.BUDGET
    if standing.records:
        return TerminationReason.SOURCES_EXHAUSTED
    statuses = {task.status for task in tasks} - {TaskStatus.SKIPPED}
    if not statuses:
        return TerminationReason.NO_SOURCES
    return TerminationReason.NOTHING_FOUND if TaskStatus.DONE in statuses else TerminationReason.SOURCES_FAILED
