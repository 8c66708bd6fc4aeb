"""Goal templates: what fills their gaps, and that the planner understands every one."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.planner.rules import plan_by_rules
from domain.egress import EgressPolicy, check_url
from domain.errors import InvalidInput, NotFound
from domain.fields import FieldKind
from domain.goal_catalogue import GOAL_TEMPLATES
from domain.goal_templates import MAX_VALUE, Category, GoalTemplate, fill, gaps
from domain.requests import GoalRequest
from services.goal_templates import fill_goal_template, get_goal_template, list_goal_templates

# What the planner must make of each template's own example: the kind of thing, the place, the fields of conditions.
UNDERSTOOD = {
    "local-businesses": ("coffee roaster", "New York City", ("address",)),
    "restaurants": ("vegan restaurant", "New York City", ("rating", "address")),
    "medical-practices": ("dentist", "New York City", ("address",)),
    "hotels": ("hotel", "New York City", ("price", "address")),
    "attractions": ("museum", "New York City", ("address",)),
    "product-prices": ("wireless headphone", "", ("price",)),
    "shop-catalogue": ("product", "", ()),
    "product-reviews": ("review of the kettle 3000", "", ()),
    "used-cars": ("used volvo v60 car", "Bavaria", ("price", "location")),
    "job-listings": ("data engineer job", "New York City", ("location",)),
    "real-estate": ("apartment", "New York City", ("bedrooms", "price", "address")),
    "events": ("concert", "New York City", ("location",)),
    "recipes": ("chickpea curry recipe", "", ()),
    "podcasts": ("podcast about renewable energy", "", ()),
    "books": ("book about renewable energy", "", ()),
    "news-articles": ("news article about renewable energy", "", ("published",)),
    "press-releases": ("press release", "", ()),
    "research-papers": ("paper about renewable energy", "", ("published",)),
    "courses": ("course about renewable energy", "London", ()),
    "companies": ("solar energy company", "New York City", ("location",)),
    "company-contacts": ("company", "", ()),
    "team-pages": ("person", "", ()),
    "court-opinions": ("court opinion about trademark dilution", "", ("date",)),
    "government-tenders": ("government tender for road maintenance", "New York City", ()),
    "software-changelogs": ("release", "", ()),
    "software-tools": ("project management software", "", ()),
}


def by_slug(template: GoalTemplate) -> str:
    return template.slug


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(GOAL_TEMPLATES) >= 16
    assert len({template.slug for template in GOAL_TEMPLATES}) == len(GOAL_TEMPLATES)
    assert {template.slug for template in GOAL_TEMPLATES} == set(UNDERSTOOD)
    assert {template.category for template in GOAL_TEMPLATES} == set(Category)


@pytest.mark.parametrize("template", GOAL_TEMPLATES, ids=by_slug)
def test_the_planner_understands_the_example(template: GoalTemplate) -> None:
    filled = fill(template, template.example)
    plan = plan_by_rules(GoalRequest(goal=filled.goal, url=filled.url, fields=filled.fields))
    entity, location, conditions = UNDERSTOOD[template.slug]
    assert (plan.entity, plan.location) == (entity, location)
    assert sorted(condition.field for condition in plan.conditions) == sorted(conditions)
    assert plan.fields == template.fields  # conditions ask for no field that is not there
    assert plan.notes == ()
    assert bool(plan.queries) is not bool(filled.url)


@pytest.mark.parametrize("template", GOAL_TEMPLATES, ids=by_slug)
def test_every_parameter_has_a_gap_and_every_gap_a_parameter(template: GoalTemplate) -> None:
    parameters = {parameter.name: parameter for parameter in template.parameters}
    assert {name for name, _ in gaps(template)} == set(parameters)
    for name, must in gaps(template):
        if must:
            assert parameters[name].required or parameters[name].default
    assert all(parameter.description.endswith(".") for parameter in template.parameters)
    assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*", template.slug)


@pytest.mark.parametrize("template", GOAL_TEMPLATES, ids=by_slug)
def test_what_is_left_out_leaves_no_trace(template: GoalTemplate) -> None:
    optional = [parameter for parameter in template.parameters if not parameter.required]
    for given_ in product([True, False], repeat=len(optional)):
        left_out = {parameter.name for parameter, here in zip(optional, given_, strict=True) if not here}
        values = {name: value for name, value in template.example.items() if name not in left_out}
        filled = fill(template, values)
        assert not re.search(r"[\[\]{}]|\s{2}", filled.goal), filled.goal
        plan = plan_by_rules(GoalRequest(goal=filled.goal, url=filled.url, fields=filled.fields))
        assert plan.entity
        assert plan.notes == ()


@pytest.mark.parametrize("template", GOAL_TEMPLATES, ids=by_slug)
def test_the_fields_are_typed_and_a_record_without_the_first_is_none(template: GoalTemplate) -> None:
    assert 4 <= len(template.fields) <= 12
    assert any(field.required for field in template.fields)
    kinds = {field.name: field.kind for field in template.fields}
    wanted = {"price": FieldKind.PRICE, "phone": FieldKind.PHONE, "email": FieldKind.EMAIL, "url": FieldKind.URL}
    assert {name: kind for name, kind in kinds.items() if name in wanted} == {
        name: wanted[name] for name in wanted if name in kinds
    }


def test_an_example_url_may_be_fetched() -> None:
    for template in GOAL_TEMPLATES:
        if template.url:
            assert check_url(fill(template, template.example).url, EgressPolicy())


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, {"values.location"}),
        ({"location": "  "}, {"values.location"}),
        ({"location": "Leeds", "city": "Leeds"}, {"values.city"}),
        ({"place": "Leeds"}, {"values.location", "values.place"}),
        ({"location": "x" * (MAX_VALUE + 1)}, {"values.location"}),
    ],
)
def test_values_that_do_not_fit_are_told_by_name(values: dict[str, object], wrong: set[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        fill_goal_template("hotels", values)
    assert set(refused.value.fields) == wrong


def test_a_value_is_never_read_as_a_pattern() -> None:
    filled = fill_goal_template("hotels", {"location": "{max_price} [Leeds] {location}", "max_price": "{location}"})
    assert filled.goal == "hotels in {max_price} [Leeds] {location} under {location} dollars per night"


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=400) | st.integers() | st.floats(), max_size=4))
def test_whatever_is_given_fills_the_gaps_or_is_refused_by_name(values: dict[str, object]) -> None:
    wrong: dict[str, str] = {"values.": ""}
    goal = ""
    try:
        goal = fill_goal_template("events", values).goal
    except InvalidInput as refused:
        wrong = refused.fields
    assert goal or all(name.startswith("values.") for name in wrong)


def test_templates_are_found_by_category_and_by_words() -> None:
    assert {each.category for each in list_goal_templates(category=Category.HOUSING)} == {Category.HOUSING}
    assert [each.slug for each in list_goal_templates(search="COURT docket")] == ["court-opinions"]
    assert list_goal_templates(category=Category.HOUSING, search="court") == ()
    assert list_goal_templates() == GOAL_TEMPLATES
    assert get_goal_template(" Hotels ").slug == "hotels"
    with pytest.raises(NotFound):
        get_goal_template("nothing")


def test_the_docs_tell_every_template() -> None:
    page = (Path(__file__).parents[2] / "docs/goals.md").read_text()
    assert all(f"| `{template.slug}` | {template.description} |" in page for template in GOAL_TEMPLATES)
