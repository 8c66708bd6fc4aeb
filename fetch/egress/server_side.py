"""The server's side of a connection through the door: answers are read here, framed and passed on."""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING

from fetch.egress import heads
from fetch.egress.chunks import BadChunk, ChunkWalker
from fetch.egress.limits import Refusal

if TYPE_CHECKING:
    from fetch.egress.client_side import ClientSide
    from fetch.egress.heads import ResponseHead

MAX_INTERIM = 8  # answers before the answer (100, 103); servers send one or two


class _ServerAt(Enum):
    IDLE = auto()  # between two answers: it may say nothing
    HEAD = auto()
    LENGTH = auto()
    CHUNKED = auto()
    TO_WRAP = auto()  # ends with its connection: goes on in chunks, so that the client can tell an end from a cut
    UNTIL_END = auto()  # a tunnel, or the same for a client that knows no chunks


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
        elif self._at is _ServerAt.UNTIL_END:
            client.answered(keep_alive=False) if exc is None else client.cut()
        else:
            client.break_off()
