"""The words of all blocks of a page in one row: to look each up costs less than to go through the blocks."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from fetch.markdown.nesting import Places

SHORT = 90  # characters; of a longer block the beginning stands for it
BEGINNING = 30  # characters
PROBE = 80  # characters of a block that are looked for: what follows is cut or spelled otherwise too often
_END = "\n"  # no block has one
_WORDS = re.compile(rf"\w+|{_END}")


class Tokens(NamedTuple):
    """`lowered` are the blocks in lower case. `words` are theirs, all of short blocks, the first ones of others, with
    `_END` behind each block; `blocks` are the numbers of their blocks, `counts` how many each block has."""

    lowered: list[str]
    words: list[str]
    blocks: list[int]
    counts: Places


def tokens_of(texts: list[str]) -> Tokens:
    lowered = _END.join(texts).lower().split(_END)
    words = _WORDS.findall(_END.join([text if len(text) < SHORT else text[:BEGINNING] for text in lowered]) + _END)
    ends = np.array([at for at, word in enumerate(words) if word == _END], dtype=np.intp)
    counts = np.diff(ends, prepend=-1)
    blocks = np.repeat(np.arange(len(ends)), counts)
    return Tokens(lowered, words, blocks.tolist(), counts - 1)
