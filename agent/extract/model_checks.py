"""Conditions that rules cannot tell, read out of the page's words by a model: it points at rows and quotes them.

A verdict counts only with a quote that stands in its row. Where rules can compare what the quote says, theirs is the
verdict: a model converts no currency and counts no days.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limited

from agent.extract.asking import CALLS_A_PAGE, answers_of
from agent.extract.chunks import Row, chunks_of, lines_of, rows_of, written
from agent.meter import Meter
from agent.models import ModelChain
from domain.budgets import Spend
from domain.checks import Check, CheckedBy, Meets, verdict_of
from domain.conditions import checks_of
from domain.events import WarningKind
from domain.evidence import Verdict
from domain.folding import fold
from domain.pages import Page, PageShape
from domain.plans import Comparison, Condition
from domain.records import Candidate, FieldValue, is_told
from prompts import Prompt, render

MAX_QUOTE = 200  # characters of a quote in a reason


class SaidOfRow(BaseModel):
    model_config = ConfigDict(extra="ignore")

    row: int
    condition: int
    verdict: Literal["yes", "no"]
    quote: str


class CheckedRows(BaseModel):
    """What a model answers: rows and conditions by number, verdicts with a quotation."""

    model_config = ConfigDict(extra="ignore")

    checks: Annotated[list[SaidOfRow], Limited(max_length=1000)]


class ModelChecks(msgspec.Struct, frozen=True, kw_only=True):
    """The page's candidates, with the checks that a model could make. `dropped` answers stood on no quote."""

    candidates: tuple[Candidate, ...]
    spend: Spend = Spend()
    dropped: int = 0
    warnings: tuple[tuple[WarningKind, str], ...] = ()


async def check_by_model(
    page: Page,
    candidates: tuple[Candidate, ...],
    conditions: tuple[Condition, ...],
    models: ModelChain,
    *,
    shape: PageShape,
    entity: str = "",
    meter: Meter | None = None,
) -> ModelChecks:
    """Asks about the candidates that rules leave unclear. Never raises for a model's faults."""
    asked = {each.position: open_ for each in candidates if (open_ := _open(each, conditions, shape))}
    numbered = tuple(each for each in conditions if any(each in open_ for open_ in asked.values()))
    if not numbered:
        return ModelChecks(candidates=candidates)
    chunks = _chunks(page, candidates, asked, shape)[:CALLS_A_PAGE]
    prompts = [_prompt(entity, numbered, chunk) for chunk in chunks]
    answers = await answers_of(models, prompts, CheckedRows, meter, did=f"checked {page.url}")
    said: dict[int, list[Check]] = {}
    dropped = 0
    for chunk, value in zip(chunks, answers.values, strict=False):  # a model may have had no answer to the last ones
        for each in value.checks:
            check = _grounded(each, numbered, chunk, page, asked)
            if check is None:
                dropped += 1
            else:
                said.setdefault(each.row, []).append(check)
    checked = tuple(
        msgspec.structs.replace(each, checks=tuple(said[each.position])) if each.position in said else each
        for each in candidates
    )
    return ModelChecks(candidates=checked, spend=answers.spend, dropped=dropped, warnings=answers.warnings)


def _open(candidate: Candidate, conditions: tuple[Condition, ...], shape: PageShape) -> tuple[Condition, ...]:
    """The conditions that are worth a question: unclear ones of a record that fails no other. What a list leaves out is
    left to the page about the thing, where it links to one."""
    checks = checks_of(candidate.fields, conditions, about=filter(None, (candidate.about,)))
    if verdict_of(checks) is not Meets.UNCLEAR:
        return ()
    has_own_page = shape is PageShape.LIST and bool(candidate.detail_url)
    return tuple(
        condition
        for condition, check in zip(conditions, checks, strict=True)
        if check.verdict is Meets.UNCLEAR and (not has_own_page or _is_read(candidate, condition))
    )


def _is_read(candidate: Candidate, condition: Condition) -> bool:
    found = candidate.fields.get(condition.field)
    return found is not None and is_told(found)


def _chunks(
    page: Page, candidates: tuple[Candidate, ...], asked: dict[int, tuple[Condition, ...]], shape: PageShape
) -> tuple[tuple[Row, ...], ...]:
    """The rows of those asked about; the whole page where it is about one thing."""
    if shape is not PageShape.LIST and len(candidates) == 1:
        number = candidates[0].position
        return chunks_of(msgspec.structs.replace(line, number=number) for line in lines_of(page))
    return chunks_of(row for row in rows_of(page, candidates) if row.number in asked)


def _prompt(entity: str, conditions: tuple[Condition, ...], chunk: tuple[Row, ...]) -> Prompt:
    listed = "\n".join(f"[{number}] {_described(condition)}" for number, condition in enumerate(conditions))
    return render("check_rows", entity=entity or "thing", conditions=listed, rows=written(chunk))


def _described(condition: Condition) -> str:
    return f"{condition.text} ({condition.formal})" if condition.text else condition.formal


def _grounded(
    said: SaidOfRow,
    conditions: tuple[Condition, ...],
    chunk: tuple[Row, ...],
    page: Page,
    asked: dict[int, tuple[Condition, ...]],
) -> Check | None:
    rows = [row for row in chunk if row.number == said.row]
    quote = " ".join(said.quote.split())
    condition = conditions[said.condition] if 0 <= said.condition < len(conditions) else None
    if not rows or not quote or condition is None or condition not in asked.get(said.row, ()):
        return None
    if fold(quote) not in fold(page.text[rows[0].start : rows[-1].end]):
        return None
    ours = _by_rules(quote, condition)
    if ours is None:
        return None
    verdict = ours if ours is not Meets.UNCLEAR else Meets(said.verdict)
    reason = f"the page says ‘{quote[:MAX_QUOTE]}’"
    return Check(condition=condition.label, field=condition.field, verdict=verdict, reason=reason, by=CheckedBy.MODEL)


def _by_rules(quote: str, condition: Condition) -> Meets | None:
    """What the quote alone comes to. None: it is an amount that may not be compared, so no verdict may stand on it."""
    value = FieldValue(value=quote, verdict=Verdict.SUPPORTED, evidence=())
    (check,) = checks_of({condition.field: value}, (condition,))
    is_of_money = any(each.unit for each in condition.either)
    if check.verdict is Meets.UNCLEAR and is_of_money and any(map(str.isdigit, quote)):
        return None
    # A quote is a part of the text.
    is_of_words = any(each.comparison in {Comparison.CONTAINS, Comparison.LACKS} for each in condition.either)
    return Meets.UNCLEAR if is_of_words else check.verdict
