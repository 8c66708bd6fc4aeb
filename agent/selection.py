"""Which merged records a run gives out: those that tell enough, are not excluded, and meet the goal's conditions."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from agent.conditions import checks_of
from agent.frontier import Exclusions
from agent.merge import Merged, merge_groups
from agent.words import fold
from domain.checks import Meets, verdict_of
from domain.events import WarningKind
from domain.fields import FieldKind, make_field
from domain.plans import Plan
from domain.records import Candidate, Record, is_told
from domain.urls import is_http
from fetch.offload import Offloader

MERGE_HERE = 200  # candidates up to which a merge is quicker than sending them to another process
MERGE_DEADLINE_S = 60.0  # 5,000 candidates of ten sites take a few seconds

_NAMING = frozenset({FieldKind.TITLE, FieldKind.PERSON})


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """`kept` meet all conditions; they are not yet cut to the maximum. `apart` leave a condition unclear: they are told
    beside the result and not counted to it. `unmet` records were left out by a condition. `leads` tell too little to be
    given out, and link to a page of their own that may tell more."""

    kept: tuple[Merged, ...]
    unmet: int = 0
    apart: tuple[Merged, ...] = ()
    leads: tuple[Merged, ...] = ()


async def selected(
    candidates: tuple[Candidate, ...], plan: Plan, exclusions: Exclusions, offload: Offloader
) -> Selection:
    """All candidates, in the order of their pages, merged and judged."""
    if len(candidates) <= MERGE_HERE:
        merged = merge_groups(candidates, plan)
    else:
        merged = await offload.run(merge_groups, candidates, plan, deadline_s=MERGE_DEADLINE_S)
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
        if is_excluded(each.record, plan, exclusions):
            continue
        if not tells_enough(each.record, plan):
            if any(member.detail_url for member in each.members):
                leads.append(each)
            continue
        checked = _checked(each, plan)
        verdict = verdict_of(checked.record.checks)
        if verdict is Meets.NO:
            unmet += 1
            continue
        (apart if verdict is Meets.UNCLEAR else kept).append(checked)
    return Selection(kept=tuple(kept), leads=tuple(leads), unmet=unmet, apart=tuple(apart))


def _checked(merged: Merged, plan: Plan) -> Merged:
    checks = checks_of(
        merged.record.fields,
        plan.conditions,
        about=dict.fromkeys(member.about for member in merged.members if member.about),
        by_model=(check for member in merged.members for check in member.checks),
    )
    return msgspec.structs.replace(merged, record=msgspec.structs.replace(merged.record, checks=checks))


def is_unclear(candidate: Candidate, plan: Plan, about: str) -> bool:
    """Whether a page's own words, its line `about` its place among them, leave a condition open for what it tells."""
    lines = (about,) if about else ()
    checks = checks_of(candidate.fields, plan.conditions, about=lines, by_model=candidate.checks)
    return verdict_of(checks) is Meets.UNCLEAR


def tells_enough(record: Record, plan: Plan) -> bool:
    """One asked value, or two where three or more are asked: a lone match among many fields is a menu, not a thing."""
    told = {name for name, found in record.fields.items() if is_told(found)}
    if not plan.fields:
        return bool(told)
    asked = {field.name for field in plan.fields}
    return len(told & asked) >= (2 if len(asked) >= 3 else 1)


def is_excluded(record: Record, plan: Plan, exclusions: Exclusions) -> bool:
    """By the thing's name, or because a link of it is excluded."""
    kinds = {field.name: field.kind for field in plan.fields}
    for name, found in record.fields.items():
        if not isinstance(found.value, str):
            continue
        kind = kinds.get(name) or make_field(name).kind
        if kind in _NAMING and fold(found.value) in exclusions.names:
            return True
        if kind is FieldKind.URL and is_http(found.value) and exclusions.bars(found.value):
            return True
    return False


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
