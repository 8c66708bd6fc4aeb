"""Which merged records a run gives out: those that tell enough, are not excluded, and meet the goal's conditions."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from agent.merge import Merged, merge_groups
from domain.checks import Meets, verdict_of
from domain.conditions import checks_of
from domain.decisions import Decision
from domain.events import WarningKind
from domain.exclusions import Exclusions
from domain.judgement import Standing, judged
from domain.plans import Plan
from domain.records import Candidate, Record
from fetch.offload import Offloader

MERGE_HERE = 200  # candidates up to which a merge is quicker than sending them to another process
MERGE_DEADLINE_S = 60.0  # 5,000 candidates of ten sites take a few seconds


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """`kept` meet all conditions; they are not yet cut to the maximum. `apart` leave a condition unclear: they are told
    beside the result and not counted to it. `unmet` records were left out by a condition. `leads` tell too little to be
    given out, and link to a page of their own that may tell more."""

    kept: tuple[Merged, ...]
    unmet: int = 0
    apart: tuple[Merged, ...] = ()
    leads: tuple[Merged, ...] = ()


async def selected(
    candidates: tuple[Candidate, ...],
    plan: Plan,
    exclusions: Exclusions,
    offload: Offloader,
    decisions: tuple[Decision, ...] = (),
) -> Selection:
    """All candidates, in the order of their pages, merged as people decided and else by what they say, and judged."""
    if len(candidates) <= MERGE_HERE:
        merged = merge_groups(candidates, plan, decisions)
    else:
        merged = await offload.run(merge_groups, candidates, plan, decisions, deadline_s=MERGE_DEADLINE_S)
    return select(merged, plan, exclusions)


def gaps_of(selection: Selection) -> Iterator[tuple[WarningKind, str]]:
    """What the caller should know of the conditions of the goal."""
    if selection.unmet:
        unmet = f"{selection.unmet} records did not meet the goal's conditions and were left out"
        yield WarningKind.CONDITION_UNMET, unmet
    if selection.apart:
        number = len(selection.apart)
        unclear = f"{number} records could not be checked against the goal's conditions and are kept apart"
        yield WarningKind.CONDITION_UNCLEAR, unclear


def only_apart(number: int) -> str:
    """Why a run that has found things has no result; empty where it has found none."""
    if not number:
        return ""
    return f"What was found ({number}) could not be checked against the goal's conditions, and is kept apart."


def select(merged: tuple[Merged, ...], plan: Plan, exclusions: Exclusions) -> Selection:
    kept: list[Merged] = []
    apart: list[Merged] = []
    leads: list[Merged] = []
    unmet = 0
    for each in merged:
        found = judged(each.record, each.members, plan, exclusions)
        checked = msgspec.structs.replace(each, record=found.record)
        match found.standing:
            case Standing.KEPT:
                kept.append(checked)
            case Standing.APART:
                apart.append(checked)
            case Standing.UNMET:
                unmet += 1
            case Standing.SCANT if any(member.detail_url for member in each.members):
                leads.append(checked)
    return Selection(kept=tuple(kept), leads=tuple(leads), unmet=unmet, apart=tuple(apart))


def is_unclear(candidate: Candidate, plan: Plan, about: str) -> bool:
    """Whether a page's own words, its line `about` its place among them, leave a condition open for what it tells."""
    lines = (about,) if about else ()
    checks = checks_of(candidate.fields, plan.conditions, about=lines, by_model=candidate.checks)
    return verdict_of(checks) is Meets.UNCLEAR


def cut(selection: Selection, limit: int) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """The first `limit` records, and the first so many of those kept apart, each numbered anew; links to records that
    are in neither are dropped."""
    groups = selection.kept[:limit], selection.apart[:limit]
    ids = {each.record.id for group in groups for each in group}
    records, apart = (
        tuple(
            msgspec.structs.replace(
                each.record,
                position=position,
                possible_duplicates=tuple(other for other in each.record.possible_duplicates if other in ids),
            )
            for position, each in enumerate(group)
        )
        for group in groups
    )
    return records, apart
