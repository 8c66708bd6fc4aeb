"""What is on a page to find one's way: menus, footers, side bars, search forms."""

from __future__ import annotations

import re

from agent.extract.miner.tree import LOOSE, Node, Tree

PAGE_FORM = 0.6  # of the page's text is in one form: some servers put every page into one

_CHROME_TAGS = frozenset({"nav", "footer", "header", "aside", "form"})
_CHROME = re.compile(
    r"\b(?:nav|navbar|menu|footer|header|sidebar|breadcrumbs?|cookie|pagination|pager|social|share|toolbar|masthead|skip"
    r"|navigation|contentinfo|complementary|search)\b",
    re.I,
)
_FRAME_TAGS = frozenset({"nav", "footer"})
_MAIN_TAGS = frozenset({"main", "article"})


class Chrome:
    """Of one page; each element is looked at once."""

    def __init__(self, tree: Tree) -> None:
        self._page_length = max(1, tree.lengths[-1])
        self._depths: dict[int, int] = {}

    def depth(self, node: Node) -> int:
        """How many elements around a node are for finding one's way, less those that hold the main matter."""
        known = self._depths.get(node.order)
        if known is None:
            known = self.depth(node.parent) if node.parent is not None else 0
            if node.tag != LOOSE:
                named = f"{node.get('class')} {node.get('id')} {node.get('role')}"
                is_page = node.tag == "form" and node.length > PAGE_FORM * self._page_length
                known += (node.tag in _CHROME_TAGS and not is_page) or _CHROME.search(named) is not None
                known -= node.tag in _MAIN_TAGS
            self._depths[node.order] = known
        return known


def is_framed(node: Node | None) -> bool:
    """Whether it stands in what frames every page of a site: never what a page tells, when nothing is asked."""
    while node is not None:
        if node.tag in _FRAME_TAGS:
            return True
        node = node.parent
    return False
