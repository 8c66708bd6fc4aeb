"""What was typed after `forage run`, as a request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from domain.budgets import Budget
from domain.errors import InvalidInput
from domain.fields import parse_fields
from domain.opening_hours import is_weekdays
from domain.plans import PARTS, Comparison, Condition, Plan, PlannedBy, amount_problem, language_problem
from domain.requests import GoalRequest
from domain.urls import is_http

DEFAULT = Budget()
OF_A_GOAL = 10  # records where neither --max nor the goal says: as many as the API's default
OF_A_URL = 1000  # a URL names its source, so all of it is what is wanted

# `shop.example/kitchen`, `localhost:8101`: one word, a host and then a path or a port. `node.js` alone may be a goal.
_URL_WITHOUT_SCHEME = re.compile(r"(?:www\.[\w.-]+|[\w-]+(?:\.[\w-]+)+(?:/|:\d)|localhost[:/])\S*")


NO_CONDITION = "none"
_COMPARISON = r"<=|>=|<|>|=|not\s+contains|contains|between|open\s+on|closed\s+on|not\s+in|in"
_CONDITION = re.compile(rf"(?P<field>[\w.]+)\s*(?P<comparison>{_COMPARISON})\s*(?P<value>(?![<>=!])\S.*)", re.I)
# Before another condition: "name contains this or that" is one.
_OR = re.compile(rf"\s+or\s+(?=[\w.]+(?:\s*[<>=]|\s+(?:{_COMPARISON})\s))", re.I)
_AMOUNT = re.compile(r"(?P<number>-?\d+(?:\.\d+)?)(?:\s*(?P<unit>[A-Z]{3}))?")
_BETWEEN = re.compile(r"(?P<low>-?\d+(?:\.\d+)?)\s*(?:and|-)\s*(?P<high>-?\d+(?:\.\d+)?)(?:\s*(?P<unit>[A-Z]{3}))?")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `forage run` that shape the request; `fields` as typed: `name,price:number`. Those from `entity`
    to `conditions` stand in for what the goal is understood to mean."""

    fields: str = ""
    min_results: int | None = None
    max_results: int | None = None
    exclude: tuple[str, ...] = ()
    smart: bool = False
    budget_pages: int = DEFAULT.max_pages
    budget_tokens: int = DEFAULT.max_tokens
    budget_seconds: float = DEFAULT.max_seconds
    entity: str = ""
    place: str | None = None
    language: str = ""
    queries: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


NOTHING_MORE = Asked()


def make_request(words: Sequence[str], asked: Asked = NOTHING_MORE) -> GoalRequest:
    """`["https://…"]`, `["https://…", "products under 20"]` or `["dentists in Port Ellery"]`. Raises InvalidInput."""
    first, *rest = words
    url = first if _is_url(first) else ""
    goal = " ".join(rest if url else words).strip()
    if not url and not rest and (host := _URL_WITHOUT_SCHEME.fullmatch(goal)):
        raise InvalidInput(f"{host[0]} is no goal; to read it as a URL write https://{host[0]}")
    if not url and not goal:
        raise InvalidInput('say what to look for: forage run "coffee roasters in Bristol with phone"')
    parts = _parts(asked)
    if parts and not goal:
        raise InvalidInput(f"a URL without a goal has no plan to change: {', '.join(parts)}")
    plan = Plan(goal=goal, fields=(), planned_by=PlannedBy.CALLER, **parts) if parts else None
    return GoalRequest(
        goal=goal,
        url=url,
        plan=plan,
        plan_parts=tuple(parts),
        fields=parse_fields(asked.fields),
        max_results=asked.max_results or max(asked.min_results or 0, OF_A_URL if url else OF_A_GOAL),
        max_is_default=asked.max_results is None and asked.min_results is None,
        min_results=asked.min_results,
        use_smart_cascade=asked.smart,
        exclude=asked.exclude,
        budget=Budget(max_pages=asked.budget_pages, max_tokens=asked.budget_tokens, max_seconds=asked.budget_seconds),
    )


def _parts(asked: Asked) -> dict[str, Any]:
    """What is said of the plan, by the plan's own names."""
    given = {
        "entity": asked.entity.strip(),
        "language": asked.language.strip(),
        "queries": tuple(filter(None, (query.strip() for query in asked.queries))),
        "sources": asked.sources,
        "conditions": tuple(map(parse_condition, asked.conditions)) if asked.conditions != (NO_CONDITION,) else (),
    }
    told = {name: value for name, value in given.items() if value}
    if asked.place is not None:
        told["location"] = asked.place.strip()
    if asked.conditions:
        told["conditions"] = given["conditions"]
    if problem := language_problem(asked.language.strip()):
        raise InvalidInput(f"--language {asked.language}: {problem}")
    wrong = [source for source in asked.sources if not is_http(source)]
    if wrong:
        raise InvalidInput(f"--source {wrong[0]}: an http or https URL")
    return {name: told[name] for name in PARTS if name in told}


def parse_condition(text: str) -> Condition:
    """`price < 20 GBP`, `price between 10 and 20 EUR`, `opening_hours open on sunday`, `address in Leeds`, and any of
    them joined by "or". Raises InvalidInput."""
    first, *others = map(_parse_one, _OR.split(text.strip()))
    return msgspec.structs.replace(first, text=text.strip(), alternatives=tuple(others)) if others else first


def _parse_one(text: str) -> Condition:
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(f"--condition {text!r}: write it as 'price < 20 GBP' or 'opening_hours open on sunday'")
    comparison, wish = Comparison(" ".join(match["comparison"].lower().split())), match["value"].strip()
    amount = _AMOUNT.fullmatch(wish)
    unit = amount["unit"] or "" if amount else ""
    value: str | float | tuple[float, float] = float(amount["number"]) if amount else wish
    if comparison is Comparison.BETWEEN:
        ends = _BETWEEN.fullmatch(wish)
        if ends is None:
            raise InvalidInput(f"--condition {text!r}: between takes two numbers: 'price between 10 and 20 EUR'")
        value, unit = (float(ends["low"]), float(ends["high"])), ends["unit"] or ""
    if problem := amount_problem(comparison, value):
        raise InvalidInput(f"--condition {text!r}: {problem}")
    if comparison in {Comparison.OPEN, Comparison.CLOSED} and not is_weekdays(wish):
        raise InvalidInput(f"--condition {text!r}: {comparison.value} takes weekdays in English")
    return Condition(field=match["field"], comparison=comparison, value=value, text=text.strip(), unit=unit)


def _is_url(text: str) -> bool:
    return "://" in text and is_http(text)
