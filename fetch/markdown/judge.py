"""How likely each block is content, by a small trained network; and which blocks to keep for the best expected text.

The weights are in `content_model.json`, made by `python -m evals.train_content`.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import NamedTuple

import lxml.html
import msgspec
import numpy as np
from numpy.typing import NDArray

from fetch.markdown.blocks import Blocks
from fetch.markdown.features import Matrix, page_features
from fetch.markdown.kinds import KINDS, PageKind, summary

MODEL_FILE = Path(__file__).with_name("content_model.json")
LARGEST = 5.0  # standard deviations: rarer values say no more
# On sites that they have not seen the nets are surer than they are right, and more often for content than against it.
# Found on sites left out of training: milder than what was best there, which cost documentation.
SURENESS = 0.85
CAUTION = 0.3


class StoredNets(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays as base64 of little-endian float16. `nets` networks side by side: `hidden` is columns x (nets x units),
    `output` nets x units."""

    nets: int
    units: int
    mean: str
    scale: str
    hidden: str
    hidden_bias: str
    output: str
    output_bias: str


class StoredKinds(msgspec.Struct, frozen=True, kw_only=True):
    """The same for the kind of a page: of its summary mean, scale, and the weights of each kind."""

    mean: str
    scale: str
    weights: str
    bias: str


class StoredModel(msgspec.Struct, frozen=True, kw_only=True):
    """`columns` is the number of features that it was trained on."""

    columns: int
    nets: StoredNets
    kinds: StoredKinds
    note: str = ""


class Layers(NamedTuple):
    """The weights, all nets side by side."""

    hidden: Matrix
    hidden_bias: Matrix
    output: Matrix
    output_bias: Matrix


class ContentModel:
    """An average of networks of one hidden layer for blocks; a softmax for the kind of page."""

    def __init__(self, stored: StoredModel) -> None:
        self._columns = columns = stored.columns
        nets, kinds = stored.nets, stored.kinds
        width = nets.nets * nets.units
        self._mean = _array(nets.mean, columns)
        self._scale = _array(nets.scale, columns)
        self._layers = Layers(
            _array(nets.hidden, columns, width),
            _array(nets.hidden_bias, width),
            _array(nets.output, nets.nets, nets.units),
            _array(nets.output_bias, nets.nets),
        )
        self._kind_mean = _array(kinds.mean, 2 * columns)
        self._kind_scale = _array(kinds.scale, 2 * columns)
        self._kind_weights = _array(kinds.weights, 2 * columns, len(KINDS))
        self._kind_bias = _array(kinds.bias, len(KINDS))

    def kind(self, features: Matrix, words: Matrix) -> PageKind:
        row = standard(summary(features, words), self._kind_mean, self._kind_scale)
        return KINDS[int(np.argmax(row @ self._kind_weights + self._kind_bias))]

    def judge(self, features: Matrix) -> Matrix:
        """The probability of each row to be content."""
        if features.shape[1] != self._columns:
            raise ValueError(f"trained on {self._columns} columns, got {features.shape[1]}: train again")
        layers = self._layers
        hidden = np.maximum(standard(features, self._mean, self._scale) @ layers.hidden + layers.hidden_bias, 0.0)
        by_net = hidden.reshape(len(features), *layers.output.shape)
        raw = ((by_net * layers.output).sum(axis=2) + layers.output_bias).mean(axis=1)
        return (1.0 / (1.0 + np.exp(CAUTION - SURENESS * raw))).astype(np.float32)


def standard(features: Matrix, mean: Matrix, scale: Matrix) -> Matrix:
    rows = features - mean
    rows /= scale
    np.clip(rows, -LARGEST, LARGEST, out=rows)
    return rows


def packed(array: NDArray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f2").tobytes()).decode()


def _array(stored: str, *shape: int) -> Matrix:
    return np.frombuffer(base64.b64decode(stored), dtype="<f2").astype(np.float32).reshape(shape)


@cache
def content_model() -> ContentModel:
    return ContentModel(msgspec.json.decode(MODEL_FILE.read_bytes(), type=StoredModel))


class Judgement(NamedTuple):
    """A page's kind, and the probability of each block to be content."""

    kind: PageKind
    likely: Matrix


def judged(blocks: Blocks, root: lxml.html.HtmlElement, words: Matrix) -> Judgement:
    model, features = content_model(), page_features(blocks, root)
    return Judgement(model.kind(features, words), model.judge(features))


def word_counts(blocks: Blocks) -> Matrix:
    """Words as white space parts them: blocks have a single one between any two."""
    return np.array([text.count(" ") + 1 for text in blocks.texts], dtype=np.float32)


def best_expected(likely: Matrix, words: Matrix) -> NDArray[np.bool_]:
    """The blocks, most likely first, that give the highest expected F1 over words. The more doubtful a page is, the
    lower this sets the bar: it keeps something wherever there is something."""
    order = np.argsort(-likely, kind="stable")
    right = np.cumsum((likely * words)[order])
    kept = np.cumsum(words[order])
    if right[-1] <= 0:
        return np.ones(len(likely), dtype=bool)
    best = int(np.argmax(2 * right / (kept + right[-1])))
    return likely >= likely[order[best]]
