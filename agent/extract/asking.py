"""One question after another to a model about the chunks of a page, until it has no answer or the budget no room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec
from pydantic import BaseModel

from agent.meter import Meter
from agent.models import ModelChain, NoAnswer
from domain.budgets import Spend
from domain.errors import BudgetSpent
from domain.events import WarningKind
from domain.fields import Field
from prompts import Prompt

T = TypeVar("T", bound=BaseModel)

CALLS_A_PAGE = 6  # 15,000 tokens: a page that needs more is one for a template
CALL_DEADLINE_S = 90.0  # 1,000 tokens of answer from a slow local model


class Answers(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`values` are the answers to the first prompts, in their order; `warnings` say why there are no more."""

    values: tuple[T, ...]
    spend: Spend
    warnings: tuple[tuple[WarningKind, str], ...]


async def answers_of(
    models: ModelChain, prompts: Sequence[Prompt], response_type: type[T], meter: Meter | None, *, did: str
) -> Answers[T]:
    """Never raises for a model's faults: what was answered until then is kept. `did` is what a model did, for the
    warning that it was not the first of its chain: "read https://…"."""
    values: list[T] = []
    spend = Spend()
    warnings: list[tuple[WarningKind, str]] = []
    for prompt in prompts[:CALLS_A_PAGE]:
        try:
            answer = await models.ask(prompt, response_type, CALL_DEADLINE_S, meter)
        except BudgetSpent as spent:
            warnings.append((WarningKind.TOKENS_SPENT, spent.message))
            break
        except NoAnswer as none:
            spend += none.spend
            warnings.append((WarningKind.MODEL_UNAVAILABLE, none.message))
            break
        spend += answer.spend
        if answer.degraded:
            warnings.append((WarningKind.MODEL_DEGRADED, f"{answer.model} {did}"))
        values.append(answer.value)
    return Answers(values=tuple(values), spend=spend, warnings=tuple(warnings))


def described(field: Field) -> str:
    """A field as a model is told of it."""
    kind = f"list of {field.kind.value}" if field.many else field.kind.value
    known_as = f"; also called {', '.join(field.synonyms[:6])}" if field.synonyms else ""
    return f"{field.name} ({kind}){': ' + field.description if field.description else ''}{known_as}"
