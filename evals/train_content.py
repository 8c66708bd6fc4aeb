"""Train the weights that tell a page's content from its chrome, on a set of `content` cases.

python -m evals.train_content DIR [--check]

--check trains on four fifths of the sites and tells how the others come out, five times, and writes nothing.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from evals.cases import CaseSet, ContentGold, TaskName, read_sets
from evals.compare import words
from evals.scorers import score_content
from evals.sites import sites_of
from evals.tally import Tally, metrics_of
from fetch.dom import parse
from fetch.markdown.blocks import Blocks, read_blocks
from fetch.markdown.features import page_features
from fetch.markdown.judge import LARGEST, MODEL_FILE, ContentModel, StoredModel, best_expected, packed

Rows = NDArray[np.float64]

UNITS = 24
NETS = 3  # an average of three is steadier than any one of them
EPOCHS = 25
PAGES_A_STEP = 8
RATE = 3e-3  # Adam's, falling to nothing along a cosine
DECAY = 1e-3
DROPPED = 0.2  # of the columns, at random, for each page: none may be relied on alone
FLOOR = 0.05  # added to deviations, so that columns which hardly vary do not explode
FOLDS = 5
NEIGHBOURS = 7  # blocks to either side that tell which of several copies of a text is the one meant
PARTLY = 0.3  # of a block's words in gold phrases, below which it is none of it


class Example(NamedTuple):
    """A page: features, the share of each block's words that gold has, words, the number of gold words."""

    site: str
    kind: str
    gold: ContentGold
    texts: tuple[str, ...]
    features: Rows
    target: Rows
    words: Rows
    gold_words: int


def examples_of(of_set: CaseSet) -> list[Example]:
    examples: list[Example] = []
    for case, site in zip(of_set.cases, sites_of(of_set.cases), strict=True):
        if case.task is not TaskName.CONTENT:
            continue
        gold = msgspec.json.decode(case.gold, type=ContentGold)
        root = parse(of_set.source(case.html))
        blocks = read_blocks(root)
        if blocks.texts and gold.main_content.strip():
            target, counts, gold_words = block_targets(blocks, gold.main_content)
            features = page_features(blocks, root).astype(np.float64)
            texts = tuple(blocks.texts)
            examples.append(Example(site, case.kind, gold, texts, features, target, counts, gold_words))
    return examples


def block_targets(blocks: Blocks, gold: str) -> tuple[Rows, Rows, int]:
    """The share of each block's words that gold has, the blocks' words, and the number of gold words. A text that the
    page has more often than gold counts where its neighbours are gold too."""
    gold_words = words(gold)
    line = f" {' '.join(gold_words)} "
    phrases = set(zip(gold_words, gold_words[1:], gold_words[2:], strict=False))
    tokens = [words(text) for text in blocks.texts]
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
    return target, counts, len(gold_words)


def _in_phrases(said: Sequence[str], phrases: set[tuple[str, str, str]]) -> float:
    hit = [False] * len(said)
    for at in range(len(said) - 2):
        if (said[at], said[at + 1], said[at + 2]) in phrases:
            hit[at : at + 3] = [True, True, True]
    return sum(hit) / len(said)


def train(examples: Sequence[Example]) -> ContentModel:
    return ContentModel(train_stored(examples))


def train_stored(examples: Sequence[Example], note: str = "") -> StoredModel:
    everything = np.concatenate([example.features for example in examples])
    mean, scale = everything.mean(axis=0), everything.std(axis=0) + FLOOR
    inputs = [np.clip((example.features - mean) / scale, -LARGEST, LARGEST) for example in examples]
    nets = [_train_net(examples, inputs, seed) for seed in range(NETS)]
    return StoredModel(
        columns=len(mean),
        nets=NETS,
        units=UNITS,
        mean=packed(mean),
        scale=packed(scale),
        hidden=packed(np.concatenate([net[0] for net in nets], axis=1)),
        hidden_bias=packed(np.concatenate([net[1] for net in nets])),
        output=packed(np.stack([net[2] for net in nets])),
        output_bias=packed(np.concatenate([net[3] for net in nets])),
        note=note,
    )


