"""A number that a goal names: it counts where the caller gave none, and everybody is told."""

from __future__ import annotations

import msgspec
import pytest
from store_support import POLICY, executor_of, record

from agent.state import Ending
from api.wire.scrapehub.requests import CreateJob, parse_job
from domain.budgets import Spend
from domain.events import EventType
from domain.plans import Plan, PlannedBy
from domain.requests import GoalRequest
from domain.runs import RunStatus, TerminationReason
from forage.asking import Asked, make_request
from services.events import list_events
from services.keys import OWNER_ACCOUNT
from services.runs import extend_run, get_run, submit_run
from services.service import Service

GOAL = "find 30 dentists in Leeds"


async def thirty_planned(state, tools, journal) -> Ending:
    """An agent whose plan says thirty, and which finds two."""
    plan = Plan(goal=state.request.goal, fields=(), planned_by=PlannedBy.RULES, count=30)
    await journal.planned(plan, Spend())
    return Ending(reason=TerminationReason.DEADLINE, records=(record(0), record(1)))


@pytest.mark.parametrize(
    ("request_", "most"),
    [
        (GoalRequest(goal=GOAL, max_is_default=True), 30),
        (GoalRequest(goal=GOAL, max_results=10), 10),
        (GoalRequest(goal=GOAL, max_results=20, min_results=5), 20),
    ],
    ids=["open", "as many as the default", "both given"],
)
async def test_a_run_is_told_with_the_number_it_works_for(service: Service, request_: GoalRequest, most: int):
    run = await submit_run(service, OWNER_ACCOUNT, request_)
    await executor_of(service, thirty_planned).execute(OWNER_ACCOUNT, run.id)
    ended = await get_run(service, OWNER_ACCOUNT, run.id)
    assert (ended.request.max_results, ended.status) == (most, RunStatus.PARTIAL)
    planned = next(
        event for event in await list_events(service, OWNER_ACCOUNT, run.id) if event.type is EventType.PLANNED
    )
    assert planned.data["count"] == 30
    extended = await extend_run(service, OWNER_ACCOUNT, run.id, max_results=50)
    assert (extended.request.max_results, extended.request.max_is_default) == (50, False)


def test_only_a_caller_who_gives_no_number_leaves_it_to_the_goal():
    def job(**more) -> GoalRequest:
        return parse_job(msgspec.convert({"goal": GOAL, **more}, CreateJob), POLICY)

    assert job().max_is_default
    assert not job(max_results=10).max_is_default
    assert not job(min_results=5).max_is_default
    assert make_request([GOAL]).max_is_default
    assert not make_request([GOAL], Asked(max_results=10)).max_is_default
    assert not make_request([GOAL], Asked(min_results=5)).max_is_default
