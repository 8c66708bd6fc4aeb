"""What bears out that a column of a page is the one that a template learned: more than the look of its values.

Of several columns of text the likest one is no proof: filled by what is left over, a page that lacks one column gets
the values of the next.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence

from agent.extract.columns import Column
from domain.fields import Field, FieldKind
from domain.recognise import RECOGNISED
from domain.templates import ColumnProfile, Template

ALIKE = 0.5  # of the values are of a kind, on both pages
# Of 397 columns of text of Wikipedia's tables one in twenty lies so far from its own other half, and three in four of
# those that change places with another.
FAR = 1.2  # whatever else there is
APART = 0.5  # with another column that is nearer by
NEARER = 0.2
_LINKS = frozenset({FieldKind.URL, FieldKind.IMAGE})  # their attribute is a form of their own
_CELL = re.compile(r"(?:^|/)td(\d+)")


def is_borne_out(
    template: Template, field: Field, seen: ColumnProfile, width: int, others: Callable[[], Sequence[ColumnProfile]]
) -> bool:
    """By a name that only this field's column has, by its place, or by values of a form of their own. A column that is
    called what another field's is, is that one's. A cell's number says something in rows of the same `width` alone, and
    where the texts in it are written as before: `others` are all columns of the page."""
    if field.kind in _LINKS:
        return True
    profile = template.columns[field.name]
    foreign = {anchor for other in template.columns.values() if other.path != profile.path for anchor in other.anchors}
    called, own = set(seen.anchors), set(profile.anchors)
    if called & (own - foreign):
        return True
    if called & (foreign - own):
        return False
    if profile.path == seen.path:
        if not _CELL.search(profile.path):
            return True
        return template.width in {0, width} and not _is_displaced(profile, seen, others)
    if field.kind not in RECOGNISED:
        return False
    return any(
        ours >= ALIKE and theirs >= ALIKE for ours, theirs in zip(profile.rates[:-1], seen.rates[:-1], strict=True)
    )


def _is_displaced(profile: ColumnProfile, seen: ColumnProfile, others: Callable[[], Sequence[ColumnProfile]]) -> bool:
    """Whether other texts stand where a column was: the page has put its columns in another order, or another in its
    place."""
    here = _distance(profile, seen)
    if here is None or here <= APART:
        return False
    there = (_distance(profile, other) for other in others() if other.path != seen.path and _CELL.search(other.path))
    return here > FAR or any(away is not None and here - away > NEARER for away in there)


def _distance(profile: ColumnProfile, other: ColumnProfile) -> float | None:
    """How differently the values of two columns are written; None where too few of either are known. Lengths and counts
    of words are compared by their ratio."""
    if not profile.wording or not other.wording or profile.attribute != other.attribute:
        return None
    apart = sum(abs(ours - theirs) for ours, theirs in zip(profile.rates, other.rates, strict=True))
    apart += abs(math.log((1 + profile.length) / (1 + other.length))) + abs(profile.distinct - other.distinct)
    apart += abs(math.log(max(1.0, profile.wording[0]) / max(1.0, other.wording[0])))
    apart += sum(abs(ours - theirs) for ours, theirs in zip(profile.wording[1:], other.wording[1:], strict=True))
    return apart / 2


def width_of(columns: Iterable[Column]) -> int:
    """The number of the last cell of a table's rows; 0 where rows are no table's."""
    return max((int(cell[1]) for column in columns if (cell := _CELL.search(column.path))), default=0)
