"""A list that shows its rows in turns, one lot in the place of another: all that it showed, as one page."""

from __future__ import annotations

from collections import Counter

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)
import lxml.html

from fetch.offload import Offloader, WorkerDied

LEAST_ROWS = 3  # of one make side by side: fewer are parts of a page
MAX_CHARACTERS = 1_500_000  # of one state's source: it is parsed beside the browser
MAX_COMPARED = 20_000  # elements of one state
JOIN_S = 5.0  # a second for 600,000 characters: the event loop serves other pages meanwhile

_Make = tuple[object, ...]


class States:
    """`html` is the first state with the rows of all others after its own, where they stood. `is_unread`: a state was
    too large to be compared, or took too long, and may have had rows of its own."""

    def __init__(self, html: str, offload: Offloader) -> None:
        self._offload = offload
        self._size = len(html)
        self.html = html
        self.has_more = False
        self.is_unread = False

    async def add(self, html: str) -> int:
        """How many rows this state has that none before had; what else differs is left out."""
        if max(len(html), self._size) > MAX_CHARACTERS:
            self.is_unread = True
            return 0
        try:
            self.html, added = await self._offload.run(joined, self.html, html, deadline_s=JOIN_S)
        except (TimeoutError, WorkerDied):
            self.is_unread = True
            return 0
        self.has_more |= added > 0
        return added


def joined(html: str, other: str) -> tuple[str, int]:
    """A page with the rows of another state of it, and how many they are."""
    try:
        root = _parsed(html)
        added = _join(root, _parsed(other))
    except (etree.ParserError, ValueError):
        return html, 0
    return lxml.html.tostring(root, encoding="unicode", doctype="<!DOCTYPE html>") if added else html, added


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
