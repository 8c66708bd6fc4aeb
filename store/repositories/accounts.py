"""Accounts, API keys, users and their sessions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, delete, func, or_, select, update

from domain.accounts import Account, ApiKey, Session, User
from store.models import AccountRow, ApiKeyRow, SessionRow, UserRow
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
        last_used_at=row.last_used_at,
    )


def _user(row: UserRow) -> User:
    return User(id=row.id, account_id=row.account_id, email=row.email, name=row.name, created_at=row.created_at)


def _session(row: SessionRow) -> Session:
    return Session(
        id=row.id,
        account_id=row.account_id,
        user_id=row.user_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """A user with the hash of the password."""

    user: User
    password: str


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

    async def list(self, limit: int, before: str = "") -> Sequence[Account]:
        """Newest first, those with an id under `before`."""
        query = select(AccountRow)
        if before:
            query = query.where(AccountRow.id < before)
        return [_account(row) for row in await self._session.scalars(query.order_by(AccountRow.id.desc()).limit(limit))]

    async def set_limits(self, account_id: str, *, max_concurrent_runs: int) -> bool:
        """False where there is no such account."""
        changed = update(AccountRow).where(AccountRow.id == account_id).values(max_concurrent_runs=max_concurrent_runs)
        return await self._changed(changed) > 0

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

    async def by_session(self, sha256: str) -> tuple[Account, Session] | None:
        """Whose login has the token with this hash, expired or not."""
        found = (
            await self._session.execute(
                select(AccountRow, SessionRow)
                .join(AccountRow, AccountRow.id == SessionRow.account_id)
                .where(SessionRow.sha256 == sha256)
            )
        ).one_or_none()
        return None if found is None else (_account(found[0]), _session(found[1]))

    async def by_email(self, email: str) -> Credentials | None:
        row = await self._session.scalar(select(UserRow).where(UserRow.email == email))
        return None if row is None else Credentials(user=_user(row), password=row.password)

    async def mark_used(self, uses: Mapping[str, dt.datetime]) -> None:
        """Notes when keys, by id, were last used; an earlier moment than the known one changes nothing."""
        for key_id, at in sorted(uses.items()):
            older = or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at < at)
            await self._changed(update(ApiKeyRow).where(ApiKeyRow.id == key_id, older).values(last_used_at=at))

    async def forget_sessions(self, before: dt.datetime, limit: int) -> int:
        """Forgets up to `limit` logins that had expired by this moment."""
        expired = select(SessionRow.id).where(SessionRow.expires_at <= before).limit(limit)
        return await self._changed(delete(SessionRow).where(SessionRow.id.in_(expired)))


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

    async def list(self, limit: int, before: str = "", *, active: bool = False) -> Sequence[ApiKey]:
        """Newest first, those with an id under `before`; with `active` no revoked ones."""
        query = select(ApiKeyRow).where(*self._listed(active))
        if before:
            query = query.where(ApiKeyRow.id < before)
        rows = await self._session.scalars(query.order_by(ApiKeyRow.id.desc()).limit(limit))
        return [_key(row) for row in rows]

    async def count_active(self) -> int:
        query = select(func.count()).select_from(ApiKeyRow).where(*self._listed(True))
        return await self._session.scalar(query) or 0

    def _listed(self, active: bool) -> tuple[ColumnElement[bool], ...]:
        own = ApiKeyRow.account_id == self._account_id
        return (own, ApiKeyRow.revoked_at.is_(None)) if active else (own,)

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


class Users(OwnedRepository):
    async def add(self, user: User, password: str) -> bool:
        """Adds a user with the hash of a password; False where somebody has this email, in whichever account."""
        added = await self._changed(
            self._insert(UserRow)
            .values(
                id=user.id,
                account_id=self._account_id,
                email=user.email,
                name=user.name,
                password=password,
                created_at=user.created_at,
            )
            .on_conflict_do_nothing()
        )
        return added == 1

    async def get(self, user_id: str) -> User | None:
        row = await self._session.scalar(select(UserRow).where(*self._is(user_id)))
        return None if row is None else _user(row)

    async def first(self) -> User | None:
        """Who has logged in to the account for the longest time; None where nobody does."""
        owned = select(UserRow).where(UserRow.account_id == self._account_id)
        row = await self._session.scalar(owned.order_by(UserRow.id).limit(1))
        return None if row is None else _user(row)

    async def set_password(self, user_id: str, password: str, *, before: str | None = None) -> bool:
        """Keeps the hash of another password; False where there is no such user, or the hash is not `before` any
        more."""
        changed = update(UserRow).where(*self._is(user_id)).values(password=password)
        if before is not None:
            changed = changed.where(UserRow.password == before)
        return await self._changed(changed) > 0

    def _is(self, user_id: str) -> tuple[ColumnElement[bool], ...]:
        return UserRow.account_id == self._account_id, UserRow.id == user_id


class Sessions(OwnedRepository):
    async def add(self, session: Session, sha256: str) -> None:
        await self._session.execute(
            self._insert(SessionRow).values(
                id=session.id,
                account_id=self._account_id,
                user_id=session.user_id,
                sha256=sha256,
                created_at=session.created_at,
                expires_at=session.expires_at,
            )
        )

    async def end(self, session_id: str) -> bool:
        """False where the account has no such login."""
        ended = delete(SessionRow).where(SessionRow.account_id == self._account_id, SessionRow.id == session_id)
        return await self._changed(ended) > 0

    async def end_all(self, user_id: str, *, but: str = "") -> int:
        """Ends a user's logins, all but one; how many these were."""
        return await self._changed(
            delete(SessionRow).where(
                SessionRow.account_id == self._account_id, SessionRow.user_id == user_id, SessionRow.id != but
            )
        )

    async def keep_newest(self, user_id: str, number: int) -> None:
        """Ends a user's logins beyond the `number` newest."""
        newest = (
            select(SessionRow.id)
            .where(SessionRow.account_id == self._account_id, SessionRow.user_id == user_id)
            .order_by(SessionRow.expires_at.desc(), SessionRow.id.desc())
            .limit(number)
        )
        await self._changed(
            delete(SessionRow).where(
                SessionRow.account_id == self._account_id,
                SessionRow.user_id == user_id,
                SessionRow.id.not_in(newest),
            )
        )
