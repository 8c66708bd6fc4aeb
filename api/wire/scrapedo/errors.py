"""Failures in Scrape.do's shape."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from api.wire.faults import Fault

# Its document knows one status for whatever is wrong with a request, and 406 for a job that is over.
_STATUSES = {
    HTTPStatus.UNPROCESSABLE_ENTITY: HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT: HTTPStatus.NOT_ACCEPTABLE,
}


class ErrorOut(msgspec.Struct, frozen=True):
    """Why a request failed. `Code` is the HTTP status."""

    Error: str
    Code: int


def told(fault: Fault) -> Fault:
    """The same fault under the status that the document has for it."""
    status = _STATUSES.get(HTTPStatus(fault.status), HTTPStatus(fault.status))
    return msgspec.structs.replace(fault, status=int(status))


def render_error(fault: Fault) -> ErrorOut:
    return ErrorOut(Error=fault.message, Code=told(fault).status)
