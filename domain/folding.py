"""Text in the one spelling in which a page and what was read of it are compared, and the way back."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from domain.invisible import JOINERS, UNSEEN_MARKS

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_PLAIN = {ord(char): "'" for char in "\u2018\u2019\u02bc`\u00b4\u2032"}
_PLAIN |= {ord(char): '"' for char in "\u201c\u201d\u201e\u00ab\u00bb\u2033"}
_PLAIN |= {ord(char): "-" for char in _DASHES}
_PLAIN |= {ord(char): " " for char in "\t\n\r\x0b\x0c\u00a0\u2002\u2003\u2009\u200a\u202f\u3000"}
_INVISIBLE = re.compile(f"[{UNSEEN_MARKS}{JOINERS}]")


def fold(text: str) -> str:
    """NFKC, entities resolved, quotes and dashes plain, white space single, case gone, ends stripped."""
    if text.isascii() and "&" not in text:  # most text is, and for it the rest comes down to this
        return " ".join(text.replace("`", "'").lower().split())
    return " ".join(_folded_characters(unescape(text)).split())


def _folded_characters(text: str) -> str:
    plain = text.translate(_PLAIN)
    if not unicodedata.is_normalized("NFKC", plain):
        plain = unicodedata.normalize("NFKC", plain).translate(_PLAIN)
    return _INVISIBLE.sub("", plain).casefold()


class FoldedText(NamedTuple):
    """`starts` and `shifts` lead a folded offset back: original = folded + the shift of the piece it is in."""

    text: str
    starts: tuple[int, ...]
    shifts: tuple[int, ...]

    def original(self, offset: int) -> int:
        return offset + self.shifts[bisect_right(self.starts, offset) - 1]


def fold_with_offsets(text: str) -> FoldedText:
    """Fold a page's text and keep the way back. Most text folds letter by letter: only other pieces cost."""
    whole = text.translate(_PLAIN)
    lower = whole.casefold()
    letter_by_letter = len(lower) == len(text) and "  " not in lower and not _INVISIBLE.search(lower)
    if letter_by_letter and unicodedata.is_normalized("NFKC", lower):
        return FoldedText(lower, (0,), (0,))
    pieces: list[str] = []
    starts, shifts = [0], [0]
    length = 0
    for match in re.finditer(r"\S+|\s+", whole):
        folded = " " if match[0].isspace() else _folded_characters(match[0])
        for piece, at in _aligned(folded, match):
            if at - length != shifts[-1]:
                starts.append(length)
                shifts.append(at - length)
            pieces.append(piece)
            length += len(piece)
    return FoldedText("".join(pieces), tuple(starts), tuple(shifts))


def _aligned(folded: str, match: re.Match[str]) -> Iterator[tuple[str, int]]:
    """Pieces of the folded word with the offset that each came from."""
    word = match[0]
    if len(folded) == len(word) or word.isspace():
        yield folded, match.start()
        return
    for index, char in enumerate(word):
        for folded_char in _folded_characters(char):  # "¼" folds to three, all of which lead back to the one
            yield folded_char, match.start() + index
