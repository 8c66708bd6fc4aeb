"""Rows that no reader of a page sees: what a script has filtered out, or fills in and shows later.

A list that is hidden as a whole is the page's where the page keeps it a click away: in a tab or an accordion, or where
a control names what hides it. In a menu, a dialog or the suggestions of a search it is none. Elsewhere it may be what a
script is yet to show; it counts for less than what is seen.
"""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

from agent.extract.hidden import hides
from agent.extract.miner.groups import Group
from agent.extract.miner.tree import LOOSE, Node, Row, Tree, frames
from agent.extract.pagination import NEXT_WORDS

LATER_FACTOR = 0.35  # of the score of a list that a script may show: any other that tells as much stands before it
MAX_CONTROL = 40  # characters of a button; a longer text is none

_MORE = re.compile(rf"\W*(?:{NEXT_WORDS}|(?:show|view|see|load) (?:all|more)\b.*)\W*\d{{0,4}}\W*", re.I)
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:mega-?menu|menu|nav|navbar|drop-?down|fly-?out|off-?canvas|drawer|modal|dialog|popup|pop-up|overlay"
    r"|suggest(?:ions?)?|autocomplete|typeahead|search-?results?-?preview|minicart|mini-cart|tooltip)(?:$|[\s_-])",
    re.I,
)
_ASIDE_TAGS = frozenset({"nav", "dialog", "menu"})
_PANEL = re.compile(
    r"(?:^|[\s_-])(?:tab|tabs|tab-?pane|tab-?content|panel|accordion|collapse|collapsible)(?:$|[\s_-])", re.I
)
_WAITING = re.compile(r"visibility\s*:\s*hidden", re.I)
_GONE = re.compile(r"display\s*:\s*none", re.I)
_REFERENCES = ("aria-controls", "data-target", "data-bs-target", "href", "for")


class Unseen:
    """Of one page. A hidden row is seen where a control of the page shows it: one that names it, or a "show more" below
    a list whose last rows are hidden."""

    def __init__(self, tree: Tree) -> None:
        self._root = tree.root.element
        self._around: dict[int, float] = {}

    def factor(self, group: Group) -> float:
        """1 where the page shows a group's rows or keeps them a click away; 0 where they are what a menu hides."""
        parent = group.rows[0][0].parent
        own = LATER_FACTOR if all(map(self._is_hidden, group.rows)) else 1.0
        return min(own, self._shown_around(parent) if parent is not None else 1.0)

    def _shown_around(self, node: Node) -> float:
        """The least factor of an element and those around it; each is looked at once."""
        known = self._around.get(node.order)
        if known is None:
            known = self._shown_around(node.parent) if node.parent is not None else 1.0
            if node.tag != LOOSE and known:
                known = min(known, self._shown(node))
            self._around[node.order] = known
        return known

    def _shown(self, node: Node) -> float:
        element = node.element
        is_closed = element.tag == "dialog" and element.get("open") is None
        if not (is_closed or hides(element) or element.get("aria-hidden") == "true"):
            return 1.0
        named = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"
        if is_closed or element.tag in _ASIDE_TAGS or (_ASIDE.search(named) and not _PANEL.search(named)):
            return 0.0
        is_kept = not hides(element) or not self._hides(node) or _PANEL.search(named) is not None or _waits(node)
        return 1.0 if is_kept else LATER_FACTOR

    def without(self, group: Group) -> Group:
        """The group's rows that are seen, where any row is."""
        hidden = [number for number, row in enumerate(group.rows) if self._is_later(row)]
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

    def _is_later(self, row: Row) -> bool:
        parent = row[0].parent
        return self._is_hidden(row) or (parent is not None and self._shown_around(parent) < 1)

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


def _waits(node: Node) -> bool:
    """Whether an element keeps its room on the page while it is hidden: a list that its own script lays out first."""
    style = node.get("style")
    is_gone = _GONE.search(style) is not None or node.element.get("hidden") is not None
    return _WAITING.search(style) is not None and not is_gone
