"""What every response passes through, also those that no route answered: an id, headers, a log line, a measure.

It wraps the whole application, because Litestar's own middleware does not see unknown paths and wrong methods. What has
to be on every response of the service, such as rate-limit headers, belongs in `_HEADERS` or in a layer like this one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import structlog
from litestar.datastructures import MutableScopeHeaders

from domain.ids import new_id

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

    from api.metrics import Metrics

_log = structlog.get_logger("forage.access")

_REQUEST_ID = "request_id"
# What we take over from a client or proxy: an id that is safe in a log line and a header.
_GIVEN_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# Names in a query string whose values are secrets, folded to letters and digits.
_SECRET_NAMES = frozenset(
    {"token", "apikey", "xapikey", "xtoken", "key", "accesstoken", "secret", "password", "signature", "authorization"}
)
_LOGGED_QUERY = 500  # characters; a query may be as long as a header line

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A page that needs more says so itself.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
# Widgets stand in pages of others, and so do their failures: hidden by the browser they look like a broken network.
_SHOWN_ANYWHERE = "/widget/"
_FRAMED = "frame-ancestors *"  # a page's policy that lets every other page frame it


def request_id_of(scope: Mapping[str, Any] | HTTPScope) -> str:
    """The id of a request: the client's own where it sent a sane one, else one of ours."""
    return scope.get("state", {}).get(_REQUEST_ID, "")


def redacted(query: bytes) -> str:
    """A query string with the values of its secrets masked, bounded, fit for a log."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    told = urlencode([(name, "***" if _is_secret(name) else value) for name, value in pairs], safe="*")
    return told[:_LOGGED_QUERY]


def _is_secret(name: str) -> bool:
    return re.sub(r"[^a-z0-9]", "", name.lower()) in _SECRET_NAMES


class Observed:
    """The application with its eyes open."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})[_REQUEST_ID] = request_id
        status = 500

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope["path"], request_id)
                # Measured at the first byte: a stream lasts as long as its run.
                self._metrics.answered(scope["method"], _template(scope), status, time.perf_counter() - started)
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        finally:
            _tell(scope, status, time.perf_counter() - started, request_id)


def _request_id(scope: HTTPScope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
    return given if _GIVEN_ID.fullmatch(given) else new_id()


def _add_headers(message: Message, path: str, request_id: str) -> None:
    headers = MutableScopeHeaders.from_message(message)
    if path.startswith(_SHOWN_ANYWHERE):
        headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin")
    framed = _FRAMED in headers.get("Content-Security-Policy", "")
    for name, value in _HEADERS.items():
        if not (framed and name == "X-Frame-Options"):
            headers.setdefault(name, value)
    headers["X-Request-ID"] = request_id


def _template(scope: HTTPScope) -> str:
    """The route's path with its parameters' names: a bounded set, whatever clients ask for."""
    return scope.get("path_template") or "(unknown)"


def _tell(scope: HTTPScope, status: int, elapsed_s: float, request_id: str) -> None:
    user = scope.get("user")
    _log.info(
        "http.request",
        method=scope["method"],
        path=_template(scope),
        query=redacted(scope.get("query_string", b"")),
        status=status,
        ms=round(elapsed_s * 1000, 1),
        account_id=user.account.id if user else None,
        request_id=request_id,
    )
