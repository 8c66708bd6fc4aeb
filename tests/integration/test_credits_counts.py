"""What is held for a goal that names its own number of records."""

from __future__ import annotations

import dataclasses

import pytest

from domain.plans import Plan, PlannedBy
from domain.requests import GoalRequest
from forage.compose import MAX_READ, number_in
from services.credits import credits_of, grant_credits
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service

OPEN = "dentists in Leeds with a phone"
NAMED = "at least 4 dentists in Leeds with a phone"


async def held(service: Service, request: GoalRequest) -> int:
    run = await submit_run(service, OWNER_ACCOUNT, request)
    credits_ = await credits_of(service, run)
    assert credits_.held == credits_.estimated
    return credits_.held


@pytest.fixture
async def reading(metered: Service) -> Service:
    await grant_credits(metered, OWNER_ACCOUNT, 100_000)
    return dataclasses.replace(metered, number_in=number_in)


async def test_a_goal_that_names_its_number_is_held_for_that_number_before_it_is_planned(reading: Service):
    four = await held(reading, GoalRequest(goal=OPEN, max_results=4))
    assert await held(reading, GoalRequest(goal=NAMED, max_is_default=True)) == four
    assert await held(reading, GoalRequest(goal=OPEN, max_is_default=True)) > four


async def test_the_callers_own_number_and_plan_stand_before_the_goals(reading: Service):
    three = await held(reading, GoalRequest(goal=OPEN, max_results=3))
    assert await held(reading, GoalRequest(goal=NAMED, max_results=3)) == three
    plan = Plan(goal=NAMED, fields=(), planned_by=PlannedBy.CALLER, count=3)
    given = GoalRequest(goal=NAMED, plan=plan, plan_parts=("count",), max_is_default=True)
    assert await held(reading, given) == three


def test_a_goal_that_would_take_long_to_read_is_left_to_its_plan():
    assert number_in(NAMED) == 4
    assert number_in(NAMED + " with" * MAX_READ) is None
