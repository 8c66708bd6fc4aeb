"""Any text is a goal: it is planned, and no word of it is lost in silence."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.planner.rules import plan_by_rules
from api.wire.scrapehub.plans import render_plan
from api.wire.scrapehub.requests import PlanBody
from domain.place_names import address_names
from domain.plans import Plan, PlannedBy
from domain.requests import GoalRequest

WORDS = """
    dentists hotels recipes laptops книги 歯医者 restauracje in near or and not without with from by under over between
    since before open on Sunday May 2024 5 $20 £1200 20% 4.5 stars at least top 10 Leeds Hull Tyne Wear Москве 東京
    の w с of Nokia name phone , ; : ( ) " ' / & - – 3 bedrooms size M free stock
"""
PIECES = (*WORDS.split(), "\ue000", "\uf8ff", "\n")
GOALS = st.one_of(
    st.text(min_size=1, max_size=120),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=20).map(" ".join),
)


def plan(goal, **more):
    return plan_by_rules(GoalRequest(goal=goal, **more))


@given(GOALS)
def test_no_text_raises_and_each_plan_survives_its_json(goal):
    made = plan(goal)
    assert msgspec.json.decode(msgspec.json.encode(made), type=Plan) == made
    shown = render_plan(made)
    assert msgspec.json.decode(msgspec.json.encode(shown), type=PlanBody) == shown


@pytest.mark.parametrize(
    ("goal", "lost"),
    [
        ("dentists in Leeds, zork", "zork"),
        ("Zork: dentists in Leeds", "dentists"),
        ("dentists in Leeds (zorked)", "zorked"),
        ("dentists? zork the frobnicator", "zork the frobnicator"),
    ],
)
def test_a_word_that_no_part_of_the_plan_uses_is_told(goal, lost):
    made = plan(goal)
    notes = " ".join(made.notes)
    assert lost in made.entity or all(word in notes for word in lost.split() if word != "the"), made


def test_each_of_several_places_is_searched_for():
    queries = plan("pubs in Hull, York or Leeds").queries
    assert {"pubs Hull", "pubs York", "pubs Leeds"} <= set(queries)


def test_to_rent_is_searched_for_with_its_thing():
    assert "flats to rent Leeds" in plan("flats to rent in Leeds").queries


def test_a_language_of_the_callers_choice_needs_no_grammar():
    given_part = Plan(goal="dentists in Leeds", fields=(), planned_by=PlannedBy.CALLER, language="sv")
    made = plan("dentists in Leeds", plan=given_part, plan_parts=("language",))
    assert made.language == "sv"
    assert made.queries


@pytest.mark.parametrize(
    ("address", "place", "is_there"),
    [
        ("東京都渋谷区神南1-2-3", "東京", True),
        ("〒150-0041 東京都渋谷区神南1-2-3", "渋谷", True),
        ("東京都渋谷区神南1-2-3", "京都", None),
        ("京都府京都市中京区", "京都", True),
        ("大阪府中央区", "府中", None),
    ],
)
def test_kyoto_is_not_in_tokyo_to(address, place, is_there):
    assert address_names(address, place).is_there is is_there
