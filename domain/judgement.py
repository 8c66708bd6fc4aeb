"""Whether a merged record is given out: it must tell enough, be not excluded, and meet the goal's conditions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from domain.checks import Meets, verdict_of
from domain.conditions import checks_of
from domain.exclusions import Exclusions
from domain.fields import FieldKind, make_field
from domain.plans import Plan
from domain.records import Candidate, Record, is_told
from domain.urls import is_http
from domain.words import fold

_NAMING = frozenset({FieldKind.TITLE, FieldKind.PERSON})


class Standing(StrEnum):
    """Why a record is given out or not."""

    KEPT = "kept"
    APART = "apart"  # a condition is unclear: told beside the result
    UNMET = "unmet"  # a condition is not met
    SCANT = "scant"  # it tells too little to be a record
    EXCLUDED = "excluded"  # the caller does not want it


class Judged(msgspec.Struct, frozen=True):
    """The record with its checks, and what becomes of it."""

    record: Record
    standing: Standing


def judged(record: Record, members: Sequence[Candidate], plan: Plan, exclusions: Exclusions) -> Judged:
    if is_excluded(record, plan, exclusions):
        return Judged(record, Standing.EXCLUDED)
    if not tells_enough(record, plan):
        return Judged(record, Standing.SCANT)
    checks = checks_of(
        record.fields,
        plan.conditions,
        about=dict.fromkeys(member.about for member in members if member.about),
        by_model=(check for member in members for check in member.checks),
    )
    standing = {Meets.YES: Standing.KEPT, Meets.UNCLEAR: Standing.APART, Meets.NO: Standing.UNMET}[verdict_of(checks)]
    return Judged(msgspec.structs.replace(record, checks=checks), standing)


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
