"""MCP over Streamable HTTP at `/mcp`, behind the same keys as the API."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from litestar import Litestar, asgi
from litestar.connection import ASGIConnection
from litestar.handlers import ASGIRouteHandler, BaseRouteHandler
from litestar.types import Receive, Scope, Send

from api.auth import Guard, key_guard, needs_any_key
from api.config import ApiConfig
from api.mcp.caller import Caller, starter
from domain.errors import Forbidden
from services.keys import Principal
from services.service import Service

if TYPE_CHECKING:  # half a second and 35 MB: loaded when the first chat client comes
    from api.mcp.server import Context
    from api.mcp.sessions import Sessions

PATH = "/mcp"
STATELESS_SINCE = "2026-07-28"  # from this version of the protocol on, to close a response is to cancel its call
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ASKER = "forage.asker"
_LEFT = "forage.left"


class McpDoor:
    """The endpoint of one application."""

    def __init__(self, service: Service, config: ApiConfig) -> None:
        self._service = service
        self._config = config
        self._opening: asyncio.Task[Sessions] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def handler(self) -> ASGIRouteHandler:
        guards = [origin_guard(self._config.mcp_origins), key_guard(self._service)]

        @asgi(PATH, opt=needs_any_key(), guards=guards, copy_scope=True)
        async def mcp(scope: Scope, receive: Receive, send: Send) -> None:
            await self._serve(scope, receive, send)

        return mcp

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncGenerator[None]:
        """Ends the open sessions with the application; the runs that they wait for go on."""
        try:
            yield
        finally:
            self._closing.set()
            if self._keeper is not None:
                await self._keeper

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        sessions = await self._opened()
        principal: Principal = scope["user"]
        left = asyncio.Event()

        async def heard() -> Any:
            message = await receive()
            if message["type"] == "http.disconnect":
                left.set()
            return message

        scope[_ASKER], scope[_LEFT] = principal, left
        scope["user"] = _sessions_module().owner_of(principal.account.id)
        await sessions.handle_request(scope, heard, send)

    async def _opened(self) -> Sessions:
        if self._opening is None or (self._opening.done() and self._opening.exception()):
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> Sessions:
        # In a thread, so that the streams of others go on meanwhile.
        module = await asyncio.to_thread(_sessions_module)
        sessions = module.open_sessions(self._config.version, self._config.max_body_bytes, self._caller_of)
        ready = asyncio.Event()
        self._keeper = asyncio.create_task(self._keep(sessions, ready))
        await ready.wait()
        return sessions

    async def _keep(self, sessions: Sessions, ready: asyncio.Event) -> None:
        """Holds the sessions open in one task: their task group wants to be left where it was entered."""
        try:
            async with sessions.run():
                ready.set()
                await self._closing.wait()
        finally:
            ready.set()

    def _caller_of(self, context: Context) -> Caller:
        assert context.request is not None  # this transport attaches it to each message
        scope = context.request.scope
        principal: Principal = scope[_ASKER]
        left: asyncio.Event = scope[_LEFT]
        by_leaving = context.protocol_version >= STATELESS_SINCE

        async def report(percent: float, text: str) -> None:
            await context.session.report_progress(percent, 100.0, text)

        def gives_up() -> bool:
            return left.is_set() if by_leaving else not self._closing.is_set()

        return Caller(
            service=self._service,
            account_id=principal.account.id,
            allows=principal.allows,
            start=starter(self._service, principal.account.id),
            report=report,
            gives_up=gives_up,
        )


def _sessions_module() -> Any:
    return importlib.import_module("api.mcp.sessions")


def origin_guard(allowed: tuple[str, ...]) -> Guard:
    """Refuses requests that a web page of another origin makes, as the protocol wants it against DNS rebinding.

    A request without an Origin comes from no web page. Pages on this machine may ask, and those of `allowed` origins.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        origin = connection.headers.get("origin")
        if origin is not None and origin not in allowed and not _is_loopback(origin):
            raise Forbidden("Web pages of this origin may not call here; FORAGE_MCP_ORIGINS names those that may.")

    return guard


def _is_loopback(origin: str) -> bool:
    try:
        return urlsplit(origin).hostname in _LOOPBACK
    except ValueError:
        return False
