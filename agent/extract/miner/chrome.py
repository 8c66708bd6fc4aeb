"""What is on a page to find one's way: menus, footers, side bars, search forms."""

from __future__ import annotations

import re

from agent.extract.miner.tree import LOOSE, Node, Tree

PAGE_FORM = 0.6  # of the page's text is in one form: some servers put every page into one
PAGE_MENU = 0.7  # of the page's text is no menu
LEAST_LINKS = 5  # of a menu
LINKED = 0.6  # of a menu's text is that of its links
NUMBERED = 0.1  # of a menu's links have a figure at most: records have dates, prices and numbers

_CHROME_TAGS = frozenset({"nav", "footer", "header", "aside", "form"})
_CHROME = re.compile(
    r"\b(?:nav|navbar|menu|footer|header|sidebar|breadcrumbs?|cookie|pagination|pager|social|share|toolbar|masthead|skip"
    r"|navigation|contentinfo|complementary|search)\b",
    re.I,
)
_HOME = re.compile(r"(?:https?://[^/?#]+)?/?(?:(?:index|default|home)\.\w+)?", re.I)
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
                known += known <= 0 and self._is_menu(node)
            self._depths[node.order] = known
        return known

    def _is_menu(self, node: Node) -> bool:
        """Whether an element is for finding one's way, whatever it is called: little but links in it, without figures,
        and one of them leads home."""
        if not 0 < node.length <= PAGE_MENU * self._page_length:
            return False
        links = list(node.element.iter("a"))
        if len(links) < LEAST_LINKS or not any(_HOME.fullmatch((link.get("href") or "#").strip()) for link in links):
            return False
        texts = ["".join(link.itertext()).strip() for link in links]
        figured = sum(any(map(str.isdigit, text)) for text in texts)
        return figured <= NUMBERED * len(links) and sum(map(len, texts)) >= LINKED * node.length


def is_framed(node: Node | None) -> bool:
    """Whether it stands in what frames every page of a site: never what a page tells, when nothing is asked."""
    while node is not None:
        if node.tag in _FRAME_TAGS:
            return True
        node = node.parent
    return False
