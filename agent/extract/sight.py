"""What of a page its readers see: at once, a click away, later or never.

A control of the page that names what is hidden shows it. What a menu, a dialog or the suggestions of a search hide is
no part of the page's own. Elsewhere it may be what a script is yet to show.
"""

from __future__ import annotations

import re
from functools import cached_property

import lxml.html

from agent.extract.hidden import hides
from agent.extract.pagination import NEXT_WORDS

LATER = 0.35  # of the score of a list that a script may show: any other that tells as much stands before it
WAITING = 0.75  # of one that keeps its room meanwhile
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


class Sights:
    """Of one page."""

    def __init__(self, root: lxml.html.HtmlElement) -> None:
        self._root = root
        self._around: dict[lxml.html.HtmlElement, float] = {}

    def around(self, element: lxml.html.HtmlElement) -> float:
        """How much is seen of an element, for those around it: 1 at once or a click away, 0 never. Each is looked at
        once."""
        unknown: list[lxml.html.HtmlElement] = []
        at: lxml.html.HtmlElement | None = element
        while at is not None and at not in self._around:
            unknown.append(at)
            at = at.getparent()
        share = self._around[at] if at is not None else 1.0
        for each in reversed(unknown):
            share = self._around[each] = min(share, self._shown(each)) if share else 0.0
        return share

    def _shown(self, element: lxml.html.HtmlElement) -> float:
        if element.tag == "template":
            return 0.0
        is_closed = element.tag == "dialog" and element.get("open") is None
        if not (is_closed or hides(element) or element.get("aria-hidden") == "true"):
            return 1.0
        named = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"
        if is_closed or element.tag in _ASIDE_TAGS or (_ASIDE.search(named) and not _PANEL.search(named)):
            return 0.0
        if not self.hides(element) or _PANEL.search(named):
            return 1.0
        return WAITING if _waits(element) else LATER

    def hides(self, element: lxml.html.HtmlElement) -> bool:
        """Whether an element hides itself, and no control shows it."""
        if not hides(element):
            return False
        return element.get("role") != "tabpanel" and (element.get("id") or "") not in self._controlled

    @cached_property
    def _controlled(self) -> frozenset[str]:
        """The ids of what controls of the page show and hide."""
        found: set[str] = set()
        for element in self._root.iter("a", "button", "label", "summary", "input", "li", "div", "span"):
            for name in _REFERENCES:
                found.update((element.get(name) or "").replace("#", " ").split())
        return frozenset(found)

    @cached_property
    def shows_more(self) -> bool:
        """Whether the page has a control for the rest of a list."""
        texts = (" ".join("".join(each.itertext()).split()) for each in self._root.iter("a", "button"))
        return any(text and len(text) <= MAX_CONTROL and _MORE.fullmatch(text) for text in texts)


def _waits(element: lxml.html.HtmlElement) -> bool:
    """Whether an element keeps its room on the page while it is hidden: a list that its own script lays out first."""
    style = element.get("style") or ""
    is_gone = _GONE.search(style) is not None or element.get("hidden") is not None
    return _WAITING.search(style) is not None and not is_gone
