"""Whether another source of a page tells another price of the same thing.

Only prices are held against each other: texts and dates of two sources differ by how they are written.
"""

from __future__ import annotations

import msgspec

from agent.extract.currencies import are_two_currencies
from agent.extract.reading import FoundValue
from domain.fields import Field, FieldKind

MAX_CONFLICTS = 3  # other values kept beside the chosen one
CENTS = 100
CLOSE = 0.005  # of a price: half a cent


def with_contradiction(ours: FoundValue, theirs: FoundValue, field: Field) -> FoundValue:
    """A value, in conflict with that of another source where the two cannot both be right."""
    if field.kind is not FieldKind.PRICE or field.many or not _contradicts(ours, theirs):
        return ours
    why = ours.chosen_for or f"its row is read by {ours.method.value}, the other by {theirs.method.value}"
    return msgspec.structs.replace(ours, conflicts=(*ours.conflicts, theirs)[:MAX_CONFLICTS], chosen_for=why)


def _contradicts(ours: FoundValue, theirs: FoundValue) -> bool:
    """By another amount, or by the same in another currency. Scripts that count in cents say the same."""
    if not isinstance(ours.value, int | float) or not isinstance(theirs.value, int | float):
        return False
    if abs(ours.value - theirs.value) < CLOSE:
        signs = f"{ours.raw} {theirs.raw}"
        return are_two_currencies(ours.unit, theirs.unit, signs)
    return abs(ours.value * CENTS - theirs.value) >= CLOSE
