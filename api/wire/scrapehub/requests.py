"""What ScrapeHub's clients send, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from domain.egress import EgressPolicy, check_url
from domain.errors import InvalidInput, UnsafeUrl
from domain.fields import MAX_FIELDS, MAX_NAME, Field, checked_fields, make_field
from domain.goal_templates import Filled
from domain.ids import unprefixed
from domain.opening_hours import is_weekdays
from domain.plans import PARTS, Comparison, Condition, Plan, PlannedBy, amount_problem, language_problem
from domain.requests import GoalRequest
from domain.urls import is_http
from services.goal_templates import fill_goal_template

MAX_GOAL = 2000  # characters: a page of prose; the planner reads all of it
MAX_URL = 4096  # characters: longer than any server we know accepts
MAX_RESULTS = 1000  # documented
MAX_MIN_RESULTS = 500  # documented
DEFAULT_RESULTS = 10  # documented
MAX_TOLD = "Default: the number that the goal names, else 10."
MAX_EXCLUDED = 500
MAX_EXCLUDED_CHARACTERS = 2048
MAX_QUERIES = 20  # each is a call to a search provider
MAX_SOURCES = 50
MAX_CONDITIONS = 20
MAX_ALTERNATIVES = 10  # of one condition
MAX_SYNONYMS = 50
MAX_VALUES = 20  # gaps of a template
MAX_SLUG = 64
MAX_CREDITS = 1_000_000_000
MAX_ID = 64  # characters: a prefix and 32 hex digits
MAX_WORDS = 500  # characters of a short text: a query, a description, a condition's words

NOTHING = Filled(goal="", url="", fields=(), max_results=DEFAULT_RESULTS)

_Item = TypeVar("_Item")
OutputFormat = Literal["json", "csv", "xlsx"]
Words = Annotated[str, Meta(max_length=MAX_WORDS)]
Url = Annotated[str, Meta(max_length=MAX_URL)]
MaxCredits = (
    Annotated[int, Meta(ge=1, le=MAX_CREDITS, description="The job stops with what it has when it has cost so many.")]
    | None
)
Goal = Annotated[str, Meta(max_length=MAX_GOAL)]


Values = Annotated[dict[Annotated[str, Meta(max_length=MAX_NAME)], Url | int | float], Meta(max_length=MAX_VALUES)]


class FieldIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One asked field: its name, and optionally its type, what it means, and whether a record must have it."""

    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME, examples=["price"])]
    type: Annotated[str, Meta(max_length=32, examples=["number"])] | None = None
    description: Words = ""
    required: bool = False
    synonyms: Annotated[list[Words], Meta(max_length=MAX_SYNONYMS, description="Other names that pages use.")] = []


class AlternativeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a record may meet: `{"field": "price", "comparison": "<", "value": 20, "unit": "GBP"}`.

    `open on` and `closed on` take weekdays in English, with commas between several; `in` and `not in` a place; `unit`
    is a currency.
    """

    field: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
    comparison: Literal[
        "<", "<=", "=", ">=", ">", "contains", "not contains", "between", "open on", "closed on", "in", "not in"
    ]
    # A list and not a pair: msgspec 0.22 crashes on a tuple of fixed length beside a constrained text.
    value: Words | float | Annotated[list[float], Meta(min_length=2, max_length=2)]
    text: Words = ""
    unit: Annotated[str, Meta(pattern="^([A-Z]{3})?$", description="ISO 4217")] = ""


class ConditionIn(AlternativeIn, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a record must meet: this, or one of its `alternatives`."""

    alternatives: Annotated[list[AlternativeIn], Meta(max_length=MAX_ALTERNATIVES)] = []


class PlanBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plan, as a preview shows it and as a new job takes it: preview, change, send it back.

    What is left out is planned from the goal.
    """

    goal: Goal = ""
    entity: Words | UnsetType = UNSET
    location: Words | UnsetType = UNSET
    language: Annotated[str, Meta(max_length=35, description="BCP 47")] | UnsetType = UNSET
    fields: Annotated[list[str | FieldIn], Meta(max_length=MAX_FIELDS)] | UnsetType = UNSET
    queries: Annotated[list[Words], Meta(max_length=MAX_QUERIES)] | UnsetType = UNSET
    sources: Annotated[list[Url], Meta(max_length=MAX_SOURCES)] | UnsetType = UNSET
    conditions: Annotated[list[ConditionIn], Meta(max_length=MAX_CONDITIONS)] | UnsetType = UNSET
    count: (
        Annotated[int, Meta(ge=1, le=MAX_RESULTS, description="How many the goal itself asks for.")] | UnsetType | None
    ) = UNSET

    def given(self) -> tuple[str, ...]:
        """The parts that are there, by name."""
        return tuple(name for name in PARTS if getattr(self, name) is not UNSET)


class CreateJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A goal in plain words, a URL, or a template and its values; at least one of them.

    Beside a template, `goal`, `url` and `fields` replace the template's own.
    """

    goal: Annotated[Goal | None, Meta(description="Natural language description of what to scrape.")] = None
    url: Annotated[Url | None, Meta(description="URL to scrape directly; nothing is searched for.")] = None
    output_format: Annotated[OutputFormat | None, Meta(description="Default `json`.")] = None
    max_results: Annotated[int, Meta(ge=1, le=MAX_RESULTS, description=MAX_TOLD)] | None = None
    min_results: Annotated[int, Meta(ge=1, le=MAX_MIN_RESULTS, description="At most `max_results`.")] | None = None
    use_smart_cascade: Annotated[bool | None, Meta(description="Let a model fill what cheaper methods missed.")] = None
    fields: (
        Annotated[
            list[str | FieldIn],
            Meta(max_length=MAX_FIELDS, description='Names, names with a type (`"price:number"`), or objects.'),
        ]
        | None
    ) = None
    webhook_url: Annotated[Url | None, Meta(description="Receives the results when the job has ended.")] = None
    exclude: (
        Annotated[
            list[Annotated[str, Meta(max_length=MAX_EXCLUDED_CHARACTERS)]],
            Meta(max_length=MAX_EXCLUDED, description="Hosts, URLs or names of things that must not come back."),
        ]
        | None
    ) = None
    plan: Annotated[PlanBody | None, Meta(description="Your own plan, or one from a preview.")] = None
    max_credits: MaxCredits = None
    pool_id: Annotated[str, Meta(max_length=MAX_ID, description="The pool that remembers the records.")] | None = None
    template: (
        Annotated[
            str,
            Meta(
                max_length=MAX_SLUG, description="A ready-made goal: `GET /templates` lists them.", examples=["hotels"]
            ),
        ]
        | None
    ) = None
    values: Annotated[Values | None, Meta(description="What fills the template's gaps.")] = None


class ExtendJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """New numbers for a job: `max_results` is at least what it was."""

    max_results: Annotated[int, Meta(ge=1, le=MAX_RESULTS)]
    min_results: Annotated[int, Meta(ge=1, le=MAX_MIN_RESULTS)] | None = None
    max_credits: MaxCredits = None


def parse_job(body: CreateJob, policy: EgressPolicy, *, preview: bool = False) -> GoalRequest:
    """The request that a body stands for. Raises InvalidInput with one entry per wrong field."""
    mistakes = Mistakes()
    request = read_job(body, policy, mistakes, preview=preview)
    pool_id = mistakes.id("pool_id", body.pool_id, "pool")
    mistakes.raise_any()
    return msgspec.structs.replace(request, pool_id=pool_id)


def read_job(body: CreateJob, policy: EgressPolicy, mistakes: Mistakes, *, preview: bool = False) -> GoalRequest:
    """The same, with what is wrong added to `mistakes`."""
    filled = mistakes.template(body)
    goal = (body.goal or filled.goal).strip()
    given_url = (body.url or "").strip()
    if not goal and not given_url and not filled.url and not body.template:
        either = "either goal or url is required"
        mistakes.add({"goal": either, "url": either})
    max_results, min_results = body.max_results or filled.max_results, body.min_results
    if min_results is not None and min_results > max_results:
        mistakes.add({"min_results": f"must be at most max_results, which is {max_results}"})
    fields = filled.fields if body.fields is None else mistakes.fields("fields", body.fields)
    plan = mistakes.plan(body.plan, goal, policy) if body.plan and body.plan.given() else None
    if plan is not None and body.fields is not None:
        mistakes.of_two_lists(fields, plan.fields)
    return GoalRequest(
        goal=goal,
        url=mistakes.url("url", given_url, policy) or mistakes.url("values.url", filled.url, policy),
        fields=fields,
        max_results=max_results,
        min_results=min_results,
        max_is_default=body.max_results is None and min_results is None and not body.template,
        use_smart_cascade=bool(body.use_smart_cascade),
        output_format=body.output_format or "json",
        exclude=tuple(filter(None, (name.strip() for name in body.exclude or ()))),
        webhook_url=mistakes.url("webhook_url", (body.webhook_url or "").strip(), policy),
        plan=plan,
        plan_parts=parts_of(body.plan) if body.plan else (),
        preview=preview,
        max_credits=body.max_credits,
    )


