"""One-shot extraction as scraper.bot's document writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from api.wire.scraperbot.flows import MaxItems, Schema, Url
from api.wire.scraperbot.ids import run_name_of
from api.wire.scraperbot.runs import render_items
from api.wire.times import iso_seconds
from domain.egress import EgressPolicy
from domain.errors import InvalidInput
from domain.fields import Field
from domain.records import Record
from domain.runs import Run, TerminationReason
from domain.schemas import parse_output_schema
from services.requests import MAX_GOAL, checked_target

DEFAULT_ITEMS = 100  # of one answer that somebody waits for


class ExtractNow(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A page, what is wanted of it in plain words, and the shape that it is wanted in."""

    url: Url
    instructions: Annotated[str, Meta(max_length=MAX_GOAL)] = ""
    schema: Schema = {}
    max_items: MaxItems = DEFAULT_ITEMS


class ExtractedOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    url: str
    extracted_at: str
    item_count: int
    items: list[dict[str, Any]]


class Extracted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was found. Beyond the document: why it ended, the model tokens for each record, and the run, whose
    records hold the evidence."""

    data: ExtractedOut
    run_id: str
    termination_reason: TerminationReason | None
    tokens_per_record: float | None
    records_url: str


class Target(NamedTuple):
    """Where to read, and what."""

    url: str
    fields: tuple[Field, ...]


def parse_extract(body: ExtractNow, policy: EgressPolicy) -> Target:
    """Raises InvalidInput with one entry per mistake."""
    mistakes: dict[str, str] = {}
    url, fields = "", ()
    try:
        url = checked_target("url", body.url.strip(), policy)
    except InvalidInput as fault:
        mistakes |= fault.fields
    try:
        fields = parse_output_schema(body.schema, "schema")
    except InvalidInput as fault:
        mistakes |= fault.fields
    if mistakes:
        raise InvalidInput(fields=mistakes)
    return Target(url, fields)


def render_extracted(run: Run, records: Sequence[Record]) -> Extracted:
    items = render_items(records, run.request.fields)
    return Extracted(
        data=ExtractedOut(
            url=run.request.url,
            extracted_at=iso_seconds(run.completed_at or run.created_at),
            item_count=len(items),
            items=items,
        ),
        run_id=run_name_of(run.id),
        termination_reason=run.termination_reason,
        tokens_per_record=run.tokens_per_record,
        records_url=f"/api/v1/jobs/job_{run.id}/records",
    )
