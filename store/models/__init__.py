"""Tables. Importing this package knows them all."""

from store.models.accounts import AccountRow, ApiKeyRow, SessionRow, UsageRow, UserRow
from store.models.base import Base
from store.models.bulk import BulkJobRow, BulkSessionRow, BulkTaskRow, HostSlotRow
from store.models.captures import CaptureBatchRow, CaptureRow, ServerSecretRow
from store.models.corrections import CorrectionRow
from store.models.credits import CreditBalanceRow, CreditHoldRow, CreditTransactionRow
from store.models.decisions import RecordDecisionRow
from store.models.flows import FlowRow
from store.models.pages import BlobRow, CandidatesRow, PageRow, RecordRow, TaskRow
from store.models.pools import PoolChangeRow, PoolKeyRow, PoolRecordRow, PoolRow, PoolSortRow, PoolSourceRow
from store.models.runs import EventRow, IdempotencyRow, OutboxRow, RunRow, WorkerRow
from store.models.schedules import ScheduleRow, TickRow
from store.models.templates import TemplateRow
from store.models.webhooks import DeliveryAttemptRow, DeliveryRow, GoneReceiverRow, RetiredSecretRow, WebhookRow
from store.models.widgets import DiffRow, WidgetDayRow, WidgetRow

__all__ = [
    "AccountRow",
    "ApiKeyRow",
    "Base",
    "BlobRow",
    "BulkJobRow",
    "BulkSessionRow",
    "BulkTaskRow",
    "CandidatesRow",
    "CaptureBatchRow",
    "CaptureRow",
    "CorrectionRow",
    "CreditBalanceRow",
    "CreditHoldRow",
    "CreditTransactionRow",
    "DeliveryAttemptRow",
    "DeliveryRow",
    "DiffRow",
    "EventRow",
    "FlowRow",
    "GoneReceiverRow",
    "HostSlotRow",
    "IdempotencyRow",
    "OutboxRow",
    "PageRow",
    "PoolChangeRow",
    "PoolKeyRow",
    "PoolRecordRow",
    "PoolRow",
    "PoolSortRow",
    "PoolSourceRow",
    "RecordDecisionRow",
    "RecordRow",
    "RetiredSecretRow",
    "RunRow",
    "ScheduleRow",
    "ServerSecretRow",
    "SessionRow",
    "TaskRow",
    "TemplateRow",
    "TickRow",
    "UsageRow",
    "UserRow",
    "WebhookRow",
    "WidgetDayRow",
    "WidgetRow",
    "WorkerRow",
]
