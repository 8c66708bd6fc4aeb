"""Rows that are sections of a page: most of their text lies in parts which repeat."""

from __future__ import annotations

import statistics
from collections import Counter

from agent.extract.miner.shapes import Shapes
from agent.extract.miner.tree import LOOSE, Node, Row

_LEAF_TAGS = frozenset({"td", LOOSE, "br", "p", "span", "a"})


class Sections:
    """Of one page; each element is looked at once."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._lengths: dict[int, float] = {}

    def share(self, row: Row) -> float:
        """The share of a row's text that lies in parts of it which repeat and have parts themselves."""
        total = sum(node.length for node in row)
        largest = 0.0
        for top in row:
            for node in top.walk():
                if len(node.kids) >= 3:
                    largest = max(largest, self._section_length(node))
        return largest / (total + 1)

    def _section_length(self, parent: Node) -> float:
        known = self._lengths.get(parent.order)
        if known is not None:
            return known
        length = 0.0
        kids = [kid for kid in parent.kids if kid.kids and kid.tag not in _LEAF_TAGS]
        if len(kids) >= 3:
            signature, count = Counter(kid.signature for kid in kids).most_common(1)[0]
            alike = [kid for kid in kids if kid.signature == signature]
            shape = self._shapes.of(alike[0])
            if count >= 3 and len(self._shapes.paths(shape)) >= 2:
                overlap = statistics.fmean(self._shapes.overlap(shape, self._shapes.of(kid)) for kid in alike[1:])
                if overlap > 0.6:
                    length = float(sum(kid.length for kid in alike))
        self._lengths[parent.order] = length
        return length
