"""How likely each block is content, by a small trained network; and which blocks to keep for the best expected text.

The weights are in `content_model.json`, made by `python -m evals.train_content`.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from fetch.markdown.blocks import Blocks
from fetch.markdown.company import company_of, evened
from fetch.markdown.features import Matrix, page_features
from fetch.markdown.kinds import KINDS, PageKind, summary

MODEL_FILE = Path(__file__).with_name("content_model.json")
LIMIT = 50.0  # log odds beyond which the exponential says no more
LARGEST = 5.0  # standard deviations: rarer values say no more
# On sites that they have not seen the nets take too much for content, and err in one direction for many blocks of a
# page: gold has all of them or few. So the log odds of all its blocks are lowered, and moved together by a normal
# deviate of this size. Found on sites left out of training; 1 to 3 do nearly as well, none costs .002 of F1.
CAUTION = 0.9
SPREAD = 1.5
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_SHIFTS, _SHARES = SPREAD * _NODES[:, None], (_WEIGHTS / _WEIGHTS.sum())[:, None]


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
        mean, scale = _array(nets.mean, columns), _array(nets.scale, columns)
        hidden = _array(nets.hidden, columns, width) / scale[:, None]
        # The rows are not brought to deviations: the weights are, once.
        self._least, self._most = mean - LARGEST * scale, mean + LARGEST * scale
        self._hidden, self._hidden_bias = hidden, _array(nets.hidden_bias, width) - mean @ hidden
        self._output = _array(nets.output, width) / nets.nets
        self._output_bias = float(_array(nets.output_bias, nets.nets).mean())
        self._kind_mean = _array(kinds.mean, 2 * columns)
        self._kind_scale = _array(kinds.scale, 2 * columns)
        self._kind_weights = _array(kinds.weights, 2 * columns, len(KINDS))
        self._kind_bias = _array(kinds.bias, len(KINDS))

    def kind(self, features: Matrix, words: Matrix) -> PageKind:
        row = standard(summary(features, words), self._kind_mean, self._kind_scale)
        return KINDS[int(np.argmax(row @ self._kind_weights + self._kind_bias))]

    def judge(self, features: Matrix) -> Matrix:
        """The log odds of each row to be content."""
        if features.shape[1] != self._columns:
            raise ValueError(f"trained on {self._columns} columns, got {features.shape[1]}: train again")
        within = np.maximum(features, self._least)
        np.minimum(within, self._most, out=within)  # `np.clip` takes four times as long with limits by column
        hidden = within @ self._hidden
        hidden += self._hidden_bias
        np.maximum(hidden, 0.0, out=hidden)
        return hidden @ self._output + (self._output_bias - CAUTION)


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
    """A page's kind, and the log odds of each block to be content."""

    kind: PageKind
    odds: Matrix


def judged(blocks: Blocks) -> Judgement:
    model, company = content_model(), company_of(blocks)
    features = page_features(blocks, company)
    odds = evened(model.judge(features), blocks.words, company)
    return Judgement(model.kind(features, blocks.words), odds)


def best_expected(odds: Matrix, words: Matrix) -> NDArray[np.bool_]:
    """The blocks, most likely first, that give the highest expected F1 over words. The more doubtful a page is, the
    lower this sets the bar: it keeps something wherever there is something."""
    order = np.argsort(-odds, kind="stable")
    ordered = words[order]
    right = np.cumsum(ordered / (1.0 + np.exp(-np.clip(odds[order] + _SHIFTS, -LIMIT, LIMIT))), axis=1)
    f1 = 2 * right / (np.cumsum(ordered) + right[:, -1:])
    best = int(np.argmax((f1 * _SHARES).sum(axis=0)))
    return odds >= odds[order[best]]
