"""Another question to a job's archived pages, as this dialect asks it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from api.wire.scrapehub.requests import (
    MAX_FIELDS,
    MAX_MIN_RESULTS,
    MAX_RESULTS,
    FieldIn,
    Goal,
    MaxCredits,
    Mistakes,
    OutputFormat,
    Url,
)
from domain.egress import EgressPolicy
from domain.errors import InvalidInput
from domain.fields import Field
from domain.schemas import parse_output_schema
from services.reextraction import Question


class ReextractJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to read of the pages that a job has read already: `fields`, a `schema`, or another goal."""

    fields: Annotated[list[str | FieldIn], Meta(max_length=MAX_FIELDS, description="As in `POST /jobs`.")] | None = None
    schema: (
        Annotated[
            dict[str, Any],
            Meta(description='Instead of `fields`: `{"name": "string", "price": "number"}`, or JSON Schema.'),
        ]
        | None
    ) = None
    goal: Annotated[Goal | None, Meta(description="Default: that of the job.")] = None
    max_results: Annotated[int, Meta(ge=1, le=MAX_RESULTS, description="Default: that of the job.")] | None = None
    min_results: Annotated[int, Meta(ge=1, le=MAX_MIN_RESULTS, description="At most `max_results`.")] | None = None
    output_format: OutputFormat | None = None
    use_smart_cascade: Annotated[bool, Meta(description="Let a model fill what is missing.")] | None = None
    webhook_url: Url | None = None
    max_credits: MaxCredits = None


def parse_question(body: ReextractJob, policy: EgressPolicy) -> Question:
    """Raises InvalidInput with one entry per wrong field."""
    mistakes = Mistakes()
    question = Question(
        fields=_fields(body, mistakes),
        goal=(body.goal or "").strip(),
        max_results=body.max_results,
        min_results=body.min_results,
        output_format=body.output_format or "json",
        use_smart_cascade=bool(body.use_smart_cascade),
        webhook_url=mistakes.url("webhook_url", (body.webhook_url or "").strip(), policy),
        max_credits=body.max_credits,
    )
    mistakes.raise_any()
    return question


def _fields(body: ReextractJob, mistakes: Mistakes) -> tuple[Field, ...]:
    if body.schema is None:
        return mistakes.fields("fields", body.fields or [])
    if body.fields is not None:
        either = "give either schema or fields"
        mistakes.add({"schema": either, "fields": either})
        return ()
    try:
        return parse_output_schema(body.schema, "schema")
    except InvalidInput as fault:
        mistakes.add(fault.fields)
        return ()
