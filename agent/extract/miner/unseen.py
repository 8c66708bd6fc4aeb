"""Rows that no reader of a page sees: what a script has filtered out, or fills in and shows later."""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

from agent.extract.hidden import hides
from agent.extract.miner.groups import Group
from agent.extract.miner.tree import LOOSE, Node, Row, Tree, frames
from agent.extract.pagination import NEXT_WORDS

MAX_CONTROL = 40  # characters of a button; a longer text is none

_MORE = re.compile(rf"\W*(?:{NEXT_WORDS}|(?:show|view|see|load) (?:all|more)\b.*)\W*\d{{0,4}}\W*", re.I)
_REFERENCES = ("aria-controls", "data-target", "data-bs-target", "href", "for")


class Unseen:
    """Of one page. A hidden row is seen where a control of the page shows it: one that names it, or a "show more" below
    a list whose last rows are hidden."""

    def __init__(self, tree: Tree) -> None:
        self._root = tree.root.element

    def without(self, group: Group) -> Group:
        """The group's rows that are seen, where any row is; a list that is hidden as a whole may be a closed tab."""
        hidden = [number for number, row in enumerate(group.rows) if self._is_hidden(row)]
        if not hidden or len(hidden) == len(group.rows):
            return group
        is_tail = hidden[0] == len(group.rows) - len(hidden)
        if is_tail and self._shows_more:
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

    def _hides(self, node: Node) -> bool:
        if node.tag == LOOSE or not hides(node.element):
            return False
        return node.get("role") != "tabpanel" and node.get("id") not in self._controlled

    @cached_property
    def _controlled(self) -> frozenset[str]:
        """The ids of what controls of the page show and hide."""
        found: set[str] = set()
        for element in self._root.iter("a", "button", "label", "summary", "input", "li", "div", "span"):
            for name in _REFERENCES:
                found.update((element.get(name) or "").replace("#", " ").split())
        return frozenset(found)

    @cached_property
    def _shows_more(self) -> bool:
        texts = (" ".join("".join(each.itertext()).split()) for each in self._root.iter("a", "button"))
        return any(text and len(text) <= MAX_CONTROL and _MORE.fullmatch(text) for text in texts)
