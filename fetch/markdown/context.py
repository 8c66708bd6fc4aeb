"""What a block stands among: the scopes around it, the blocks of the same make, the heading above it."""

from __future__ import annotations

from itertools import count

import numpy as np
from numpy.typing import NDArray

from fetch.markdown.blocks import TAGS, Blocks

Matrix = NDArray[np.floating]
Places = NDArray[np.intp]

CHAINS = (2, 4)  # elements, from the block's own up, whose tags and classes make blocks of one make

_HEADINGS = sum(1 << TAGS.index(f"h{level}") for level in range(1, 7))


def wider_scopes(parents: Places, firsts: Places, ends: Places, deepest: int) -> Places:
    """The nearest ancestor of each scope that spans more blocks than it."""
    same = (firsts == firsts[parents]) & (ends == ends[parents])
    widest = np.where(same, parents, np.arange(len(same)))
    for _ in range(int(deepest).bit_length() + 1):  # each step doubles how far up these reach
        widest = widest[widest]
    return parents[widest]


def makes(blocks: Blocks) -> list[NDArray[np.intp]]:
    """A number for each block, the same for those whose chain of tags and classes is the same, wherever they stand; by
    length of chain."""
    parents = np.maximum(np.array(blocks.parents, dtype=np.intp), 0)
    positions = np.array(blocks.scopes, dtype=np.intp)
    called = [tag[1] + " " + tag[5] for tag in blocks.tags]
    numbers = dict(zip(dict.fromkeys(called), count(), strict=False))
    own = np.fromiter(map(numbers.__getitem__, called), dtype=np.int64, count=len(called))
    found, chain, above = [], own, parents
    for length in range(2, max(CHAINS) + 1):
        chain = chain * len(numbers) + own[above]  # may wrap around: two makes in 2^64 are then taken for one
        above = parents[above]
        if length in CHAINS:
            found.append(np.unique(chain[positions], return_inverse=True)[1])
    return found


def last_headings(blocks: Blocks) -> Places:
    """The last heading at or above each block, -1 for none."""
    bits = np.array(blocks.all_bits)[np.array(blocks.scopes, dtype=np.intp)]
    headings = np.flatnonzero(bits & _HEADINGS)
    place = np.searchsorted(headings, np.arange(len(bits)), side="right") - 1
    return np.where(place >= 0, headings[np.maximum(place, 0)], -1) if len(headings) else np.full(len(bits), -1)
