"""Idempotency keys of one account."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import delete, select

from store.models import IdempotencyRow
from store.repositories.base import OwnedRepository


class Kept(NamedTuple):
    run_id: str
    request_sha256: str


class Idempotency(OwnedRepository):
    async def keep(self, key: str, request_sha256: str, run_id: str, at: dt.datetime) -> bool:
        """False where the key is taken. Waits for another transaction that is about to take it."""
        return (
            await self._changed(
                self._insert(IdempotencyRow)
                .values(
                    account_id=self._account_id, key=key, request_sha256=request_sha256, run_id=run_id, created_at=at
                )
                .on_conflict_do_nothing()
            )
            == 1
        )

    async def forget(self, key: str) -> None:
        await self._changed(
            delete(IdempotencyRow).where(IdempotencyRow.account_id == self._account_id, IdempotencyRow.key == key)
        )

    async def get(self, key: str) -> Kept | None:
        found = (
            await self._session.execute(
                select(IdempotencyRow.run_id, IdempotencyRow.request_sha256).where(
                    IdempotencyRow.account_id == self._account_id, IdempotencyRow.key == key
                )
            )
        ).one_or_none()
        return None if found is None else Kept(found.run_id, found.request_sha256)
