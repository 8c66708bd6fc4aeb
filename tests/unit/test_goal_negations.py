"""What a goal denies: the opposite condition, or a note that it is not checked; never the condition itself."""

from __future__ import annotations

import pytest
from agent_doubles import value_of
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.planner.grammar import parse_goal
from agent.planner.rules import plan_by_rules
from domain.checks import Meets
from domain.conditions import checks_of
from domain.fields import parse_fields
from domain.plans import Comparison, Condition
from domain.requests import GoalRequest

# Of each language: a thing, its negations, and demands that may stand behind either.
SAID = {
    "en": (
        "hotels",
        ("not", "that are not", "which aren't", "but not", "never", "except", "without being"),
        ("open on Sunday", "in York", "under £20", "over £50", "rated above 4", "published before 2020", "free entry"),
    ),
    "de": (
        "Hotels",
        ("nicht", "die nicht", "aber nicht", "niemals", "außer"),
        ("sonntags geöffnet", "in Berlin", "unter 20 Euro", "am Montag geöffnet", "mit mindestens 4 Sternen"),
    ),
    "fr": (
        "les hôtels",
        ("pas", "qui ne sont pas", "mais pas", "non", "jamais", "sauf"),
        ("ouverts le dimanche", "à Lyon", "moins de 100 euros", "avec au moins 4 étoiles"),
    ),
    "es": (
        "los hoteles",
        ("no", "que no están", "pero no", "nunca", "excepto"),
        ("abiertos el domingo", "en Madrid", "por debajo de 100 euros", "con al menos 4 estrellas"),
    ),
    "it": (
        "tutti gli alberghi",
        ("non", "che non sono", "ma non", "tranne"),
        ("aperti la domenica", "in Toscana", "oltre 100 euro", "con almeno 4 stelle"),
    ),
    "nl": (
        "alle hotels",
        ("niet", "die niet", "maar niet", "nooit", "behalve"),
        ("open op zondag", "in Utrecht", "onder 100 euro", "met minstens 4 sterren"),
    ),
    "pt": (
        "todos os hotéis",
        ("não", "que não são", "mas não", "nunca", "exceto"),
        ("abertos no domingo", "em Lisboa", "abaixo de 100 euros", "com pelo menos 4 estrelas"),
    ),
}
DENIALS = [
    (thing, negation, demand)
    for thing, negations, demands in SAID.values()
    for negation in negations
    for demand in demands
]


def demanded(goal: str) -> set[tuple[str, Comparison, object]]:
    return {(each.field, each.comparison, each.value) for each in plan_by_rules(GoalRequest(goal=goal)).conditions}


@pytest.mark.parametrize(
    ("goal", "told"),
    [
        ("cafes not open on Sunday", "opening_hours closed on sunday"),
        ("cafes that aren't open on Sundays", "opening_hours closed on sunday"),
        ("cafes closed on Sunday", "opening_hours closed on sunday"),
        ("cafes not closed on Sunday", "opening_hours open on sunday"),
        ("Cafés, die sonntags nicht geöffnet haben", "opening_hours closed on sunday"),
        ("boulangeries qui n'ouvrent pas le lundi", "opening_hours closed on monday"),
        ("museos cerrados los lunes", "opening_hours closed on monday"),
        ("restaurantes fechados ao domingo", "opening_hours closed on sunday"),
        (
            "cafes open every day except Monday",
            "opening_hours open on tuesday, wednesday, thursday, friday, saturday, sunday",
        ),
        ("dentists not in York", "address not in York"),
        ("dentists outside York", "address not in York"),
        ("dentists not in york", "address not in york"),
        ("dentistas que no están en Madrid", "address not in Madrid"),
        ("books not by Ada Lovelace", "author not contains Ada Lovelace"),
        ("hotels not under £80", "price >= 80 GBP"),
        ("hoteles que no cuestan más de 100 euros", "price <= 100 EUR"),
        ("hotels that don't charge more than £100", "price <= 100 GBP"),
        ("museums without free entry", "price > 0"),
        ("hotels between €150 and €80", "price between 80 and 150 EUR"),
        ("apartments with 2 or more bedrooms", "bedrooms >= 2"),
        ("apartments with 2+ bedrooms", "bedrooms >= 2"),
        ("Wohnungen mit 2 oder mehr Schlafzimmern", "bedrooms >= 2"),
        ("appartements avec 2 chambres ou plus", "bedrooms >= 2"),
        ("hotels with at least 9 stars", "rating >= 9"),
        ("hotels with 4 or more stars", "rating >= 4"),
        ("shops that don't close on Sunday", "opening_hours open on sunday"),
        ("restaurants, but none in York", "address not in York"),
        ("dentists that are not currently in York", "address not in York"),
        ("companies founded no earlier than 2015", "founded >= 2015"),
        ("hotels between 4 and 3 stars", "rating between 3 and 4"),
        ("apartments with 2-3 bedrooms", "bedrooms between 2 and 3"),
        ("cafes open Monday to Wednesday", "opening_hours open on monday, tuesday, wednesday"),
    ],
)
def test_a_demand_is_read_as_it_is_said(goal, told):
    plan = plan_by_rules(GoalRequest(goal=goal))
    (condition,) = plan.conditions
    bare = Condition(field=condition.field, comparison=condition.comparison, value=condition.value, unit=condition.unit)
    assert bare.label == told
    assert plan.count is None


