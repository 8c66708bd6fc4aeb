"""Captures of one account, and the secrets of the service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, func, insert, select, update

from domain.pictures import Capture, CaptureBatch, Picture
from domain.runs import ACTIVE, RunStatus
from store.models import CaptureBatchRow, CaptureRow, RunRow, ServerSecretRow
from store.models.captures import CAPTURE_IS_KEPT
from store.repositories.base import OwnedRepository, Repository
from store.repositories.runs import run_of


def _capture(row: CaptureRow, run: RunRow) -> Capture:
    return Capture(
        run=run_of(run),
        origin=row.origin,
        batch_id=row.batch_id or "",
        picture=_picture(row),
        cached=row.cached,
        is_expired=row.taken_at is not None and not row.sha256,
    )


def _picture(row: CaptureRow) -> Picture | None:
    if not row.sha256 or row.taken_at is None:
        return None
    return Picture(
        sha256=row.sha256,
        media_type=row.media_type,
        width=row.width,
        height=row.height,
        size=row.size,
        taken_at=row.taken_at,
        duration_ms=row.duration_ms,
        notes=row.notes,
    )


def _joined() -> Select[tuple[CaptureRow, RunRow]]:
    # Read anew: updates of this transaction have not reached rows that were loaded before them.
    joined = select(CaptureRow, RunRow).join(RunRow, RunRow.id == CaptureRow.run_id)
    return joined.execution_options(populate_existing=True)


class Captures(OwnedRepository):
    async def add(self, run_id: str, request_hash: str) -> None:
        """Adds what a new run of kind capture has beside the run."""
        await self._session.execute(
            insert(CaptureRow).values(run_id=run_id, account_id=self._account_id, request_hash=request_hash)
        )

    async def dress(self, run_id: str, *, origin: str, batch_id: str = "", webhook_secret: str = "") -> None:
        """Says how it was asked for."""
        await self._changed(
            update(CaptureRow)
            .where(self._is(run_id))
            .values(origin=origin, batch_id=batch_id or None, webhook_secret=webhook_secret)
        )

    async def put_picture(self, run_id: str, picture: Picture, now: dt.datetime, *, cached: bool = False) -> None:
        await self._changed(
            update(CaptureRow)
            .where(self._is(run_id))
            .values(
                cached=cached,
                sha256=picture.sha256,
                media_type=picture.media_type,
                width=picture.width,
                height=picture.height,
                size=picture.size,
                duration_ms=picture.duration_ms,
                notes=picture.notes,
                taken_at=picture.taken_at,
                kept_since=now,
            )
        )

    async def get(self, run_id: str) -> Capture | None:
        found = (await self._session.execute(_joined().where(self._is(run_id)))).one_or_none()
        return None if found is None else _capture(*found)

    async def newest(self, request_hash: str, since: dt.datetime) -> Capture | None:
        """The newest with a picture of such a request that was taken at `since` or later."""
        found = await self._session.execute(
            _joined()
            .where(
                CaptureRow.account_id == self._account_id,
                CaptureRow.request_hash == request_hash,
                CaptureRow.taken_at >= since,
                CaptureRow.sha256 != "",
            )
            .order_by(CaptureRow.taken_at.desc(), CaptureRow.run_id.desc())
            .limit(1)
        )
        row = found.one_or_none()
        return None if row is None else _capture(*row)

    async def list(self, limit: int, offset: int, *, statuses: Collection[RunStatus] = ()) -> Sequence[Capture]:
        """Newest first."""
        query = _joined().where(*self._listed(statuses)).order_by(CaptureRow.run_id.desc()).limit(limit).offset(offset)
        return [_capture(*row) for row in await self._session.execute(query)]

    async def count(self, *, statuses: Collection[RunStatus] = ()) -> int:
        query = select(func.count()).select_from(CaptureRow).join(RunRow, RunRow.id == CaptureRow.run_id)
        return await self._session.scalar(query.where(*self._listed(statuses))) or 0

    async def count_pending(self) -> int:
        """How many are not over, without those of batches."""
        query = select(func.count()).select_from(CaptureRow).join(RunRow, RunRow.id == CaptureRow.run_id)
        return await self._session.scalar(query.where(*self._listed(ACTIVE), CaptureRow.batch_id.is_(None))) or 0

    def _listed(self, statuses: Collection[RunStatus]) -> Sequence[ColumnElement[bool]]:
        owned = CaptureRow.account_id == self._account_id
        return (owned, RunRow.status.in_([status.value for status in statuses])) if statuses else (owned,)

    async def webhook_secret(self, run_id: str) -> str:
        """Empty where none was given."""
        return await self._session.scalar(select(CaptureRow.webhook_secret).where(self._is(run_id))) or ""

    async def add_batch(self, batch: CaptureBatch) -> None:
        await self._session.execute(
            insert(CaptureBatchRow).values(
                id=batch.id,
                account_id=self._account_id,
                total=batch.total,
                callback_url=batch.callback_url,
                origin=batch.origin,
                created_at=batch.created_at,
            )
        )

    async def batch(self, batch_id: str) -> CaptureBatch | None:
        """With its captures, in the order in which they were asked for."""
        row = await self._session.scalar(select(CaptureBatchRow).where(self._is_batch(batch_id)))
        if row is None:
            return None
        found = await self._session.execute(
            _joined()
            .where(CaptureRow.account_id == self._account_id, CaptureRow.batch_id == batch_id)
            .order_by(CaptureRow.run_id)
        )
        return CaptureBatch(
            id=row.id,
            account_id=row.account_id,
            total=row.total,
            created_at=row.created_at,
            callback_url=row.callback_url,
            origin=row.origin,
            completed_at=row.completed_at,
            captures=tuple(_capture(*each) for each in found),
        )

    async def count_open_batches(self) -> int:
        query = select(func.count()).where(
            CaptureBatchRow.account_id == self._account_id, CaptureBatchRow.completed_at.is_(None)
        )
        return await self._session.scalar(query) or 0

    async def end_batch(self, batch_id: str, now: dt.datetime) -> bool:
        """Ends a batch none of whose captures is going any more; whether it did.

        The batch is held first: of two captures that end at once, the second sees that the first one has.
        """
        held = select(CaptureBatchRow.id).where(self._is_batch(batch_id)).with_for_update()
        if await self._session.scalar(held) is None:
            return False
        going = (
            select(func.count())
            .select_from(CaptureRow)
            .join(RunRow, RunRow.id == CaptureRow.run_id)
            .where(CaptureRow.batch_id == batch_id, RunRow.status.in_([status.value for status in ACTIVE]))
        )
        if await self._session.scalar(going):
            return False
        ended = update(CaptureBatchRow).where(self._is_batch(batch_id), CaptureBatchRow.completed_at.is_(None))
        return await self._changed(ended.values(completed_at=now)) > 0

    def _is(self, run_id: str) -> ColumnElement[bool]:
        return (CaptureRow.run_id == run_id) & (CaptureRow.account_id == self._account_id)

    def _is_batch(self, batch_id: str) -> ColumnElement[bool]:
        return (CaptureBatchRow.id == batch_id) & (CaptureBatchRow.account_id == self._account_id)


class LinkedCaptures(Repository):
    """What a signed link opens, whosever it is: ask only once its signature is checked."""

    async def get(self, run_id: str) -> Capture | None:
        found = (await self._session.execute(_joined().where(CaptureRow.run_id == run_id))).one_or_none()
        return None if found is None else _capture(*found)


class ExpiringCaptures(Repository):
    """Captures of all accounts whose pictures have been kept for their time."""

    async def expire(self, before: dt.datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Takes the pictures from those that have them since before this moment; their accounts and the hashes of
        their blobs."""
        chosen = (
            select(CaptureRow.run_id, CaptureRow.account_id, CaptureRow.sha256)
            .where(CAPTURE_IS_KEPT, CaptureRow.kept_since < before)
            .order_by(CaptureRow.kept_since)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = (await self._session.execute(chosen)).all()
        if found:
            old = CaptureRow.run_id.in_([run_id for run_id, _, _ in found])
            await self._changed(update(CaptureRow).where(old).values(sha256=""))
        return [(account_id, sha256) for _, account_id, sha256 in found]


class ServerSecrets(Repository):
    async def get(self, name: str) -> str | None:
        return await self._session.scalar(select(ServerSecretRow.secret).where(ServerSecretRow.name == name))

    async def keep(self, name: str, secret: str) -> None:
        """Keeps a secret unless there is one: of two processes that start at once, the first one's holds."""
        await self._session.execute(
            self._insert(ServerSecretRow).values(name=name, secret=secret).on_conflict_do_nothing()
        )
