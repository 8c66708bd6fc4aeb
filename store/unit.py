"""A unit of work: the repositories of one transaction.

Rows have owners. What belongs to an account is reached by a repository made for that account, so that no statement can
forget whose rows it may see. What serves no single account (claims, the outbox, deliveries that are due) has its own.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from store.repositories.accounts import Accounts, Keys
from store.repositories.blobs import BlobUses
from store.repositories.events import Events
from store.repositories.idempotency import Idempotency
from store.repositories.leases import Leases
from store.repositories.outbox import Outbox
from store.repositories.pages import Pages
from store.repositories.records import Records
from store.repositories.runs import Runs
from store.repositories.tasks import Tasks
from store.repositories.templates import Templates
from store.repositories.webhooks import Deliveries


class UnitOfWork:
    def __init__(self, session: AsyncSession, dialect: str) -> None:
        self._session = session
        self._dialect = dialect

    # One account's

    def runs(self, account_id: str) -> Runs:
        return Runs(self._session, self._dialect, account_id)

    def tasks(self, account_id: str) -> Tasks:
        return Tasks(self._session, self._dialect, account_id)

    def records(self, account_id: str) -> Records:
        return Records(self._session, self._dialect, account_id)

    def pages(self, account_id: str) -> Pages:
        return Pages(self._session, self._dialect, account_id)

    def events(self, account_id: str) -> Events:
        return Events(self._session, self._dialect, account_id)

    def keys(self, account_id: str) -> Keys:
        return Keys(self._session, self._dialect, account_id)

    def idempotency(self, account_id: str) -> Idempotency:
        return Idempotency(self._session, self._dialect, account_id)

    def templates(self, account_id: str) -> Templates:
        return Templates(self._session, self._dialect, account_id)

    # The service's own

    @property
    def accounts(self) -> Accounts:
        return Accounts(self._session, self._dialect)

    @property
    def blobs(self) -> BlobUses:
        return BlobUses(self._session, self._dialect)

    @property
    def leases(self) -> Leases:
        return Leases(self._session, self._dialect)

    @property
    def outbox(self) -> Outbox:
        return Outbox(self._session, self._dialect)

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self._session, self._dialect)
