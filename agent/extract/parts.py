"""Parts of a page that are called something: by a heading in them, or by an id or class of theirs."""

from __future__ import annotations

from collections.abc import Iterator

import lxml.html

from agent.words import fold, singular
from domain.fields import words_of

MOST = 4  # parts of one name that are given: past these a name says nothing of a page

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend", "summary", "dt"})
_MORE_WORDS = 2  # a heading may have so many words more than the name: "Reviews of this boot"


def named_parts(root: lxml.html.HtmlElement, name: str) -> Iterator[lxml.html.HtmlElement]:
    """Parts of what `root` holds with all words of `name` in what they are called, in document order."""
    wanted = {singular(word) for word in words_of(name)}
    given = 0
    for element in root.iterdescendants():
        part = _part_called(element, wanted)
        if part is not None and part is not root:
            yield part
            given += 1
            if given == MOST:
                return


def _part_called(element: lxml.html.HtmlElement, wanted: set[str]) -> lxml.html.HtmlElement | None:
    if not isinstance(element.tag, str):
        return None
    if element.tag in _HEADINGS:
        words = {singular(word) for word in fold("".join(element.itertext())).split()}
        return element.getparent() if wanted <= words and len(words) <= len(wanted) + _MORE_WORDS else None
    called = f"{element.get('id') or ''} {element.get('class') or ''} {element.get('itemprop') or ''}"
    if not len(element) or not called.strip():
        return None
    return element if wanted <= {singular(word) for word in words_of(called)} else None
