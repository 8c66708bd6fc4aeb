"""Dates that head the rows below them: "May 3, 2024", then the things of that day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from agent.extract.miner.tree import LOOSE, Node, Row, Tree
from domain.dates import find_dates
from domain.times_of_day import moment_at

MAX_GAP = 3000  # characters outside the rows between a heading and what it heads: more is another part of the page
MAX_HEADING = 200  # characters; a date in a longer text is told in passing

LIST_DATES = 3  # in one part of the page: entries of a list
BESIDE = 8  # characters besides its date: an entry that has more tells of a thing
MOSTLY = 0.8  # of the entries do


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
        self._lengths = tree.lengths

    def above(self, rows: Sequence[Row]) -> dict[int, HeadingDate]:
        """For each row the last date before it that stands in no row and heads it: little else lies between."""
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
        within = [0]  # characters in the rows before each row
        for row in rows:
            within.append(within[-1] + self._lengths[row[-1].last] - self._lengths[row[0].first])
        found: dict[int, HeadingDate] = {}
        for number, row in enumerate(rows):
            before = bisect_left(orders, row[0].order) - 1
            if before < 0:
                continue
            heading = self._found[free[before]]
            if self._is_in_list(heading.node, row[0].order):
                continue
            first = bisect_right(starts, heading.node.order)
            between = self._lengths[row[0].first] - self._lengths[heading.node.last]
            if between - (within[number] - within[min(first, number)]) <= MAX_GAP:
                found[number] = heading
        return found

    def _is_in_list(self, node: Node, before: int) -> bool:
        """Whether a date is one of several that things are told with, in a part of the page that ends above a row: then
        it is of an entry of another list, and heads nothing."""
        for around in node.ancestors():
            if around.end > before:
                return False
            if self._dates_in(around) >= LIST_DATES:
                entries = [kid for kid in around.kids if self._dates_in(kid)]
                telling = sum(kid.length >= node.length + BESIDE for kid in entries)
                return len(entries) >= LIST_DATES and telling >= MOSTLY * len(entries)
        return False

    def _dates_in(self, node: Node) -> int:
        return bisect_left(self._orders, node.end) - bisect_left(self._orders, node.order)
