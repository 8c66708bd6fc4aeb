"""Accounts and API keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select, update

from domain.accounts import Account, ApiKey
from store.models import AccountRow, ApiKeyRow
from store.repositories.base import OwnedRepository, Repository


def _account(row: AccountRow) -> Account:
    return Account(id=row.id, name=row.name, created_at=row.created_at, max_concurrent_runs=row.max_concurrent_runs)


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        masked=row.masked,
        created_at=row.created_at,
        scopes=row.scopes,
        revoked_at=row.revoked_at,
    )


class Accounts(Repository):
    async def add(self, account: Account, webhook_secret: str) -> None:
        """Adds an account; does nothing where its id is there already."""
        await self._session.execute(
            self._insert(AccountRow)
            .values(
                id=account.id,
                name=account.name,
                created_at=account.created_at,
                max_concurrent_runs=account.max_concurrent_runs,
                webhook_secret=webhook_secret,
            )
            .on_conflict_do_nothing()
        )

    async def get(self, account_id: str) -> Account | None:
        row = await self._session.get(AccountRow, account_id)
        return None if row is None else _account(row)

    async def lock(self, account_id: str) -> Account | None:
        """The account, held until this transaction ends against others that lock it."""
        # NO KEY UPDATE: inserts of rows that refer to the account go on.
        row = await self._session.scalar(
            select(AccountRow).where(AccountRow.id == account_id).with_for_update(key_share=True)
        )
        return None if row is None else _account(row)

    async def webhook_secret(self, account_id: str) -> str | None:
        return await self._session.scalar(select(AccountRow.webhook_secret).where(AccountRow.id == account_id))

    async def by_key(self, sha256: str) -> tuple[Account, ApiKey] | None:
        """Who holds the key with this hash, revoked or not."""
        found = (
            await self._session.execute(
                select(AccountRow, ApiKeyRow)
                .join(AccountRow, AccountRow.id == ApiKeyRow.account_id)
                .where(ApiKeyRow.sha256 == sha256)
            )
        ).one_or_none()
        return None if found is None else (_account(found[0]), _key(found[1]))


class Keys(OwnedRepository):
    async def add(self, key: ApiKey, sha256: str) -> bool:
        """Adds a key; False where a key with this hash is there already, of whomever."""
        added = await self._changed(
            self._insert(ApiKeyRow)
            .values(
                id=key.id,
                account_id=self._account_id,
                name=key.name,
                sha256=sha256,
                masked=key.masked,
                scopes=key.scopes,
                created_at=key.created_at,
                revoked_at=key.revoked_at,
            )
            .on_conflict_do_nothing()
        )
        return added == 1

    async def list(self, limit: int, before: str = "") -> Sequence[ApiKey]:
        """Newest first, those with an id under `before`."""
        query = select(ApiKeyRow).where(ApiKeyRow.account_id == self._account_id)
        if before:
            query = query.where(ApiKeyRow.id < before)
        rows = await self._session.scalars(query.order_by(ApiKeyRow.id.desc()).limit(limit))
        return [_key(row) for row in rows]

    async def revoke(self, key_id: str, at: dt.datetime) -> bool:
        """False where the account has no such key, or it is revoked already."""
        return (
            await self._changed(
                update(ApiKeyRow)
                .where(ApiKeyRow.account_id == self._account_id, ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None))
                .values(revoked_at=at)
            )
            > 0
        )

    async def revoke_named(self, name: str, *, but: str, at: dt.datetime) -> int:
        """Revokes the keys of this name whose hash is not `but`."""
        return await self._changed(
            update(ApiKeyRow)
            .where(
                ApiKeyRow.account_id == self._account_id,
                ApiKeyRow.name == name,
                ApiKeyRow.sha256 != but,
                ApiKeyRow.revoked_at.is_(None),
            )
            .values(revoked_at=at)
        )
