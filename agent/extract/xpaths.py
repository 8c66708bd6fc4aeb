"""Where an element stands in its page, as an XPath."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple
from weakref import WeakKeyDictionary

import lxml.html

Steps = dict[lxml.html.HtmlElement, str]
"""The last step of each element's path: "li[3]", or "ul" where it is the only one of its tag."""


class _Known(NamedTuple):
    """`around` are the whole paths of elements in which others were looked for: a list's rows share theirs."""

    steps: Steps
    around: dict[lxml.html.HtmlElement, str]


_KNOWN: WeakKeyDictionary[lxml.html.HtmlElement, _Known] = WeakKeyDictionary()  # by the page's top; they go with it


def xpath_of(element: lxml.html.HtmlElement) -> str:
    """What lxml's `getpath` gives. That one counts the siblings before an element each time, which for the rows of a
    list is quadratic; here the children of a parent are counted once. The page must not change in between."""
    top = element.getroottree().getroot()
    known = _KNOWN.get(top)
    if known is None:
        known = _KNOWN[top] = _Known({}, {})
    around = element.getparent()
    if around is None:
        return _whole(element, known.steps)
    if element not in known.steps:
        _count(element, around, known.steps)
    lead = known.around.get(around)
    if lead is None:
        lead = known.around[around] = _whole(around, known.steps)
    return f"{lead}/{known.steps[element]}"


def _whole(element: lxml.html.HtmlElement, steps: Steps) -> str:
    path: list[str] = []
    at: lxml.html.HtmlElement | None = element
    while at is not None:
        around = at.getparent()
        if at not in steps:
            _count(at, around, steps)
        path.append(steps[at])
        at = around
    return "/" + "/".join(reversed(path))


def _count(element: lxml.html.HtmlElement, parent: lxml.html.HtmlElement | None, steps: Steps) -> None:
    if parent is None or len(parent) == 1:
        steps[element] = element.tag
        return
    siblings = [child for child in parent if isinstance(child.tag, str)]
    total = Counter(sibling.tag for sibling in siblings)
    seen: Counter[str] = Counter()
    for sibling in siblings:
        seen[sibling.tag] += 1
        steps[sibling] = f"{sibling.tag}[{seen[sibling.tag]}]" if total[sibling.tag] > 1 else sibling.tag
