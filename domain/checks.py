"""What became of a condition of the goal on one record."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Meets(StrEnum):
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"  # the value is missing, not shown by its page, or of a form that cannot be compared


class CheckedBy(StrEnum):
    RULES = "rules"
    MODEL = "model"  # rules could not tell; its quote stands on the page


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`condition` is in the caller's own words where they are known; `reason` says which value was compared to what, or
    why none could be."""

    condition: str
    field: str
    verdict: Meets
    reason: str
    by: CheckedBy = CheckedBy.RULES


def verdict_of(checks: Iterable[Check]) -> Meets:
    """All conditions must be met: one plain "no" decides, else one "unclear" does."""
    verdicts = {check.verdict for check in checks}
    if Meets.NO in verdicts:
        return Meets.NO
    return Meets.UNCLEAR if Meets.UNCLEAR in verdicts else Meets.YES
