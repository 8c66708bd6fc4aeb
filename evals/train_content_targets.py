"""Which blocks of a page gold has: their words looked for in gold, and both texts aligned in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from evals.compare import words

Rows = NDArray[np.floating]

NEIGHBOURS = 7  # blocks to either side that tell which of several copies of a text is the one meant
PARTLY = 0.3  # of a block's words in gold phrases, below which it is none of it
SHORT = 3  # words: so few stand in any gold by chance
OUT_OF_LINE = 0.5  # share of a short block's words that are aligned with gold, below which it is there by chance
LARGEST = 80_000_000  # words of the page times words of gold: what is larger is not aligned


def block_targets(texts: Sequence[str], gold: str) -> tuple[Rows, Rows, int]:
    """The share of each block's words that gold has, the blocks' words, and the number of gold words. A text that the
    page has more often than gold counts where its neighbours are gold too; a short one counts where the longest common
    subsequence of page and gold has it."""
    gold_words = words(gold)
    line = f" {' '.join(gold_words)} "
    phrases = set(zip(gold_words, gold_words[1:], gold_words[2:], strict=False))
    tokens = [words(text) for text in texts]
    counts = np.array([len(said) for said in tokens], dtype=float)
    target = np.zeros(len(tokens))
    copies: dict[str, list[int]] = {}
    for at, said in enumerate(tokens):
        text = " ".join(said)
        if said and f" {text} " in line:
            target[at] = 1.0
            copies.setdefault(text, []).append(at)
        elif len(said) > 3:
            share = _in_phrases(said, phrases)
            target[at] = share if share > PARTLY else 0.0
    doubtful = {at for text, places in copies.items() if len(places) > line.count(f" {text} ") for at in places}
    sure = np.array([0.0 if at in doubtful else 1.0 for at in range(len(tokens))])
    window = np.ones(2 * NEIGHBOURS + 1)
    company = np.convolve(target * counts * sure, window, "same") / (np.convolve(counts, window, "same") + 1)
    for text, places in copies.items():
        for at in sorted(places, key=lambda place: -company[place])[line.count(f" {text} ") :]:
            target[at] = 0.0
    if counts.sum() * len(gold_words) <= LARGEST:
        by_chance = (counts <= SHORT) & (_aligned(tokens, gold_words) < OUT_OF_LINE)
        target[by_chance] = 0.0
    return target, counts, len(gold_words)


def _in_phrases(said: Sequence[str], phrases: set[tuple[str, str, str]]) -> float:
    hit = [False] * len(said)
    for at in range(len(said) - 2):
        if (said[at], said[at + 1], said[at + 2]) in phrases:
            hit[at : at + 3] = [True, True, True]
    return sum(hit) / len(said)


def _aligned(tokens: Sequence[list[str]], gold_words: list[str]) -> Rows:
    """The share of each block's words in the longest common subsequence of page and gold."""
    page = [word for said in tokens for word in said]
    common = np.zeros(len(page))
    for step in LCSseq.opcodes(page, gold_words):
        if step.tag == "equal":
            common[step.src_start : step.src_end] = 1.0
    counts = np.array([len(said) for said in tokens])
    sums, ends = np.concatenate([[0.0], np.cumsum(common)]), np.cumsum(counts)
    return (sums[ends] - sums[ends - counts]) / np.maximum(counts, 1)
