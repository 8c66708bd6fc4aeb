"""Training the network that tells content from chrome: Adam on cross entropy by words and on expected word F1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from fetch.markdown.judge import Layers, StoredNets, packed, standard

Rows = NDArray[np.floating]

NETS = 4  # an average of some is steadier than any one of them
UNITS = 24
EPOCHS = 25
PAGES_A_STEP = 8
RATE = 3e-3  # Adam's, falling to nothing along a cosine
DECAY = 1e-3
DROPPED = 0.2  # of the columns, at random, for each step: none may be relied on alone
FLOOR = 0.05  # added to deviations, so that columns which hardly vary do not explode
BY_WORDS = 4.0  # the weight of cross entropy against that of expected F1
BLOCKS_A_PAGE = 500  # drawn at random from larger pages: the few of them would take most of the time


class Lesson(NamedTuple):
    """A page: features, the share of each block's words that gold has, the blocks' words, the gold words."""

    features: Rows
    target: Rows
    words: Rows
    gold_words: int


class Step(NamedTuple):
    """Pages learned from together: their blocks one after the other, and where each page begins."""

    features: Rows
    target: Rows
    words: Rows
    starts: NDArray[np.intp]
    gold_words: Rows


def train(lessons: Sequence[Lesson]) -> StoredNets:
    draw = np.random.default_rng(0)
    lessons = [_drawn_from(lesson, draw) for lesson in lessons]
    everything = np.concatenate([lesson.features for lesson in lessons])
    mean, scale = everything.mean(axis=0), everything.std(axis=0) + FLOOR
    lessons = [lesson._replace(features=standard(lesson.features, mean, scale)) for lesson in lessons]
    layers = _trained(lessons, draw)
    arrays = {name: packed(part) for name, part in layers._asdict().items()}
    return StoredNets(nets=NETS, units=UNITS, mean=packed(mean), scale=packed(scale), **arrays)


def _drawn_from(lesson: Lesson, draw: np.random.Generator) -> Lesson:
    """A page with no more than `BLOCKS_A_PAGE` blocks, which stand for all its words."""
    count = len(lesson.words)
    if count <= BLOCKS_A_PAGE:
        return lesson
    drawn = np.sort(draw.choice(count, BLOCKS_A_PAGE, replace=False))
    words = lesson.words[drawn]
    words = words * (lesson.words.sum() / max(1.0, float(words.sum())))
    return Lesson(lesson.features[drawn], lesson.target[drawn], words, lesson.gold_words)


def _trained(lessons: Sequence[Lesson], draw: np.random.Generator) -> Layers:
    columns, width = lessons[0].features.shape[1], NETS * UNITS
    layers = Layers(
        draw.normal(0, columns**-0.5, (columns, width)).astype(np.float32),
        np.zeros(width, dtype=np.float32),
        draw.normal(0, UNITS**-0.5, (NETS, UNITS)).astype(np.float32),
        np.zeros(NETS, dtype=np.float32),
    )
    first, second = [np.zeros_like(part) for part in layers], [np.zeros_like(part) for part in layers]
    count = 0
    for epoch in range(EPOCHS):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = draw.permutation(len(lessons))
        for start in range(0, len(order), PAGES_A_STEP):
            step = _step([lessons[page] for page in order[start : start + PAGES_A_STEP]])
            kept = (draw.random((columns, NETS)) > DROPPED).astype(np.float32) / (1 - DROPPED)
            mask = np.repeat(kept, UNITS, axis=1)
            slopes = slopes_of(layers._replace(hidden=layers.hidden * mask), step)
            slopes = slopes._replace(hidden=slopes.hidden * mask)
            count += 1
            for at, (part, slope) in enumerate(zip(layers, slopes, strict=True)):
                slope = slope / len(step.starts) + (DECAY * part if at in (0, 2) else 0.0)
                first[at] = 0.9 * first[at] + 0.1 * slope
                second[at] = 0.999 * second[at] + 0.001 * slope * slope
                unbiased = np.sqrt(second[at] / (1 - 0.999**count)) + 1e-8
                part -= (rate * first[at] / (1 - 0.9**count) / unbiased).astype(np.float32)
    return layers


def _step(lessons: Sequence[Lesson]) -> Step:
    lengths = [len(lesson.words) for lesson in lessons]
    return Step(
        np.concatenate([lesson.features for lesson in lessons]),
        np.concatenate([lesson.target for lesson in lessons])[:, None],
        np.concatenate([lesson.words for lesson in lessons])[:, None],
        np.cumsum([0, *lengths[:-1]]),
        np.array([lesson.gold_words for lesson in lessons], dtype=np.float32)[:, None],
    )


def slopes_of(layers: Layers, step: Step) -> Layers:
    """Of the loss, summed over pages and nets, by each weight."""
    hidden = np.maximum(step.features @ layers.hidden + layers.hidden_bias, 0.0)
    by_net = hidden.reshape(-1, NETS, UNITS)
    slope = _slope_by_score(expit((by_net * layers.output).sum(axis=2) + layers.output_bias), step)
    behind = (slope[:, :, None] * layers.output).reshape(hidden.shape) * (hidden > 0)
    return Layers(
        step.features.T @ behind,
        behind.sum(axis=0),
        (by_net * slope[:, :, None]).sum(axis=0),
        slope.sum(axis=0),
    )


def _slope_by_score(likely: Rows, step: Step) -> Rows:
    """By each block's raw score, a column for each net."""
    words, target = step.words, step.target
    lengths = np.diff(step.starts, append=len(words))

    def of_page(values: Rows) -> Rows:
        return np.add.reduceat(values, step.starts, axis=0)

    right = of_page(likely * words * target).repeat(lengths, axis=0)
    both = (of_page(likely * words) + step.gold_words).repeat(lengths, axis=0)
    all_words = of_page(words).repeat(lengths, axis=0)
    of_f1 = 2 * words * (target * both - right) / both**2
    by_words = BY_WORDS * words / (all_words + 1e-9) * (likely - target)
    return (by_words - of_f1 * likely * (1 - likely)).astype(likely.dtype)
