"""Where an element stands in its page, as an XPath."""

from __future__ import annotations

from collections import Counter
from weakref import WeakKeyDictionary

import lxml.html

Steps = dict[lxml.html.HtmlElement, str]
"""The last step of each element's path: "li[3]", or "ul" where it is the only one of its tag."""

_STEPS: WeakKeyDictionary[lxml.html.HtmlElement, Steps] = WeakKeyDictionary()  # by the page's top; they go with it


def xpath_of(element: lxml.html.HtmlElement) -> str:
    """What lxml's `getpath` gives. That one counts the siblings before an element each time, which for the rows of a
    list is quadratic; here the children of a parent are counted once. The page must not change in between."""
    steps = _STEPS.setdefault(element.getroottree().getroot(), {})
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
    siblings = [element] if parent is None else [child for child in parent if isinstance(child.tag, str)]
    total = Counter(sibling.tag for sibling in siblings)
    seen: Counter[str] = Counter()
    for sibling in siblings:
        seen[sibling.tag] += 1
        steps[sibling] = f"{sibling.tag}[{seen[sibling.tag]}]" if total[sibling.tag] > 1 else sibling.tag
