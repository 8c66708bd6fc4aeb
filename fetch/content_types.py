"""Which answers are pages."""

from __future__ import annotations

from enum import StrEnum

SNIFF = 512


class ContentKind(StrEnum):
    MARKUP = "markup"  # HTML, XHTML, XML
    PLAIN = "plain"  # text or JSON: seen just as it is written


_MARKUP = frozenset({"text/html", "application/xhtml+xml", "text/xml", "application/xml"})
_PLAIN = frozenset(
    {"text/plain", "text/markdown", "text/x-markdown", "text/csv", "text/tab-separated-values", "text/json"}
    | {"application/json", "application/ld+json", "application/x-ndjson", "application/jsonl", "application/geo+json"}
    | {"application/ndjson", "application/x-jsonlines", "application/jsonlines", "application/csv"}
)
_UNSPOKEN = frozenset({"", "application/octet-stream", "application/unknown", "unknown/unknown", "*/*"})

# First bytes of what some servers send as text/html or text/plain: PDF, ZIP, gzip, PNG, GIF, JPEG, RIFF, ELF, 7z, RAR.
_BINARY_STARTS = """
    25504446 504b0304 1f8b 89504e47 47494638 ffd8ff 52494646 7f454c46 377abcaf 52617221
"""
_BINARY = tuple(bytes.fromhex(start) for start in _BINARY_STARTS.split())


def media_type(content_type: str) -> str:
    """`Text/HTML; charset=x` is `text/html`."""
    return content_type.partition(";")[0].strip().lower()


def declared_kind(content_type: str) -> ContentKind | None:
    """What a Content-Type says; None where it names no page. Raises nothing: an absent one may be a page."""
    media = media_type(content_type)
    if media in _MARKUP or media in _UNSPOKEN:
        return ContentKind.MARKUP
    if media.endswith("+xml"):
        return None if media.startswith("image/") else ContentKind.MARKUP
    if media in _PLAIN or media.endswith("+json"):
        return ContentKind.PLAIN
    return None


def kind_of(content_type: str, body: bytes) -> ContentKind | None:
    """What an answer is, from its type and its first bytes; None where it is no page."""
    kind = declared_kind(content_type)
    start = body[:SNIFF].lstrip(b"\xef\xbb\xbf \t\r\n")
    if kind is None or start.startswith(_BINARY):
        return None
    if media_type(content_type) not in _UNSPOKEN:
        return kind
    if start.startswith(b"<") or start[:4] in {b"\xff\xfe<\0", b"\xfe\xff\0<"}:
        return ContentKind.MARKUP
    return ContentKind.PLAIN if b"\0" not in start else None
