"""The blocks that a block stands with: others of its make, those of the same parent, its neighbours.

What most of them are, it likely is too."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fetch.markdown.blocks import Blocks
from fetch.markdown.context import Matrix, makes
from fetch.markdown.nesting import Places

# Shares of the means around it in a block's log odds; its own has the rest. Found on sites left out of training: a
# tenth more or less of any of them moves F1 by no more than .001, all of them together give .004.
OF_SIBLINGS = 0.3
OF_MAKE = 0.2
OF_NEIGHBOURS = 0.2
REACH = 8  # neighbours to either side
SURE = 5.0  # log odds beyond which a block is no more certain: one of them must not decide for all around it
FACET_WORDS = 10  # what is longer is a sentence
_COUNTED = re.compile(r"\(\s*\d[\d,. ]*(?:\s\w+)?\s*\)$")  # as a filter tells how many it leaves


class Company(NamedTuple):
    """Numbers of each block's groups: those of the same make, by a short and by a long chain, and those whose own
    scopes have the same parent."""

    short_makes: Places
    makes: Places
    siblings: Places


def company_of(blocks: Blocks) -> Company:
    return Company(*makes(blocks), np.maximum(blocks.scopes.parents, 0)[blocks.owners])


def evened(odds: Matrix, words: Matrix, company: Company) -> Matrix:
    """The log odds of blocks, drawn towards those of the blocks around them: lists are kept or left out as a whole."""
    odds = np.clip(odds, -SURE, SURE)
    rest = 1.0 - OF_SIBLINGS - OF_MAKE - OF_NEIGHBOURS
    return (
        rest * odds
        + OF_SIBLINGS * _mean(odds, np.ones_like(words), company.siblings)
        + OF_MAKE * _mean(odds, words, company.makes)
        + OF_NEIGHBOURS * _mean_nearby(odds)
    )


def of_make(blocks: Blocks, company: Company, words: Matrix, links: Matrix, prices: Matrix, seen: Matrix) -> Matrix:
    """Columns of all blocks of one make: whether they say different things, how much of them is linked, has prices, has
    counts in parentheses as filters do; how long they are, their share of the page, and where they stand. `links` is
    the linked share of each block, `prices` whether it has a price, `seen` how many before it say the same."""
    count, numbers = len(words), company.makes
    many = np.bincount(numbers)
    at = np.arange(count)
    first, last = np.zeros((2, len(many)), dtype=np.intp)
    first[numbers[::-1]] = at[::-1]  # of several the last one assigned stays
    last[numbers] = at
    span = last - first + 1
    facets = [
        text.endswith(")") and long < FACET_WORDS and _COUNTED.search(text) is not None
        for text, long in zip(blocks.texts, words.tolist(), strict=True)
    ]
    said = np.bincount(numbers, words)
    means = [np.bincount(numbers, column) / many for column in (seen == 0, links, prices, facets)]
    columns = [*means, np.log1p(said / many), said / words.sum(), span / count, np.log1p(span / many), first / count]
    return np.stack(columns)[:, numbers].T


def _mean(values: Matrix, weights: Matrix, numbers: Places) -> NDArray:
    return (np.bincount(numbers, values * weights) / np.maximum(np.bincount(numbers, weights), 1.0))[numbers]


def _mean_nearby(values: Matrix) -> NDArray:
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    at = np.arange(len(values))
    first, end = np.maximum(at - REACH, 0), np.minimum(at + REACH + 1, len(values))
    return (sums[end] - sums[first]) / (end - first)
