"""Failures on their way out, before a dialect gives them its shape.

The rule for a caller's mistake: 400 where the request could not be read (bad JSON, a body that is no object), 422 where
it was read and is wrong (a field, a query parameter, a header, a key used twice for two things).
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from domain.errors import (
    Conflict,
    ForageError,
    Forbidden,
    Gone,
    IdempotencyMismatch,
    InvalidInput,
    NotEnoughCredits,
    NotFound,
    NoWorker,
    PageUnreadable,
    RateLimited,
    StorageFull,
    StorageUnavailable,
    TookTooLong,
    Unauthenticated,
)


class MalformedBody(InvalidInput):
    """The request body is not a JSON object."""


class MissingQueryToken(Unauthenticated):
    """Missing token query param"""  # the document's own words


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` says per field of the request what is wrong with it; `request_id` finds the fault in the log."""

    status: int
    message: str
    request_id: str
    fields: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}

    @property
    def phrase(self) -> str:
        return phrase_of(self.status)


# The first class that an error is an instance of decides, so a subclass stands before its base.
_STATUS: tuple[tuple[type[ForageError], int], ...] = (
    (MalformedBody, 400),
    (InvalidInput, 422),
    (MissingQueryToken, 400),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (Gone, 410),
    (NotFound, 404),
    (IdempotencyMismatch, 422),  # as draft-ietf-httpapi-idempotency-key-header has it
    (Conflict, 409),
    (RateLimited, 429),
    (NotEnoughCredits, 402),
    (PageUnreadable, 502),
    (TookTooLong, 504),
    (NoWorker, 503),
    (StorageUnavailable, 503),
    (StorageFull, 507),
)
# RFC 9110's own names, which Python's table learns only in 3.13.
_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}
_RETRY_STORAGE_S = 5  # a restarted database is back within seconds


def status_of(error: ForageError) -> int:
    """The HTTP status of an error; 500 for what no caller should ever see."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def fault_of(error: ForageError, request_id: str) -> Fault:
    """An error as a fault; one that no caller should see becomes `internal_fault`."""
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return internal_fault(request_id)
    return Fault(
        status=status,
        message=error.message,
        request_id=request_id,
        fields=error.fields if isinstance(error, InvalidInput) else {},
        headers=_headers_of(error),
    )


def internal_fault(request_id: str) -> Fault:
    """What is told of a fault of ours: nothing but where to look."""
    return Fault(
        status=500, message=f"Something went wrong here; the log tells it under {request_id}.", request_id=request_id
    )


def phrase_of(status: int) -> str:
    """`404` is `"Not Found"`; an unknown status is `"Error"`."""
    if status in _PHRASES:
        return _PHRASES[status]
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"


def _headers_of(error: ForageError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="forage"'}
    if isinstance(error, RateLimited):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, (StorageUnavailable, NoWorker)):
        return {"Retry-After": str(_RETRY_STORAGE_S)}
    return {}
