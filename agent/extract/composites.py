"""Columns that hold several others: the text of a whole row, of the link around it, of a cell with a cell for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import lxml.html

from agent.extract.columns import TEXT, Cell, Column

SAMPLE = 8  # rows that are looked at
MOSTLY = 0.8  # of them
LOOSE_SHARE = 0.1  # of a cell's letters and digits may stand beside its inner cells: "by", "at", a dash
LOOSE_LENGTH = 3  # or so many of them
_LOOSE_PATH = "/#text"  # in the path of a text that is no element's own: a cell of it has the element around it
PARTS = 3  # inner columns that each stand for themselves make a composite, whichever of them are asked for


def is_inner(inner: Column, outer: Column) -> bool:
    """Whether a column of texts stands within another, in nearly all rows that have that one."""
    if inner.attribute != TEXT or outer.attribute != TEXT or inner is outer or _is_loose(outer):
        return False
    return _share(outer, inner) >= MOSTLY


def inner_columns(outer: Column, columns: Sequence[Column]) -> list[Column]:
    """The columns of texts within another's cells, if the cells have hardly a word beside theirs; those that only
    frame others are left out, so that each text is there once."""
    within = [column for column in columns if is_inner(column, outer)]
    parts = [column for column in within if not any(is_inner(other, column) for other in within)]
    return parts if parts and _is_made_of(outer, parts) else []


def is_whole(outer: Column, columns: Sequence[Column]) -> bool:
    """Whether a column holds the full columns of texts of its table, save for those that hold it."""
    full = [
        column
        for column in columns
        if column.attribute == TEXT
        and column is not outer
        and len(column.cells) >= MOSTLY * len(outer.cells)
        and not is_inner(outer, column)
    ]
    return bool(full) and all(is_inner(column, outer) for column in full)


def _rows(column: Column) -> list[tuple[int, lxml.html.HtmlElement]]:
    cells = ((number, cell.element) for number, cell in column.cells.items() if cell.element is not None)
    return list(islice(cells, SAMPLE))


def _share(outer: Column, inner: Column) -> float:
    rows = _rows(outer)
    is_below = inner.path.startswith(f"{outer.path}/")
    held = sum(
        (cell := inner.cells.get(number)) is not None
        and cell.element is not None
        and (is_below if cell.element is element else any(around is element for around in cell.element.iterancestors()))
        for number, element in rows
    )
    return held / len(rows) if rows else 0.0


def _is_made_of(outer: Column, parts: Sequence[Column]) -> bool:
    rows = _rows(outer)
    made = 0
    for number, element in rows:
        cells = [column.cells[number].element for column in parts if number in column.cells]
        loose = sum(map(_signs, _loose_texts(element, [cell for cell in cells if cell is not None])))
        loose -= sum(_signs(cell.text) for cell in _loose_cells(parts, number))
        made += loose <= max(LOOSE_LENGTH, LOOSE_SHARE * _signs(outer.cells[number].text))
    return made >= MOSTLY * len(rows)


def _loose_cells(parts: Sequence[Column], number: int) -> list[Cell]:
    """The texts that stand loose in an element and are cells of their own."""
    return [column.cells[number] for column in parts if _is_loose(column) and number in column.cells]


def _is_loose(column: Column) -> bool:
    return _LOOSE_PATH in column.path


def _loose_texts(element: lxml.html.HtmlElement, parts: Sequence[lxml.html.HtmlElement]) -> Iterator[str]:
    """The texts right within an element and what frames the parts in it; other elements are captions and the like."""
    framing = [element, *(around for part in parts for around in part.iterancestors() if _holds(element, around))]
    for frame in dict.fromkeys(framing):
        yield frame.text or ""
        for kid in frame:
            yield kid.tail or ""


def _holds(outer: lxml.html.HtmlElement, inner: lxml.html.HtmlElement) -> bool:
    return any(around is outer for around in inner.iterancestors())


def _signs(text: str) -> int:
    return sum(map(str.isalnum, text))
