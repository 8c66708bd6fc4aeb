"""A price that only some pay is not what the reader of a goal pays, where the page tells both."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.checks import Meets
from domain.conditions import checks_of
from domain.fields import parse_fields
from domain.plans import Comparison, Condition
from evals.readers import saved_page

_UNDER_FIVE = (Condition(field="price", comparison=Comparison.LESS, value=5.0, text="under $5", unit="USD"),)


def verdict(told: str) -> Meets:
    html = f"<html lang=en><title>Owl talk</title><h1>Owl talk</h1><dl><dt>Price</dt><dd>{told}</dd></dl>"
    reading = read_page(
        saved_page("https://owls.example/talk", html), Ask(fields=parse_fields("name,price"), many=False)
    )
    (check,) = checks_of(reading.candidates[0].fields, _UNDER_FIVE)
    return check.verdict


@pytest.mark.parametrize(
    "told",
    [
        "Free for members, $10",
        "$10 (free for members)",
        "$3 for members, $10",
        "$3 members / $10 non-members",
        "Members $3, non-members $10",
        "Member price: $3, $10",
        "$4 (students), $10",
        "$4 for seniors and students, $10 for others",
        "$2 for children, $10",
    ],
)
def test_what_members_pay_is_no_sure_yes_for_others(told: str) -> None:
    assert verdict(told) is not Meets.YES


@pytest.mark.parametrize(
    "told", ["$3", "$3 for members", "$4 for everyone, $10 at the door", "Free", "$4 non-members, $2 members"]
)
def test_a_price_that_is_the_only_one_or_that_of_all_counts(told: str) -> None:
    assert verdict(told) is Meets.YES
