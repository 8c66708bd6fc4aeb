"""Records merged and split, as this dialect asks and tells it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from api.wire.scrapehub.records import RecordOut, render_record
from api.wire.scrapehub.requests import Url
from services.decisions import Split

MAX_SOURCES = 1_000

RecordId = Annotated[str, Meta(pattern="^[0-9A-Za-z_-]{1,64}$")]


class MergeRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"other": "with"}):
    """The record of the same job that it is one with: one of its `possible_duplicates`, or any other."""

    other: RecordId


class SplitRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"unmerged": "from"}):
    """`sources`: take out, as one record, what these of its sources told. `from`: part it from the record that it was
    merged with. Neither: what each page told of it becomes a record of its own."""

    sources: Annotated[list[Url], Meta(min_length=1, max_length=MAX_SOURCES)] | None = None
    unmerged: RecordId | None = None


class LeftOutOut(msgspec.Struct, frozen=True, kw_only=True):
    """What its sources told is no record by itself, and why."""

    sources: list[str]
    reason: str


class SplitOut(msgspec.Struct, frozen=True, kw_only=True):
    """The records that one has become, in the order in which they were found."""

    records: list[RecordOut]
    left_out: list[LeftOutOut]


def render_split(split: Split, job_url: str) -> SplitOut:
    return SplitOut(
        records=[render_record(record, job_url) for record in split.records],
        left_out=[LeftOutOut(sources=list(each.sources), reason=each.reason) for each in split.left_out],
    )
