"""A pool's changes on their way to its webhook."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.clock import iso_seconds
from domain.ids import prefixed
from domain.pools import Change, ChangeType, Pool
from domain.records import Value, plain_values
from domain.runs import Run
from domain.webhooks import WebhookEvent
from services.service import Service
from services.webhooks import enqueue_event
from store.columns import encode
from store.unit import UnitOfWork

MAX_TOLD = 100  # changes in one body; the others are behind `changes_url`
MAX_BODY = 200_000  # bytes


class ProofTold(msgspec.Struct, frozen=True, kw_only=True):
    """Where a new value was read."""

    url: str
    quote: str


class ChangeTold(msgspec.Struct, frozen=True, kw_only=True, rename={"old": "from", "new": "to"}):
    """A change as a webhook tells it: the keys of `GET /pools/{id}/changes`."""

    sequence: int
    type: ChangeType
    record_id: str
    at: str
    field: str | None
    old: Value | None
    new: Value | None
    values: dict[str, Value] | None
    evidence: list[ProofTold]


class PoolNews(msgspec.Struct, frozen=True, kw_only=True):
    """What one run changed. `total` counts the changes that met the condition, of which `changes` are the first."""

    type: WebhookEvent
    pool_id: str
    pool_name: str
    job_id: str
    condition: str | None
    total: int
    changes: list[ChangeTold]
    changes_url: str


async def tell_changes(uow: UnitOfWork, service: Service, pool: Pool, run: Run, changes: Sequence[Change]) -> None:
    """Puts changes that met the pool's condition on their way, where the pool has a webhook."""
    if not pool.webhook_url or not changes:
        return
    pool_id = prefixed("pool", pool.id)
    news = PoolNews(
        type=WebhookEvent.POOL_CHANGED,
        pool_id=pool_id,
        pool_name=pool.name,
        job_id=prefixed("job", run.id),
        condition=pool.condition or None,
        total=len(changes),
        changes=[_told(change) for change in changes[:MAX_TOLD]],
        changes_url=f"/api/v1/pools/{pool_id}/changes?since={changes[0].sequence - 1}",
    )
    while len(encode(news)) > MAX_BODY:
        news = msgspec.structs.replace(news, changes=news.changes[: len(news.changes) // 2])
    await enqueue_event(
        uow,
        service,
        pool.account_id,
        url=pool.webhook_url,
        type=WebhookEvent.POOL_CHANGED,
        subject_id=pool.id,
        event_key=f"{run.id}.{pool.last_change}",
        body=news,
    )


def _told(change: Change) -> ChangeTold:
    return ChangeTold(
        sequence=change.sequence,
        type=change.type,
        record_id=change.record_id,
        at=iso_seconds(change.at),
        field=change.field or None,
        old=change.old,
        new=change.new.value if change.new else None,
        values=plain_values(change.values) or None,
        evidence=[ProofTold(url=proof.url, quote=proof.quote) for proof in change.evidence[:1]],
    )
