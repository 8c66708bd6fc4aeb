"""Misspelt things, bare years and decades, what people say when they ask, and the queries that are written."""

from __future__ import annotations

import pytest

from agent.planner.catalogue import UNKNOWN, type_of
from agent.planner.rules import plan_by_rules
from agent.planner.spelling import THINGS
from domain.plans import Plan
from domain.requests import GoalRequest


def plan_of(goal: str) -> Plan:
    return plan_by_rules(GoalRequest(goal=goal))


@pytest.mark.parametrize(
    ("goal", "thing", "said"),
    [
        ("dentsts in Lndon", "dentist", "'dentsts' is taken for 'dentists'"),
        ("resturants near Leeds", "restaurant", "'resturants' is taken for 'restaurants'"),
        ("labtops under $500", "laptop", "'labtops' is taken for 'laptops'"),
        ("30 hotles in Paris", "hotel", "'hotles' is taken for 'hotels'"),
        ("vegan restaraunts in York", "vegan restaurant", "'restaraunts' is taken for 'restaurants'"),
    ],
)
def test_a_misspelt_thing_is_put_right_and_the_plan_says_so(goal, thing, said):
    plan = plan_of(goal)
    assert plan.entity == thing
    assert said in plan.notes
    assert not any("no type in the catalogue" in note for note in plan.notes)


def test_a_place_is_no_misspelling_of_anything():
    assert plan_of("dentsts in Lndon").location == "Lndon"
    assert not any("taken for" in note for note in plan_of("parts for Hotles in Leeds").notes)


@pytest.mark.parametrize(
    "goal",
    [
        "horses for sale in Leeds",
        "cattle farms in Texas",
        "boats for sale",
        "skirts under $50",
        "reports about wind power",
        "collages by students",
        "islands in Greece",
        "painters and printers in Leeds",
        "butchers in Leeds",
        "thrillers about spies",
        "ballets in London",
        "inventors of the telegraph",
        "exports of Chile",
        "creations by local makers",
        "shingles",
        "Bücherei in Berlin",
        "Spital Wien",
        "coltelli da cucina",
        "proyectos de arte en Madrid",
        "protesty w Polsce",
        "physiciens",
    ],
)
def test_a_word_of_its_own_is_not_put_right(goal):
    assert not any("taken for" in note for note in plan_of(goal).notes)


def test_every_word_that_others_are_put_right_to_is_a_thing_of_the_catalogue():
    assert {word for word in THINGS if type_of(word) is UNKNOWN} == set()


@pytest.mark.parametrize(
    ("goal", "conditions"),
    [
        ("novels 2019", ["published = 2019"]),
        ("best films 2019", ["year = 2019"]),
        ("conferences 2026 in Berlin", ["start_date = 2026", "location in Berlin"]),
        ("used cars 2015 under $10000", ["price < 10000 USD", "year = 2015"]),
        ("films since 2020", ["year >= 2020"]),
        ("companies founded before 1990", ["founded < 1990"]),
        ("films from the 1990s", ["year >= 1990", "year <= 1999"]),
        ("films from the '90s", ["year >= 1990", "year <= 1999"]),
        ("Filme aus den 1990ern", ["year >= 1990", "year <= 1999"]),
        ("films des années 90", ["year >= 1990", "year <= 1999"]),
        ("películas de los años 80", ["year >= 1980", "year <= 1989"]),
        ("film degli anni 2010", ["year >= 2010", "year <= 2019"]),
        ("companies founded in the 1990s", ["founded >= 1990", "founded <= 1999"]),
        ("laptops 2024", []),
        ("Blade Runner 2049 posters", []),
        ("women founders in their 30s", []),
    ],
)
def test_a_year_or_a_decade_is_a_condition_of_things_that_have_one(goal, conditions):
    assert [each.formal for each in plan_of(goal).conditions] == conditions


@pytest.mark.parametrize(
    ("goal", "thing", "place"),
    [
        ("mostrami ristoranti a Roma", "ristoranti", "Roma"),
        ("zeig mir Zahnärzte in Berlin", "zahnärzte", "Berlin"),
        ("muéstrame hoteles en Madrid", "hoteles", "Madrid"),
        ("me dê restaurantes em Lisboa", "restaurantes", "Lisboa"),
        ("wypisz restauracje w Krakowie", "restauracje", "Krakowie"),
        ("toon me tandartsen in Utrecht", "tandartsen", "Utrecht"),
        ("перечисли рестораны в Москве", "рестораны", "Москве"),
        ("trouve-moi des dentistes à Lyon", "dentistes", "Lyon"),
    ],
)
def test_what_only_asks_is_no_part_of_the_thing(goal, thing, place):
    plan = plan_of(goal)
    assert (plan.entity, plan.location) == (thing, place)
    assert not any("not understood" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("goal", "query"),
    [
        ("phones from Nokia", "best Nokia phones"),
        ("novels 2019", "list of novels 2019"),
        ("films from the 1990s", "best films 1990s"),
        ("books by Stephen King", "list of books by Stephen King"),
        ("recipes without nuts", "best recipes without nuts"),
        ("software engineer jobs in Berlin", "software engineer jobs Berlin vacancies"),
        ("dentsts in York", "list of dentists York"),
    ],
)
def test_a_query_keeps_what_a_list_would_be_headed_by(goal, query):
    assert query in plan_of(goal).queries
    assert not any("films directory" in each or ":" in each for each in plan_of(goal).queries)


@pytest.mark.parametrize(
    ("goal", "note"),
    [
        ("dentists in Hull with phone adn website", "'adn' is taken for 'and'"),
        ("dentists in Hull wth phone and website", "'wth' is taken for 'with'"),
        ("dentists in Hull wtih phone adn website", "'adn' is taken for 'and'"),
    ],
)
def test_a_misspelt_and_or_with_before_fields_is_put_right_and_told(goal, note):
    plan = plan_of(goal)
    assert note in plan.notes
    assert (plan.entity, plan.location) == ("dentist", "Hull")
    assert {"phone", "website"} <= {field.name for field in plan.fields}


@pytest.mark.parametrize("goal", ["ADN tests in Lyon", "pruebas de adn en Madrid", "recherche laboratoires adn à Lyon"])
def test_what_is_a_word_of_its_own_is_no_misspelt_and(goal):
    assert not any("'and'" in note for note in plan_of(goal).notes)


@pytest.mark.parametrize(("goal", "word"), [("adn website", "adn"), ("wth phone", "wth")])
def test_a_misspelt_joining_word_that_is_half_a_goal_is_told(goal, word):
    assert any(word in note for note in plan_of(goal).notes)
