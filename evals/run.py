"""Run cases and tell how well they were read."""

from __future__ import annotations

import logging
import time
import zlib
from pathlib import Path

import msgspec

from domain.errors import InvalidInput
from evals.cases import CaseSet, read_sets
from evals.readers import GoalRunner, score_case
from evals.report import CaseError, Report, SetReport, write_report
from evals.sites import sites_of
from evals.tally import Tally, metrics_of

log = logging.getLogger(__name__)

CASE_DEADLINE_S = 60  # ten times the slowest saved page; a page that hangs must not hang the rest


def run_eval(
    cases: Path, limit: int | None = None, report: Path | None = None, *, run_goal: GoalRunner | None = None
) -> Report:
    """Score every case of a set, or of each set in a folder of sets.

    `limit` takes so many cases of each set. `report` is where to write: JSON there and HTML beside it (either suffix
    will do). `run_goal` runs goal cases. A reading that fails is scored as one that found nothing, and told; a case
    that is broken itself is told and unscored. Raises InvalidInput where there are no cases.
    """
    began = time.perf_counter()
    sets = tuple(run_set(of_set, run_goal) for of_set in read_sets(cases, limit))
    result = Report(sets=sets, elapsed_s=round(time.perf_counter() - began, 1))
    if report is not None:
        write_report(result, report)
    return result


def run_set(of_set: CaseSet, run_goal: GoalRunner | None = None) -> SetReport:
    tallies: list[tuple[str, tuple[Tally, ...]]] = []
    errors: list[CaseError] = []
    times: list[float] = []
    sites = sites_of(of_set.cases)
    for case, site in zip(of_set.cases, sites, strict=True):
        try:
            scored = score_case(case, of_set, run_goal, CASE_DEADLINE_S)
        except (OSError, EOFError, zlib.error, msgspec.DecodeError, InvalidInput) as fault:
            errors.append(CaseError(id=case.id, fault=f"unscored: {type(fault).__name__}: {fault}"[:500]))
            continue
        if scored.fault:
            log.warning("reading failed", extra={"set": of_set.name, "case": case.id, "fault": scored.fault})
            errors.append(CaseError(id=case.id, fault=scored.fault))
        tallies.append((site, scored.tallies))
        times.append(scored.elapsed_ms)
    return SetReport(
        name=of_set.name,
        tasks=tuple(sorted({case.task for case in of_set.cases})),
        total=of_set.total,
        cases=len(of_set.cases),
        errors=tuple(errors),
        sites=len(set(sites)),
        metrics=metrics_of(tallies),
        times_ms=tuple(round(elapsed, 2) for elapsed in sorted(times)),
    )
