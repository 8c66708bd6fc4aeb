"""How often each blob is used. The last use gone, a blob may be swept: see `services/blobs.py`."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import case, delete, select, tuple_, update

from store.models import BlobRow
from store.models.pages import BLOB_IS_SWEPT, BLOB_IS_UNUSED
from store.repositories.base import ROWS_A_STATEMENT, Repository


class BlobKey(NamedTuple):
    account_id: str
    sha256: str


_KEY = tuple_(BlobRow.account_id, BlobRow.sha256)


class BlobUses(Repository):
    async def use(self, account_id: str, hashes: Iterable[str], sizes: Mapping[str, int]) -> Sequence[str]:
        """Counts a use more for each time that a blob is named (`sizes` in bytes); those whose bytes a sweep has
        deleted. Their rows are held until this transaction ends: see `note_restored`."""
        counted = sorted(Counter(hashes).items())
        swept = []
        for first in range(0, len(counted), ROWS_A_STATEMENT):
            # In one order everywhere, so that two writers cannot deadlock.
            group = dict(counted[first : first + ROWS_A_STATEMENT])
            rows = [
                {"account_id": account_id, "sha256": sha256, "size": sizes[sha256], "uses": times}
                for sha256, times in group.items()
            ]
            adding = self._insert(BlobRow).values(rows)
            found = await self._session.execute(
                adding.on_conflict_do_update(
                    index_elements=["account_id", "sha256"],
                    set_={"uses": BlobRow.uses + adding.excluded.uses, "unused_since": None},
                ).returning(BlobRow.sha256, BlobRow.swept_at)
            )
            swept += [row.sha256 for row in found if row.swept_at is not None]
        return swept

    async def note_restored(self, account_id: str, hashes: Collection[str]) -> None:
        """Says that the bytes of these are there again."""
        restored = update(BlobRow).where(BlobRow.account_id == account_id, BlobRow.sha256.in_(hashes))
        await self._changed(restored.values(swept_at=None))

    async def known(self, account_id: str, hashes: Collection[str]) -> Collection[str]:
        """Those of these blobs that have a row."""
        kept = select(BlobRow.sha256).where(BlobRow.account_id == account_id, BlobRow.sha256.in_(hashes))
        return set(await self._session.scalars(kept))

    async def offer(self, account_id: str, sizes: Mapping[str, int], at: dt.datetime) -> None:
        """Makes blobs known that nothing uses, so that they are swept. One that something uses is left as it is."""
        rows = [
            {"account_id": account_id, "sha256": sha256, "size": size, "uses": 0, "unused_since": at}
            for sha256, size in sorted(sizes.items())
        ]
        if rows:
            await self._session.execute(self._insert(BlobRow).values(rows).on_conflict_do_nothing())

    async def release(self, account_id: str, hashes: Iterable[str], at: dt.datetime) -> None:
        """Counts a use less for each time that a blob is named."""
        for sha256, times in sorted(Counter(hashes).items()):
            left = BlobRow.uses - times
            await self._changed(
                update(BlobRow)
                .where(BlobRow.account_id == account_id, BlobRow.sha256 == sha256)
                .values(uses=left, unused_since=case((left <= 0, at), else_=None))
            )

    async def take_unused(self, now: dt.datetime, limit: int) -> Sequence[BlobKey]:
        """Blobs that nothing uses, those first that are so for longest: from now on their bytes count as deleted."""
        chosen = select(BlobRow.account_id, BlobRow.sha256).where(BLOB_IS_UNUSED).order_by(BlobRow.unused_since)
        found = await self._session.execute(chosen.limit(limit).with_for_update(skip_locked=True))
        keys = [BlobKey(*row) for row in found]
        if keys:
            await self._changed(update(BlobRow).where(_KEY.in_(keys)).values(swept_at=now))
        return keys

    async def still_taken(self, keys: Sequence[BlobKey]) -> Sequence[BlobKey]:
        """Those of them that nothing has begun to use since, held until this transaction ends."""
        left = select(BlobRow.account_id, BlobRow.sha256).where(_KEY.in_(keys), BlobRow.uses <= 0, BLOB_IS_SWEPT)
        found = await self._session.execute(
            left.order_by(BlobRow.account_id, BlobRow.sha256).with_for_update(skip_locked=True)
        )
        return [BlobKey(*row) for row in found]

    async def forget_swept(self, before: dt.datetime, limit: int) -> int:
        """Forgets blobs whose bytes were deleted before this moment; how many."""
        chosen = select(BlobRow.account_id, BlobRow.sha256).where(
            BLOB_IS_SWEPT, BlobRow.swept_at < before, BlobRow.uses <= 0
        )
        found = await self._session.execute(chosen.limit(limit).with_for_update(skip_locked=True))
        keys = [BlobKey(*row) for row in found]
        return await self._changed(delete(BlobRow).where(_KEY.in_(keys))) if keys else 0
