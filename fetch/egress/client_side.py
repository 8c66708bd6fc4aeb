"""The client's side of a connection through the door: requests are read here, refused, or sent on.

Bytes are passed on as they come, without a look at them; only heads are read, and where bodies end.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from enum import Enum, auto
from typing import TYPE_CHECKING

from domain.egress import check_destination
from domain.errors import InvalidInput, UnsafeUrl
from domain.urls import parse_url
from fetch.egress import heads
from fetch.egress.limits import Refusal
from fetch.egress.names import Refused

if TYPE_CHECKING:
    from domain.urls import ParsedUrl
    from fetch.egress.heads import RequestHead
    from fetch.egress.proxy import Door
    from fetch.egress.server_side import ServerSide

# A reset instead of an orderly end: a body that ends with its connection must not look whole when it was cut.
_RESET = struct.pack("ii", 1, 0)
READ_OUT_S = 1.0  # a browser reads what came within milliseconds; a machine at its limit gives it tens of them
_CONNECTED = b"HTTP/1.1 200 Connected\r\n\r\n"


def reset(transport: asyncio.Transport) -> None:
    """Ends a connection so that the other side knows it was cut."""
    if (sock := transport.get_extra_info("socket")) is not None and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


class _ClientAt(Enum):
    HEAD = auto()  # between requests, or in the head of one
    DIALLING = auto()
    BODY = auto()  # passing on a request's body, or waiting for the answer's end
    TUNNEL = auto()
    REFUSED = auto()  # answered; whatever else it sends is dropped


class ClientSide(asyncio.Protocol):
    """A connection that a tier or the browser made to the door. It holds at most one server's connection at a time,
    and no other client ever gets that one."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.transport: asyncio.Transport | None = None
        self.server: ServerSide | None = None
        self.moved = 0  # bytes, both ways
        self.is_full = False
        self._at = _ClientAt.HEAD
        self._buffer = bytearray()
        self._searched = 0
        self._request: RequestHead | None = None
        self._url: ParsedUrl | None = None
        self._body_left: int | None = 0
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if not self.door.admit(self):
            self.refuse(Refusal.BUSY)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.door.forget(self)
        if self._task is not None:
            self._task.cancel()
        if self.server is not None:
            self.server.abort()

    def pause_writing(self) -> None:
        self.is_full = True
        if self.server is not None:
            self.server.hold(True)

    def resume_writing(self) -> None:
        self.is_full = False
        if self.server is not None:
            self.server.hold(False)

    def hold(self, on: bool) -> None:
        if self.transport is not None and not self.transport.is_closing():
            if on:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._at is _ClientAt.TUNNEL:
            self._send_up(data)
        elif self._at is _ClientAt.BODY and self._body_left != 0:
            self._send_body(data)
        elif self._at is not _ClientAt.REFUSED:
            self._buffer += data
            if self._at is _ClientAt.HEAD:
                self._read_head()
            elif len(self._buffer) > self.door.limits.head_bytes:
                self.hold(True)

    def _read_head(self) -> None:
        end = heads.find_end(self._buffer, self._searched)
        self._searched = len(self._buffer)
        if end < 0 or end > self.door.limits.head_bytes:
            if len(self._buffer) > self.door.limits.head_bytes:
                self.refuse(Refusal.BAD_REQUEST)
            return
        head = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._searched = 0
        try:
            self._request = heads.read_request(head)
            self._url = self._destination(self._request)
        except heads.BadHead:
            self.refuse(Refusal.BAD_REQUEST)
            return
        except UnsafeUrl:
            self._url = self._unsafe()
            self.refuse(Refusal.UNSAFE_URL)
            return
        self.door.count_request()
        self._serve()

    def _destination(self, request: RequestHead) -> ParsedUrl:
        if request.method == b"CONNECT":
            # Read as the URL it stands for, so that names, spellings and ports fall under the same rules.
            url = check_destination(f"https://{request.target}/", self.door.policy)
            if url.href.count("/") != 3 or request.length != 0:
                raise heads.BadHead
            return url
        if not request.target.lower().startswith("http://"):
            # To itself (origin-form), or TLS from here on, which would need a key to be handed over.
            raise heads.BadHead if request.target.startswith("/") else UnsafeUrl
        return check_destination(request.target, self.door.policy)

    def _unsafe(self) -> ParsedUrl | None:
        """What a tunnel was asked for and is not let through to: a browser tells its caller only that it failed."""
        request = self._request
        if request is None or request.method != b"CONNECT":
            return None
        try:
            return parse_url(f"https://{request.target}/")
        except InvalidInput:
            return None

    def _serve(self) -> None:
        assert self._request is not None
        assert self._url is not None
        server, url = self.server, self._url
        if server is not None:
            if server.is_idle and server.serves == (url.host, url.port) and self._request.method != b"CONNECT":
                server.is_reused = True
                self._ask(server)
                return
            self._drop_server()
        self.dial()

    def dial(self) -> None:
        """Opens a connection to the server of the present request, and asks it."""
        self._at = _ClientAt.DIALLING
        self._task = asyncio.get_running_loop().create_task(self._dial())

    async def _dial(self) -> None:
        assert self._url is not None
        try:
            server = await self.door.dial(self._url, self)
        except Refused as refused:
            self.refuse(refused.reason)
            return
        finally:
            self._task = None
        if self.transport is None or self.transport.is_closing():
            server.abort()
            return
        self._ask(server)

    def _ask(self, server: ServerSide) -> None:
        request, url = self._request, self._url
        assert request is not None
        assert url is not None
        assert self.transport is not None
        self.server = server
        if self.is_full:
            server.hold(True)
        if request.method == b"CONNECT":
            self._at = _ClientAt.TUNNEL
            server.start_tunnel()
            self.transport.write(_CONNECTED)
            self._flush()
            return
        self._at = _ClientAt.BODY
        self._body_left = request.length
        path = url.href[len(f"{url.scheme}://") :]
        server.start_answer(to_head_request=request.method == b"HEAD")
        self._send_up(heads.write_request(request.method, path[path.index("/") :], url.authority, request.lines))
        if self._body_left != 0:
            self._flush()

    def _flush(self) -> None:
        """What came while the server was dialled."""
        data = bytes(self._buffer)
        self._buffer.clear()
        self.hold(False)
        if data:
            self.data_received(data)

    def _send_body(self, data: bytes) -> None:
        if self._body_left is None:
            self._send_up(data)
            return
        body, rest = data[: self._body_left], data[self._body_left :]
        self._body_left -= len(body)
        self._send_up(body)
        self._buffer += rest

    def _send_up(self, data: bytes) -> None:
        if self.server is not None:
            self.server.send(data)
            self.count(len(data), up=True)

    def send(self, data: bytes) -> None:
        """What the server says, to the client."""
        if self.transport is not None:
            self.transport.write(data)
            self.count(len(data), up=False)

    def count(self, size: int, *, up: bool) -> None:
        self.moved += size
        self.door.count_bytes(size, up=up)
        if self.moved > self.door.limits.connection_bytes:
            self.cut()

    @property
    def may_ask_again(self) -> bool:
        """Whether this connection can take another request once the present one is answered."""
        request = self._request
        is_whole = request is not None and request.keeps_alive and self._body_left == 0
        return is_whole and self.moved < self.door.limits.connection_bytes // 2

    @property
    def knows_chunks(self) -> bool:
        return self._request is not None and self._request.is_new

    @property
    def may_retry(self) -> bool:
        """Whether the present request can be sent again: it changes nothing and has no body."""
        return self._request is not None and self._request.method in {b"GET", b"HEAD"} and self._request.length == 0

    def answered(self, *, keep_alive: bool) -> None:
        """The answer has been passed on whole."""
        if self.transport is None:
            return
        if not keep_alive:
            self._at = _ClientAt.REFUSED
            self.transport.close()
            return
        self._at = _ClientAt.HEAD
        self._request = self._url = None
        self.hold(False)
        if self._buffer:
            self._read_head()

    def refuse(self, reason: Refusal) -> None:
        """Answers in the server's place. The client closes; if it does not, its idle time runs out."""
        self.door.count_refusal(reason, self._url)
        self._at = _ClientAt.REFUSED
        self._buffer.clear()
        self._drop_server()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(heads.write_refusal(reason))
            self.transport.write_eof()

    def _drop_server(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            server.abort()

    def tire(self) -> None:
        """Its time is over."""
        if self._at is _ClientAt.DIALLING or (self.server is not None and self.server.owes_head):
            if self._task is not None:
                self._task.cancel()
            self.refuse(Refusal.TIMED_OUT)
        else:
            self.cut()

    def break_off(self) -> None:
        """Ends an answer short of the end that its head promised: by that the client knows. A reset would take back
        what is on its way, and a browser forgets what it has not read by the end."""
        self._at = _ClientAt.REFUSED
        self._drop_server()
        if self.transport is not None:
            asyncio.get_running_loop().call_later(READ_OUT_S, self.transport.close)

    def cut(self) -> None:
        self._drop_server()
        if self.transport is not None:
            reset(self.transport)
