"""Tables. Importing this package knows them all."""

from store.models.accounts import AccountRow, ApiKeyRow
from store.models.base import Base
from store.models.pages import BlobRow, CandidatesRow, PageRow, RecordRow, TaskRow
from store.models.runs import DeliveryAttemptRow, DeliveryRow, EventRow, IdempotencyRow, OutboxRow, RunRow, WorkerRow
from store.models.templates import TemplateRow

__all__ = [
    "AccountRow",
    "ApiKeyRow",
    "Base",
    "BlobRow",
    "CandidatesRow",
    "DeliveryAttemptRow",
    "DeliveryRow",
    "EventRow",
    "IdempotencyRow",
    "OutboxRow",
    "PageRow",
    "RecordRow",
    "RunRow",
    "TaskRow",
    "TemplateRow",
    "WorkerRow",
]
