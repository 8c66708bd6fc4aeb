"""The words of all blocks of a page in one row: to look each up costs less than to go through the blocks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fetch.markdown.characters import IN_WORD, codes_in, kinds_of
from fetch.markdown.nesting import Places

SHORT = 90  # characters; of a longer block the beginning stands for it
BEGINNING = 30  # characters
_LINE = "\n"  # no block has one, nor the next, which no page can have
_END = "\0"
_ENDS = 1 << 7


class Tokens(NamedTuple):
    """`lowered` are the blocks in lower case. `words` are theirs, all of short blocks, the first ones of others, with
    an end behind each block; `blocks` are the numbers of their blocks, `firsts` the places of the first ones, `counts`
    how many each block has. `marks` has a bit for each vocabulary that a word is in; `last_vocabulary` is the bit of
    the last one."""

    lowered: list[str]
    words: list[str]
    marks: NDArray[np.uint8]
    blocks: Places
    firsts: Places
    counts: Places
    last_vocabulary: int


def tokens_of(whole: str, vocabularies: Sequence[Collection[str]]) -> Tokens:
    """The words of the blocks that are the lines of a text. Bit n of a word's marks is of the nth of seven or fewer
    vocabularies."""
    lowered = whole.lower().split(_LINE)
    words = _words_in(_END.join([text if len(text) < SHORT else text[:BEGINNING] for text in lowered]) + _END)
    bits = {_END: _ENDS}
    for number, vocabulary in enumerate(vocabularies):
        for word in vocabulary:
            bits[word] = bits.get(word, 0) | 1 << number
    marks = np.fromiter(map(bits.get, words, repeat(0)), dtype=np.uint8, count=len(words))
    ends = np.flatnonzero(marks & _ENDS)
    counts = np.diff(ends, prepend=-1) - 1
    blocks = np.repeat(np.arange(len(ends)), counts + 1)
    return Tokens(lowered, words, marks, blocks, ends - counts, counts, 1 << len(vocabularies) - 1)


def _words_in(text: str) -> list[str]:
    """The words of a text, and the ends of its blocks: all else is made space, which costs less than to search."""
    codes = codes_in(text)
    spaced = np.where((kinds_of(codes) & IN_WORD) | (codes == 0), codes, np.uint32(ord(" ")))
    return spaced.tobytes().decode("utf-32-le").replace(_END, f" {_END} ").split()
