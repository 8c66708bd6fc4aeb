"""Request bodies that do not come: a caller who dribbles, or leaves half way, holds nothing of ours for long."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from litestar.types import ASGIApp, HTTPDisconnectEvent, Receive, ReceiveMessage, Scope, Send

_CUT = "body_cut"


class Timely:
    """The application, which waits for the body of a request for `deadline_s` seconds. Past them it is as if the
    caller had left."""

    def __init__(self, app: ASGIApp, deadline_s: float) -> None:
        self._app = app
        self._deadline_s = deadline_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ends = asyncio.get_running_loop().time() + self._deadline_s
        is_whole = False

        async def heard() -> ReceiveMessage:
            nonlocal is_whole
            if is_whole:  # what comes now says only that the caller has left
                return await receive()
            message: ReceiveMessage
            try:
                async with asyncio.timeout_at(ends):
                    message = await receive()
            except TimeoutError:
                message = HTTPDisconnectEvent(type="http.disconnect")
            if message["type"] == "http.disconnect":
                scope.setdefault("state", {})[_CUT] = True
            is_whole = message["type"] == "http.request" and not message.get("more_body", False)
            return message

        await self._app(scope, heard, send)


def is_cut(scope: Mapping[str, Any]) -> bool:
    """Whether the request's body did not come, or not all of it."""
    return bool(scope.get("state", {}).get(_CUT))
