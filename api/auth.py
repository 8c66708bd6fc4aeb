"""Who asks, and whether their key allows it. A route says which scope it needs; one that says none opens to nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Scope as Connection

from api.wire.faults import MissingQueryToken
from domain.accounts import Scope
from domain.errors import ForageError, Forbidden, Unauthenticated
from services.keys import Principal, authenticate, save_key_uses
from services.service import Service

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]

SAVE_USES_S = 60.0
QUERY_TOKEN = "token"  # noqa: S105 - the name of a parameter
QUERY_KEYS = (QUERY_TOKEN, "key")  # parameters that hold a key where no header can
_SCOPES = "scopes"
_OPEN = "open"
_BY_QUERY = "token_in_query"
_KEY_NAME = "query_key"
_ASKED = "asked_by"


def needs(*scopes: Scope, token_in_query: bool = False, query_key: str = "") -> dict[str, Any]:
    """A route's `opt`: a key must have one of these scopes. `token_in_query` also takes it from `?token=`, `query_key`
    from the parameter that it names, one of QUERY_KEYS."""
    return {_SCOPES: scopes, _BY_QUERY: token_in_query, _KEY_NAME: query_key}


def needs_any_key() -> dict[str, Any]:
    """The `opt` of a route that every good key may use, whatever its scopes."""
    return needs(*Scope)


def open_to_all() -> dict[str, Any]:
    """The `opt` of a route that takes no key: who has none yet comes here for one."""
    return {_OPEN: True}


def token_of(headers: Mapping[str, str]) -> str:
    """The key that a request carries: X-API-Key, else Authorization, with `Bearer` or bare, else X-Token; "" where
    there is none."""
    if given := headers.get("x-api-key", "").strip():
        return given
    scheme, _, rest = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and rest.strip():
        return rest.strip()
    return headers.get("x-token", "").strip() or ("" if rest or scheme.lower() == "bearer" else scheme)


async def identify(service: Service, connection: Connection, token: str) -> Principal | None:
    """Who holds `token`; None where nobody does. Asked once a request: the answer stays in the connection's state.

    Raises StorageUnavailable.
    """
    state = connection.setdefault("state", {})
    known = state.get(_ASKED)
    if known is None or known.token != token:
        known = state[_ASKED] = await _asked(service, token)
    if known.failure is not None:
        raise known.failure
    return known.principal


@dataclass(frozen=True, slots=True)
class _Asked:
    token: str
    principal: Principal | None = None
    failure: ForageError | None = None


async def _asked(service: Service, token: str) -> _Asked:
    try:
        return _Asked(token, principal=await authenticate(service, token))
    except Unauthenticated:
        return _Asked(token)
    except ForageError as failure:
        return _Asked(token, failure=failure)


def key_guard(service: Service) -> Guard:
    """A guard that lets a request in whose key is known and has the route's scope. It runs before any body is read."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        if handler.opt.get(_OPEN):
            return
        token = token_of(connection.headers)
        if not token and handler.opt.get(_BY_QUERY):
            token = connection.query_params.get(QUERY_TOKEN, "")
            if not token:
                raise MissingQueryToken
        if not token and handler.opt.get(_KEY_NAME):
            token = connection.query_params.get(handler.opt[_KEY_NAME], "")
        principal = await identify(service, connection.scope, token) if token else None
        if principal is None:
            raise Unauthenticated
        scopes: tuple[Scope, ...] = handler.opt.get(_SCOPES, ())
        if not any(principal.allows(scope) for scope in scopes):
            raise Forbidden(f"This API key lacks the scope {' or '.join(scopes)}." if scopes else None)
        connection.scope["user"] = principal

    return guard


def noting_key_uses(service: Service) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """A lifespan that writes down once a minute, and at its end, when keys were used."""

    @asynccontextmanager
    async def noting(_: Litestar) -> AsyncGenerator[None]:
        saving = asyncio.create_task(_save_again(service))
        try:
            yield
        finally:
            saving.cancel()
            await asyncio.wait({saving})
            await save_key_uses(service)

    return noting


async def _save_again(service: Service) -> None:
    while True:
        await asyncio.sleep(SAVE_USES_S)
        await save_key_uses(service)


def principal_of(request: Request[Principal, Any, Any]) -> Principal:
    """Who was let in."""
    return request.user


def account_id_of(request: Request[Principal, Any, Any]) -> str:
    """The account whose key let this request in."""
    return request.user.account.id
