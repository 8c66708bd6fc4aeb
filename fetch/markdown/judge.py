"""How likely each block is content, by a small trained network; and which blocks to keep for the best expected text.

The weights are in `content_model.json`, made by `python -m evals.train_content`.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

import lxml.html
import msgspec
import numpy as np
from numpy.typing import NDArray

from fetch.markdown.blocks import Blocks
from fetch.markdown.features import Matrix, page_features

MODEL_FILE = Path(__file__).with_name("content_model.json")
LARGEST = 5.0  # standard deviations: rarer values say no more


class StoredModel(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays as base64 of little-endian float16. `nets` networks side by side: `hidden` is columns x (nets x units)."""

    columns: int
    nets: int
    units: int
    mean: str
    scale: str
    hidden: str
    hidden_bias: str
    output: str
    output_bias: str
    note: str = ""


class ContentModel:
    """An average of networks of one hidden layer."""

    def __init__(self, stored: StoredModel) -> None:
        width = stored.nets * stored.units
        self._columns = stored.columns
        self._mean = _array(stored.mean, stored.columns)
        self._scale = _array(stored.scale, stored.columns)
        self._hidden = _array(stored.hidden, stored.columns, width)
        self._hidden_bias = _array(stored.hidden_bias, width)
        self._output = _array(stored.output, stored.nets, stored.units)
        self._output_bias = _array(stored.output_bias, stored.nets)

    def judge(self, features: Matrix) -> Matrix:
        """The probability of each row to be content."""
        if features.shape[1] != self._columns:
            raise ValueError(f"trained on {self._columns} columns, got {features.shape[1]}: train again")
        rows = features - self._mean
        rows /= self._scale
        np.clip(rows, -LARGEST, LARGEST, out=rows)
        hidden = np.maximum(rows @ self._hidden + self._hidden_bias, 0.0)
        by_net = hidden.reshape(len(rows), *self._output.shape)
        raw = (by_net * self._output).sum(axis=2) + self._output_bias
        return (1.0 / (1.0 + np.exp(-raw))).mean(axis=1).astype(np.float32)


def packed(array: NDArray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f2").tobytes()).decode()


def _array(stored: str, *shape: int) -> Matrix:
    return np.frombuffer(base64.b64decode(stored), dtype="<f2").astype(np.float32).reshape(shape)


@cache
def content_model() -> ContentModel:
    return ContentModel(msgspec.json.decode(MODEL_FILE.read_bytes(), type=StoredModel))


def likelihoods(blocks: Blocks, root: lxml.html.HtmlElement) -> Matrix:
    """The probability of each block to be content of its page."""
    return content_model().judge(page_features(blocks, root))


def word_counts(blocks: Blocks) -> Matrix:
    return np.array([len(text.split()) for text in blocks.texts], dtype=np.float32)


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
