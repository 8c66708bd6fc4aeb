"""What was typed after `forage run`, as a request."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from domain.budgets import Budget
from domain.errors import InvalidInput
from domain.fields import parse_fields
from domain.requests import GoalRequest
from domain.urls import is_http

DEFAULT = Budget()
OF_A_GOAL = 10  # records where neither --max nor the goal says: as many as the API's default
OF_A_URL = 1000  # a URL names its source, so all of it is what is wanted

# `shop.example/kitchen`, `localhost:8101`: one word, a host and then a path or a port. `node.js` alone may be a goal.
_URL_WITHOUT_SCHEME = re.compile(r"(?:www\.[\w.-]+|[\w-]+(?:\.[\w-]+)+(?:/|:\d)|localhost[:/])\S*")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `forage run` that shape the request; `fields` as typed: `name,price:number`."""

    fields: str = ""
    min_results: int | None = None
    max_results: int | None = None
    exclude: tuple[str, ...] = ()
    smart: bool = False
    budget_pages: int = DEFAULT.max_pages
    budget_tokens: int = DEFAULT.max_tokens
    budget_seconds: float = DEFAULT.max_seconds


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
    return GoalRequest(
        goal=goal,
        url=url,
        fields=parse_fields(asked.fields),
        max_results=asked.max_results or max(asked.min_results or 0, OF_A_URL if url else OF_A_GOAL),
        max_is_default=asked.max_results is None and asked.min_results is None,
        min_results=asked.min_results,
        use_smart_cascade=asked.smart,
        exclude=asked.exclude,
        budget=Budget(max_pages=asked.budget_pages, max_tokens=asked.budget_tokens, max_seconds=asked.budget_seconds),
    )


def _is_url(text: str) -> bool:
    return "://" in text and is_http(text)
