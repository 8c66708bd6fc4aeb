"""HTML tables as grids: spans laid out, headers found, stacked headers joined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, zip_longest

import lxml.html
import msgspec

from agent.extract.heading_words import ALL_NAMED, HALF_NAMED, SAMPLE, SHORT_HEADING, named_share, stands_over_figures
from fetch.dom import UNSEEN

MAX_SPAN_DIGITS = 9  # past 4,300 int() refuses them, and with them the page
MAX_SPAN = 1_000  # the HTML standard's own cap on colspan; rows are cut to the table's
MAX_CELLS = 120_000  # 3,000 rows of 40 columns; what lies beyond is left out
HEADER_ROWS = 4  # stacked headers deeper than this are no headers
ACROSS = 0.5  # of a row's places under its only cell
HEADED = 0.6  # of a row's cells look like headings: then the row is a header

_FOOTNOTE = re.compile(r"\b(?:reference|footnote|fn|noprint)\b", re.I)
_SORT_KEY = re.compile(r"\bsort-?key\b", re.I)  # a second spelling of a value, for scripts that sort the table
_UNSHOWN = re.compile(r"display\s*:\s*none", re.I)
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "ul", "ol", "dt", "dd", "table"})


class GridCell(msgspec.Struct, frozen=True):
    """A place in the grid. A cell that spans stands in each of its places; `is_origin` is its first."""

    text: str
    element: lxml.html.HtmlElement
    is_heading: bool
    is_origin: bool


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A grid of equally long rows (None where a row is short). The first `header_rows` head the columns."""

    element: lxml.html.HtmlElement
    grid: tuple[tuple[GridCell | None, ...], ...]
    rows: tuple[lxml.html.HtmlElement, ...]
    header_rows: int

    @property
    def width(self) -> int:
        return len(self.grid[0]) if self.grid else 0

    def headers(self) -> tuple[str, ...]:
        """A name for each column, empty where it has none; stacked headings joined from the top."""
        names: list[str] = []
        heading = [row for row in self.grid[: self.header_rows] if not _is_caption(row)]
        for column in range(self.width):
            stack: list[str] = []
            for row in heading:
                cell = row[column]
                if cell is not None and cell.text and cell.text not in stack:
                    stack.append(cell.text)
            names.append(" ".join(stack))
        return tuple(names)

    def is_heading_again(self, number: int) -> bool:
        """Whether a row of the body repeats the headings, as long tables do now and then."""
        told = [cell.text for cell in self.grid[number] if cell is not None and cell.text]
        return len(told) > 1 and any(
            told == [cell.text for cell in line if cell is not None and cell.text]
            for line in self.grid[: self.header_rows]
        )

    def body(self) -> tuple[tuple[GridCell | None, ...], ...]:
        return self.grid[self.header_rows :]


def cell_text(element: lxml.html.HtmlElement) -> str:
    """What a cell shows, white space folded, without footnote marks and parts that its style hides."""
    parts: list[str] = []
    _gather(element, parts, 0)
    return " ".join("".join(parts).split())


def _gather(element: lxml.html.HtmlElement, parts: list[str], depth: int) -> None:
    if element.text:
        parts.append(element.text)
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag not in UNSEEN and not _is_left_out(child):
            if tag in _BREAKS:
                parts.append(" ")
            if depth < 50:  # deeper markup in a cell is broken markup
                _gather(child, parts, depth + 1)
            if tag in _BREAKS:
                parts.append(" ")
        if child.tail:
            parts.append(child.tail)


def _is_left_out(element: lxml.html.HtmlElement) -> bool:
    style = element.get("style")
    if style and _UNSHOWN.search(style):
        return True
    classes = element.get("class") or ""
    return bool(_SORT_KEY.search(classes)) or (element.tag == "sup" and bool(_FOOTNOTE.search(classes)))


