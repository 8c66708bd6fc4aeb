"""Tables of data as GFM tables. Tables that only lay out the page are not touched: their cells are blocks."""

from __future__ import annotations

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)
import lxml.html

from fetch.dom import BLOCKS, UNSEEN
from fetch.markdown.inline import INLINE_TAGS, Inline, formula, picture

MAX_COLUMNS = 60
MAX_SPAN = 60
LONG_CELL = 600  # characters: such a cell holds a page's part, not a value
_PARTS = frozenset({"ul", "ol", "table", "form", "h1", "h2", "h3", "article", "section", "pre", "dl", "blockquote"})


def is_data_table(table: lxml.html.HtmlElement) -> bool:
    """Whether a table holds values: two columns and rows or more, and cells of text and nothing larger."""
    if table.get("role") in ("presentation", "none"):
        return False
    rows = table_rows(table)
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return False
    for row in rows[:50]:
        for cell in row:
            if len(cell) and any(part.tag in _PARTS for part in cell.iterdescendants()):
                return False
            if len(cell.text_content()) > LONG_CELL:
                return False
    return True


def table_rows(table: lxml.html.HtmlElement) -> list[list[lxml.html.HtmlElement]]:
    """The cells of each row of this table, those of tables within it left out."""
    rows: list[list[lxml.html.HtmlElement]] = []
    for part in table:
        if part.tag == "tr":
            rows.append(_cells(part))
        elif part.tag in ("thead", "tbody", "tfoot"):
            rows += [_cells(row) for row in part if row.tag == "tr"]
    return [row for row in rows if row]


def _cells(row: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def table_lines(table: lxml.html.HtmlElement, base_url: str) -> list[str]:
    """GFM lines. A cell over several columns leaves the others empty, one over several rows stands in each. A table
    without a header row gets an empty one, for GFM has no other tables."""
    grid: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    rows = table_rows(table)
    for row in rows:
        line: list[str] = []
        for cell in row:
            _fill_from_above(line, below)
            text = cell_markdown(cell, base_url)
            rest = _span(cell, "rowspan") - 1
            for column in range(_span(cell, "colspan")):
                if rest > 0:
                    below[len(line)] = (rest, text if column == 0 else "")
                line.append(text if column == 0 else "")
        _fill_from_above(line, below)
        grid.append(line[:MAX_COLUMNS])
    width = max(map(len, grid))
    has_header = all(cell.tag == "th" for cell in rows[0]) or rows[0][0].getparent().getparent().tag == "thead"
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


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    written = (cell.get(name) or "").strip()
    return min(MAX_SPAN, max(1, int(written))) if written.isdecimal() and len(written) < 6 else 1


def cell_markdown(cell: lxml.html.HtmlElement, base_url: str) -> str:
    """A cell on one line; its paragraphs and breaks are parted by `<br>`, the one element that GFM tables need."""
    inline = Inline(base_url)
    lines: list[str] = []
    walk = etree.iterwalk(cell, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if tag == "math":
                inline.verbatim(formula(element))
            if not isinstance(tag, str) or tag in UNSEEN:
                walk.skip_subtree()
                continue
            if tag in BLOCKS:
                lines.append(inline.take())
            elif tag in INLINE_TAGS:
                inline.open(element)
            elif tag == "img":
                inline.verbatim(picture(element, base_url))
            text = element.text
        else:
            if tag in BLOCKS:
                lines.append(inline.take())
            elif tag in INLINE_TAGS:
                inline.close(element)
            text = element.tail if element is not cell else None
        if text:
            inline.text(text)
    lines.append(inline.take())
    return "<br>".join(line for line in lines if line).replace("|", "\\|")
