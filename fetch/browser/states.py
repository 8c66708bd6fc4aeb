"""A list that shows its rows in turns, one lot in the place of another: all that it showed, as one page."""

from __future__ import annotations

from collections import Counter

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)
import lxml.html

LEAST_ROWS = 3  # of one make side by side: fewer are parts of a page
MAX_CHARACTERS = 1_500_000  # of one state's source: it is parsed beside the browser
MAX_COMPARED = 20_000  # elements of one state

_Make = tuple[object, ...]


class States:
    """`html` is the first state with the rows of all others after its own, where they stood. `is_unread`: a state was
    too large to be compared, and may have had rows of its own."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._root: lxml.html.HtmlElement | None = None
        self.has_more = False
        self.is_unread = False

    @property
    def html(self) -> str:
        if self._root is None or not self.has_more:
            return self._html
        return lxml.html.tostring(self._root, encoding="unicode", doctype="<!DOCTYPE html>")

    def add(self, html: str) -> int:
        """How many rows this state has that none before had; what else differs is left out."""
        if len(html) > MAX_CHARACTERS or len(self._html) > MAX_CHARACTERS:
            self.is_unread = True
            return 0
        try:
            self._root = _parsed(self._html) if self._root is None else self._root
            other = _parsed(html)
        except (etree.ParserError, ValueError):
            return 0
        added = _join(self._root, other)
        self.has_more |= added > 0
        return added


def _parsed(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html, parser=lxml.html.HTMLParser(encoding="utf-8"))


def _join(ours: lxml.html.HtmlElement, theirs: lxml.html.HtmlElement) -> int:
    added = 0
    pending = [(ours, theirs)]
    for _ in range(MAX_COMPARED):
        if not pending:
            break
        mine, other = pending.pop()
        if _said(mine) == _said(other):
            continue
        if rows := _new_rows(mine, other):
            mine.extend(rows)
            added += len(rows)
        else:
            pending += _pairs(mine, other)
    return added


def _new_rows(mine: lxml.html.HtmlElement, other: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """Those of the other's children that are made as most of ours are, and say something else."""
    makes = Counter(_make(child) for child in mine.iterchildren(etree.Element))
    make, count = makes.most_common(1)[0] if makes else ((), 0)
    if count < LEAST_ROWS:
        return []
    told = {_said(child) for child in mine.iterchildren(etree.Element)}
    rows = [child for child in other.iterchildren(etree.Element) if _make(child) == make]
    return [row for row in rows if (said := _said(row)) not in told and said.strip()]


def _pairs(
    mine: lxml.html.HtmlElement, other: lxml.html.HtmlElement
) -> list[tuple[lxml.html.HtmlElement, lxml.html.HtmlElement]]:
    """The parts that both have, one by one, where they have the same ones."""
    ours, theirs = list(mine.iterchildren(etree.Element)), list(other.iterchildren(etree.Element))
    if [child.tag for child in ours] == [child.tag for child in theirs]:
        return list(zip(ours, theirs, strict=True))
    known: dict[_Make, list[lxml.html.HtmlElement]] = {}
    for child in reversed(theirs):
        known.setdefault(_called(child), []).append(child)
    # Each of theirs once: else a hundred of ours would be compared with one of theirs, and take its rows each.
    return [(child, known[key].pop()) for child in ours if known.get(key := _called(child))]


def _called(element: lxml.html.HtmlElement) -> _Make:
    return element.tag, element.get("id"), element.get("class")


def _make(element: lxml.html.HtmlElement) -> _Make:
    return element.tag, tuple(child.tag for child in element.iterchildren(etree.Element))


def _said(element: lxml.html.HtmlElement) -> str:
    links = element.xpath("string(descendant-or-self::a/@href)")
    return " ".join("".join(element.itertext()).split()) + " " + links
