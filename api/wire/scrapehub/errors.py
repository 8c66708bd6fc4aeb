"""Failures in the shape of the native API, which also stands in where no other document has its own."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from api.wire.faults import Fault

TOO_MANY = 429


class ErrorCode(msgspec.Struct, frozen=True):
    """What the document of rate limits says in place of the status's name."""

    code: str
    message: str


class ErrorOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request failed. `errors` says per field of the request what is wrong with it, with the limit.

    `error` is the status's name, and of a 429 the code and message that its document has there.
    """

    statusCode: Annotated[int, Meta(ge=400, le=599, examples=[422])]  # noqa: N815 - the wire's own spelling
    error: str | ErrorCode
    message: Annotated[str, Meta(examples=["max_results: expected int <= 1000"])]
    errors: dict[str, str] = {}


def render_error(fault: Fault) -> ErrorOut:
    error = ErrorCode("too_many_requests", fault.message) if fault.status == TOO_MANY else fault.phrase
    return ErrorOut(statusCode=fault.status, error=error, message=fault.message, errors=dict(fault.fields))
