"""Requests that cost credits. A route says so in its `opt`; it pays once it has succeeded, before its answer leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from domain.ids import new_id
from services.credits import charge_answer
from services.service import Service

_CHARGED = "charged"
_ONCE = "charged_once_by_key"
_KEY = b"idempotency-key"


def charged(*, once_by_key: bool = False) -> dict[str, Any]:
    """Of a route's `opt`: each request that succeeds costs credits. `once_by_key`: a repeat under an Idempotency-Key,
    which the route honours, costs nothing."""
    return {_CHARGED: True, _ONCE: once_by_key}


def charging(service: Service) -> Callable[[ASGIApp], ASGIApp]:
    """A middleware that charges for each answer that says 2xx. It is given even where the charge cannot be written."""

    def middleware(app: ASGIApp) -> ASGIApp:
        async def charge_for(scope: Scope, receive: Receive, send: Send) -> None:
            opt = scope["route_handler"].opt
            if not (service.metered and opt.get(_CHARGED)):
                await app(scope, receive, send)
                return

            async def send_charged(message: Message) -> None:
                if message["type"] == "http.response.start" and 200 <= message["status"] < 300:
                    await _charge(service, scope, once_by_key=opt[_ONCE])
                await send(message)

            await app(scope, receive, send_charged)

        return charge_for

    return middleware


async def _charge(service: Service, scope: Scope, *, once_by_key: bool) -> None:
    name = _name_of(scope) if once_by_key else new_id()
    await charge_answer(service, scope["user"].account.id, name)


def _name_of(scope: Scope) -> str:
    """What the charge of a request is called: the same for a repeat under one key. A client's X-Request-ID is no such
    name: it would be free to send one for all of its requests."""
    key = next((value for name, value in scope["headers"] if name == _KEY), b"")
    if not key:
        return new_id()
    return hashlib.sha256(b" ".join((scope["path"].encode(), key))).hexdigest()
