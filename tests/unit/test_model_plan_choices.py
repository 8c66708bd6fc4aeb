"""Choices ("or") in a model's plan: whole, or not at all."""

from __future__ import annotations

from agent.models import Answer
from agent.planner.by_model import WishedPlan, plan_of
from agent.planner.rules import plan_by_rules
from domain.budgets import Spend
from domain.requests import GoalRequest

CHEAP = {"field": "price", "comparison": "<", "value": 20, "unit": "USD", "text": "under $20 or well rated"}


def conditions(*wished):
    request = GoalRequest(goal="things")
    plan = WishedPlan.model_validate(
        {
            "entity": "thing",
            "fields": [{"name": "name"}, {"name": "price"}],
            "queries": ["things"],
            "conditions": wished,
        }
    )
    answer = Answer(value=plan, model="m", spend=Spend())
    return plan_of(answer, request, plan_by_rules(request))


def test_a_models_choice_is_one_condition_and_its_fields_are_read():
    plan = conditions(CHEAP | {"alternatives": [{"field": "Rating", "comparison": ">=", "value": 4.5}]})
    assert [each.formal for each in plan.conditions] == ["price < 20 USD or rating >= 4.5"]
    assert "rating" in {field.name for field in plan.fields}


def test_a_models_choice_of_which_a_part_is_no_condition_is_left_out_whole():
    broken = {"field": "opening_hours", "comparison": "open on", "value": "always"}
    plan = conditions(CHEAP | {"alternatives": [broken]})
    assert plan.conditions == ()
    assert "opening_hours" not in {field.name for field in plan.fields}
