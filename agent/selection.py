"""Which merged records a run gives out: those that tell enough, are not excluded, and meet the goal's conditions."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from agent.conditions import Meets, judge
from agent.frontier import Exclusions
from agent.merge import Merged, merge_groups
from agent.words import fold
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
    """`kept`, those that meet all conditions first, not yet cut to the maximum. `unmet` records were left out by a
    condition, `unclear` ones kept unchecked. `leads` tell too little to be given out, and link to a page of their own
    that may tell more."""

    kept: tuple[Merged, ...]
    unmet: int
    unclear: int
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
    if selection.unclear:
        unclear = f"{selection.unclear} records could not be checked against the goal's conditions and were kept"
        yield WarningKind.CONDITION_UNCLEAR, unclear


def select(merged: tuple[Merged, ...], plan: Plan, exclusions: Exclusions) -> Selection:
    kept: list[Merged] = []
    unclear: list[Merged] = []
    leads: list[Merged] = []
    unmet = 0
    for each in merged:
        if is_excluded(each.record, plan, exclusions):
            continue
        if not tells_enough(each.record, plan):
            if any(member.detail_url for member in each.members):
                leads.append(each)
            continue
        verdict = judge(each.record.fields, plan.conditions)
        if verdict is Meets.NO:
            unmet += 1
            continue
        (unclear if verdict is Meets.UNCLEAR else kept).append(each)
    return Selection(kept=(*kept, *unclear), leads=tuple(leads), unmet=unmet, unclear=len(unclear))


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


def cut(kept: tuple[Merged, ...], limit: int) -> tuple[Record, ...]:
    """The first `limit` records, numbered anew; links to records that are not among them are dropped."""
    chosen = [each.record for each in kept[:limit]]
    ids = {record.id for record in chosen}
    return tuple(
        msgspec.structs.replace(
            record,
            position=position,
            possible_duplicates=tuple(other for other in record.possible_duplicates if other in ids),
        )
        for position, record in enumerate(chosen)
    )