def _train_net(examples: Sequence[Example], inputs: Sequence[Rows], seed: int) -> list[Rows]:
    """Adam on cross entropy by words and on the expected word F1 of each page."""
    draw = np.random.default_rng(seed)
    columns = inputs[0].shape[1]
    net = [
        draw.normal(0, columns**-0.5, (columns, UNITS)),
        np.zeros(UNITS),
        draw.normal(0, UNITS**-0.5, UNITS),
        np.zeros(1),
    ]
    first, second = [np.zeros_like(part) for part in net], [np.zeros_like(part) for part in net]
    step = 0
    for epoch in range(EPOCHS):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = draw.permutation(len(examples))
        for start in range(0, len(order), PAGES_A_STEP):
            slopes = [np.zeros_like(part) for part in net]
            for page in order[start : start + PAGES_A_STEP]:
                rows = inputs[page] * ((draw.random(columns) > DROPPED) / (1 - DROPPED))
                _add_slopes(net, rows, examples[page], slopes)
            step += 1
            for part, slope in enumerate(slopes):
                slope = slope / PAGES_A_STEP + (DECAY * net[part] if part in (0, 2) else 0.0)
                first[part] = 0.9 * first[part] + 0.1 * slope
                second[part] = 0.999 * second[part] + 0.001 * slope * slope
                unbiased = np.sqrt(second[part] / (1 - 0.999**step)) + 1e-8
                net[part] = net[part] - rate * first[part] / (1 - 0.9**step) / unbiased
    return net


def _add_slopes(net: Sequence[Rows], rows: Rows, example: Example, slopes: list[Rows]) -> None:
    hidden = np.maximum(0.0, rows @ net[0] + net[1])
    likely = expit(hidden @ net[2] + net[3][0])
    weight = example.words / (example.words.sum() + 1e-9)
    right = (likely * example.words * example.target).sum()
    both = (likely * example.words).sum() + example.gold_words
    of_f1 = 2 * example.words * (example.target * both - right) / both**2
    slope = 4 * weight * (likely - example.target) - of_f1 * likely * (1 - likely)
    behind = np.outer(slope, net[2]) * (hidden > 0)
    for part, added in enumerate((rows.T @ behind, behind.sum(axis=0), hidden.T @ slope, slope.sum(keepdims=True))):
        slopes[part] += added


def check(examples: Sequence[Example]) -> list[tuple[str, tuple[Tally, ...]]]:
    """Every page read by weights that never saw its site."""
    told: list[tuple[str, tuple[Tally, ...]]] = []
    for fold in range(FOLDS):
        seen = [example for example in examples if _fold(example.site) != fold]
        model = train(seen)
        for example in examples:
            if _fold(example.site) == fold:
                keep = best_expected(model.judge(example.features.astype(np.float32)), example.words)
                text = "\n".join(text for text, kept in zip(example.texts, keep, strict=True) if kept)
                told.append((example.site, score_content(text, example.gold, example.kind)))
    return told


def _fold(site: str) -> int:
    return zlib.crc32(site[::-1].encode()) % FOLDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--check", action="store_true")
    wish = parser.parse_args()
    examples = [example for of_set in read_sets(wish.cases) for example in examples_of(of_set)]
    if wish.check:
        for metric in metrics_of(check(examples)):
            print(f"{metric.name:28} {metric.value:.3f} ± {metric.deviation:.3f} ({metric.count})")
        return
    stored = train_stored(examples, note=f"{len(examples)} pages of {len({e.site for e in examples})} sites")
    MODEL_FILE.write_bytes(msgspec.json.format(msgspec.json.encode(stored), indent=1) + b"\n")
    print(f"{MODEL_FILE}: {stored.note}")


if __name__ == "__main__":
    main()
