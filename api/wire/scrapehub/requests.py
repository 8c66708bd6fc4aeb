"""What ScrapeHub's clients send, and what it means."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain.egress import EgressPolicy, check_url
from domain.errors import InvalidInput, UnsafeUrl
from domain.fields import MAX_FIELDS, MAX_NAME, Field, checked_fields, make_field
from domain.plans import Comparison, Condition, Plan, PlannedBy
from domain.runs import GoalRequest

MAX_GOAL = 2000  # characters: a page of prose; the planner reads all of it
MAX_URL = 4096  # characters: longer than any server we know accepts
MAX_RESULTS = 1000  # documented
MAX_MIN_RESULTS = 500  # documented
DEFAULT_RESULTS = 10  # documented
MAX_EXCLUDED = 500
MAX_EXCLUDED_CHARACTERS = 2048
MAX_QUERIES = 20  # each is a call to a search provider
MAX_SOURCES = 50
MAX_CONDITIONS = 20
MAX_SYNONYMS = 50
MAX_WORDS = 500  # characters of a short text: a query, a description, a condition's words

OutputFormat = Literal["json", "csv", "xlsx"]
Words = Annotated[str, Meta(max_length=MAX_WORDS)]
Url = Annotated[str, Meta(max_length=MAX_URL)]
Goal = Annotated[str, Meta(max_length=MAX_GOAL)]


class FieldIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One asked field: its name, and optionally its type, what it means, and whether a record must have it."""

    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME, examples=["price"])]
    type: Annotated[str, Meta(max_length=32, examples=["number"])] | None = None
    description: Words = ""
    required: bool = False
    synonyms: Annotated[list[Words], Meta(max_length=MAX_SYNONYMS, description="Other names that pages use.")] = []


class ConditionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a record must meet: `{"field": "price", "comparison": "<", "value": 20}`."""

    field: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
    comparison: Literal["<", "<=", "=", ">=", ">", "contains", "between"]
    # A list and not a pair: msgspec 0.22 crashes on a tuple of fixed length beside a constrained text.
    value: Words | float | Annotated[list[float], Meta(min_length=2, max_length=2)]
    text: Words = ""


class PlanBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plan, as a preview shows it and as a new job takes it: preview, change, send it back."""

    goal: Goal = ""
    entity: Words = ""
    location: Words = ""
    language: Annotated[str, Meta(max_length=35, description="BCP 47")] = "en"
    fields: Annotated[list[str | FieldIn], Meta(max_length=MAX_FIELDS)] = []
    queries: Annotated[list[Words], Meta(max_length=MAX_QUERIES)] = []
    sources: Annotated[list[Url], Meta(max_length=MAX_SOURCES)] = []
    conditions: Annotated[list[ConditionIn], Meta(max_length=MAX_CONDITIONS)] = []
    count: Annotated[int, Meta(ge=1, le=MAX_RESULTS, description="How many the goal itself asks for.")] | None = None


class CreateJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A goal in plain words, or a URL; at least one of them."""

    goal: Annotated[Goal | None, Meta(description="Natural language description of what to scrape.")] = None
    url: Annotated[Url | None, Meta(description="URL to scrape directly; nothing is searched for.")] = None
    output_format: Annotated[OutputFormat | None, Meta(description="Default `json`.")] = None
    max_results: Annotated[int, Meta(ge=1, le=MAX_RESULTS, description="Default 10.")] | None = None
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


class ExtendJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """New numbers for a job: `max_results` is at least what it was."""

    max_results: Annotated[int, Meta(ge=1, le=MAX_RESULTS)]
    min_results: Annotated[int, Meta(ge=1, le=MAX_MIN_RESULTS)] | None = None


def parse_job(body: CreateJob, policy: EgressPolicy, *, preview: bool = False) -> GoalRequest:
    """The request that a body stands for. Raises InvalidInput with one entry per wrong field."""
    mistakes = _Mistakes()
    goal = (body.goal or "").strip()
    given_url = (body.url or "").strip()
    if not goal and not given_url:
        either = "either goal or url is required"
        mistakes.add({"goal": either, "url": either})
    max_results, min_results = body.max_results or DEFAULT_RESULTS, body.min_results
    if min_results is not None and min_results > max_results:
        mistakes.add({"min_results": f"must be at most max_results, which is {max_results}"})
    request = GoalRequest(
        goal=goal,
        url=mistakes.url("url", given_url, policy),
        fields=mistakes.fields("fields", body.fields or ()),
        max_results=max_results,
        min_results=min_results,
        use_smart_cascade=bool(body.use_smart_cascade),
        output_format=body.output_format or "json",
        exclude=tuple(filter(None, (name.strip() for name in body.exclude or ()))),
        webhook_url=mistakes.url("webhook_url", (body.webhook_url or "").strip(), policy),
        plan=mistakes.plan(body.plan, goal, policy) if body.plan else None,
        preview=preview,
    )
    mistakes.raise_any()
    return request


class _Mistakes:
    """What is wrong with a body, gathered so that its sender hears of everything at once."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def add(self, found: dict[str, str]) -> None:
        self._found |= found

    def raise_any(self) -> None:
        if self._found:
            raise InvalidInput(fields=self._found)

    def url(self, name: str, text: str, policy: EgressPolicy) -> str:
        """The canonical URL, or "" where there is none or it may not be fetched. Why stays opaque."""
        if not text:
            return ""
        try:
            return check_url(text, policy)
        except InvalidInput:
            self.add({name: UnsafeUrl().message})
            return ""

    def fields(self, name: str, given: list[str | FieldIn] | tuple[()]) -> tuple[Field, ...]:
        try:
            return checked_fields(tuple(_field(item) for item in given))
        except InvalidInput as fault:
            self.add({name: "; ".join(fault.fields.values()) or fault.message})
            return ()

    def plan(self, body: PlanBody, goal: str, policy: EgressPolicy) -> Plan:
        return Plan(
            goal=body.goal.strip() or goal,
            fields=self.fields("plan.fields", body.fields),
            planned_by=PlannedBy.CALLER,
            entity=body.entity.strip(),
            location=body.location.strip(),
            language=body.language.strip() or "en",
            queries=tuple(filter(None, (query.strip() for query in body.queries))),
            sources=tuple(
                filter(None, (self.url(f"plan.sources[{at}]", url, policy) for at, url in enumerate(body.sources)))
            ),
            conditions=tuple(self.condition(at, condition) for at, condition in enumerate(body.conditions)),
            count=body.count,
        )

    def condition(self, at: int, given: ConditionIn) -> Condition:
        comparison = Comparison(given.comparison)
        if isinstance(given.value, list) is not (comparison is Comparison.BETWEEN):
            self.add({f"plan.conditions[{at}]": "only between takes two numbers, and it must"})
        value = (given.value[0], given.value[-1]) if isinstance(given.value, list) else given.value
        return Condition(field=given.field, comparison=comparison, value=value, text=given.text)


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
