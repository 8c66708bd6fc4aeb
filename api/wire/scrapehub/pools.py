"""Data pools: ScrapeHub's document names their calls and leaves their form to us."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api.wire.scrapehub.jobs import job_url
from api.wire.scrapehub.records import EvidenceOut, FieldOut, render_field, render_proof
from api.wire.scrapehub.requests import MAX_NAME, MAX_URL
from api.wire.times import iso_seconds
from domain.ids import prefixed, unprefixed
from domain.pool_conditions import MAX_CONDITION
from domain.pools import MAX_SORTABLE, Change, ChangeType, Pool, PoolRecord, PoolValue
from domain.records import plain_values
from services.pools import MAX_DESCRIPTION, MAX_POOL_NAME

BASE = "/api/v1/pools"
_PREFIX = "pool"

Name = Annotated[str, Meta(min_length=1, max_length=MAX_POOL_NAME, examples=["Competitor prices"])]
Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION)]
ConditionText = Annotated[
    str,
    Meta(
        max_length=MAX_CONDITION,
        description="Which changes go to `webhook_url`; left out, all do.",
        examples=["price < 20 and stock changed", "added or price dropped"],
    ),
]
HookUrl = Annotated[str, Meta(max_length=MAX_URL, description="Hears of the changes that meet the condition.")]


class CreatePool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pool with nothing in it yet."""

    name: Name
    description: Description | None = None
    condition: ConditionText | None = None
    webhook_url: HookUrl | None = None
    sort_fields: (
        Annotated[
            list[Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]],
            Meta(max_length=MAX_SORTABLE, description="Fields to sort by; left out, those that the first run brings."),
        ]
        | None
    ) = None


class PatchPool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes: what is left out stays, a null takes away."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    condition: ConditionText | UnsetType | None = UNSET
    webhook_url: HookUrl | UnsetType | None = UNSET


class PoolOut(msgspec.Struct, frozen=True, kw_only=True):
    """A pool. `record_count` counts what it holds now, `last_change` is its newest change's sequence: give it to
    `changes?since=` to hear of later ones."""

    pool_id: str
    name: str
    description: str
    condition: str | None
    webhook_url: str | None
    record_count: int
    last_change: int
    fields: list[str]
    sort_fields: list[str]
    created_at: str
    updated_at: str


class PoolFieldOut(FieldOut, frozen=True, kw_only=True):
    """A value as it was told last, with its proof; `since` is when it was first so, `job_id` who told it last."""

    since: str
    job_id: str


class PoolRecordOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record that the pool knows. `fields` are its values with their proof, where they are asked for."""

    record_id: str
    present: bool
    values: dict[str, object]
    first_seen: str
    last_seen: str
    changed_at: str
    sources: list[str]
    fields: dict[str, PoolFieldOut] | UnsetType = UNSET


class ChangeOut(msgspec.Struct, frozen=True, kw_only=True, rename={"old": "from", "new": "to"}):
    """A change. `changed` has `field`, `from` (null: not known before) and `to` with its `evidence`; `added` has the
    record's `values`, `removed` those known last."""

    sequence: int
    type: ChangeType
    record_id: str
    job_id: str
    at: str
    field: str | None
    old: object
    new: object
    values: dict[str, object] | None
    evidence: list[EvidenceOut]


class PoolRecordDetail(PoolRecordOut, frozen=True, kw_only=True, omit_defaults=True):
    """A record with its values' proof and what is known of its past, oldest first; `history_url` has all of it."""

    history: list[ChangeOut]
    history_url: str


def pool_id_of(text: str) -> str | None:
    return unprefixed(_PREFIX, text)


def pool_url(pool_id: str) -> str:
    return f"{BASE}/{prefixed(_PREFIX, pool_id)}"


def render_pool(pool: Pool) -> PoolOut:
    return PoolOut(
        pool_id=prefixed(_PREFIX, pool.id),
        name=pool.name,
        description=pool.description,
        condition=pool.condition or None,
        webhook_url=pool.webhook_url or None,
        record_count=pool.records,
        last_change=pool.last_change,
        fields=list(pool.fields),
        sort_fields=list(pool.sortable),
        created_at=iso_seconds(pool.created_at),
        updated_at=iso_seconds(pool.updated_at),
    )


def render_pool_record(record: PoolRecord, *, evidence: bool = False) -> PoolRecordOut:
    return PoolRecordOut(
        record_id=record.id,
        present=record.present,
        values=dict(record.plain()),
        first_seen=iso_seconds(record.first_seen),
        last_seen=iso_seconds(record.last_seen),
        changed_at=iso_seconds(record.changed_at),
        sources=list(record.sources),
        fields=_fields(record) if evidence else UNSET,
    )


def render_pool_detail(pool_id: str, record: PoolRecord, history: tuple[Change, ...]) -> PoolRecordDetail:
    shown = render_pool_record(record, evidence=True)
    return PoolRecordDetail(
        **{name: getattr(shown, name) for name in PoolRecordOut.__struct_fields__},
        history=[render_change(change) for change in history],
        history_url=f"{pool_url(pool_id)}/changes?record_id={record.id}",
    )


def render_change(change: Change) -> ChangeOut:
    url = job_url(change.run_id)
    return ChangeOut(
        sequence=change.sequence,
        type=change.type,
        record_id=change.record_id,
        job_id=prefixed("job", change.run_id),
        at=iso_seconds(change.at),
        field=change.field or None,
        old=change.old,
        new=change.new.value if change.new else None,
        values=dict(plain_values(change.values)) or None,
        evidence=[render_proof(proof, url) for proof in change.evidence],
    )


def _fields(record: PoolRecord) -> dict[str, PoolFieldOut]:
    return {name: _field(value) for name, value in record.values.items()}


def _field(value: PoolValue) -> PoolFieldOut:
    shown = render_field(value.found, job_url(value.run_id))
    return PoolFieldOut(
        **{name: getattr(shown, name) for name in FieldOut.__struct_fields__},
        since=iso_seconds(value.since),
        job_id=prefixed("job", value.run_id),
    )
