"""JSON as pages really write it: in comments and CDATA, with trailing commas, bare newlines, unquoted keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape

import chompjs

from agent.extract.embedded.mending import mended

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

MAX_SCRIPT = 4_000_000  # characters; the largest page state seen is a quarter of this
MAX_JAVASCRIPT = 600_000  # chompjs copies its input and takes ten times as long as json: only for what is smaller

_LEADING = re.compile(r"(?:\s|<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)+")
_TRAILING = re.compile(r"(?:\s|-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>|;)+$")
MAX_TAIL = 200  # characters looked at for the end of a wrapper
_BEGINNINGS = frozenset('[{"&')
_LEAD = re.compile(  # comments, and an assignment
    r"(?>\s|\ufeff|/\*.*?\*/|//[^\n]*\n)*+(?:(?:var|let|const)\s+[\w$]{1,80}\s*=\s*|[\w$.]{1,80}\s*=\s*)?(?=[\[{\"&])",
    re.S,
)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_DECODER = json.JSONDecoder(strict=False)  # bare control characters in strings are common


def read_json(text: str) -> Json:
    """The value that a script holds, however loosely written; None where it is no JSON."""
    text = _unwrapped(text[:MAX_SCRIPT])
    if text[:1] not in _BEGINNINGS:
        begun = _LEAD.match(text)
        if begun is None:
            return None
        text = text[begun.end() :]
    if text[0] == "&" or '"' not in text:  # written into the page as escaped text
        text = unescape(text)
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            value = _DECODER.decode(candidate)
        except (ValueError, RecursionError):
            continue
        # Encoded twice: a string that says the JSON.
        return read_json(value) if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") else value
    return read_several(text) or read_javascript(text) or _read_mended(text)


def _unwrapped(text: str) -> str:
    """The text without what hid it from old browsers and old parsers."""
    begun = _LEADING.match(text)
    text = text[begun.end() if begun else 0 :].rstrip()
    return text[:-MAX_TAIL] + _TRAILING.sub("", text[-MAX_TAIL:])


def _read_mended(text: str) -> Json:
    if len(text) > MAX_JAVASCRIPT:
        return None
    try:
        value = _DECODER.decode(mended(text))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def read_several(text: str) -> Json:
    """Several values written one after the other, as a list; None where the first is not whole."""
    values: list[Json] = []
    at = 0
    while at < len(text):
        found = read_json_at(text, at)
        if found is None:
            break
        value, at = found
        values.append(value)
        while at < len(text) and text[at] in " \t\r\n,;":
            at += 1
    return values or None


def read_json_at(text: str, at: int) -> tuple[Json, int] | None:
    """The strict JSON value that begins at `at`, and where it ends."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def read_javascript(text: str) -> Json:
    """A JavaScript object or array literal; None where it is none, or too long to try."""
    if len(text) > MAX_JAVASCRIPT:
        return None
    try:
        return chompjs.parse_js_object(text)
    except (ValueError, RecursionError):
        return None


_TAGS = re.compile(r"<[a-zA-Z/!][^>]*>")
_LINE_BREAKS = re.compile(r"\n|<(?:br|/p|/li|/div|/h\d)\b[^>]*>", re.I)
_OUTER_TAGS = re.compile(r"^(?:\s|<[a-zA-Z/!][^>]*>)+|(?:\s|<[a-zA-Z/!][^>]*>)+$")
_BREAKS = re.compile(r"<(?:br|/p|/li|/div|/h\d)\b[^>]*>", re.I)


def plain_lines(text: str) -> Iterator[tuple[str, str]]:
    """(line as the source has it, line as text) for each line of a string: what is quoted, and what is told."""
    for piece in _LINE_BREAKS.split(text):
        for line in plain(piece).split("\n"):
            if line:
                yield _OUTER_TAGS.sub("", piece).strip(), line


def plain(text: str) -> str:
    """A string of embedded data as text: markup and entities resolved, line breaks kept, other white space folded."""
    if "<" in text:
        text = _TAGS.sub(" ", _BREAKS.sub("\n", text))
    if "&" in text:
        text = unescape(unescape(text))  # strings are often escaped twice
    if "<" in text:
        text = _TAGS.sub(" ", _BREAKS.sub("\n", text))
    if "\n" not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
