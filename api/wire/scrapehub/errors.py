"""Failures in the shape of the native API, which also stands in where no other document has its own."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from api.wire.faults import Fault


class ErrorOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request failed. `errors` says per field of the request what is wrong with it, with the limit."""

    statusCode: Annotated[int, Meta(ge=400, le=599, examples=[422])]  # noqa: N815 - the wire's own spelling
    error: Annotated[str, Meta(examples=["Unprocessable Content"])]
    message: Annotated[str, Meta(examples=["max_results: expected int <= 1000"])]
    errors: dict[str, str] = {}


def render_error(fault: Fault) -> ErrorOut:
    return ErrorOut(statusCode=fault.status, error=fault.phrase, message=fault.message, errors=dict(fault.fields))
