"""Where a chunked body ends, without touching its bytes."""

from __future__ import annotations

import re
from enum import Enum, auto

# No whitespace and nothing exotic: what one reader takes for a chunk another must too.
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\x20-\x7e]*)?\r\n")
MAX_SIZE_LINE = 256
MAX_TRAILERS = 8192


class BadChunk(ValueError):
    """This is not a chunked body as RFC 9112 has it."""


class _At(Enum):
    SIZE = auto()
    DATA = auto()
    TRAILERS = auto()


class ChunkWalker:
    """Fed with a chunked body piece by piece, it says where the body is over."""

    def __init__(self) -> None:
        self._at = _At.SIZE
        self._left = 0  # of this chunk's data and the line end after it
        self._tail = b""  # the last bytes of the chunk seen, or a line cut in two

    def feed(self, data: bytes) -> int:
        """The index in `data` behind the body's last byte; -1 where it goes on. Raises BadChunk."""
        position = 0
        while position < len(data):
            if self._at is _At.DATA:
                position = self._skip(data, position)
            elif self._at is _At.SIZE:
                position = self._size(data, position)
            else:
                return self._trailers(data, position)
        return -1

    def _skip(self, data: bytes, position: int) -> int:
        taken = min(self._left, len(data) - position)
        if self._left - taken < 2:  # some of the closing line end is in this piece
            end = data[position + max(0, self._left - 2) : position + taken]
            self._tail += end
            if not b"\r\n".startswith(self._tail):
                raise BadChunk
        self._left -= taken
        if self._left == 0:
            self._at, self._tail = _At.SIZE, b""
        return position + taken

    def _size(self, data: bytes, position: int) -> int:
        end = data.find(b"\n", position)
        if end < 0:
            self._tail += data[position:]
            if len(self._tail) > MAX_SIZE_LINE:
                raise BadChunk
            return len(data)
        line, self._tail = self._tail + data[position : end + 1], b""
        found = _SIZE.fullmatch(line)
        if found is None or len(line) > MAX_SIZE_LINE:
            raise BadChunk
        size = int(found[1], 16)
        self._left = size + 2
        self._at = _At.DATA if size else _At.TRAILERS
        # The empty line after the last chunk may follow at once: it then reads as the end of no trailers.
        self._tail = b"" if size else b"\r\n"
        return end + 1

    def _trailers(self, data: bytes, position: int) -> int:
        before = len(self._tail)
        self._tail += data[position:]
        end = self._tail.find(b"\r\n\r\n")
        if max(end, len(self._tail) if end < 0 else 0) > MAX_TRAILERS:
            raise BadChunk
        if end < 0:
            return -1
        return position + end + 4 - before
