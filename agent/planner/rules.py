"""A plan without a model."""

from __future__ import annotations

from domain.plans import Plan, PlannedBy
from domain.runs import GoalRequest


def plan_by_rules(request: GoalRequest) -> Plan:
    return Plan(
        goal=request.goal or request.url,
        fields=request.fields,
        planned_by=PlannedBy.RULES if request.goal else PlannedBy.CALLER,
        queries=(request.goal,) if request.goal and not request.url else (),
    )
