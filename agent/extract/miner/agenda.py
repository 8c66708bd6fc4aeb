"""Rows that are known by their dates: the parts of a page that begin with one each, however they are marked up."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from agent.extract.miner.context import HeadingDate
from agent.extract.miner.groups import Group
from agent.extract.miner.tree import LOOSE, SEPARATOR, Node, Row, Tree
from agent.extract.vocabulary import concepts_of
from domain.dates import find_dates
from domain.fields import Field, FieldKind
from domain.times_of_day import find_times, moment_at

MAX_LINE = 120  # characters: a longer text tells a date in passing
MAX_PARTS = 40  # characters of a date whose parts are elements: "09", "Jan", "Tuesday"
LEAST_ROWS = 3
SEVERAL = 1.8  # things under each date: then the dates are headings
DISTINCT = 0.8  # of the things under dates have words of their own; papers ("Agenda", "Minutes") have not
SHORTEST_PART = 8  # characters
MAX_ROW = 12  # elements after a date that may still tell of it
MAX_YEAR_LINE = 40  # characters: "Schedule for 2021" heads what follows, a longer text does not

_WHEN = frozenset({"start", "end", "deadline"})  # concepts of fields that say when a thing is
_YEAR = re.compile(r"(?<![\d/.-])(?:19[5-9]\d|20[0-4]\d)(?![\d/.-])")


def is_schedule(fields: Sequence[Field]) -> bool:
    """Whether things are asked for that are known by when they are: nothing else tells them apart, no code does."""
    if any(field.kind is FieldKind.IDENTIFIER for field in fields):
        return False
    return any(
        field.kind is FieldKind.DATE and not _WHEN.isdisjoint(concepts_of(field.name)[:1] or (field.name,))
        for field in fields
    )


class YearHeadings:
    """The years that short lines of a page state, by their place: they complete the dates below them."""

    def __init__(self, tree: Tree) -> None:
        self._orders: list[int] = []
        self._years: list[int] = []
        for node in _texts(tree):
            if node.length > MAX_YEAR_LINE:
                continue
            stated = _YEAR.search(node.text)
            if stated is not None and not any(map(str.isdigit, node.text.replace(stated[0], "", 1))):
                self._orders.append(node.order)
                self._years.append(int(stated[0]))

    def at(self, order: int) -> int | None:
        """The year stated last before a place."""
        place = bisect_right(self._orders, order) - 1
        return self._years[place] if place >= 0 else None


def _texts(tree: Tree) -> Iterator[Node]:
    for node in tree.root.walk():
        if node.last > node.first and (node.tag == LOOSE or not node.kids):
            yield node


def dated_groups(tree: Tree, years: YearHeadings, tag: str, year: int | None) -> Iterator[Group]:
    """The runs of a page's dated lines, each cut before its dates; those of one kind of place are one group."""
    dates = _anchors(tree, years, tag, year)
    if len(dates) < LEAST_ROWS:
        return
    orders = [date.node.order for date in dates]
    places: dict[tuple[str, ...], list[tuple[Row, HeadingDate]]] = defaultdict(list)
    for parent in {id(node): node for date in dates for node in date.node.ancestors()}.values():
        marked = [kid for kid in parent.kids if _count(orders, kid) == 1]
        if not marked or _count(orders, parent) == 1:
            continue
        for row in _cut(parent, marked, orders):
            place = bisect_left(orders, row[0].order)
            places[_path(parent)].append((row, dates[place]))
    for found in places.values():
        if len(found) >= LEAST_ROWS and not _are_headings([row for row, _ in found]):
            found.sort(key=lambda pair: pair[0][0].order)
            yield Group(rows=tuple(row for row, _ in found), is_flat=True, dates=tuple(date for _, date in found))


def _are_headings(rows: Sequence[Row]) -> bool:
    """Whether each date heads several things: parts of one kind that differ from all others, or have hours."""
    parts = [part.text for row in rows for part in _parts(row[1:])]
    if len(parts) < SEVERAL * len(rows):
        return False
    timed = sum(bool(find_times(part)) for part in parts)
    return timed > len(parts) / 2 or len(set(parts)) >= DISTINCT * len(parts)


def _parts(nodes: Sequence[Node]) -> list[Node]:
    """The largest set of parts of one kind, among some elements or right in one of them."""
    best: list[Node] = []
    for siblings in (nodes, *(node.kids for node in nodes)):
        kinds: dict[str, list[Node]] = defaultdict(list)
        for node in siblings:
            if node.length >= SHORTEST_PART:
                kinds[node.signature].append(node)
        best = max((best, *kinds.values()), key=len)
    return best


def _anchors(tree: Tree, years: YearHeadings, tag: str, year: int | None) -> list[HeadingDate]:
    """The innermost elements that tell one date each: lines, or a few words whose day and month are marked up apart."""
    found: list[HeadingDate] = []
    for node in reversed(list(tree.root.walk())):
        is_line = node.tag == LOOSE or not node.kids
        if node.last == node.first or node.length > (MAX_LINE if is_line else MAX_PARTS):
            continue
        if found and found[-1].node.order < node.end:
            continue  # one of its parts has told it
        dates = find_dates(node.text, tag, years.at(node.order) or year)
        if len(dates) == 1:
            value, end = moment_at(node.text, dates[0])
            found.append(HeadingDate(value, node.text[dates[0].start : end], node))
    return found[::-1]


def _count(orders: Sequence[int], node: Node) -> int:
    return bisect_left(orders, node.end) - bisect_left(orders, node.order)


def _path(node: Node) -> tuple[str, ...]:
    return tuple(above.tag for above in (node, *node.ancestors()))


def _cut(parent: Node, marked: Sequence[Node], orders: Sequence[int]) -> Iterator[Row]:
    """Each child with a date, and those after it up to the next that has one. What follows the last is as long as what
    follows the others."""
    places = {id(kid): place for place, kid in enumerate(parent.kids)}
    starts = [places[id(kid)] for kid in marked]
    dated = [place for place, kid in enumerate(parent.kids) if _count(orders, kid)]
    gaps = sorted(dated[bisect_right(dated, start)] - start for start in starts if start < dated[-1])
    usual = gaps[len(gaps) // 2] if gaps else 1
    for start in starts:
        after = bisect_right(dated, start)
        end = min(dated[after] if after < len(dated) else start + usual, start + MAX_ROW)
        yield tuple(kid for kid in parent.kids[start:end] if kid.tag not in {"br", "hr", SEPARATOR})
