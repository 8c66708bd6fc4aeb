"""Columns whose cells tell several things in a row ("Oak table – Ash works – Arles"), as the columns of their parts.

A part is called by its column's path, the mark at which the cells are cut, and its number: with that name it is found
again on the next page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from agent.extract.columns import TEXT, Cell, Column

BRACKET = " ("  # the last part is in brackets
# The surest first: a comma stands within names and places too.
MARKS = (" | ", " – ", " — ", " · ", " • ", " - ", " / ", " @ ", BRACKET, "; ", ", ")
MOST_PARTS = 4
ALIKE = 0.8  # of the cells have the same number of parts
SAMPLE = 60
_LEAD_MARKS = re.compile(r"^\s*(?:[–—|·•:;,@-]\s+)+")  # what parts a text from the cell before it
_PART = re.compile(r"(?P<path>.*)~(?P<mark>[^~]+)~(?P<place>[1-4])/(?P<parts>[2-4])", re.S)


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """How a column's cells are cut: at each `mark`, into `parts`."""

    mark: str
    parts: int


def cut_of(column: Column) -> Cut | None:
    """The surest way to cut a column; None where its cells have no parts in common."""
    if column.attribute != TEXT:
        return None
    texts = [_LEAD_MARKS.sub("", text) for text in column.texts(SAMPLE)]
    for mark in MARKS:
        counts = Counter(text.count(mark) + 1 for text in texts)
        parts, cells = counts.most_common(1)[0]
        if mark == BRACKET and sum(text.endswith(")") for text in texts) < ALIKE * len(texts):
            continue
        if 2 <= parts <= MOST_PARTS and cells >= ALIKE * len(texts) and len(texts) > 1:
            return Cut(mark=mark, parts=parts)
    return None


def part_path(column: Column, cut: Cut, place: int) -> str:
    """What part `place` of a column, from 1, is called."""
    return f"{column.path}~{cut.mark}~{place}/{cut.parts}"


def column_at(columns: Mapping[str, Column], path: str) -> Column | None:
    """The column, or the part of one, that a path names; None where the page has none. A cell with other parts than the
    path says has none of them."""
    if path in columns:
        return columns[path]
    named = _PART.fullmatch(path)
    whole = columns.get(named["path"]) if named else None
    if named is None or whole is None:
        return None
    cells: dict[int, Cell] = {}
    closing = ")" if named["mark"] == BRACKET else ""
    for row, cell in whole.cells.items():
        told = _LEAD_MARKS.sub("", cell.text).removesuffix(closing)
        texts = [text.strip() for text in told.split(named["mark"])]
        if len(texts) == int(named["parts"]) and (text := texts[int(named["place"]) - 1]):
            cells[row] = cell._replace(text=text, items=())
    return msgspec.structs.replace(whole, path=path, cells=cells, labels=(), headed=False) if cells else None


def by_path(columns: Sequence[Column]) -> dict[str, Column]:
    return {column.path: column for column in columns}
