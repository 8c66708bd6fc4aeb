"""Dates that head the rows below them: "May 3, 2024", then the things of that day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from agent.extract.miner.groups import Row
from agent.extract.miner.tree import LOOSE, Node, Tree
from domain.dates import find_dates, moment_at

MAX_HEADING = 200  # characters; a date in a longer text is told in passing


class HeadingDate(NamedTuple):
    value: str
    raw: str
    node: Node


class DateHeadings:
    """The dates of a page by their place, found once."""

    def __init__(self, tree: Tree, tag: str, year: int | None) -> None:
        self._found: list[HeadingDate] = []
        for node in tree.root.walk():
            is_own = node.tag == LOOSE or (node.last > node.first and not node.kids)
            if not is_own or node.length > MAX_HEADING:
                continue
            dates = find_dates(node.text, tag, year)
            if dates:
                value, end = moment_at(node.text, dates[0])
                self._found.append(HeadingDate(value, node.text[dates[0].start : end], node))
        self._orders = [date.node.order for date in self._found]

    def above(self, rows: Sequence[Row]) -> dict[int, HeadingDate]:
        """For each row the last date before it that stands in no row."""
        if not self._found:
            return {}
        starts = [row[0].order for row in rows]
        ends = [row[-1].end for row in rows]
        free = [
            place
            for place, order in enumerate(self._orders)
            if (row := bisect_right(starts, order) - 1) < 0 or order >= ends[row]
        ]
        orders = [self._orders[place] for place in free]
        found: dict[int, HeadingDate] = {}
        for number, start in enumerate(starts):
            before = bisect_left(orders, start) - 1
            if before >= 0:
                found[number] = self._found[free[before]]
        return found
