"""How a preview ends: its plan is what was asked for, whether or not there are pages to open for it."""

from __future__ import annotations

import pytest

from domain.requests import GoalRequest
from domain.runs import RunStatus, TerminationReason, outcome_of


@pytest.mark.parametrize("reason", [TerminationReason.NO_SOURCES, TerminationReason.SEARCH_UNAVAILABLE])
def test_a_plan_for_which_the_search_found_nothing_is_no_failure_of_the_preview_but_one_of_the_run(
    reason: TerminationReason,
):
    preview = GoalRequest(goal="dentists", preview=True)
    assert outcome_of(records=0, request=preview, reason=reason) is RunStatus.PARTIAL
    assert outcome_of(records=0, request=GoalRequest(goal="dentists"), reason=reason) is RunStatus.FAILED


@pytest.mark.parametrize(
    "reason", [TerminationReason.DEADLINE, TerminationReason.BUDGET, TerminationReason.INTERNAL_ERROR]
)
def test_a_preview_without_its_plan_has_failed(reason: TerminationReason):
    preview = GoalRequest(goal="dentists", preview=True)
    assert outcome_of(records=0, request=preview, reason=reason) is RunStatus.FAILED
