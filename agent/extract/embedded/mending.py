"""JSON that no reader takes, mended where what was meant is plain: quotes within strings, lost commas and closing
brackets, escapes that JSON does not have, comments."""

from __future__ import annotations

import json
import re

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
MAX_OPEN = 500  # brackets within each other; no reader follows more
_AFTER_STRING = re.compile(r"\s*(?:[,:}\]]|$|/[/*])")
_NEXT_LINE = re.compile(r'[ \t]*\r?\n\s*"')
_ESCAPES = frozenset('"\\/bfnrtu')
_CLOSING = {"{": "}", "[": "]"}


def mended(text: str) -> str:
    """The same text with what is plainly lost put in, and what is plainly too much left out. Nothing of a string is
    changed but how it is written."""
    return _Mender(text).text()


class _Mender:
    """Goes along the text once. `open` are the brackets that close those which are not closed yet."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._out: list[str] = []
        self._open: list[str] = []
        self._last_comment = text.rfind("*/")  # before it, every comment that is begun ends

    def text(self) -> str:
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == '"':
                self._string()
            elif character == "/" and (end := self._comment_end()):
                self._at = end
            elif character in "}]":
                self._close(character)
                if not self._open:
                    break
            elif len(self._open) > MAX_OPEN:
                return ""
            else:
                if character in _CLOSING:
                    self._separate()
                    self._open.append(_CLOSING[character])
                self._out.append(character)
                self._at += 1
        while self._open:
            self._close(self._open[-1])
        return "".join(self._out)

    def _comment_end(self) -> int:
        """Where the comment that begins here ends; 0 where none does."""
        is_block = self._text.startswith("/*", self._at)
        comment = None if is_block and self._at > self._last_comment else _COMMENT.match(self._text, self._at)
        return comment.end() if comment else 0

    def _close(self, character: str) -> None:
        """Closes a bracket, and those within it that nobody closed; without the comma before it."""
        self._at += 1
        if character not in self._open:
            return
        while self._open:
            closing = self._open.pop()
            self._drop_comma()
            self._out.append(closing)
            if closing == character:
                return

    def _drop_comma(self) -> None:
        while self._out and self._out[-1].isspace():
            self._out.pop()
        if self._out and self._out[-1] == ",":
            self._out.pop()

    def _separate(self) -> None:
        """A comma, where one value follows another without."""
        last = next((each for each in reversed(self._out) if not each.isspace()), "")
        if last[-1:] in {'"', "}", "]"} or last[-1:].isdigit():
            self._out.append(",")

    def _string(self) -> None:
        """A string up to the quote that ends it: one after which something ends, or begins on a line of its own."""
        self._separate()
        start = self._at = self._at + 1
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == "\\":
                self._at += 2
            elif character == '"' and self._ends(self._at + 1):
                break
            else:
                self._at += 1
        self._out.append(json.dumps(_plain(self._text[start : self._at]), ensure_ascii=False))
        self._at += 1

    def _ends(self, at: int) -> bool:
        return bool(_AFTER_STRING.match(self._text, at) or _NEXT_LINE.match(self._text, at))


def _plain(inside: str) -> str:
    """What a string says whose escapes may be JavaScript's."""
    pieces: list[str] = []
    at = 0
    while at < len(inside):
        character = inside[at]
        if character != "\\" or at + 1 == len(inside):
            pieces.append('\\"' if character == '"' else "\\\\" if character == "\\" else character)
            at += 1
            continue
        following = inside[at + 1]
        if following == "x" and re.fullmatch(r"[0-9a-fA-F]{2}", inside[at + 2 : at + 4]):
            pieces.append(f"\\u00{inside[at + 2 : at + 4]}")
            at += 4
            continue
        pieces.append(f"\\{following}" if following in _ESCAPES else following)
        at += 2
    try:
        return json.loads(f'"{"".join(pieces)}"', strict=False)
    except ValueError:  # half of a Unicode escape
        return inside
