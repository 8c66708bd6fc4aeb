"""The heads of HTTP/1.1 messages, read strictly and written anew: nothing passes the door that was not understood."""

from __future__ import annotations

import re

import msgspec

from fetch.egress.limits import REFUSAL_HEADER, Refusal

# A client may be lenient and end a head at bare line feeds, so the door sees the end wherever a client might.
_END = re.compile(rb"\r?\n\r?\n")
_LINES = re.compile(rb"\r?\n")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_REQUEST = re.compile(rb"([A-Z]{1,20}) ([\x21-\x7e]+) HTTP/1\.([01])")
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([^\r\n]*))?")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

# What concerns one hop only (RFC 9110, 7.6.1), and what the door itself says.
_HOP = frozenset(
    {b"connection", b"keep-alive", b"te", b"trailer", b"upgrade", b"expect", b"http2-settings", b"host"}
    | {REFUSAL_HEADER.lower().encode()}
)


class BadHead(ValueError):
    """This is not the head of an HTTP/1.1 message, or one that can be read in two ways."""


class RequestHead(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`lines` go on to the server; `length` is of the body, None for a chunked one."""

    method: bytes
    target: str
    lines: tuple[bytes, ...]
    length: int | None
    is_new: bool  # HTTP/1.1: it knows chunks
    keeps_alive: bool  # whether the client will ask again on this connection


class ResponseHead(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`length` is of the body; None where it is chunked or ends with the connection."""

    status: int
    lines: tuple[bytes, ...]
    length: int | None
    chunked: bool
    keeps_alive: bool  # whether the server leaves its connection open after the body


def find_end(buffer: bytes | bytearray, start: int = 0) -> int:
    """Where the body begins; -1 where the head is not whole yet. `start` is where an earlier search gave up."""
    found = _END.search(buffer, max(0, start - 3))
    return found.end() if found else -1


def _fields(lines: list[bytes]) -> list[tuple[bytes, bytes, bytes]]:
    """(name in lower case, value, line) of each header line. Raises BadHead."""
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise BadHead
        value = value.strip(b" \t")
        fields.append((name.lower(), value, name + b": " + value))
    return fields


def _read(fields: list[tuple[bytes, bytes, bytes]]) -> tuple[tuple[bytes, ...], int | None, bytes, frozenset[bytes]]:
    """The lines to send on, the declared length, the transfer coding and the options of Connection."""
    options = frozenset(
        option.strip().lower() for name, value, _ in fields if name == b"connection" for option in value.split(b",")
    )
    lengths = {value for name, value, _ in fields if name == b"content-length"}
    codings = b",".join(value for name, value, _ in fields if name == b"transfer-encoding").lower()
    if len(lengths) > 1 or any(not (length.isdigit() and len(length) < 16) for length in lengths):
        raise BadHead
    lines = tuple(
        line
        for name, _, line in fields
        # A server may not name a header away that frames the body.
        if name not in _HOP
        and not name.startswith(b"proxy-")
        and (name not in options or name in {b"content-length", b"transfer-encoding"})
    )
    return lines, int(lengths.pop()) if lengths else None, codings, options


def read_request(head: bytes) -> RequestHead:
    """A request to a proxy: absolute-form, or CONNECT. Raises BadHead."""
    first, *rest = head.rstrip(b"\r\n").split(b"\r\n")
    request = _REQUEST.fullmatch(first)
    if request is None:
        raise BadHead
    lines, length, codings, options = _read(_fields(rest))
    if codings and (codings != b"chunked" or length is not None):
        raise BadHead
    return RequestHead(
        method=request[1],
        target=request[2].decode("ascii"),
        lines=lines,
        length=None if codings else length or 0,
        is_new=request[3] == b"1",
        keeps_alive=request[3] == b"1" and b"close" not in options,
    )


def read_response(head: bytes, *, to_head_request: bool) -> ResponseHead:
    """A server's answer. Lines that some client might read otherwise are dropped. Raises BadHead."""
    first, *rest = _LINES.split(head.rstrip(b"\r\n"))
    status_line = _STATUS.fullmatch(first)
    if status_line is None:
        raise BadHead
    status = int(status_line[2])
    # Servers are sloppy where clients are not: an unreadable line costs the line, not the page.
    readable = [line for line in rest if _is_readable(line)]
    lines, length, codings, options = _read(_fields(readable))
    if status < 200 or status in {204, 304} or to_head_request:
        length, codings = 0, b""
    elif codings:
        if codings != b"chunked":  # nobody asked for another
            raise BadHead
        lines = tuple(line for line in lines if not line.lower().startswith(b"content-length:"))
        length = None
    is_new = status_line[1] == b"1"
    keeps_alive = b"close" not in options if is_new else b"keep-alive" in options
    return ResponseHead(
        status=status, lines=lines, length=length, chunked=codings == b"chunked", keeps_alive=keeps_alive
    )


def _is_readable(line: bytes) -> bool:
    name, colon, value = line.partition(b":")
    return bool(colon) and _NAME.fullmatch(name) is not None and not _CONTROL.search(value)


def write_request(method: bytes, path: str, authority: str, lines: tuple[bytes, ...]) -> bytes:
    first = b"%s %s HTTP/1.1" % (method, path.encode("ascii"))
    return b"\r\n".join((first, b"Host: " + authority.encode("ascii"), *lines, b"", b""))


def write_response(head: ResponseHead, *, keep_alive: bool, add_chunking: bool = False) -> bytes:
    own = [b"Connection: keep-alive" if keep_alive else b"Connection: close"]
    if add_chunking:
        own.append(b"Transfer-Encoding: chunked")
    return b"\r\n".join((b"HTTP/1.1 %d Answer" % head.status, *head.lines, *own, b"", b""))


def write_refusal(reason: Refusal) -> bytes:
    """403 for every reason, so that a client which knows nothing of the header takes it for final."""
    return (
        f"HTTP/1.1 403 Refused\r\n{REFUSAL_HEADER}: {reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ).encode("ascii")
