"""A plan by a model: its answer is checked as a stranger's would be, and becomes the same plan that rules make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import msgspec
from pydantic import BaseModel, ConfigDict, field_validator
from pydantic import Field as Limited

from agent.planner.entity import MAX_COUNT
from agent.planner.rules import place_conditions, with_given
from domain.errors import InvalidInput
from domain.fields import MAX_FIELDS, MAX_NAME, Field, FieldKind, checked_fields, make_field
from domain.opening_hours import is_weekdays
from domain.plans import Comparison, Condition, Plan, PlannedBy, amount_problem
from domain.requests import GoalRequest
from prompts import Prompt, render

if TYPE_CHECKING:
    from agent.models import Answer

PLAN_DEADLINE_S = 60.0  # a local model of 7B on two cores writes such a plan in about 40 s
GOAL_CHARACTERS = 4000  # a longer goal is no goal; it would only cost
ShortText = Annotated[str, Limited(max_length=300)]


class WishedField(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Limited(min_length=1, max_length=MAX_NAME)]
    kind: FieldKind = FieldKind.TEXT
    many: bool = False
    asked: bool = False
    synonyms: Annotated[list[ShortText], Limited(max_length=12)] = []

    @field_validator("name")
    @classmethod
    def in_snake_case(cls, name: str) -> str:
        tidy = re.sub(r"\W+", "_", name.strip().lower()).strip("_")
        if not tidy:
            raise ValueError("a field name needs letters")
        return tidy


class WishedAlternative(BaseModel):
    model_config = ConfigDict(extra="ignore")

    field: ShortText
    comparison: Comparison
    value: ShortText | float | tuple[float, float]
    unit: Annotated[str, Limited(pattern=r"^([A-Z]{3})?$")] = ""


class WishedCondition(WishedAlternative):
    text: ShortText = ""
    alternatives: Annotated[list[WishedAlternative], Limited(max_length=9)] = []


class WishedPlan(BaseModel):
    """What a model may say of a goal. No URLs: those come from the caller and from search alone."""

    model_config = ConfigDict(extra="ignore")

    entity: ShortText
    location: ShortText = ""
    language: Annotated[str, Limited(pattern=r"^[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    fields: Annotated[list[WishedField], Limited(min_length=1, max_length=MAX_FIELDS)]
    conditions: Annotated[list[WishedCondition], Limited(max_length=10)] = []
    queries: Annotated[list[ShortText], Limited(min_length=1, max_length=8)]
    count: Annotated[int, Limited(ge=1)] | None = None
    notes: Annotated[list[ShortText], Limited(max_length=10)] = []


def plan_prompt(request: GoalRequest) -> Prompt:
    names = ", ".join(field.name for field in request.fields)
    asked = f"The fields are given, use these names: {names}" if names else ""
    return render("plan_goal", goal=request.goal[:GOAL_CHARACTERS], asked=asked)


def plan_of(answer: Answer[WishedPlan], request: GoalRequest, by_rules: Plan) -> Plan:
    """The model's understanding, with the caller's fields and the goal's own URLs, which no model may change."""
    wished, given = answer.value, request.given_parts()
    fields = given.get("fields") or request.fields or _fields(wished) or by_rules.fields
    location = given.get("location", wished.location.strip())
    if "conditions" in given:
        fields, conditions = by_rules.fields if "fields" in given else fields, given["conditions"]
    else:
        fields, conditions = _conditions(wished, fields)
        conditions = (*conditions, *place_conditions(location, fields, is_named=True, language=wished.language))
    searches = not request.url
    notes = tuple(wished.notes)
    if answer.degraded:
        notes = (*notes, f"planned by {answer.model}, a fallback")
    plan = msgspec.structs.replace(
        by_rules,
        fields=fields,
        planned_by=PlannedBy.MODEL,
        entity=wished.entity.strip(),
        location=location,
        language=wished.language,
        queries=_queries(wished, by_rules) if searches else (),
        conditions=conditions,
        count=min(wished.count, MAX_COUNT) if wished.count else by_rules.count,
        notes=notes,
    )
    return with_given(plan, given)


def _fields(wished: WishedPlan) -> tuple[Field, ...]:
    named: dict[str, Field] = {}
    for position, field in enumerate(wished.fields):
        many = "[]" if field.many else ""
        made = make_field(
            field.name,
            f"{field.kind.value}{many}",
            required=position == 0 or field.asked,
            synonyms=tuple(field.synonyms),
        )
        named.setdefault(made.name, made)
    try:
        return checked_fields(tuple(named.values()))
    except InvalidInput:
        return ()


def _conditions(wished: WishedPlan, fields: tuple[Field, ...]) -> tuple[tuple[Field, ...], tuple[Condition, ...]]:
    """Conditions on known fields; a field that a condition needs is read too. A choice of which a part is no condition
    is left out whole: what is left of it would demand more than the goal."""
    known = {field.name.lower(): field.name for field in fields}
    added: list[Field] = []
    conditions = []
    for wish in wished.conditions:
        first, *others = (_condition(each) for each in (wish, *wish.alternatives))
        whole = [each for each in (first, *others) if each is not None]
        missing = list(dict.fromkeys(each.field for each in whole if each.field not in known))
        if len(whole) <= len(others) or first is None or len(known) + len(missing) > MAX_FIELDS:
            continue
        known |= {name: name for name in missing}
        added += map(make_field, missing)
        first, *others = (msgspec.structs.replace(each, field=known[each.field]) for each in whole)
        conditions.append(msgspec.structs.replace(first, text=wish.text, alternatives=tuple(others)))
    return (*fields, *added), tuple(conditions)


def _condition(wish: WishedAlternative) -> Condition | None:
    """None where it is none that can be checked. The place is the plan's own: it becomes one condition, whatever the
    model makes of it."""
    name = re.sub(r"\W+", "_", wish.field.strip().lower()).strip("_")[:MAX_NAME]
    is_of_hours = wish.comparison in {Comparison.OPEN, Comparison.CLOSED}
    if not name or wish.comparison is Comparison.IN or (is_of_hours and not is_weekdays(wish.value)):
        return None
    if wish.comparison is Comparison.NOT_IN and not isinstance(wish.value, str):
        return None
    if isinstance(wish.value, tuple) != (wish.comparison is Comparison.BETWEEN):
        return None
    if amount_problem(wish.comparison, wish.value):  # a plan is taken back as it was shown, and this would be refused
        return None
    return Condition(field=name, comparison=wish.comparison, value=wish.value, unit=wish.unit)


def _queries(wished: WishedPlan, by_rules: Plan) -> tuple[str, ...]:
    """Those of a named site first, then the model's, then the goal itself as the rules would ask it."""
    sites = [query for query in by_rules.queries if query.startswith("site:")]
    whole = [query for query in by_rules.queries if not query.startswith("site:")][:1]
    return tuple(dict.fromkeys([*sites, *(query.strip() for query in wished.queries if query.strip()), *whole]))
