"""Figures as ratios of sums: a mean is a sum over a count, micro F1 is twice the hits over given and wanted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec
import numpy as np

RESAMPLES = 400  # of the bootstrap: its deviation is then known to within about 4 %
SEED = 20_240_501


class Tally(msgspec.Struct, frozen=True):
    """What one case adds to one metric. A denominator of 0 means that the case says nothing of this metric."""

    metric: str
    numerator: float
    denominator: float = 1.0


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """`count` is the number of cases that say something of it; `deviation` the bootstrap's, over sites."""

    name: str
    value: float
    deviation: float
    count: int


def f1_tallies(name: str, hits: float, given: float, wanted: float) -> tuple[Tally, ...]:
    """Micro precision, recall and F1 of one case."""
    return (
        Tally(f"{name} P", hits, given),
        Tally(f"{name} R", hits, wanted),
        Tally(f"{name} F1", 2 * hits, given + wanted),
    )


def f1(hits: float, given: float, wanted: float) -> float:
    return 2 * hits / (given + wanted) if given + wanted else 0.0


def metrics_of(tallies: Iterable[tuple[str, tuple[Tally, ...]]]) -> tuple[Metric, ...]:
    """Each metric over all cases, in the order in which cases first told of it. `tallies` are (site, its tallies)."""
    rows: defaultdict[str, list[tuple[str, float, float]]] = defaultdict(list)
    for site, of_case in tallies:
        for tally in of_case:
            if tally.denominator:
                rows[tally.metric].append((site, tally.numerator, tally.denominator))
    return tuple(_metric(name, told) for name, told in rows.items())


def _metric(name: str, told: list[tuple[str, float, float]]) -> Metric:
    by_site: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for site, numerator, denominator in told:
        by_site[site][0] += numerator
        by_site[site][1] += denominator
    sums = np.array([by_site[site] for site in sorted(by_site)])
    drawn = np.random.default_rng(SEED).integers(0, len(sums), size=(RESAMPLES, len(sums)))
    resampled = sums[drawn].sum(axis=1)
    deviation = float(np.std(resampled[:, 0] / resampled[:, 1])) if len(sums) > 1 else 0.0
    value = float(sums[:, 0].sum() / sums[:, 1].sum())
    return Metric(name=name, value=value, deviation=deviation, count=len(told))
