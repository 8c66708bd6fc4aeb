"""How many requests a minute: counted before anything else is done, told on every response.

A request counts for its key, or for the login whose token it carries; without a good one for its peer's address, so
that guessed keys do not get a count each. Health and measures are not counted: a monitor must never be shut out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from api.auth import QUERY_KEYS, identify, token_of
from api.config import ApiConfig
from api.errors import rendered
from api.observe import request_id_of
from api.wire.faults import fault_of
from domain.errors import ForageError, RateLimited, StorageUnavailable
from services.rates import Allowance, Rate, rate_of
from services.service import Service

UNCOUNTED = frozenset({"/healthz", "/readyz", "/metrics"})
_LOCAL = "local"  # a peer without an address: a unix socket
_V6_NETWORK = 64  # bits: one subscriber has a whole such network to call from


class Limited:
    """The application behind its limits."""

    def __init__(self, app: ASGIApp, service: Service, config: ApiConfig) -> None:
        self._app = app
        self._service = service
        self._allowance = Allowance(config.rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rate = await self._rate(scope)

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableScopeHeaders.from_message(message).update(rate_headers(rate))
            await send(message)

        if rate.allowed or scope["path"] in UNCOUNTED:
            await self._app(scope, receive, send_told)
        else:
            await self._refuse(scope, rate, send_told)

    async def _rate(self, scope: HTTPScope) -> Rate:
        rates, now = self._service.rates, self._service.clock.now()
        count = rates.look if scope["path"] in UNCOUNTED else rates.take
        try:
            return await count(await self._bucket(scope), self._allowance, now)
        except StorageUnavailable:
            # Let through: the service goes on without its counts, as it does without its doorbell.
            return rate_of(self._allowance, now, 0)

    async def _bucket(self, scope: HTTPScope) -> str:
        token = token_of(Headers.from_scope(scope)) or _query_token(scope)
        try:
            principal = await identify(self._service, scope, token) if token else None
        except ForageError:
            principal = None  # the guard tells of it, where the route wants a key at all
        return principal.credential if principal else f"peer:{peer_of(scope)}"

    async def _refuse(self, scope: HTTPScope, rate: Rate, send: Send) -> None:
        error = RateLimited("Rate limit exceeded", retry_after_s=rate.retry_after_s(self._service.clock.now()))
        fault = fault_of(error, request_id_of(scope))
        body = msgspec.json.encode(rendered(scope["path"], fault))
        headers = {"content-type": "application/json", "content-length": str(len(body)), **fault.headers}
        await send(
            {
                "type": "http.response.start",
                "status": fault.status,
                "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            }
        )
        await send({"type": "http.response.body", "body": body, "more_body": False})


def rate_headers(rate: Rate) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(rate.limit),
        "x-ratelimit-remaining": str(rate.remaining),
        "x-ratelimit-reset": str(rate.resets_at),
    }


def peer_of(scope: Mapping[str, Any] | HTTPScope) -> str:
    """Who is at the other end of the connection, whatever headers say. Of IPv6 the network that one subscriber has."""
    client = scope.get("client")
    if not client or not client[0]:
        return _LOCAL
    try:
        address = ipaddress.ip_address(client[0].partition("%")[0])
    except ValueError:
        return _LOCAL
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _V6_NETWORK), strict=False))


def _query_token(scope: HTTPScope) -> str:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return next((query[name][0] for name in QUERY_KEYS if name in query), "")
