"""Comparisons of one account's pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, select

from domain.diffs import Comparison, Diff
from store.models import DiffRow
from store.repositories.base import OwnedRepository


def _diff(row: DiffRow) -> Diff:
    return Diff(
        number=row.id,
        comparison=Comparison(pixels=row.pixels, compared=row.compared, width=row.width, height=row.height),
        threshold=row.threshold,
        image=row.image,
        created_at=row.created_at,
    )


class Diffs(OwnedRepository):
    async def get(self, key: str) -> Diff | None:
        row = await self._session.scalar(
            select(DiffRow).where(DiffRow.account_id == self._account_id, DiffRow.key == key),
            execution_options={"populate_existing": True},
        )
        return None if row is None else _diff(row)

    async def put(self, key: str, comparison: Comparison, threshold: float, image: str, now: dt.datetime) -> Diff:
        """Keeps a comparison under `key`, in the place of the one that is there."""
        values = {
            "pixels": comparison.pixels,
            "compared": comparison.compared,
            "width": comparison.width,
            "height": comparison.height,
            "threshold": threshold,
            "image": image,
            "created_at": now,
        }
        await self._session.execute(
            self._insert(DiffRow)
            .values(account_id=self._account_id, key=key, **values)
            .on_conflict_do_update(index_elements=["account_id", "key"], set_=values)
        )
        kept = await self.get(key)
        assert kept is not None
        return kept

    async def trim(self, most: int) -> Sequence[str]:
        """Removes all but the newest; the pictures that they had."""
        old = select(DiffRow.id).where(DiffRow.account_id == self._account_id).order_by(DiffRow.id.desc()).offset(most)
        ids = list(await self._session.scalars(old.limit(100)))
        if not ids:
            return []
        mine = (DiffRow.account_id == self._account_id, DiffRow.id.in_(ids))
        images = list(await self._session.scalars(select(DiffRow.image).where(*mine)))
        await self._changed(delete(DiffRow).where(*mine))
        return images
