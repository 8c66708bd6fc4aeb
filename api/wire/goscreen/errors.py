"""Failures of GoScreenAPI's paths: the native shape, which `/api/v1` shares, with the document's `status`."""

from __future__ import annotations

import msgspec

from api.wire.faults import Fault
from api.wire.scrapehub.errors import ErrorCode, render_error

# Longest first where one begins another.
PREFIXES = (
    "/api/v1/screenshot",
    "/api/v1/batch",
    "/api/v1/diff",
    "/api/v1/og-image",
    "/api/v1/widgets",
    "/api/v1/me",
    "/storage/screenshots",
)


class ScreenshotErrorOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request failed. `errors` says per field of the request what is wrong with it, with the limit."""

    statusCode: int  # noqa: N815 - the wire's own spelling
    error: str | ErrorCode
    message: str
    status: str = msgspec.field(default_factory=lambda: "error")  # told, though it is always the same
    errors: dict[str, str] = {}


def render_screenshot_error(fault: Fault) -> ScreenshotErrorOut:
    told = render_error(fault)
    return ScreenshotErrorOut(statusCode=told.statusCode, error=told.error, message=told.message, errors=told.errors)