class Mistakes:
    """What is wrong with a body, gathered so that its sender hears of everything at once."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def add(self, found: Mapping[str, str]) -> None:
        self._found |= found

    def raise_any(self) -> None:
        if self._found:
            raise InvalidInput(fields=self._found)

    def template(self, body: CreateJob) -> Filled:
        """The body's template with its values; empty where it names none, or they do not fit."""
        if not body.template:
            if body.values:
                self.add({"values": "only a template has gaps for values; name it in template"})
            return NOTHING
        values = {name: _as_text(value) for name, value in (body.values or {}).items()}
        try:
            return fill_goal_template(body.template, values)
        except InvalidInput as fault:
            self.add(fault.fields)
            return NOTHING

    def url(self, name: str, text: str, policy: EgressPolicy) -> str:
        """The canonical URL, or "" where there is none or it may not be fetched. Why stays opaque."""
        if not text:
            return ""
        if "://" not in text and is_http(f"https://{text}"):
            self.add({name: f"without http or https: write https://{text}"})
            return ""
        try:
            return check_url(text, policy)
        except InvalidInput:
            self.add({name: UnsafeUrl().message})
            return ""

    def id(self, name: str, given: str | None, prefix: str, separator: str = "_") -> str:
        """The bare id in `given`, "" where there is none, or it can name nothing."""
        id_ = unprefixed(prefix, given, separator) if given else ""
        if id_ is None:
            self.add({name: f"no such {prefix}"})
        return id_ or ""

    def fields(self, name: str, given: list[str | FieldIn] | tuple[()]) -> tuple[Field, ...]:
        try:
            return checked_fields(tuple(_field(item) for item in given))
        except InvalidInput as fault:
            self.add({name: "; ".join(fault.fields.values()) or fault.message})
            return ()

    def of_two_lists(self, asked: tuple[Field, ...], planned: tuple[Field, ...]) -> None:
        """Fields that a plan leaves out although the same body asks for them. A plan may have more: those that its
        conditions need."""
        missing = {field.name for field in asked} - {field.name for field in planned}
        if planned and missing:
            self.add(
                {"plan.fields": f"without {', '.join(sorted(missing))}, which fields asks for: give one of the two"}
            )

    def plan(self, body: PlanBody, goal: str, policy: EgressPolicy) -> Plan:
        """The plan as far as it is given; `plan_parts` of the request says how far that is."""
        queries, sources, conditions = _or_none(body.queries), _or_none(body.sources), _or_none(body.conditions)
        language = _or_empty(body.language)
        if problem := language_problem(language):
            self.add({"plan.language": problem})
        return Plan(
            goal=body.goal.strip() or goal,
            fields=self.fields("plan.fields", _or_none(body.fields)),
            planned_by=PlannedBy.CALLER,
            entity=_or_empty(body.entity),
            location=_or_empty(body.location),
            language=language or "en",
            queries=tuple(filter(None, (query.strip() for query in queries))),
            sources=tuple(
                filter(None, (self.url(f"plan.sources[{at}]", url, policy) for at, url in enumerate(sources)))
            ),
            conditions=tuple(self.condition(at, condition) for at, condition in enumerate(conditions)),
            count=None if isinstance(body.count, UnsetType) else body.count,
        )

    def condition(self, at: int, given: ConditionIn) -> Condition:
        path = f"plan.conditions[{at}]"
        others = (self.one(f"{path}.alternatives[{n}]", each) for n, each in enumerate(given.alternatives))
        return msgspec.structs.replace(self.one(path, given), alternatives=tuple(others))

    def one(self, path: str, given: AlternativeIn) -> Condition:
        comparison = Comparison(given.comparison)
        if isinstance(given.value, list) is not (comparison is Comparison.BETWEEN):
            self.add({path: "only between takes two numbers, and it must"})
        wrong = amount_problem(comparison, given.value)
        if comparison in {Comparison.OPEN, Comparison.CLOSED} and not is_weekdays(given.value):
            wrong = f"{given.comparison} takes weekdays in English: sunday, or saturday, sunday"
        if comparison in {Comparison.IN, Comparison.NOT_IN} and not (
            isinstance(given.value, str) and given.value.strip()
        ):
            wrong = f"{given.comparison} takes a place"
        if wrong:
            self.add({f"{path}.value": wrong})
        value = (given.value[0], given.value[-1]) if isinstance(given.value, list) else given.value
        return Condition(field=given.field, comparison=comparison, value=value, text=given.text, unit=given.unit)


def _or_none(given: list[_Item] | UnsetType) -> list[_Item]:
    return [] if isinstance(given, UnsetType) else given


def _or_empty(given: str | UnsetType) -> str:
    return "" if isinstance(given, UnsetType) else given.strip()


def parts_of(body: PlanBody) -> tuple[str, ...]:
    """The parts that a plan gives; none where it is whole."""
    given = body.given()
    return given if len(given) < len(PARTS) else ()


def _as_text(value: str | float) -> str:
    """`200.0` as people write it."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _field(given: str | FieldIn) -> Field:
    if isinstance(given, str):
        name, _, type_name = given.partition(":")
        return make_field(name, type_name.strip() or None)
    return make_field(
        given.name,
        given.type,
        description=given.description,
        required=given.required,
        synonyms=tuple(given.synonyms),
    )
