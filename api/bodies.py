"""Request bodies that do not come, and those that are refused while they still come. A caller who dribbles, or leaves
half way, holds nothing of ours for long.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from litestar.types import ASGIApp, HTTPDisconnectEvent, HTTPScope, Message, Receive, ReceiveMessage, Scope, Send

MOST_DRAINED = 100_000_000  # bytes: some seconds on a good line; who sends more hears of nothing
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


class Drained:
    """The application, whose answer waits for a body that it did not want: a server that closes a connection on which
    bytes are unread resets it, and its caller would see that in the place of the answer.

    `most_bytes` and `deadline_s` seconds of it are read, and thrown away.
    """

    def __init__(self, app: ASGIApp, deadline_s: float, most_bytes: int = MOST_DRAINED) -> None:
        self._app = app
        self._deadline_s, self._most_bytes = deadline_s, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_sending(scope):
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._most_bytes)
        ends = asyncio.get_running_loop().time() + self._deadline_s
        begun: list[Message] = []

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.is_over:
                begun.append(message)  # a caller who hears it stops sending, and then waits for the rest of it
                return
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(ends):
                        await body.drain()
            for held in (*begun, message):
                await send(held)
            begun.clear()

        await self._app(scope, body.heard, answered)


class _Body:
    """`is_over` once nothing more of it comes."""

    def __init__(self, receive: Receive, most_bytes: int) -> None:
        self._receive = receive
        self._left = most_bytes
        self.is_over = False

    async def heard(self) -> ReceiveMessage:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.is_over = True
        return message

    async def drain(self) -> None:
        while not self.is_over and self._left > 0:
            message = await self.heard()
            self._left -= len(message["body"]) if message["type"] == "http.request" else 0


def _is_sending(scope: HTTPScope) -> bool:
    """Whether a body is on its way. Who asks first whether it is wanted waits with it for the answer."""
    names = {name for name, _ in scope["headers"]}
    return bool(names & {b"content-length", b"transfer-encoding"}) and b"expect" not in names


def is_cut(scope: Mapping[str, Any]) -> bool:
    """Whether the request's body did not come, or not all of it."""
    return bool(scope.get("state", {}).get(_CUT))
