"""Columns whose cells tell several things under captions of their own ("Ref: T-4 · Closes: 3 May"), as one column each.

A part is known by its caption, not by its place: rows leave out what they do not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from agent.extract.columns import TEXT, Cell, Column
from agent.extract.splits import ALIKE, BRACKET, MARKS, SAMPLE

LEAST = 2  # rows with several parts, of which each has its caption

_CAPTIONED = re.compile(r"(?P<caption>[^\W\d_][^:\n]{0,28}?)\s*:\s+(?P<told>\S.*)", re.S)
_MARKS = tuple(mark for mark in MARKS if mark != BRACKET)


def with_captioned_parts(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns, with the parts of those that are nothing but such parts in their place."""
    return tuple(part for column in columns for part in _parts_of(column, columns) or (column,))


def _parts_of(column: Column, columns: Sequence[Column]) -> tuple[Column, ...]:
    if column.attribute != TEXT:
        return ()
    texts = column.texts(SAMPLE)
    own = column.labels[0] if column.headed else ""
    mark = next((mark for mark in _MARKS if _is_captioned_at(mark, texts, own)), "")
    if not mark or any(other.path.startswith(f"{column.path}/") for other in columns):
        return ()
    return tuple(_columns(column, mark, own))


def _is_captioned_at(mark: str, texts: Sequence[str], own: str) -> bool:
    several = sum(len(_told_by_caption(text, mark, own)) > 1 for text in texts if mark in text)
    return several >= max(float(LEAST), ALIKE * len(texts))


def _told_by_caption(text: str, mark: str, own: str) -> Mapping[str, str]:
    """What a cell tells, by caption; nothing where a part has none, or two have the same. The first part may have that
    of the column, its `own`."""
    told: dict[str, str] = {}
    parts = text.split(mark)
    for place, part in enumerate(parts):
        captioned = _CAPTIONED.fullmatch(part.strip())
        if captioned is not None:
            told[captioned["caption"]] = captioned["told"]
        elif own and not place:
            told[own] = part.strip()
    return told if len(told) == len(parts) else {}


def _columns(column: Column, mark: str, own: str) -> Iterator[Column]:
    cells: dict[str, dict[int, Cell]] = {}
    for row, cell in column.cells.items():
        for caption, told in _told_by_caption(cell.text, mark, own).items():
            cells.setdefault(caption, {})[row] = cell._replace(text=told, items=())
    for caption, of_caption in cells.items():
        yield msgspec.structs.replace(
            column, path=f"{column.path}[{caption.lower()}]", cells=of_caption, labels=(caption,), headed=True
        )