def _rows_of(table: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    """The table's own rows, not those of tables in its cells. Footers close it, wherever they are written."""
    feet: list[lxml.html.HtmlElement] = []
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag == "tfoot":
            feet.append(child)
        elif child.tag in {"thead", "tbody"}:
            yield from (row for row in child if row.tag == "tr")
    for foot in feet:
        yield from (row for row in foot if row.tag == "tr")


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    written = (cell.get(name) or "1").strip()
    if not written.isdecimal() or written == "0":
        return 1
    return min(MAX_SPAN, int(written)) if len(written) <= MAX_SPAN_DIGITS else MAX_SPAN


def read_table(element: lxml.html.HtmlElement) -> Table:
    """The grid of one table. Linear in its cells, and cut at `MAX_CELLS`."""
    rows: list[list[GridCell | None]] = []
    elements: list[lxml.html.HtmlElement] = []
    below: dict[int, tuple[int, GridCell]] = {}  # column -> how many more rows its cell spans
    laid = 0
    for row in _rows_of(element):
        line: list[GridCell | None] = []
        _lay_row(row, line, below)
        laid += len(line)
        if laid > MAX_CELLS:
            break
        rows.append(line)
        elements.append(row)
    width = max(map(len, rows), default=0)
    if width * len(rows) <= 2 * MAX_CELLS:
        for line in rows:
            line.extend([None] * (width - len(line)))
    else:  # one absurdly wide row: the others are not widened to it
        width = sorted(map(len, rows))[len(rows) // 2]
        rows = [line[:width] + [None] * (width - len(line)) for line in rows]
    grid = tuple(tuple(line) for line in rows)
    return Table(element=element, grid=grid, rows=tuple(elements), header_rows=_header_rows(grid, elements))


def _lay_row(row: lxml.html.HtmlElement, line: list[GridCell | None], below: dict[int, tuple[int, GridCell]]) -> None:
    for cell in row:
        if cell.tag not in {"td", "th"}:
            continue
        _fill_from_above(line, below)
        text = cell_text(cell)
        is_heading = cell.tag == "th" or _is_bold(cell, text)
        placed = GridCell(text, cell, is_heading, True)
        repeat = GridCell(text, cell, is_heading, False)
        height = _span(cell, "rowspan")
        for offset in range(_span(cell, "colspan")):
            _hang(len(line), below)
            if height > 1:
                below[len(line)] = (height - 1, repeat)
            line.append(repeat if offset else placed)
    for column in sorted(below):
        if column >= len(line):
            line.extend([None] * (column - len(line)))
            line.append(_hang(column, below))


def _fill_from_above(line: list[GridCell | None], below: dict[int, tuple[int, GridCell]]) -> None:
    while (hanging := _hang(len(line), below)) is not None:
        line.append(hanging)


def _hang(column: int, below: dict[int, tuple[int, GridCell]]) -> GridCell | None:
    """The cell that spans down into a column of this row, if any; it then spans one row less."""
    rows_left, cell = below.pop(column, (0, None))
    if cell is not None and rows_left > 1:
        below[column] = (rows_left - 1, cell)
    return cell


def _is_bold(cell: lxml.html.HtmlElement, text: str) -> bool:
    """A cell whose whole text is strong stands for a heading."""
    if not text:
        return False
    bold = next((child for child in cell.iter("b", "strong")), None)
    return bold is not None and len(cell_text(bold)) >= 0.9 * len(text)


def _is_across(line: tuple[GridCell | None, ...]) -> bool:
    """One cell spans the row, or nearly all of it where other rows are longer: a caption or a note, not values."""
    spanned = [cell for cell in line if cell is not None]
    if len(spanned) < max(2.0, ACROSS * len(line)):
        return False
    return len({id(cell.element) for cell in spanned}) == 1


def _is_caption(line: tuple[GridCell | None, ...]) -> bool:
    """Whether a row above the headings says what the table is: in one cell, or in a long text across most of it."""
    if _is_across(line):
        return True
    for cell, beside in pairwise(line):
        if cell is None or beside is None or cell.element is not beside.element:
            continue
        if len(cell.text) > SHORT_HEADING:
            return True
    return False


def _header_rows(grid: tuple[tuple[GridCell | None, ...], ...], rows: list[lxml.html.HtmlElement]) -> int:
    """How many rows on top head the columns, captions among them counted."""
    count = 0
    has_heads = False
    for number, line in enumerate(grid[:HEADER_ROWS]):
        cells = [cell for cell in line if cell is not None]
        parent = rows[number].getparent()
        if _is_caption(line):
            count = number + 1
            continue
        if parent is not None and parent.tag == "thead":
            is_head = bool(cells)
        else:
            marked = [cell for cell in cells if cell.element.tag == "th" or (cell.is_heading and not has_heads)]
            lengths = sorted(len(cell.text) for cell in cells)
            is_short = bool(lengths) and lengths[len(lengths) // 2] <= SHORT_HEADING
            is_head = is_short and len(marked) >= HEADED * len(cells) and any(cell.is_origin for cell in cells)
            is_head = is_head or (not has_heads and _names_columns(line, grid[number + 1 :]))
        if not is_head:
            break
        count, has_heads = number + 1, True
    return count if has_heads and count < len(grid) else 0


def _names_columns(line: tuple[GridCell | None, ...], body: tuple[tuple[GridCell | None, ...], ...]) -> bool:
    """Whether a row that no markup sets apart heads the columns: it has names of what pages tell, and nothing else, or
    stands again below as no record does."""
    places = [cell.text for cell in line if cell is not None and cell.text]
    if len(places) < max(2.0, ALL_NAMED * len(line)):
        return False
    named = named_share([cell.text for cell in line if cell is not None and cell.text and cell.is_origin])
    if named >= HALF_NAMED and stands_over_figures(
        [[cell.text if cell else "" for cell in other] for other in body[:SAMPLE]]
    ):
        return True
    if len(body) < len(places):
        return False
    return named >= ALL_NAMED or _stands_again(line, body)


def _stands_again(line: tuple[GridCell | None, ...], body: tuple[tuple[GridCell | None, ...], ...]) -> bool:
    """Whether a row stands below word for word, and is of another kind than the rows there: they have figures, and
    nothing in them is called like it. Two teams may meet twice, and then the first match is no heading."""
    told = [cell.text for cell in line if cell is not None and cell.text]
    if len(set(told)) < len(told) or any(len(text) > SHORT_HEADING or any(map(str.isdigit, text)) for text in told):
        return False
    others = [[cell.text if cell is not None else "" for cell in other] for other in body]
    below = [other for other in others if [text for text in other if text] != told]
    if len(below) == len(others) or any(not set(told).isdisjoint(other) for other in below):
        return False
    return named_share(told) > 0 or stands_over_figures(below)


def table_rows(root: lxml.html.HtmlElement) -> list[list[str]]:
    """The rows of the page's largest table as text, its headers as the first."""
    tables = [read_table(element) for element in root.iter("table")]
    tables = [table for table in tables if table.grid]
    if not tables:
        return []
    largest = max(tables, key=lambda table: sum(len(cell.text) > 0 for row in table.grid for cell in row if cell))
    return rows_as_text(largest)


def _only_leads(line: tuple[GridCell | None, ...], following: tuple[GridCell | None, ...]) -> bool:
    """Whether a row holds nothing but cells that span into the next, which has cells of its own: so some write the name
    of a group of rows."""
    led = {id(cell.element) for cell in line if cell is not None}
    return led < {id(cell.element) for cell in following if cell is not None}


def rows_as_text(table: Table) -> list[list[str]]:
    """Headers first (the first row where there are none), then the body, without columns and rows that say nothing."""
    lines = table.body()
    body = [
        [cell.text if cell else "" for cell in line]
        for line, following in zip_longest(lines, lines[1:], fillvalue=())
        if not _is_across(line) and not _only_leads(line, following)
    ]
    rows = [list(table.headers()), *body] if table.header_rows else body
    told = [column for column in range(table.width) if any(row[column] for row in body)]
    return [[row[column] for column in told] for row in rows if any(row)]
