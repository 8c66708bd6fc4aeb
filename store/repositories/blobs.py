"""How often each blob is used. The last use gone, a blob may be swept: see `services/archive.py`."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import case, delete, select, update

from store.models import BlobRow
from store.repositories.base import ROWS_A_STATEMENT, Repository


class BlobKey(NamedTuple):
    account_id: str
    sha256: str


class BlobUses(Repository):
    async def use(self, account_id: str, hashes: Iterable[str], sizes: Mapping[str, int]) -> Sequence[str]:
        """Counts a use more for each time that a blob is named (`sizes` in bytes); those that had none before."""
        counted = sorted(Counter(hashes).items())
        fresh = []
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
                ).returning(BlobRow.sha256, BlobRow.uses)
            )
            fresh += [row.sha256 for row in found if row.uses == group[row.sha256]]
        return fresh

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

    async def unused(self, limit: int) -> Sequence[BlobKey]:
        """Blobs that nothing uses, held until this transaction ends."""
        rows = await self._session.execute(
            select(BlobRow.account_id, BlobRow.sha256)
            .where(BlobRow.uses <= 0)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [BlobKey(row.account_id, row.sha256) for row in rows]

    async def forget(self, keys: Iterable[BlobKey]) -> None:
        for account_id, sha256 in keys:
            await self._changed(
                delete(BlobRow).where(BlobRow.account_id == account_id, BlobRow.sha256 == sha256, BlobRow.uses <= 0)
            )
