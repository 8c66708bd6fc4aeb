"""What a second look at a run's archive found: which values its pages still say, and which not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from domain.claims import Claim
from domain.evidence import Verdict
from domain.records import Value

MAX_PROBLEMS = 1_000  # told one by one; the others are counted


class Standing(StrEnum):
    """What became of a claim."""

    FOUND = "found"
    NOT_FOUND = "not_found"  # the page is as it was read, and does not say it
    PAGE_CHANGED = "page_changed"  # what the archive has is not what was read
    PAGE_GONE = "page_gone"  # the archive has it no longer


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A place that does not bear its value out. `still_found`: another place does."""

    record_id: str
    field: str
    part: str
    value: Value
    verdict: Verdict
    standing: Standing
    page_id: str
    url: str
    snapshot: str
    still_found: bool


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """`checked` counts values by the verdict that they were given out with, items of lists one by one; `found` those of
    them that some page still says. `by_user` are values that a person gave and no page says, which no page can bear
    out; `unsupported` those that were never given out. `pages` counts the archived pages by what became of them.
    """

    run_id: str
    at: dt.datetime
    checked: dict[Verdict, int]
    found: dict[Verdict, int]
    by_user: int
    unsupported: int
    pages: dict[Standing, int]
    problems: tuple[Problem, ...]
    problems_total: int

    @property
    def holds(self) -> bool:
        """Whether every place still says its value."""
        return self.problems_total == 0


class Tally(msgspec.Struct, frozen=True):
    """Counts of values by verdict, and what is wrong."""

    checked: dict[Verdict, int]
    found: dict[Verdict, int]
    problems: tuple[Problem, ...]


def tallied(told: Iterable[tuple[Claim, Standing]]) -> Tally:
    """A value is found where any place that is said to tell it does; each place that does not is a problem."""
    places: dict[tuple[str, str, str], list[tuple[Claim, Standing]]] = {}
    for claim, standing in told:
        places.setdefault((claim.record_id, claim.field_name, claim.part), []).append((claim, standing))
    checked = {Verdict.SUPPORTED: 0, Verdict.DERIVED: 0}
    found = dict(checked)
    problems: list[Problem] = []
    for each in places.values():
        verdict = _best(claim.evidence.verdict for claim, _ in each)
        is_found = any(standing is Standing.FOUND for _, standing in each)
        checked[verdict] += 1
        found[verdict] += is_found
        problems += [
            _problem(claim, standing, still_found=is_found)
            for claim, standing in each
            if standing is not Standing.FOUND
        ]
    return Tally(checked, found, tuple(problems))


def _best(verdicts: Iterable[Verdict]) -> Verdict:
    return Verdict.SUPPORTED if Verdict.SUPPORTED in set(verdicts) else Verdict.DERIVED


def _problem(claim: Claim, standing: Standing, *, still_found: bool) -> Problem:
    return Problem(
        record_id=claim.record_id,
        field=claim.field_name,
        part=claim.part,
        value=claim.value,
        verdict=claim.evidence.verdict,
        standing=standing,
        page_id=claim.evidence.page_id,
        url=claim.evidence.url,
        snapshot=claim.evidence.snapshot,
        still_found=still_found,
    )


def count_pages(standings: Mapping[str, Standing]) -> dict[Standing, int]:
    """By what became of them: `found` are those that are in the archive as they were read."""
    told = list(standings.values())
    return {standing: told.count(standing) for standing in (Standing.FOUND, Standing.PAGE_CHANGED, Standing.PAGE_GONE)}
