"""Who asks, and whether their key allows it. A route says which scope it needs; one that says none opens to nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from domain.accounts import Scope
from domain.errors import Forbidden, Unauthenticated
from services.keys import Principal, authenticate
from services.service import Service

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]

_SCOPE = "scope"


def needs(scope: Scope) -> dict[str, Scope]:
    """A route's `opt`: the scope that a key must have for it."""
    return {_SCOPE: scope}


def token_of(headers: Mapping[str, str]) -> str:
    """The key that a request carries: X-API-Key, else a Bearer token, else X-Token; "" where there is none."""
    if given := headers.get("x-api-key", "").strip():
        return given
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return bearer.strip()
    return headers.get("x-token", "").strip()


def key_guard(service: Service) -> Guard:
    """A guard that lets a request in whose key is known and has the route's scope. It runs before any body is read."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        token = token_of(connection.headers)
        if not token:
            raise Unauthenticated
        principal = await authenticate(service, token)
        scope = handler.opt.get(_SCOPE)
        if scope is None or not principal.key.allows(scope):
            raise Forbidden(f"This API key lacks the scope {scope}." if scope else None)
        connection.scope["user"] = principal

    return guard


def account_id_of(request: Request[Principal, Any, Any]) -> str:
    """The account whose key let this request in."""
    return request.user.account.id
