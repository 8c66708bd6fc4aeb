"""Every failure becomes a response here, in the shape of the dialect that its path belongs to.

It stands on the application, not on routers: an unknown path and a wrong method never reach a router.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap

from api.bodies import is_cut
from api.observe import request_id_of
from api.wire.faults import Fault, fault_of, internal_fault, phrase_of, status_of
from api.wire.goscreen.errors import PREFIXES, render_screenshot_error
from api.wire.scrapedo import errors as scrapedo
from api.wire.scrapehub.errors import render_error
from domain.errors import ForageError

_log = structlog.get_logger("forage.api")

# Longest prefix first; the native shape serves every path that no other document speaks for.
_RENDERERS: tuple[tuple[str, Callable[[Fault], msgspec.Struct]], ...] = (
    ("/async/", scrapedo.render_error),
    *((prefix, render_screenshot_error) for prefix in PREFIXES),
    ("/", render_error),
)
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def render_failure(request: Request[Any, Any, Any], error: Exception) -> Response[msgspec.Struct]:
    """The response for any exception. A fault of ours is logged with its trace and told by its id alone; that a page or
    a database is away is no fault to be traced."""
    fault = _fault(request, error)
    if request.scope["path"].startswith("/async/"):
        fault = scrapedo.told(fault)
    if fault.status >= 500 and isinstance(error, ForageError) and status_of(error) != HTTPStatus.INTERNAL_SERVER_ERROR:
        path = request.scope["path"]
        _log.warning("request.refused", request_id=fault.request_id, path=path, status=fault.status, why=fault.message)
    elif fault.status >= 500:
        _log.error(
            "request.failed",
            request_id=fault.request_id,
            path=request.scope["path"],
            status=fault.status,
            # As text: a renderer that shows local variables would show the caller's key.
            trace="".join(traceback.format_exception(error)),
        )
    told = rendered(request.scope["path"], fault)
    return Response(told, status_code=fault.status, headers=dict(fault.headers), media_type="application/json")


def rendered(path: str, fault: Fault) -> msgspec.Struct:
    """A fault in the shape of the dialect that `path` belongs to."""
    return next(render for prefix, render in _RENDERERS if path.startswith(prefix))(fault)


def exception_handlers() -> ExceptionHandlersMap:
    return {Exception: render_failure}


def _fault(request: Request[Any, Any, Any], error: Exception) -> Fault:
    request_id = request_id_of(request.scope)
    if isinstance(error, ForageError):
        return fault_of(error, request_id)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _framework_fault(request, error, request_id)
    if isinstance(error, HTTPException) and is_cut(request.scope):
        close = {"Connection": "close"}  # what still comes of the body is no next request
        return Fault(status=408, message="The request body did not come in time.", request_id=request_id, headers=close)
    return internal_fault(request_id)


def _framework_fault(request: Request[Any, Any, Any], error: HTTPException, request_id: str) -> Fault:
    if isinstance(error, ValidationException):
        fields = _fields_of(error)
        message = "; ".join(f"{name}: {why}" for name, why in fields.items()) or error.detail
        return Fault(status=422, message=message, request_id=request_id, fields=fields)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        limit = request.route_handler.resolve_request_max_body_size()
        return Fault(status=413, message=f"The request body is over {limit} bytes.", request_id=request_id)
    if isinstance(error, MethodNotAllowedException):
        allowed = ", ".join(_methods_of(request))
        return Fault(
            status=405, message=f"This path takes {allowed}.", request_id=request_id, headers={"Allow": allowed}
        )
    if isinstance(error, NotFoundException):
        return Fault(status=404, message="There is nothing at this path.", request_id=request_id)
    return Fault(
        status=error.status_code,
        message=error.detail or phrase_of(error.status_code),
        request_id=request_id,
        headers=error.headers or {},
    )


def _fields_of(error: ValidationException) -> dict[str, str]:
    """Litestar's list of `{"key", "message", "source"}` by name of the parameter."""
    extra = error.extra if isinstance(error.extra, list) else []
    told = [cast("dict[str, str]", item) for item in extra if isinstance(item, dict)]
    return {item.get("key", "request"): item.get("message", "not valid").replace("`", "") for item in told}


def _methods_of(request: Request[Any, Any, Any]) -> list[str]:
    """What the path of a 405 does take: RFC 9110 wants it in `Allow`."""
    return [method for method in _METHODS if _routes(request, method)]


def _routes(request: Request[Any, Any, Any], method: str) -> bool:
    path = request.scope["path"].rstrip("/") or "/"  # as requests are routed
    try:
        request.app.asgi_router.handle_routing(path=path, method=method)
    except (MethodNotAllowedException, NotFoundException):
        return False
    return True
