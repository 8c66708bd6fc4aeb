"""What a block stands among: the scopes around it, the blocks of the same make, the heading above it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fetch.markdown.blocks import Blocks
from fetch.markdown.nesting import Places
from fetch.markdown.tags import TAGS

Matrix = NDArray[np.floating]

CHAINS = (2, 4)  # elements, from the block's own up, whose tags and classes make blocks of one make

_HEADINGS = sum(1 << TAGS.index(f"h{level}") for level in range(1, 7))


def wider_scopes(parents: Places, firsts: Places, ends: Places, deepest: int) -> Places:
    """The nearest ancestor of each scope that spans more blocks than it."""
    same = (firsts == firsts[parents]) & (ends == ends[parents])
    widest = np.where(same, parents, np.arange(len(same)))
    for _ in range(int(deepest).bit_length() + 1):  # each step doubles how far up these reach
        widest = widest[widest]
    return parents[widest]


def makes(blocks: Blocks) -> list[Places]:
    """A number for each block, the same for those whose chain of tags and classes is the same, wherever they stand; by
    length of chain."""
    own = blocks.scopes.called
    parents = np.maximum(blocks.scopes.parents, 0)
    found, chain, above = [], own, parents
    for length in range(2, max(CHAINS) + 1):
        chain = chain * (own.max() + 1) + own[above]  # may wrap around: two makes in 2^64 are then taken for one
        above = parents[above]
        if length in CHAINS:
            found.append(np.unique(chain[blocks.owners], return_inverse=True)[1])
    return found


def last_headings(blocks: Blocks) -> Places:
    """The last heading at or above each block, -1 for none."""
    is_heading = blocks.scopes.all_bits[blocks.owners] & _HEADINGS != 0
    return np.maximum.accumulate(np.where(is_heading, np.arange(len(is_heading)), -1))
