"""What a Target's answer is kept as: text in UTF-8, markdown, or bytes as they came."""

from __future__ import annotations

import asyncio

import msgspec
from multidict import CIMultiDictProxy

from domain.pages import FetchOutcome
from fetch.charset import decode
from fetch.content_types import ContentKind, declared_kind, kind_of, media_type
from fetch.egress.limits import REFUSAL_HEADER
from fetch.exchange import ExchangeFailed
from fetch.markdown import to_markdown
from fetch.offload import Offloader, WorkerDied

MAX_HEADERS_KEPT = 65_536  # characters, names and values
INLINE_CHARACTERS = 32_000  # as in the HTTP tier: below it the loop is held for 4 ms at most
_CODE = frozenset({"application/javascript", "application/ecmascript", "application/x-javascript", "application/xml"})
# They told of a hop, or of a body that is unpacked by now.
DROPPED = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length", "trailer", "upgrade"}
    | {"proxy-authenticate", "proxy-connection", REFUSAL_HEADER.lower()}
)


class Content(msgspec.Struct, frozen=True):
    body: bytes
    is_binary: bool


def is_text(content_type: str, body: bytes) -> bool:
    """Whether a body is text of some sort: it goes out as it is, and the rest in base64."""
    if declared_kind(content_type) is not None:
        return kind_of(content_type, body) is not None
    media = media_type(content_type)
    return (media.startswith("text/") or media in _CODE or media == "image/svg+xml") and b"\0" not in body[:1024]


def raw(content_type: str, body: bytes) -> Content:
    if not body:
        return Content(b"", False)
    if not is_text(content_type, body):
        return Content(body, True)
    return Content(decode(body, content_type).encode("utf-8", "replace"), False)


async def markdown(content_type: str, body: bytes, url: str, offload: Offloader, deadline: float) -> Content:
    """Markup as markdown; what is no markup as it came. Raises ExchangeFailed where it takes too long or too much."""
    if kind_of(content_type, body) is not ContentKind.MARKUP:
        return raw(content_type, body)
    html = decode(body, content_type)
    return Content((await as_markdown(html, url, offload, deadline)).encode("utf-8", "replace"), False)


async def as_markdown(html: str, url: str, offload: Offloader, deadline: float) -> str:
    """Raises ExchangeFailed."""
    if len(html) <= INLINE_CHARACTERS:
        return to_markdown(html, url)
    left_s = max(0.1, deadline - asyncio.get_running_loop().time())
    try:
        async with asyncio.timeout(left_s):
            return await offload.run(to_markdown, html, url, deadline_s=left_s)
    except TimeoutError:
        raise ExchangeFailed(FetchOutcome.TIMED_OUT, "It took too long to read.") from None
    except WorkerDied:
        raise ExchangeFailed(FetchOutcome.TOO_LARGE, "It took too much memory to read.") from None


def kept_headers(headers: CIMultiDictProxy[str]) -> tuple[tuple[str, str], ...]:
    """An answer's headers, those of one name joined by commas, as far as they are kept."""
    joined: dict[str, str] = {}
    names: dict[str, str] = {}
    size = 0
    for name, value in headers.items():
        lowered = name.lower()
        size += len(name) + len(value)
        if lowered in DROPPED or size > MAX_HEADERS_KEPT:
            continue
        shown = names.setdefault(lowered, str(name))
        joined[shown] = f"{joined[shown]}, {value}" if shown in joined else value
    return tuple(joined.items())
