"""The parts of a page about one thing that tell of something else: other things that it leads to, and what its readers
say. A price, a phone or a date that stands there is none of the thing's.

Pages head such parts in words ("You may also like", "Comments"), or say so in a class.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

import lxml.html

from agent.extract.detail.elsewhere_words import CALLED_OTHERS, CALLED_READERS, OF_OTHERS, OF_READERS
from agent.extract.detail.short_text import short_text
from agent.extract.detail.texts import ShownTexts

MAX_HEADING = 70  # characters; a longer line is a sentence
WRAPPED = 4  # elements of its own that a heading may be in, with a link beside it
LEAST = 40  # characters under a heading: fewer are a link to all of them, and its part begins after it
MAX_HEADINGS = 2_000  # looked at

_LEVELS = ("h2", "h3", "h4", "h5", "h6")
_LINES = ("p", "div", "span", "strong", "b", "legend", "summary")
_CALLED_HEADING = re.compile(r"head|title", re.I)
_TOPS = frozenset({"html", "body"})

Elements = frozenset[lxml.html.HtmlElement]


class Elsewhere:
    """`of_others` are the elements of parts about other things, `of_readers` those of what readers say. The page's own
    heading stands in none of them."""

    def __init__(self, root: lxml.html.HtmlElement, heading: lxml.html.HtmlElement | None) -> None:
        self._root = root
        self._own = {heading, *heading.iterancestors()} if heading is not None else set()

    def is_told(self, element: lxml.html.HtmlElement) -> bool:
        """Whether an element tells of something else, or is a reader's word."""
        return element in self.of_others or element in self.of_readers

    def is_beside_heading(self, element: lxml.html.HtmlElement) -> bool:
        """Whether an element stands right in what holds the page's heading."""
        return element.getparent() in self._own

    def only_texts(self, texts: ShownTexts) -> frozenset[str]:
        """The short texts that stand in parts about other things and nowhere else."""
        here: set[str] = set()
        there: set[str] = set()
        for element, text in texts.short():
            (there if element in self.of_others else here).add(text)
        return frozenset(there - here)

    @cached_property
    def of_others(self) -> Elements:
        return self._parts(lambda text: bool(OF_OTHERS.match(text)), CALLED_OTHERS)

    @cached_property
    def of_readers(self) -> Elements:
        return self._parts(lambda text: bool(OF_READERS.fullmatch(text)), CALLED_READERS)

    def _parts(self, is_heading: Callable[[str], bool], called: re.Pattern[str]) -> Elements:
        found: set[lxml.html.HtmlElement] = set()
        for element in self._root.iter("section", "div", "aside", "ul", "ol", "article", "li"):
            if element not in found and any(map(called.fullmatch, _names_of(element))):
                self._take(element, found)
        for heading in self._headings():
            if heading not in found and is_heading(short_text(heading, 2 * MAX_HEADING)[: MAX_HEADING + 1]):
                for element in self._headed_by(heading):
                    self._take(element, found)
        return frozenset(found)

    def _take(self, element: lxml.html.HtmlElement, found: set[lxml.html.HtmlElement]) -> None:
        if element not in self._own and element.tag not in _TOPS:
            found.update(element.iter())

    def _headings(self) -> Iterator[lxml.html.HtmlElement]:
        for number, element in enumerate(self._root.iter(*_LEVELS, *_LINES)):
            if element.tag in _LEVELS or _CALLED_HEADING.search(element.get("class") or ""):
                yield element
            if number >= MAX_HEADINGS:
                return

    def _headed_by(self, heading: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
        """A heading and what follows it, up to the next heading of its level; where hardly anything follows within
        what it is in (a link to all of them), what follows that."""
        block = heading
        for _ in range(WRAPPED):
            part = [block, *self._until_next(block, heading)]
            parent = block.getparent()
            is_end = parent is None or parent.tag in _TOPS or parent in self._own or _has_text_before(block)
            if is_end or sum(len(_text(element)) for element in part[1:]) >= LEAST:
                break
            block = parent
        yield from part

    def _until_next(
        self, block: lxml.html.HtmlElement, heading: lxml.html.HtmlElement
    ) -> Iterator[lxml.html.HtmlElement]:
        higher = _LEVELS[: _LEVELS.index(heading.tag)] if heading.tag in _LEVELS else ()
        for sibling in block.itersiblings():
            if sibling in self._own or (sibling.tag == heading.tag and heading.tag in _LEVELS):
                return
            if sibling.tag in higher or next(sibling.iter("h1", *higher), None) is not None:
                return
            if heading.tag in _LEVELS and len(list(sibling.iter(heading.tag))) == 1:
                return  # the next part, in an element of its own; several are the names of things
            if isinstance(sibling.tag, str):
                yield sibling


def _names_of(element: lxml.html.HtmlElement) -> list[str]:
    return [*(element.get("class") or "").lower().split(), (element.get("id") or "").lower()]


def _text(element: lxml.html.HtmlElement) -> str:
    return "".join(element.itertext()).strip()


def _has_text_before(block: lxml.html.HtmlElement) -> bool:
    parent = block.getparent()
    return bool((parent.text or "").strip()) or any(_text(each) for each in block.itersiblings(preceding=True))
