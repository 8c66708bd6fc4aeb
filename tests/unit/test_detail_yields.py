"""What a recipe makes is told in one form, and quoted as it stands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.extract.cascade import read_page
from agent.extract.detail.yields import normal_yield
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import parse_fields
from evals.readers import saved_page


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("4", "4 servings"),
        ("1", "1 serving"),
        ("Serves 4.0", "4 servings"),
        ("4 Personen", "4 servings"),
        ("pour 6 personnes", "6 servings"),
        ("4人分", "4 servings"),
        ("4 porcie", "4 servings"),
        ("4 to 6 people", "4-6 servings"),
        ("Makes 24 cookies", "24 cookies"),
        ("1/2 cup", "1/2 cup"),
        ("12 rolls, serves 4", "12 rolls, serves 4"),
        ("a large bowl", None),
        ("", None),
    ],
)
def test_forms(written: str, told: str | None) -> None:
    assert normal_yield(written) == told


@given(st.text(max_size=80))
def test_a_normal_form_is_its_own(text: str) -> None:
    told = normal_yield(text)
    assert told is None or normal_yield(told) in {told, None}


@pytest.mark.parametrize("fields", ["yields", ""])
def test_the_number_is_quoted_and_the_word_follows_from_it(fields: str) -> None:
    data = json.dumps({"@type": "Recipe", "name": "Soup", "recipeYield": "6"})
    page = saved_page(
        "https://kitchen.example/soup", f"<script type='application/ld+json'>{data}</script><h1>Soup</h1>"
    )
    told = read_page(page, Ask(fields=parse_fields(fields), many=False)).candidates[0].fields["yields"]
    assert (told.value, told.raw, told.verdict) == ("6 servings", "6", Verdict.DERIVED)
    assert told.evidence[0].quote == "6"


def test_servings_that_are_asked_for_as_such_stay_what_the_page_says() -> None:
    data = json.dumps({"@type": "Recipe", "name": "Soup", "recipeYield": "6"})
    page = saved_page(
        "https://kitchen.example/soup", f"<script type='application/ld+json'>{data}</script><h1>Soup</h1>"
    )
    told = read_page(page, Ask(fields=parse_fields("servings"), many=False)).candidates[0].fields["servings"]
    assert told.value == "6"
