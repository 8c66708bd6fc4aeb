"""Rows that no reader of a page sees: what a script has filtered out, or fills in and shows later.

A list that is hidden as a whole is the page's where the page keeps it a click away: in a tab or an accordion, or where
a control names what hides it. In a menu, a dialog or the suggestions of a search it is none. Elsewhere it may be what a
script is yet to show; it counts for less than what is seen.
"""

from __future__ import annotations

import msgspec

from agent.extract.miner.groups import Group
from agent.extract.miner.tree import LOOSE, Node, Row, Tree, frames
from agent.extract.sight import LATER, Sights


class Unseen:
    """Of one page. A hidden row is seen where a control of the page shows it: one that names it, or a "show more" below
    a list whose last rows are hidden."""

    def __init__(self, tree: Tree) -> None:
        self._sights = Sights(tree.root.element)

    def factor(self, group: Group) -> float:
        """1 where the page shows a group's rows or keeps them a click away; 0 where they are what a menu hides."""
        parent = group.rows[0][0].parent
        own = LATER if all(map(self._is_hidden, group.rows)) else 1.0
        return min(own, self._around(parent) if parent is not None else 1.0)

    def _around(self, node: Node) -> float:
        return self._sights.around(node.element)

    def without(self, group: Group) -> Group:
        """The group's rows that are seen, where any row is."""
        hidden = [number for number, row in enumerate(group.rows) if self._is_later(row)]
        if not hidden or len(hidden) == len(group.rows):
            return group
        is_tail = hidden[0] == len(group.rows) - len(hidden)
        if is_tail and self._sights.shows_more:
            return group
        dropped = set(hidden)
        kept = [number for number in range(len(group.rows)) if number not in dropped]
        return msgspec.structs.replace(
            group,
            rows=tuple(group.rows[number] for number in kept),
            dates=tuple(group.dates[number] for number in kept) if group.dates else (),
        )

    def _is_hidden(self, row: Row) -> bool:
        return all(any(map(self._hides, frames(node))) for node in row)

    def _is_later(self, row: Row) -> bool:
        parent = row[0].parent
        return self._is_hidden(row) or (parent is not None and self._around(parent) < 1)

    def _hides(self, node: Node) -> bool:
        return node.tag != LOOSE and self._sights.hides(node.element)
