"""Rows that a page shows a second time: one list for wide screens and one for narrow ones, or above a map and below."""

from __future__ import annotations

from collections.abc import Sequence

from agent.extract.miner.tree import Row
from agent.extract.reading import FoundRow, FoundValue

LEAST = 2  # rows of a copy: one row may well be like another


def copies_in(rows: Sequence[Row], found: Sequence[FoundRow]) -> frozenset[int]:
    """The numbers of rows that stand in a container which holds the same rows as an earlier one, all of them, in the
    same order, and tells the same of each. Rows of the page's data have no container: none of them is a copy."""
    if len(rows) != len(found) or len(rows) < 2 * LEAST:
        return frozenset()
    runs: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        parent = row[0].parent
        runs.setdefault(parent.order if parent is not None else -1, []).append(number)
    known: set[tuple[object, ...]] = set()
    copies: set[int] = set()
    for run in runs.values():
        told = tuple((_shown(rows[number]), _told(found[number])) for number in run)
        if len(run) >= LEAST and told in known:
            copies.update(run)
        known.add(told)
    return frozenset(copies)


def _shown(row: Row) -> str:
    return "\n".join(node.text for node in row)


def _told(row: FoundRow) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(map(_value, value.items or (value,)))) for name, value in sorted(row.items()))


def _value(found: FoundValue) -> str:
    return str(found.raw if found.value is None else found.value)
