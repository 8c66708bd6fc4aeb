"""A unit of work: the repositories of one transaction.

Rows have owners. What belongs to an account is reached by a repository made for that account, so that no statement can
forget whose rows it may see. What serves no single account (claims, the outbox, deliveries that are due) has its own.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from store.repositories.accounts import Accounts, Keys, Sessions, Users
from store.repositories.blobs import BlobUses
from store.repositories.bulk import BulkJobs
from store.repositories.bulk_claims import BulkClaims
from store.repositories.bulk_ends import BulkEnds
from store.repositories.captures import Captures, ExpiringCaptures, LinkedCaptures, ServerSecrets
from store.repositories.corrections import Corrections
from store.repositories.credits import CreditAudit, Ledger
from store.repositories.decisions import Decisions
from store.repositories.deliveries import Deliveries, DueDeliveries
from store.repositories.diffs import Diffs
from store.repositories.events import Events
from store.repositories.flows import Flows
from store.repositories.host_turns import HostTurns
from store.repositories.idempotency import Idempotency
from store.repositories.leases import Leases
from store.repositories.outbox import Outbox
from store.repositories.pages import Pages
from store.repositories.pool_records import PoolRecords
from store.repositories.pools import DeletedPools, Pools
from store.repositories.records import Records
from store.repositories.retention import Retention
from store.repositories.runs import Runs
from store.repositories.schedules import DueSchedules, Schedules
from store.repositories.tasks import Tasks
from store.repositories.templates import Templates
from store.repositories.usage import Usages
from store.repositories.webhooks import Webhooks, WebhookSecrets
from store.repositories.widgets import ShownWidgets, Widgets


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

    def corrections(self, account_id: str) -> Corrections:
        return Corrections(self._session, self._dialect, account_id)

    def decisions(self, account_id: str) -> Decisions:
        return Decisions(self._session, self._dialect, account_id)

    def pages(self, account_id: str) -> Pages:
        return Pages(self._session, self._dialect, account_id)

    def captures(self, account_id: str) -> Captures:
        return Captures(self._session, self._dialect, account_id)

    def pools(self, account_id: str) -> Pools:
        return Pools(self._session, self._dialect, account_id)

    def pool_records(self, account_id: str) -> PoolRecords:
        return PoolRecords(self._session, self._dialect, account_id)

    def events(self, account_id: str) -> Events:
        return Events(self._session, self._dialect, account_id)

    def keys(self, account_id: str) -> Keys:
        return Keys(self._session, self._dialect, account_id)

    def users(self, account_id: str) -> Users:
        return Users(self._session, self._dialect, account_id)

    def sessions(self, account_id: str) -> Sessions:
        return Sessions(self._session, self._dialect, account_id)

    def usage(self, account_id: str) -> Usages:
        return Usages(self._session, self._dialect, account_id)

    def flows(self, account_id: str) -> Flows:
        return Flows(self._session, self._dialect, account_id)

    def idempotency(self, account_id: str) -> Idempotency:
        return Idempotency(self._session, self._dialect, account_id)

    def schedules(self, account_id: str) -> Schedules:
        return Schedules(self._session, self._dialect, account_id)

    def templates(self, account_id: str) -> Templates:
        return Templates(self._session, self._dialect, account_id)

    def webhooks(self, account_id: str) -> Webhooks:
        return Webhooks(self._session, self._dialect, account_id)

    def webhook_secrets(self, account_id: str) -> WebhookSecrets:
        return WebhookSecrets(self._session, self._dialect, account_id)

    def deliveries(self, account_id: str) -> Deliveries:
        return Deliveries(self._session, self._dialect, account_id)

    def ledger(self, account_id: str) -> Ledger:
        return Ledger(self._session, self._dialect, account_id)

    def diffs(self, account_id: str) -> Diffs:
        return Diffs(self._session, self._dialect, account_id)

    def widgets(self, account_id: str) -> Widgets:
        return Widgets(self._session, self._dialect, account_id)

    def bulk_jobs(self, account_id: str) -> BulkJobs:
        return BulkJobs(self._session, self._dialect, account_id)

    # The service's own

    @property
    def accounts(self) -> Accounts:
        return Accounts(self._session, self._dialect)

    @property
    def credit_audit(self) -> CreditAudit:
        return CreditAudit(self._session, self._dialect)

    @property
    def blobs(self) -> BlobUses:
        return BlobUses(self._session, self._dialect)

    @property
    def bulk_claims(self) -> BulkClaims:
        return BulkClaims(self._session, self._dialect)

    @property
    def bulk_ends(self) -> BulkEnds:
        return BulkEnds(self._session, self._dialect)

    @property
    def host_turns(self) -> HostTurns:
        return HostTurns(self._session, self._dialect)

    @property
    def linked_captures(self) -> LinkedCaptures:
        return LinkedCaptures(self._session, self._dialect)

    @property
    def expiring_captures(self) -> ExpiringCaptures:
        return ExpiringCaptures(self._session, self._dialect)

    @property
    def retention(self) -> Retention:
        return Retention(self._session, self._dialect)

    @property
    def server_secrets(self) -> ServerSecrets:
        return ServerSecrets(self._session, self._dialect)

    @property
    def leases(self) -> Leases:
        return Leases(self._session, self._dialect)

    @property
    def due_schedules(self) -> DueSchedules:
        return DueSchedules(self._session, self._dialect)

    @property
    def deleted_pools(self) -> DeletedPools:
        return DeletedPools(self._session, self._dialect)

    @property
    def outbox(self) -> Outbox:
        return Outbox(self._session, self._dialect)

    @property
    def due_deliveries(self) -> DueDeliveries:
        return DueDeliveries(self._session, self._dialect)

    @property
    def shown_widgets(self) -> ShownWidgets:
        return ShownWidgets(self._session, self._dialect)
