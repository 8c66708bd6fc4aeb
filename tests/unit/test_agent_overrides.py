"""A plan's parts, put right by the caller one by one: the rest follows from them, and the caller has the last word."""

from __future__ import annotations

import pytest

from agent.planner.rules import plan_by_rules
from domain.errors import InvalidInput
from domain.fields import parse_fields
from domain.plans import PARTS, Comparison, Condition, Plan, PlannedBy
from domain.requests import GoalRequest
from forage.asking import Asked, make_request, parse_condition

GOAL = "30 cheap hotels in Rome under €100"


def planned(**given):
    plan = Plan(goal=GOAL, planned_by=PlannedBy.CALLER, **{"fields": (), **given})
    return plan_by_rules(GoalRequest(goal=GOAL, plan=plan, plan_parts=tuple(given)))


def test_another_thing_has_other_fields_and_other_queries():
    plan = planned(entity="museum")
    assert plan.entity == "museum"
    assert "opening_hours" in {field.name for field in plan.fields}
    assert any("museums" in query for query in plan.queries)
    assert plan.location == "Rome"
    assert any("given by the caller: entity" in note for note in plan.notes)


def test_another_place_is_checked_instead_of_the_goals_own():
    plan = planned(location="Naples")
    assert [each.value for each in plan.conditions if each.comparison is Comparison.IN] == ["Naples"]
    assert plan.queries
    assert all("Rome" not in query for query in plan.queries)


def test_no_place_means_that_none_is_checked():
    assert all(each.comparison is not Comparison.IN for each in planned(location="").conditions)


def test_given_conditions_replace_all_and_their_fields_are_read():
    rated = Condition(field="rating", comparison=Comparison.AT_LEAST, value=4.0)
    plan = planned(conditions=(rated,), fields=parse_fields("name"))
    assert plan.conditions == (rated,)
    assert [field.name for field in plan.fields] == ["name", "rating"]
    assert planned(conditions=()).conditions == ()


def test_a_note_names_a_given_condition_that_has_no_words_of_its_own():
    rated = Condition(field="rating", comparison=Comparison.AT_LEAST, value=4.0)
    notes = planned(conditions=(rated,), fields=parse_fields("name")).notes
    assert "rating is read too, to check 'rating >= 4'" in notes


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("language", "it"),
        ("queries", ("alberghi roma",)),
        ("queries", ()),
        ("sources", ("http://hotels.test/",)),
        ("count", 5),
        ("count", None),
        ("fields", parse_fields("name,pool")),
    ],
)
def test_every_part_can_be_given(part, value):
    plan = planned(**{part: value, "conditions": ()})
    assert getattr(plan, part) == value


def test_a_whole_plan_is_taken_as_it_is():
    request = GoalRequest(goal=GOAL, plan=Plan(goal="x", fields=(), planned_by=PlannedBy.CALLER))
    assert request.given_plan is request.plan
    assert request.given_parts() == {}


def test_the_command_line_gives_every_part():
    asked = Asked(
        entity="hostel",
        place="Naples",
        language="it",
        queries=("q1", "q2"),
        sources=("http://a.test/",),
        conditions=("price < 20 GBP",),
    )
    request = make_request([GOAL], asked)
    assert request.plan is not None
    assert request.plan_parts == tuple(part for part in PARTS if part not in {"fields", "count"})
    assert request.plan.queries == ("q1", "q2")
    assert make_request([GOAL]).plan is None


def test_a_place_may_be_taken_away_and_so_may_all_conditions():
    request = make_request([GOAL], Asked(place="", conditions=("none",)))
    assert request.plan is not None
    assert request.plan_parts == ("location", "conditions")
    assert (request.plan.location, request.plan.conditions) == ("", ())


def test_a_url_without_a_goal_has_no_plan_to_change():
    with pytest.raises(InvalidInput, match="entity"):
        make_request(["http://a.test/"], Asked(entity="hotel"))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("price < 20 GBP", ("price", Comparison.LESS, 20.0, "GBP")),
        ("price>=20", ("price", Comparison.AT_LEAST, 20.0, "")),
        ("price between 10 and 20 EUR", ("price", Comparison.BETWEEN, (10.0, 20.0), "EUR")),
        ("opening_hours open on saturday, sunday", ("opening_hours", Comparison.OPEN, "saturday, sunday", "")),
        ("address in New York City", ("address", Comparison.IN, "New York City", "")),
        ("name contains bar", ("name", Comparison.CONTAINS, "bar", "")),
        ("published >= 2024-05", ("published", Comparison.AT_LEAST, "2024-05", "")),
    ],
)
def test_a_condition_as_it_is_typed(text, parts):
    told = parse_condition(text)
    assert (told.field, told.comparison, told.value, told.unit) == parts


@pytest.mark.parametrize("text", ["cheap", "price ~ 5", "price between 10", "hours open on caturday", "< 5"])
def test_a_condition_that_says_nothing_is_refused_by_name(text):
    with pytest.raises(InvalidInput, match="--condition"):
        parse_condition(text)
