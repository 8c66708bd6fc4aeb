"""What each element of a page shows, read in one pass: with a text taken anew for every element, deep markup takes
quadratic time."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)
import lxml.html

from fetch.dom import BLOCKS, CELLS, UNSEEN

MAX_SHOWN = 60  # characters of an element that shows a value: more is a sentence about one
MAX_CHILDREN = 12  # of one: more, and it is a container
_PAGE_TAGS = frozenset({"html", "body"})
_BOUNDS = BLOCKS | CELLS
_SPACES = re.compile(r"\s+")


class _Stretch(NamedTuple):
    """From where to where the text of an element goes, with its spaces folded and without them."""

    start: int
    end: int
    bare_start: int
    bare_end: int


class ShownTexts:
    """The texts of all elements below one, white space folded, in lines: what stands in two blocks never touches. What
    no reader sees (scripts, templates) is left out, and so is what stands in `without`."""

    def __init__(self, root: lxml.html.HtmlElement, without: Collection[lxml.html.HtmlElement] = ()) -> None:
        self._folded: list[str] = []
        self._bare: list[str] = []
        self._length = self._bare_length = 0
        self._stretches: dict[lxml.html.HtmlElement, _Stretch] = {}
        self._read(root, without)
        self._text, self._bare_text = "".join(self._folded), "".join(self._bare)

    def of(self, element: lxml.html.HtmlElement) -> str:
        """The element's text; empty for one that is left out."""
        stretch = self._stretches.get(element)
        return self._text[stretch.start : stretch.end].strip() if stretch else ""

    def holds(self, element: lxml.html.HtmlElement, unspaced: str) -> bool:
        """Whether the element's text, all spaces taken out, has this one in it."""
        stretch = self._stretches.get(element)
        return stretch is not None and self._bare_text.find(unspaced, stretch.bare_start, stretch.bare_end) >= 0

    def short(self) -> Iterator[tuple[lxml.html.HtmlElement, str]]:
        """Every element whose whole text is short, with that text, in page order."""
        for element, stretch in self._stretches.items():
            if stretch.end - stretch.start > MAX_SHOWN + 2 or len(element) > MAX_CHILDREN or element.tag in _PAGE_TAGS:
                continue
            text = self.of(element)
            if text and len(text) <= MAX_SHOWN:
                yield element, text

    def _read(self, root: lxml.html.HtmlElement, without: Collection[lxml.html.HtmlElement]) -> None:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                if element.tag in UNSEEN or element in without:
                    walk.skip_subtree()
                    continue
                here = self._length, self._bare_length
                self._stretches[element] = _Stretch(here[0], here[0], here[1], here[1])
                self._break_at(element)
                self._add(element.text)
                continue
            begun = self._stretches.get(element)
            if begun is not None:
                self._stretches[element] = begun._replace(end=self._length, bare_end=self._bare_length)
            self._break_at(element)
            if element is not root:
                self._add(element.tail)

    def _break_at(self, element: lxml.html.HtmlElement) -> None:
        if element.tag in _BOUNDS and self._folded and not self._folded[-1].endswith("\n"):
            self._folded.append("\n")
            self._length += 1

    def _add(self, text: str | None) -> None:
        if not text:
            return
        folded = _SPACES.sub(" ", text)
        if self._folded and self._folded[-1].endswith((" ", "\n")):
            folded = folded.removeprefix(" ")
        if folded:
            self._folded.append(folded)
            self._length += len(folded)
            bare = folded.replace(" ", "")
            self._bare.append(bare)
            self._bare_length += len(bare)
