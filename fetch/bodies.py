"""Bodies off the wire: decompressed as they come, and given up as soon as they are too much."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli
import msgspec
import zstandard

from domain.errors import ForageError

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
# Output is taken from a decompressor in pieces of this size, so that a cap is noticed before memory is gone.
PIECE = 262_144
# zstandard gives no way to bound its output, and 4 bytes of it can stand for 128 KiB: 16 MiB from this much input.
ZSTD_SLICE = 512
ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: no more is needed for the content coding
MAX_CODINGS = 3  # two are seen in the wild, where a proxy compresses again
# A small page of repeated rows may well compress 1:500; it is the memory that has to be bounded.
RATIO_FROM = 1_048_576


class TooLarge(ForageError):
    """The body is beyond the cap."""


class BadBody(ForageError):
    """The body cannot be decompressed."""


class CutOff(ForageError):
    """The body ends too early."""


class BodyCaps(msgspec.Struct, frozen=True, kw_only=True):
    """In bytes; `ratio` is decoded to raw and counts from `RATIO_FROM` decoded bytes on."""

    raw: int = 10_485_760
    decoded: int = 52_428_800
    ratio: int = 100


class _Decoder(Protocol):
    @property
    def is_whole(self) -> bool:
        """Whether the compressed stream has come to its end."""
        ...

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What this much more input gives, in pieces of about `PIECE`."""
        ...


class _Zlib:
    def __init__(self, window_bits: int) -> None:
        self._window_bits = window_bits
        self._stream = zlib.decompressobj(window_bits)

    @property
    def is_whole(self) -> bool:
        return self._stream.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._stream.eof:  # gzip may go on with another member; anything else is padding
                if not (data.startswith(b"\x1f\x8b") and self._window_bits > zlib.MAX_WBITS):
                    return
                self._stream = zlib.decompressobj(self._window_bits)
            piece = self._stream.decompress(data, PIECE)
            if piece:
                yield piece
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            if not data and len(piece) < PIECE:
                return


class _Deflate:
    """By the standard zlib's format, by old servers raw deflate: the first two bytes tell."""

    def __init__(self) -> None:
        self._start = b""
        self._stream: _Zlib | None = None

    @property
    def is_whole(self) -> bool:
        return self._stream is not None and self._stream.is_whole

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            data = self._start = self._start + data
            if len(data) < 2:
                return
            is_zlib = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._stream = _Zlib(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
        yield from self._stream.pieces(data)


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def is_whole(self) -> bool:
        return self._stream.is_finished()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self._stream.is_finished():
            return
        yield self._stream.process(data, output_buffer_limit=PIECE)
        while not self._stream.can_accept_more_data():
            yield self._stream.process(b"", output_buffer_limit=PIECE)


class _Zstd:
    def __init__(self) -> None:
        self._reader = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self._stream = self._reader.decompressobj()

    @property
    def is_whole(self) -> bool:
        return self._stream.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            part, data = data[:ZSTD_SLICE], data[ZSTD_SLICE:]
            while part:
                if self._stream.eof:
                    self._stream = self._reader.decompressobj()
                yield self._stream.decompress(part)
                part = self._stream.unused_data if self._stream.eof else b""


_DECODERS = {
    "gzip": lambda: _Zlib(zlib.MAX_WBITS | 16),
    "x-gzip": lambda: _Zlib(zlib.MAX_WBITS | 16),
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}


class BodyReader:
    """Takes a body as it comes and decodes it, within the caps."""

    def __init__(self, content_encoding: str, caps: BodyCaps) -> None:
        """Raises BadBody where a coding is not known."""
        codings = [
            name for part in content_encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}
        ]
        if len(codings) > MAX_CODINGS or any(name not in _DECODERS for name in codings):
            raise BadBody("Its compression is not known.")
        self._decoders: list[_Decoder] = [_DECODERS[name]() for name in reversed(codings)]
        self._made = [0] * len(codings)  # bytes that each decoder gave
        self._caps = caps
        self._kept: list[bytes] = []
        self._size = 0
        self.raw_size = 0

    def feed(self, data: bytes) -> None:
        """Raises TooLarge or BadBody; what was decoded before stays."""
        self.raw_size += len(data)
        if self.raw_size > self._caps.raw:
            raise TooLarge("More bytes came than a page may have.")
        try:
            self._pass_on(data, 0)
        except (zlib.error, brotli.error, zstandard.ZstdError, MemoryError):
            raise BadBody from None

    def _pass_on(self, data: bytes, step: int) -> None:
        if step == len(self._decoders):
            self._kept.append(data)
            self._size += len(data)
            return
        for piece in self._decoders[step].pieces(data):
            self._made[step] += len(piece)
            made = self._made[step]
            # Each step counts: a bomb may shrink again behind it.
            if made > self._caps.decoded:
                raise TooLarge("It decompresses to more than a page may have.")
            if made > RATIO_FROM and made > self.raw_size * self._caps.ratio:
                raise TooLarge("It is compressed like a bomb.")
            self._pass_on(piece, step + 1)

    def finish(self) -> bytes:
        """The whole body. Raises CutOff where the compressed stream did not end."""
        if self.raw_size and not all(decoder.is_whole for decoder in self._decoders):
            raise CutOff
        return self.so_far()

    def so_far(self) -> bytes:
        return b"".join(self._kept)
