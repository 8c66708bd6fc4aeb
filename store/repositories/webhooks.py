"""Webhooks of one account, and the secrets that sign what goes to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from domain.webhooks import TaskKind, WatchedTask, Webhook
from store.models import AccountRow, RetiredSecretRow, WebhookRow
from store.repositories.base import OwnedRepository


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        account_id=row.account_id,
        task=WatchedTask(kind=TaskKind(row.task_kind), id=row.task_id, name=row.task_name),
        url=row.url,
        events=row.events,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )


class Webhooks(OwnedRepository):
    async def add(self, webhook: Webhook) -> None:
        await self._session.execute(
            insert(WebhookRow).values(
                id=webhook.id,
                account_id=self._account_id,
                task_kind=webhook.task.kind.value,
                task_id=webhook.task.id,
                task_name=webhook.task.name,
                url=webhook.url,
                events=webhook.events,
                created_at=webhook.created_at,
            )
        )

    async def get(self, webhook_id: str) -> Webhook | None:
        row = await self._session.scalar(
            select(WebhookRow).where(self._is(webhook_id)), execution_options={"populate_existing": True}
        )
        return None if row is None else _webhook(row)

    async def list(self, limit: int, before: str = "", *, task_id: str = "") -> Sequence[Webhook]:
        """Newest first, those with an id under `before`."""
        query = select(WebhookRow).where(WebhookRow.account_id == self._account_id)
        if task_id:
            query = query.where(WebhookRow.task_id == task_id)
        if before:
            query = query.where(WebhookRow.id < before)
        rows = await self._session.scalars(query.order_by(WebhookRow.id.desc()).limit(limit))
        return [_webhook(row) for row in rows]

    async def count(self, task_id: str = "") -> int:
        """Of one task, or of all."""
        query = select(func.count()).select_from(WebhookRow).where(WebhookRow.account_id == self._account_id)
        if task_id:
            query = query.where(WebhookRow.task_id == task_id)
        return await self._session.scalar(query) or 0

    async def listening(self, task_ids: Collection[str]) -> Sequence[Webhook]:
        """Those of these tasks that are not disabled, oldest first. A task has few."""
        rows = await self._session.scalars(
            select(WebhookRow)
            .where(
                WebhookRow.account_id == self._account_id,
                WebhookRow.task_id.in_(task_ids),
                WebhookRow.disabled_at.is_(None),
            )
            .order_by(WebhookRow.id)
        )
        return [_webhook(row) for row in rows]

    async def set_disabled(self, webhook_id: str, at: dt.datetime | None) -> None:
        """Disables a webhook, or with None enables it again."""
        await self._changed(update(WebhookRow).where(self._is(webhook_id)).values(disabled_at=at))

    async def delete(self, webhook_id: str) -> bool:
        return await self._changed(delete(WebhookRow).where(self._is(webhook_id))) > 0

    def _is(self, webhook_id: str) -> ColumnElement[bool]:
        return (WebhookRow.id == webhook_id) & (WebhookRow.account_id == self._account_id)


class WebhookSecrets(OwnedRepository):
    async def signing(self, now: dt.datetime) -> Sequence[str]:
        """The account's secret, then those that were rotated away and still sign along, newest first."""
        current = await self._session.scalar(select(AccountRow.webhook_secret).where(AccountRow.id == self._account_id))
        retired = await self._session.scalars(
            select(RetiredSecretRow.secret)
            .where(RetiredSecretRow.account_id == self._account_id, RetiredSecretRow.expires_at > now)
            .order_by(RetiredSecretRow.id.desc())
        )
        return [*filter(None, [current]), *retired]

    async def count_retired(self, now: dt.datetime) -> int:
        query = (
            select(func.count())
            .select_from(RetiredSecretRow)
            .where(RetiredSecretRow.account_id == self._account_id, RetiredSecretRow.expires_at > now)
        )
        return await self._session.scalar(query) or 0

    async def rotate(self, secret: str, retired_id: str, now: dt.datetime, until: dt.datetime) -> None:
        """Signs with `secret` from now on; the one before signs along `until` then. Those that expired are forgotten.

        The caller holds the account's row.
        """
        before = await self._session.scalar(select(AccountRow.webhook_secret).where(AccountRow.id == self._account_id))
        await self._changed(
            delete(RetiredSecretRow).where(
                RetiredSecretRow.account_id == self._account_id, RetiredSecretRow.expires_at <= now
            )
        )
        await self._session.execute(
            insert(RetiredSecretRow).values(id=retired_id, account_id=self._account_id, secret=before, expires_at=until)
        )
        await self._changed(update(AccountRow).where(AccountRow.id == self._account_id).values(webhook_secret=secret))
