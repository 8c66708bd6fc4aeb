"""Pages of recipes that tell all they know in what they show: times, portions, steps and who wrote them."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import parse_fields
from domain.records import FieldValue
from evals.readers import saved_page


def told(body: str, field: str, head: str = "") -> FieldValue | None:
    page = saved_page(
        "http://kitchen.example/stew",
        f"<html lang=en><head><title>Bean stew</title>{head}</head><body><main><h1>Bean stew</h1>{body}"
        "<p>A stew for a cold day, thick and plain, that keeps for a week.</p></main></body></html>",
    )
    (record,) = read_page(page, Ask(fields=parse_fields(f"name,{field}"), many=False)).candidates
    return record.fields.get(field.partition(":")[0])


PARTS = "<div><span class=label>{label}</span> <span class=time>{time}</span></div>"


def test_the_time_of_a_part_is_not_the_total():
    parts = PARTS.format(label="Prep Time", time="10 minutes") + PARTS.format(label="Cook Time", time="25 minutes")
    assert told(parts, "total_time") is None
    assert told("<p>Cook time: 25 minutes</p>", "total_time") is None
    found = told(parts + PARTS.format(label="Total Time", time="35 minutes"), "total_time")
    assert found is not None
    assert (found.value, found.verdict) == (35, Verdict.SUPPORTED)


def test_units_said_twice_count_once():
    twice = "2<i> hours</i> <b aria-hidden=true>hrs</b> 30<i> minutes</i> <b aria-hidden=true>mins</b>"
    found = told(PARTS.format(label="Total Time", time=twice), "total_time")
    assert found is not None
    assert (found.value, found.verdict) == (150, Verdict.SUPPORTED)


def test_a_button_that_scales_a_recipe_is_no_part_of_what_it_makes():
    found = told("<ul><li><span class=label>Yield:</span> <span>4 <i>1x</i></span></li></ul>", "yields")
    assert found is not None
    assert found.value == "4 servings"


@pytest.mark.parametrize("count", ["Step {} ", "{} ", "Schritt {}: "])
def test_the_counts_of_steps_are_no_words_of_theirs(count):
    steps = ("Soak the beans in cold water overnight.", "Fry the onion until it is soft.", "Stew all of it slowly.")
    listed = "".join(f"<li><span>{count.format(at)}</span>{step}</li>" for at, step in enumerate(steps, 1))
    found = told(f"<h2>Instructions</h2><ul>{listed}</ul>", "instructions:list")
    assert found is not None
    assert found.value == list(steps)


def test_amounts_that_happen_to_rise_are_kept():
    listed = "<li>1 onion</li><li>2 carrots</li><li>400 g beans</li>"
    found = told(f"<h2>Ingredients</h2><ul>{listed}</ul>", "ingredients:list")
    assert found is not None
    assert found.value == ["1 onion", "2 carrots", "400 g beans"]
    risen = told("<h2>Ingredients</h2><ul><li>1 onion</li><li>2 carrots</li></ul>", "ingredients:list")
    assert risen is not None
    assert risen.value == ["1 onion", "2 carrots"]


def test_an_account_of_a_network_is_no_writer():
    head = '<meta name="twitter:creator" content="@kitchenpaper">'
    assert told("", "author", head) is None
    found = told("<p class=byline>By Mina Vale</p>", "author", head)
    assert found is not None
    assert found.value == "Mina Vale"
