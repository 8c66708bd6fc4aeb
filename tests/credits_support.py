"""A goal that may cost 100 credits, an agent that spends them, and an account's books."""

from __future__ import annotations

from sqlalchemy import func, select
from store_support import executor_of

from agent.state import Ending
from domain.budgets import Spend
from domain.credits import Movement
from domain.plans import Plan, PlannedBy
from domain.requests import GoalRequest
from domain.runs import Run, TerminationReason
from services.credits import (
    list_transactions,
)
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service
from store.models import CreditHoldRow

GOAL = GoalRequest(goal="things of the shop", max_credits=100)
LONG = GoalRequest(goal="all things of the shop", max_results=1_000)  # which may cost more than the free plan gives
FREE = 1_000  # credits a month


class Spender:
    """Uses model tokens, and ends as it is told; 1,000 tokens read cost 10 credits."""

    def __init__(self, tokens: int, reason: TerminationReason = TerminationReason.STEPS_DONE) -> None:
        self.tokens, self.reason = tokens, reason

    async def __call__(self, state, tools, journal) -> Ending:
        plan = Plan(goal=state.request.goal, fields=(), planned_by=PlannedBy.RULES)
        await journal.planned(plan, Spend(input_tokens=self.tokens))
        return Ending(reason=self.reason)


async def ran(service: Service, tokens: int, reason=TerminationReason.STEPS_DONE, request: GoalRequest = GOAL) -> Run:
    run = await submit_run(service, OWNER_ACCOUNT, request)
    return await executor_of(service, Spender(tokens, reason)).execute(OWNER_ACCOUNT, run.id)


async def movements(service: Service) -> list[Movement]:
    """Oldest first."""
    return [each.movement for each in (await list_transactions(service, OWNER_ACCOUNT, limit=100)).items][::-1]


async def kinds(service: Service) -> list[str]:
    return [movement.kind.value for movement in await movements(service)]


async def open_holds(service: Service) -> int:
    async with service.database.reader.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(CreditHoldRow))).scalar_one()
