"""Whether a page hides an element from its readers by its own markup.

What a style sheet or a script hides is not known here. What is hidden may be a click away (a closed tab, a folded
answer) and true, or be left over from another state of the page: "sold out" before a shop's script decides.
`aria-hidden` hides from screen readers alone.
"""

from __future__ import annotations

import re

import lxml.html

_UNSHOWN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.I)


def hides(element: lxml.html.HtmlElement) -> bool:
    """Whether an element hides itself with all that is in it."""
    style = element.get("style")
    return element.get("hidden") is not None or bool(style and _UNSHOWN.search(style))


def is_hidden(element: lxml.html.HtmlElement) -> bool:
    return hides(element) or any(map(hides, element.iterancestors()))


def is_in_template(element: lxml.html.HtmlElement) -> bool:
    """Whether an element is no part of the page until a script makes it one."""
    return next(element.iterancestors("template"), None) is not None
