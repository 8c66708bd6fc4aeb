"""The column table: the one form into which every source of values is brought before anything is named or typed.

An array in a page's scripts, an HTML table and repeated elements differ only in where their columns come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import lxml.html
import msgspec

from agent.extract.xpaths import xpath_of
from domain.evidence import Method

TEXT = "text"  # the pseudo-attribute of a cell whose text is the element's content

# Attributes whose text is an address or machine-readable, not something to read out.
LINK_ATTRIBUTES = frozenset({"href"})
IMAGE_ATTRIBUTES = frozenset({"src"})
MACHINE_ATTRIBUTES = frozenset({"href", "src", "datetime", "content"})


class Cell(NamedTuple):
    """One value of one row, white space folded.

    `attribute` is "text" for content, "href" for links, "src" for images, else the attribute's name. `items` are the
    parts where the source itself lists them. `source_path` (XPath or JSON path) may be empty where `element` tells it:
    paths are worked out only for the cells that are used.
    """

    text: str
    attribute: str = TEXT
    source_path: str = ""
    items: tuple[str, ...] = ()
    element: lxml.html.HtmlElement | None = None

    @property
    def path(self) -> str:
        if self.source_path or self.element is None:
            return self.source_path
        return xpath_of(self.element)


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """`cells` by row number; rows without a value are not in it. `labels`, best first, are what the source calls it: a
    header, a JSON key, an itemprop, a class, an inline caption. `path` is its place within a row: stable, unique."""

    path: str
    cells: Mapping[int, Cell]
    labels: tuple[str, ...] = ()
    attribute: str = TEXT
    headed: bool = False  # the first label is a caption that the page shows to its readers

    def fill(self, rows: int) -> float:
        return len(self.cells) / rows if rows else 0.0

    def texts(self, limit: int) -> list[str]:
        """Up to `limit` values, spread evenly over the rows."""
        cells = list(self.cells.values())
        step = max(1, len(cells) // limit)
        return [cell.text for cell in cells[::step][:limit]]


class ColumnTable(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` is their number: cells are numbered 0 to rows - 1. `name` is what the source calls the rows, if anything
    (a JSON key, a schema.org type, a heading). `total` is how many rows the source has, where that is more than are
    read of one page; else 0."""

    columns: tuple[Column, ...]
    rows: int
    method: Method
    name: str = ""
    source_path: str = ""
    total: int = 0


def column_table(
    rows: Sequence[Mapping[str, Cell]],
    *,
    method: Method,
    name: str = "",
    source_path: str = "",
    labels: Mapping[str, tuple[str, ...]] | None = None,
) -> ColumnTable:
    """A table from rows keyed by column path. Without `labels` a column is called by the last part of its path."""
    cells: dict[str, dict[int, Cell]] = {}
    for number, row in enumerate(rows):
        for path, cell in row.items():
            if cell.text:
                cells.setdefault(path, {})[number] = cell
    columns = tuple(
        Column(
            path=path,
            cells=of_column,
            labels=(labels or {}).get(path, (path.rsplit("/", 1)[-1],)),
            attribute=next(iter(of_column.values())).attribute,
        )
        for path, of_column in cells.items()
    )
    return ColumnTable(columns=columns, rows=len(rows), method=method, name=name, source_path=source_path)
