"""A job checked again, as this dialect tells it."""

from __future__ import annotations

import msgspec

from api.wire.scrapehub.jobs import job_id_of, job_url
from api.wire.times import iso_seconds
from domain.evidence import Verdict
from domain.verification import Problem, Standing, Verification


class CountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Values that were given out with a verdict, and how many of them their pages still say."""

    checked: int
    found: int


class ProblemOut(msgspec.Struct, frozen=True, kw_only=True):
    """A place that does not bear its value out. `problem` says why: `not_found`, the archived page does not say it;
    `page_changed`, the archive does not have what was read; `page_gone`, it has nothing. `still_found`: another place
    says the value."""

    record_id: str
    field: str
    part: str
    value: object
    verdict: Verdict
    problem: Standing
    still_found: bool
    page_id: str
    page_url: str
    url: str
    snapshot: str


class VerificationOut(msgspec.Struct, frozen=True, kw_only=True):
    """`holds`: every place still says its value. `values` counts them by the verdict that they were given out with,
    items of lists one by one. Those `by_user` no page says, and the `unsupported` ones were never given out: neither
    can be checked. `pages` counts archived pages: `found` as they were read, `page_changed`, `page_gone`. Of
    `problems` the first 1,000 are listed, `problems_total` are there."""

    job_id: str
    verified_at: str
    holds: bool
    values: dict[Verdict, CountOut]
    by_user: int
    unsupported: int
    pages: dict[Standing, int]
    problems: list[ProblemOut]
    problems_total: int


def render_verification(told: Verification) -> VerificationOut:
    return VerificationOut(
        job_id=job_id_of(told.run_id),
        verified_at=iso_seconds(told.at),
        holds=told.holds,
        values={verdict: CountOut(checked=count, found=told.found[verdict]) for verdict, count in told.checked.items()},
        by_user=told.by_user,
        unsupported=told.unsupported,
        pages=told.pages,
        problems=[_problem(problem, job_url(told.run_id)) for problem in told.problems],
        problems_total=told.problems_total,
    )


def _problem(problem: Problem, base: str) -> ProblemOut:
    return ProblemOut(
        record_id=problem.record_id,
        field=problem.field,
        part=problem.part,
        value=problem.value,
        verdict=problem.verdict,
        problem=problem.standing,
        still_found=problem.still_found,
        page_id=problem.page_id,
        page_url=f"{base}/pages/{problem.page_id}",
        url=problem.url,
        snapshot=problem.snapshot,
    )
