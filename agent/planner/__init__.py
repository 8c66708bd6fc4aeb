"""A goal in words into a plan: by a model where one is set up, else, or where it fails, by rules."""

from __future__ import annotations

import msgspec

from agent.meter import Meter
from agent.models import ModelChain, NoAnswer
from agent.planner.rules import plan_by_rules
from domain.budgets import Spend
from domain.errors import BudgetSpent
from domain.events import WarningKind
from domain.plans import Plan
from domain.requests import GoalRequest


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """`warnings`: why a model did not plan, or not the first one."""

    plan: Plan
    spend: Spend = Spend()
    warnings: tuple[tuple[WarningKind, str], ...] = ()


async def make_plan(request: GoalRequest, models: ModelChain | None, meter: Meter | None = None) -> Planned:
    """The caller's own plan wins, and so do the parts that it has where it is not whole. A URL without a goal leaves
    nothing to plan. Never raises for a model's faults."""
    if request.given_plan is not None:
        return Planned(plan=request.given_plan)
    by_rules = plan_by_rules(request)
    if models is None or not request.goal:
        return Planned(plan=by_rules)
    return await _plan_by_model(request, by_rules, models, meter)


async def _plan_by_model(request: GoalRequest, by_rules: Plan, models: ModelChain, meter: Meter | None) -> Planned:
    # pydantic models are built on import: only where a model is asked.
    from agent.planner.by_model import PLAN_DEADLINE_S, WishedPlan, plan_of, plan_prompt

    try:
        answer = await models.ask(plan_prompt(request), WishedPlan, PLAN_DEADLINE_S, meter)
    except BudgetSpent as spent:
        return _fallen_back(by_rules, WarningKind.TOKENS_SPENT, spent.message, Spend())
    except NoAnswer as none:
        return _fallen_back(by_rules, WarningKind.MODEL_UNAVAILABLE, none.message, none.spend)
    warnings = ()
    if answer.degraded:
        why = "; ".join(answer.failures) or "the first model rests after a failure"
        warnings = ((WarningKind.MODEL_DEGRADED, f"planned by {answer.model}: {why}"),)
    return Planned(plan=plan_of(answer, request, by_rules), spend=answer.spend, warnings=warnings)


def _fallen_back(by_rules: Plan, kind: WarningKind, why: str, spend: Spend) -> Planned:
    plan = msgspec.structs.replace(by_rules, notes=(*by_rules.notes, f"planned by rules, not by a model: {why}"))
    return Planned(plan=plan, spend=spend, warnings=((kind, f"planned by rules: {why}"),))
