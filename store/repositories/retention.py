"""What is old, whosever it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import delete, select

from domain.events import EventType
from domain.webhooks import DeliveryStatus
from store.models import BulkJobRow, BulkTaskRow, DeliveryRow, EventRow, RunRow
from store.repositories.base import Repository
from store.repositories.blobs import BlobKey

# What a run tells as it goes. Its steps stay, whose pictures are found by them, and so do its end and what it planned.
_DETAILS = (
    EventType.SOURCES_FOUND,
    EventType.SOURCE_READ,
    EventType.SOURCE_FAILED,
    EventType.RECORDS_FOUND,
    EventType.WARNING,
)
_FINISHED = (DeliveryStatus.DELIVERED, DeliveryStatus.DEAD)


class OldRun(msgspec.Struct, frozen=True, kw_only=True):
    """`completed_at` None: it is not over."""

    id: str
    account_id: str
    preview: bool
    created_at: dt.datetime
    completed_at: dt.datetime | None


class Retention(Repository):
    async def runs(self, after: str, limit: int) -> Sequence[OldRun]:
        """Oldest first, those with an id over `after`."""
        columns = (RunRow.id, RunRow.account_id, RunRow.preview, RunRow.created_at, RunRow.completed_at)
        rows = await self._session.execute(select(*columns).where(RunRow.id > after).order_by(RunRow.id).limit(limit))
        return [OldRun(**row) for row in rows.mappings()]

    async def drop_details(self, run_ids: Collection[str]) -> int:
        """Forgets what these runs told as they went; how many events these were."""
        details = [type_.value for type_ in _DETAILS]
        return await self._changed(delete(EventRow).where(EventRow.run_id.in_(run_ids), EventRow.type.in_(details)))

    async def drop_deliveries(self, before: dt.datetime, limit: int) -> int:
        """Forgets deliveries that came to their end before this moment, with their tries."""
        old = (
            select(DeliveryRow.id)
            .where(
                DeliveryRow.status.in_([status.value for status in _FINISHED]),
                DeliveryRow.due_at < before,  # which the index has
                DeliveryRow.finished_at < before,
            )
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return await self._changed(
            delete(DeliveryRow).where(DeliveryRow.id.in_(list(await self._session.scalars(old))))
        )

    async def old_bulk_jobs(self, before: dt.datetime, limit: int) -> Sequence[str]:
        """Jobs of Targets that ended before this moment, held until this transaction does."""
        old = (
            select(BulkJobRow.id)
            .where(BulkJobRow.is_open.is_(False), BulkJobRow.completed_at < before)
            .order_by(BulkJobRow.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return list(await self._session.scalars(old))

    async def contents_of(self, job_ids: Collection[str]) -> Sequence[BlobKey]:
        """What is still kept of what came for the jobs' Targets."""
        kept = select(BulkTaskRow.account_id, BulkTaskRow.content).where(
            BulkTaskRow.job_id.in_(job_ids), BulkTaskRow.content != ""
        )
        return [BlobKey(row.account_id, row.content) for row in await self._session.execute(kept)]

    async def drop_bulk_jobs(self, job_ids: Collection[str]) -> int:
        """With their tasks."""
        return await self._changed(delete(BulkJobRow).where(BulkJobRow.id.in_(job_ids)))
