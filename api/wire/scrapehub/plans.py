"""Plans and fields as ScrapeHub's jobs show them, and take them back."""

from __future__ import annotations

from typing import Any

import msgspec

from api.wire.scrapehub.requests import MAX_RESULTS, AlternativeIn, ConditionIn, FieldIn, PlanBody
from domain.fields import Field
from domain.plans import Condition, Plan
from domain.records import Record
from domain.urls import site_of


class PlanSummary(msgspec.Struct, frozen=True, kw_only=True):
    search_queries: list[str]
    sources: list[str]


def render_summary(plan: Plan | None, records: tuple[Record, ...]) -> PlanSummary | None:
    """The queries, and the sites: those planned first, then those that told of the records shown."""
    if plan is None:
        return None
    told = (url for record in records for url in record.sources)
    return PlanSummary(
        search_queries=list(plan.queries),
        sources=list(dict.fromkeys(site_of(url) for url in (*plan.sources, *told))),
    )


def render_plan(plan: Plan | None) -> PlanBody | None:
    if plan is None:
        return None
    return PlanBody(
        goal=plan.goal,
        entity=plan.entity,
        location=plan.location,
        language=plan.language,
        fields=[field_in(field) for field in plan.fields],
        queries=list(plan.queries),
        sources=list(plan.sources),
        conditions=[
            ConditionIn(
                **_parts(condition), alternatives=[AlternativeIn(**_parts(each)) for each in condition.alternatives]
            )
            for condition in plan.conditions
        ],
        count=min(plan.count, MAX_RESULTS) if plan.count else None,
    )


def _parts(condition: Condition) -> dict[str, Any]:
    return {
        "field": condition.field,
        "comparison": condition.comparison.value,
        "value": list(condition.value) if isinstance(condition.value, tuple) else condition.value,
        "text": condition.text,
        "unit": condition.unit,
    }


def field_in(field: Field) -> FieldIn:
    return FieldIn(
        name=field.name,
        type=f"{field.kind.value}[]" if field.many else field.kind.value,
        description=field.description,
        required=field.required,
        synonyms=list(field.synonyms),
    )
