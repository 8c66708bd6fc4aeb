"""More and less, and days, as goals of other languages say them: none is dropped in silence."""

from __future__ import annotations

import pytest

from agent.planner.rules import plan_by_rules
from domain.plans import Plan
from domain.requests import GoalRequest


def plan_of(goal: str) -> Plan:
    return plan_by_rules(GoalRequest(goal=goal))


@pytest.mark.parametrize(
    ("goal", "condition"),
    [
        ("restaurants à Lyon avec une note supérieure à 4", "rating > 4"),
        ("restaurants à Lyon avec téléphone et note superieure a 4", "rating > 4"),
        ("hôtels à Paris prix inférieur à 120 euros", "price < 120 EUR"),
        ("hoteles en Sevilla con valoración superior a 4", "rating > 4"),
        ("hoteles en Sevilla con precio inferior a 100 euros", "price < 100 EUR"),
        ("alberghi a Roma con valutazione superiore a 4", "rating > 4"),
        ("alberghi a Roma con prezzo inferiore a 90 euro", "price < 90 EUR"),
        ("hotéis em Lisboa com avaliação superior a 4", "rating > 4"),
        ("Hotels in Berlin mit Bewertung besser als 4", "rating > 4"),
        ("Laptops mit Preis niedriger als 500 Euro", "price < 500 EUR"),
        ("hotels in Utrecht met beoordeling hoger dan 4", "rating > 4"),
    ],
)
def test_higher_and_lower_than_is_a_condition_and_no_field_of_its_own(goal, condition):
    plan = plan_of(goal)
    assert condition in [each.formal for each in plan.conditions]
    assert not any("4" in field.name for field in plan.fields)
    assert not any("not " in note for note in plan.notes)


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        ("кафе в Москве открытые по воскресеньям", "открытые по воскресеньям"),
        ("кафе в Москве, работающие в воскресенье", "работающие в воскресенье"),
        ("аптеки в Москве, которые работают круглосуточно", "работают круглосуточно"),
        ("музеи в Москве, закрытые по понедельникам", "закрытые по понедельникам"),
    ],
)
def test_days_that_no_timetable_is_read_in_are_told_and_not_taken_for_the_thing(goal, words):
    plan = plan_of(goal)
    assert plan.entity.casefold() in {"кафе", "аптеки", "музеи"}
    assert any("not checked" in note and words in note for note in plan.notes)
