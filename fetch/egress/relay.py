"""Two sockets and what passes between them: the client's side and the server's side of one connection.

Bytes are passed on as they come, without a look at them; only heads are read, and where bodies end.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from enum import Enum, auto
from typing import TYPE_CHECKING

from domain.egress import check_destination
from domain.errors import UnsafeUrl
from fetch.egress import heads
from fetch.egress.chunks import BadChunk, ChunkWalker
from fetch.egress.limits import Refusal
from fetch.egress.names import Refused

if TYPE_CHECKING:
    from domain.urls import ParsedUrl
    from fetch.egress.heads import RequestHead, ResponseHead
    from fetch.egress.proxy import Door

# A reset instead of an orderly end: a body that ends with its connection must not look whole when it was cut.
_RESET = struct.pack("ii", 1, 0)
MAX_INTERIM = 8  # answers before the answer (100, 103); servers send one or two
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


class _ServerAt(Enum):
    IDLE = auto()  # between two answers: it may say nothing
    HEAD = auto()
    LENGTH = auto()
    CHUNKED = auto()
    TO_WRAP = auto()  # ends with its connection: goes on in chunks, so that the client can tell an end from a cut
    UNTIL_END = auto()  # a tunnel, or the same for a client that knows no chunks


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

    def cut(self) -> None:
        self._drop_server()
        if self.transport is not None:
            reset(self.transport)


class ServerSide(asyncio.Protocol):
    """A connection to an address that was checked, for one client."""

    def __init__(self, client: ClientSide, serves: tuple[str, int]) -> None:
        self.client = client
        self.serves = serves  # host and port as the URL has them
        self.is_reused = False  # it has answered before: it may close just when it is asked again
        self._transport: asyncio.Transport | None = None
        self._at = _ServerAt.IDLE
        self._buffer = bytearray()
        self._searched = 0
        self._left = 0
        self._interim = 0
        self._walker: ChunkWalker | None = None
        self._head: ResponseHead | None = None
        self._to_head_request = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @property
    def is_idle(self) -> bool:
        is_open = self._transport is not None and not self._transport.is_closing()
        return is_open and self._at is _ServerAt.IDLE

    @property
    def owes_head(self) -> bool:
        return self._at is _ServerAt.HEAD

    def start_tunnel(self) -> None:
        self._at = _ServerAt.UNTIL_END

    def start_answer(self, *, to_head_request: bool) -> None:
        self._at = _ServerAt.HEAD
        self._interim = 0
        self._to_head_request = to_head_request

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def hold(self, on: bool) -> None:
        if self._transport is not None and not self._transport.is_closing():
            if on:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def pause_writing(self) -> None:
        self.client.hold(True)

    def resume_writing(self) -> None:
        self.client.hold(False)

    def data_received(self, data: bytes) -> None:
        if self._at is _ServerAt.UNTIL_END:
            self.client.send(data)
        elif self._at is _ServerAt.HEAD:
            self._buffer += data
            self._read_head()
        elif self._at is _ServerAt.IDLE:
            # Words that nobody asked for would be taken for the next answer.
            self.abort()
        else:
            self._pass_body(data)

    def _read_head(self) -> None:
        limit = self.client.door.limits.head_bytes
        end = heads.find_end(self._buffer, self._searched)
        self._searched = len(self._buffer)
        if end > limit or (end < 0 and len(self._buffer) > limit):
            self.client.refuse(Refusal.TOO_LARGE)
            return
        if end < 0:
            return
        try:
            head = heads.read_response(bytes(self._buffer[:end]), to_head_request=self._to_head_request)
        except heads.BadHead:
            self.client.refuse(Refusal.BAD_ANSWER)
            return
        rest = bytes(self._buffer[end:])
        self._buffer.clear()
        self._searched = 0
        if head.status == 101:  # the door asked for no other protocol
            self.client.refuse(Refusal.BAD_ANSWER)
        elif head.status < 200:  # nobody waits for it
            self._interim += 1
            if self._interim > MAX_INTERIM:
                self.client.refuse(Refusal.BAD_ANSWER)
            else:
                self.data_received(rest)
        else:
            self._start_body(head, rest)

    def _start_body(self, head: ResponseHead, rest: bytes) -> None:
        self._head = head
        if head.length is not None:
            self._at, self._left = _ServerAt.LENGTH, head.length
        elif head.chunked:
            self._at, self._walker = _ServerAt.CHUNKED, ChunkWalker()
        else:
            self._at = _ServerAt.TO_WRAP if self.client.knows_chunks else _ServerAt.UNTIL_END
        keep = self._at is not _ServerAt.UNTIL_END and self.client.may_ask_again
        is_wrapped = self._at is _ServerAt.TO_WRAP
        self.client.send(heads.write_response(head, keep_alive=keep, add_chunking=is_wrapped))
        if rest or head.length == 0:
            self._pass_body(rest)

    def _pass_body(self, data: bytes) -> None:
        """Passes on what belongs to the body. More than that is dropped, and so is the server that sent it."""
        size = len(data)
        if self._at is _ServerAt.LENGTH:
            end = self._left if size >= self._left else -1
            self._left -= min(size, self._left)
        elif self._at is _ServerAt.CHUNKED:
            assert self._walker is not None
            try:
                end = self._walker.feed(data)
            except BadChunk:
                self.client.cut()
                return
        else:
            data = b"%x\r\n%s\r\n" % (size, data) if self._at is _ServerAt.TO_WRAP else data
            end = -1
        if end < 0:
            self.client.send(data)
            return
        if end:
            self.client.send(data[:end] if end < size else data)
        self._finish(is_clean=end >= size)

    def _finish(self, *, is_clean: bool) -> None:
        assert self._head is not None
        self._at = _ServerAt.IDLE
        client = self.client
        keep = client.may_ask_again
        if not (keep and is_clean and self._head.keeps_alive):
            client.server = None
            self.abort()
        client.answered(keep_alive=keep)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        client = self.client
        if client.server is not self:
            return
        client.server = None
        if self._at is _ServerAt.IDLE:
            return
        if self._at is _ServerAt.HEAD:
            if self.is_reused and not self._buffer and client.may_retry:
                client.dial()
            else:
                client.refuse(Refusal.UNREACHABLE)
        elif self._at is _ServerAt.TO_WRAP and exc is None:
            client.send(b"0\r\n\r\n")
            client.answered(keep_alive=client.may_ask_again)
        elif self._at is _ServerAt.UNTIL_END and exc is None:
            client.answered(keep_alive=False)
        else:
            client.cut()