@pytest.mark.parametrize(
    "goal",
    [
        "cafes not open every day",
        "products not between £20 and £50",
        "articles not published in 2024",
        "dentists not near York",
        "books not in English",
        "hotels with at least 12 stars",
        "dentists not in York with phone",
        "cafes not run by chains",
        "events not this weekend",
        "dentists not only in York",
        "cafes not only open on Sunday",
        "books not only by Ursula Le Guin",
        "cafes that do not open on Sunday mornings",
        "hotels between 80 and 150",
    ],
)
def test_what_no_condition_can_say_is_left_out_and_said(goal):
    plan = plan_by_rules(GoalRequest(goal=goal))
    assert plan.conditions == ()
    assert plan.location == ""
    assert any(note.startswith("not checked: ") for note in plan.notes)


def test_a_denial_carries_over_an_or_and_not_further():
    assert demanded("products not under £20 or over £50") == {
        ("price", Comparison.AT_LEAST, 20.0),
        ("price", Comparison.AT_MOST, 50.0),
    }
    assert demanded("cafes open on Saturday but not on Sunday") == {
        ("opening_hours", Comparison.OPEN, "saturday"),
        ("opening_hours", Comparison.CLOSED, "sunday"),
    }
    assert ("price", Comparison.LESS, 100.0) in demanded("hotels with no pool under £100")


@pytest.mark.parametrize("goal", ["keine Hotels in Berlin unter 100 Euro", "no hotels in York over £100"])
def test_a_thing_that_is_not_wanted_has_no_demands(goal):
    plan = plan_by_rules(GoalRequest(goal=goal))
    assert (plan.conditions, plan.location) == ((), "")
    assert f"not understood: {goal!r}" in plan.notes
    assert plan_by_rules(GoalRequest(goal="no bake cakes under £10")).conditions


def test_in_portuguese_no_is_in_the():
    assert demanded("restaurantes abertos no domingo") == {("opening_hours", Comparison.OPEN, "sunday")}


def test_a_field_that_is_not_wanted_is_not_read():
    parsed = parse_goal("dentists with phone but not email")
    assert [field.name for field in parsed.fields] == ["name", "phone"]
    assert "not checked: 'not email'" in parsed.notes


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DENIALS), st.sampled_from(["", ", 20 results", " with phone and address"]))
def test_no_denied_demand_becomes_a_condition_of_its_own(denied, tail):
    thing, negation, demand = denied
    plain = demanded(f"{thing} {demand}{tail}")
    goal = f"{thing} {negation} {demand}{tail}"
    plan = plan_by_rules(GoalRequest(goal=goal))
    assert not demanded(goal) & plain
    assert plan.conditions or plan.notes


HOURS = "Mo-Fr 09:00-17:00, Sa closed"


@pytest.mark.parametrize(
    ("comparison", "value", "hours", "verdict"),
    [
        (Comparison.CLOSED, "sunday", HOURS, Meets.YES),
        (Comparison.CLOSED, "saturday, sunday", HOURS, Meets.YES),
        (Comparison.CLOSED, "friday, sunday", HOURS, Meets.NO),
        (Comparison.CLOSED, "sunday", "Sa 9:00-12:00", Meets.UNCLEAR),
        (Comparison.NOT_IN, "York", "1 High Street, York", Meets.NO),
        (Comparison.NOT_IN, "England", "1 Rue Haute, Paris, France", Meets.YES),
        (Comparison.NOT_IN, "Yorkshire", "1 High Street, Leeds", Meets.UNCLEAR),
        (Comparison.LACKS, "vegan", "vegan food", Meets.NO),
        (Comparison.LACKS, "vegan", "steaks", Meets.YES),
    ],
)
def test_a_denied_condition_swaps_yes_and_no_and_leaves_unclear_unclear(comparison, value, hours, verdict):
    fields = {"address": value_of(hours)}
    (check,) = checks_of(fields, (Condition(field="address", comparison=comparison, value=value),))
    assert check.verdict is verdict


def test_no_such_value_at_all_stays_unclear_when_denied():
    (check,) = checks_of({}, (Condition(field="x", comparison=Comparison.LACKS, value="y"),))
    assert check.verdict is Meets.UNCLEAR


def test_a_rating_of_five_is_not_compared_with_one_of_ten():
    above = Condition(field="rating", comparison=Comparison.GREATER, value=8.0)
    assert checks_of({"rating": value_of(4.6)}, (above,))[0].verdict is Meets.UNCLEAR
    assert checks_of({"rating": value_of(8.6)}, (above,))[0].verdict is Meets.YES
    assert checks_of({"rating": value_of(7.1)}, (above,))[0].verdict is Meets.NO


def test_a_place_that_is_denied_is_no_condition_where_no_field_tells_places():
    plan = plan_by_rules(GoalRequest(goal="dentists not in York", fields=parse_fields("name,phone")))
    assert plan.conditions == ()
    assert "not checked: 'not in York'" in plan.notes


def test_a_row_of_two_thousand_digits_is_no_number():
    assert plan_by_rules(GoalRequest(goal="laptops under £1" + "1" * 1900)).conditions == ()
