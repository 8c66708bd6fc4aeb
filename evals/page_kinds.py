"""Training what tells the kind of a page: a softmax over the means of its blocks' columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from fetch.markdown.judge import StoredKinds, packed, standard
from fetch.markdown.kinds import KINDS, summary

Rows = NDArray[np.floating]

FLOOR = 0.05  # added to deviations, so that columns which hardly vary do not explode
RIDGE = 0.01
STEPS = 200


def train_kinds(pages: Sequence[tuple[Rows, Rows, str]]) -> StoredKinds:
    """`pages` are features, words and kind. A page of a kind that is not known teaches nothing."""
    known = [(summary(features, words), KINDS.index(kind)) for features, words, kind in pages if kind in KINDS]
    rows = np.stack([row for row, _ in known]).astype(np.float64)
    kinds = np.array([kind for _, kind in known])
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + FLOOR
    rows = np.hstack([standard(rows, mean, scale), np.ones((len(rows), 1))])
    # Rare kinds count for more than their pages, common ones for less, but not so that all kinds weigh the same.
    heft = 1 / np.sqrt(np.bincount(kinds, minlength=len(KINDS))[kinds])
    heft /= heft.sum()
    wanted = np.eye(len(KINDS))[kinds]

    def loss(flat: Rows) -> tuple[float, Rows]:
        weights = flat.reshape(rows.shape[1], len(KINDS))
        told = log_softmax(rows @ weights, axis=1)
        held = np.vstack([weights[:-1], np.zeros((1, len(KINDS)))])
        slope = rows.T @ ((np.exp(told) - wanted) * heft[:, None]) + 2 * RIDGE * held
        return float(-(heft[:, None] * wanted * told).sum() + RIDGE * (held**2).sum()), slope.ravel()

    found = minimize(
        loss, np.zeros(rows.shape[1] * len(KINDS)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    )
    weights = found.x.reshape(rows.shape[1], len(KINDS))
    return StoredKinds(mean=packed(mean), scale=packed(scale), weights=packed(weights[:-1]), bias=packed(weights[-1]))
