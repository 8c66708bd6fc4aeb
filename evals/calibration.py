"""Whether a confidence means what it says: of the values told with .9, nine in ten are right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from agent.extract.cascade import read_page
from agent.extract.confidence import Signs, judged_by, shipped_confidence
from agent.extract.reading import Ask
from domain.fields import Field, FieldKind
from domain.records import Candidate, is_told, plain_values
from evals.cases import Case, CaseSet, GoldRecord, TaskName
from evals.compare import common_items, same_exactly, same_value
from evals.deadlines import CaseTimedOut, deadline
from evals.readers import saved_page
from evals.scorers import HALF, judged, similarity
from evals.sites import sites_of

BINS = 10
SURE = 0.9
ITEMS_RIGHT = 0.8  # F1 of a list's items from which the list counts as right
CASE_DEADLINE_S = 60.0


class Judged(NamedTuple):
    """A value that was told, and whether it is right. A page's values of one field weigh one together: a list of a
    thousand rows is no thousand findings."""

    site: str
    of_set: str
    signs: Signs
    confidence: float
    is_right: bool
    weight: float


class Calibration(NamedTuple):
    """`error` is the expected calibration error, `sure` the accuracy of values told with .9 or more, `share` theirs of
    all; `brier` the mean squared error of the confidence."""

    error: float
    sure: float
    share: float
    brier: float
    accuracy: float
    values: int


def calibration_of(confidences: Sequence[float], right: Sequence[bool], weights: Sequence[float]) -> Calibration:
    told, hit, weight = (np.array(each, dtype=float) for each in (confidences, right, weights))
    total = weight.sum()
    bins = np.minimum((told * BINS).astype(int), BINS - 1)
    error = 0.0
    for number in range(BINS):
        of_bin = bins == number
        if share := weight[of_bin].sum():
            gap = abs(
                np.average(told[of_bin], weights=weight[of_bin]) - np.average(hit[of_bin], weights=weight[of_bin])
            )
            error += share / total * gap
    sure = told >= SURE
    return Calibration(
        error=float(error),
        sure=float(np.average(hit[sure], weights=weight[sure])) if weight[sure].sum() else 0.0,
        share=float(weight[sure].sum() / total),
        brier=float(np.average((told - hit) ** 2, weights=weight)),
        accuracy=float(np.average(hit, weights=weight)),
        values=len(told),
    )


def judged_values(sets: Sequence[CaseSet]) -> list[Judged]:
    """Every value that is told of the pages of these sets, where gold says whether it is right."""
    return [
        value
        for of_set in sets
        for case, site in zip(of_set.cases, sites_of(of_set.cases), strict=True)
        if case.task in {TaskName.DETAIL, TaskName.LIST}
        for value in _of_case(case, of_set, site)
    ]


def _of_case(case: Case, of_set: CaseSet, site: str) -> list[Judged]:
    page, gold = saved_page(case.url, of_set.source(case.html)), case.records()
    seen: list[Signs] = []

    def look(signs: Signs) -> float:
        """The place among the signs seen stands in for the confidence: that is how a value is told from another."""
        seen.append(signs)
        return float(len(seen))

    try:
        with deadline(CASE_DEADLINE_S), judged_by(look):
            candidates = read_page(page, Ask(fields=case.asked, many=case.task is TaskName.LIST)).candidates
    except CaseTimedOut:
        return []
    told: dict[str, list[tuple[Signs, bool]]] = {}
    for candidate, wanted in _pairs(case, candidates, gold, page.text):
        for field in case.asked:
            found = candidate.fields.get(field.name)
            if found is None or not is_told(found) or not (1 <= found.confidence <= len(seen)):
                continue
            right = _is_right(case.task, field, found.value, wanted)
            if right is not None:
                told.setdefault(field.name, []).append((seen[int(found.confidence) - 1], right))
    return [
        Judged(site, of_set.name, signs, shipped_confidence(signs), right, 1 / len(values))
        for values in told.values()
        for signs, right in values
    ]


def _pairs(
    case: Case, candidates: Sequence[Candidate], gold: Sequence[GoldRecord], page_text: str
) -> Iterator[tuple[Candidate, GoldRecord | None]]:
    """Each record with the gold that it is; None where it is none of them.

    Gold of some lists is a selection (a calendar's next meetings), and does not say whether what it leaves out was read
    rightly. So a record like those that it has is left out too, where at least half of gold was found.
    """
    if case.task is TaskName.DETAIL:
        yield from ((candidate, gold[0]) for candidate in candidates[:1] if gold)
        return
    if not gold:
        return
    gold = tuple(judged(record, case.asked, page_text) for record in gold)
    alike = np.array(
        [[similarity(plain_values(each.fields), wanted, case.asked) for wanted in gold] for each in candidates]
    )
    matched: dict[int, int] = {}
    if alike.size:
        rows, columns = linear_sum_assignment(alike, maximize=True)
        matched = {int(r): int(c) for r, c in zip(rows, columns, strict=True) if alike[r, c] >= HALF}
    whole = _usual_fields([candidates[number] for number in matched])
    is_found = len(matched) >= HALF * len(gold)
    for number, candidate in enumerate(candidates):
        if number in matched:
            yield candidate, gold[matched[number]]
        elif not (is_found and whole <= _told_fields(candidate)):
            yield candidate, None


def _usual_fields(candidates: Sequence[Candidate]) -> set[str]:
    """The fields that at least half of these records tell."""
    counts = Counter(name for candidate in candidates for name in _told_fields(candidate))
    return {name for name, count in counts.items() if count >= HALF * len(candidates)}


def _told_fields(candidate: Candidate) -> set[str]:
    return {name for name, value in candidate.fields.items() if is_told(value)}


def _is_right(task: TaskName, field: Field, given: object, wanted: GoldRecord | None) -> bool | None:
    """None where gold does not say."""
    if wanted is None:
        return False
    gold = wanted.get(field.name)
    if gold in (None, "", []):
        return False if task is TaskName.DETAIL and not field.many else None
    if field.many:
        ours, theirs = _listed(given), _listed(gold)
        common = common_items(field, ours, theirs)
        return 2 * common / (len(ours) + len(theirs)) >= ITEMS_RIGHT
    if task is TaskName.DETAIL:
        return any(same_exactly(field, given, item) or _says(field, given, item) for item in _listed(gold))
    return same_value(field, given, gold)


def _says(field: Field, given: object, gold: object) -> bool:
    """Whether a text says what gold says in words of its own: "Serves 8" and "8 servings"."""
    if field.kind is not FieldKind.TEXT:
        return False
    ours, theirs = (re.findall(r"\d+", str(text)) for text in (given, gold))
    return bool(theirs) and ours[:1] == theirs[:1]


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
