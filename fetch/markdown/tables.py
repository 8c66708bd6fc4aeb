"""Tables of data as GFM tables. Tables that only lay out the page are not touched: their cells are blocks."""

from __future__ import annotations

from typing import NamedTuple

from fetch.dom import BLOCKS, CELLS
from fetch.markdown.blocks import Blocks
from fetch.markdown.inline import Inline, escaped
from fetch.markdown.tags import SCOPE, SCOPE_ENDS, Tag

MAX_COLUMNS = 60
MAX_SPAN = 60
LONG_CELL = 600  # characters: such a cell holds a page's part, not a value
_SECTIONS = frozenset({"thead", "tbody", "tfoot"})
_PARTS = frozenset({"ul", "ol", "table", "form", "h1", "h2", "h3", "article", "section", "pre", "dl", "blockquote"})


class Cell(NamedTuple):
    """A cell: its tag, whether it is in the head, and the places on the tape after which its texts stand."""

    tag: Tag
    is_head: bool
    start: int
    end: int


def table_rows(blocks: Blocks, start: int, stop: int) -> list[list[Cell]]:
    """The cells of each row of the table whose tags are at these places, those of tables within it left out."""
    rows: list[list[Cell]] = []
    open_names: list[str] = []  # below the table
    opened = 0
    for at in range(start + 1, stop):
        tag = blocks.tape[at]
        if tag.step < 0:
            open_names.pop()
            if tag.name in CELLS and _is_row(open_names):
                rows[-1].append(Cell(blocks.tape[opened], open_names[0] == "thead", opened, at))
            continue
        if tag.name == "tr" and (not open_names or (len(open_names) == 1 and open_names[0] in _SECTIONS)):
            rows.append([])
        elif tag.name in CELLS and _is_row(open_names):
            opened = at
        if tag.step:
            open_names.append(tag.name)
    return [row for row in rows if row]


def _is_row(names: list[str]) -> bool:
    return names == ["tr"] or (len(names) == 2 and names[1] == "tr" and names[0] in _SECTIONS)


def is_data_table(blocks: Blocks, rows: list[list[Cell]], table: Tag) -> bool:
    """Whether a table holds values: two columns and rows or more, and cells of text and nothing larger."""
    if table.fields.get("role") in ("presentation", "none"):
        return False
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return False
    for row in rows[:50]:
        for cell in row:
            if any(tag.name in _PARTS for tag in blocks.tape[cell.start + 1 : cell.end]):
                return False
            if sum(map(len, blocks.after[cell.start : cell.end])) > LONG_CELL:
                return False
    return True


def table_lines(blocks: Blocks, rows: list[list[Cell]], base_url: str) -> list[str]:
    """GFM lines. A cell over several columns leaves the others empty, one over several rows stands in each. A table
    without a header row gets an empty one, for GFM has no other tables."""
    grid: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    for row in rows:
        line: list[str] = []
        for cell in row:
            _fill_from_above(line, below)
            text = cell_markdown(blocks, cell, base_url)
            rest = _span(cell.tag, "rowspan") - 1
            for column in range(_span(cell.tag, "colspan")):
                if rest > 0:
                    below[len(line)] = (rest, text if column == 0 else "")
                line.append(text if column == 0 else "")
        _fill_from_above(line, below)
        grid.append(line[:MAX_COLUMNS])
    width = max(map(len, grid))
    has_header = all(cell.tag.name == "th" for cell in rows[0]) or rows[0][0].is_head
    if not has_header:
        grid.insert(0, [""] * width)
    lines = ["| " + " | ".join(line + [""] * (width - len(line))) + " |" for line in grid]
    return [lines[0], "|" + " --- |" * width, *lines[1:]]


def _fill_from_above(line: list[str], below: dict[int, tuple[int, str]]) -> None:
    while len(line) in below:
        rest, text = below.pop(len(line))
        if rest > 1:
            below[len(line)] = (rest - 1, text)
        line.append(text)


def _span(cell: Tag, name: str) -> int:
    written = cell.fields.get(name, "").strip()
    return min(MAX_SPAN, max(1, int(written))) if written.isdecimal() and len(written) < 6 else 1


def cell_markdown(blocks: Blocks, cell: Cell, base_url: str) -> str:
    """A cell on one line; its paragraphs and breaks are parted by `<br>`, the one element that GFM tables need."""
    if cell.end - cell.start == 1:
        return escaped(" ".join(blocks.after[cell.start].split())).replace("|", "\\|")
    inline = Inline(base_url)
    lines: list[str] = []
    begun = cell.start
    for at in range(cell.start, cell.end):
        tag = blocks.tape[at]
        if tag.kind in (SCOPE, SCOPE_ENDS) and tag.name in BLOCKS:
            inline.read(blocks.tape, blocks.after, begun, at)
            lines.append(inline.take())
            begun = at
    inline.read(blocks.tape, blocks.after, begun, cell.end)
    lines.append(inline.take())
    return "<br>".join(line for line in lines if line).replace("|", "\\|")
