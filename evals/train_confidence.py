"""Fit the table that tells how likely a value is right, on sets of `detail` and `list` cases.

python -m evals.train_confidence DIR [--check] [--limit N]

--check fits on four fifths of the sites and tells how the others come out, five times, and writes nothing.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from agent.extract.confidence import MOST_AGREEING, TABLE_FILE, ConfidenceTable, Signs
from domain.evidence import MatchKind, Method
from domain.fields import FieldKind
from evals.calibration import SURE, Calibration, Judged, calibration_of, judged_values
from evals.cases import read_sets

FOLDS = 5
RIDGE = 3.0  # page-fields: what so many pages say of a weight counts as much as that it is none
_METHODS, _KINDS, _MATCHES = tuple(Method), tuple(FieldKind), tuple(MatchKind)
_FLAGS = ("many", "is_named", "is_guessed", "is_contradicted", "is_derived")


def row_of(signs: Signs) -> list[float]:
    """Bias, one column a method, kind and form of match, the steps of agreement, and the flags."""
    return [
        1.0,
        *(float(signs.method is method) for method in _METHODS),
        *(float(signs.kind is kind) for kind in _KINDS),
        *(float(signs.match is match) for match in _MATCHES),
        *(float(signs.agreeing > step) for step in range(MOST_AGREEING)),
        *(float(getattr(signs, flag)) for flag in _FLAGS),
    ]


def fit(judged: Sequence[Judged], note: str = "") -> ConfidenceTable:
    """Logistic regression with a ridge. Agreement and a caption may only add to the odds, a guess and a contradiction
    only take."""
    rows = np.array([row_of(each.signs) for each in judged])
    right = np.array([each.is_right for each in judged], dtype=float)
    weight = np.array([each.weight for each in judged])
    first_step = 1 + len(_METHODS) + len(_KINDS) + len(_MATCHES)
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * rows.shape[1]
    bounds[first_step : first_step + MOST_AGREEING] = [(0.0, None)] * MOST_AGREEING
    bounds[first_step + MOST_AGREEING + _FLAGS.index("is_named")] = (0.0, None)
    for flag in ("is_guessed", "is_contradicted"):
        bounds[first_step + MOST_AGREEING + _FLAGS.index(flag)] = (None, 0.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        likely = expit(rows @ weights)
        cost = -(weight * (right * np.log(likely + 1e-12) + (1 - right) * np.log(1 - likely + 1e-12))).sum()
        slope = rows.T @ (weight * (likely - right))
        shrunk = np.concatenate([[0.0], weights[1:]])
        return float(cost + RIDGE / 2 * (shrunk**2).sum()), slope + RIDGE * shrunk

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    parts = iter(float(round(value, 4)) for value in found)
    bias = next(parts)
    method = {name: next(parts) for name in _METHODS}
    kind = {name: next(parts) for name in _KINDS}
    match = {name: next(parts) for name in _MATCHES}
    first, second, third = next(parts), next(parts), next(parts)
    many, named, guessed, contradicted, derived = parts
    return ConfidenceTable(
        bias=bias,
        method={name: value for name, value in method.items() if value},
        kind={name: value for name, value in kind.items() if value},
        match={name: value for name, value in match.items() if value},
        agreeing=(first, second, third),
        many=many,
        named=named,
        guessed=guessed,
        contradicted=contradicted,
        derived=derived,
        note=note,
    )


def check(judged: Sequence[Judged]) -> list[tuple[Judged, float]]:
    """Every value with the confidence of a table that never saw its site."""
    told: list[tuple[Judged, float]] = []
    for fold in range(FOLDS):
        seen = [each for each in judged if _fold(each.site) != fold]
        if not seen:
            continue
        table = fit(seen)
        told += [(each, table.confidence(each.signs)) for each in judged if _fold(each.site) == fold]
    return told


def _fold(site: str) -> int:
    return zlib.crc32(site[::-1].encode()) % FOLDS


def described(name: str, told: Calibration) -> str:
    return (
        f"{name:24} ECE {told.error:.3f}  right at {SURE:g} or more {told.sure:.3f} of {told.share:.0%}  "
        f"Brier {told.brier:.3f}  right in all {told.accuracy:.3f}  ({told.values} values)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--limit", type=int, help="this many cases of each set alone")
    wish = parser.parse_args()
    judged = judged_values(read_sets(wish.cases, wish.limit))
    if wish.check:
        told = check(judged)
        for of_set in ("", *dict.fromkeys(each.of_set for each, _ in told)):
            rows = [(each, confidence) for each, confidence in told if of_set in {"", each.of_set}]
            calibration = calibration_of(
                [confidence for _, confidence in rows], [e.is_right for e, _ in rows], [e.weight for e, _ in rows]
            )
            print(described(of_set or "all", calibration))
        return
    print(f"{TABLE_FILE}: {write(judged).note}")


def write(judged: Sequence[Judged]) -> ConfidenceTable:
    """The table that ships, fitted on all."""
    table = fit(judged, note=f"{len(judged)} values of {len({each.site for each in judged})} sites")
    TABLE_FILE.write_bytes(msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n")
    return table


if __name__ == "__main__":
    main()
