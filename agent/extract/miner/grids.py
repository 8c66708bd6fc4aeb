"""Tables that are no `table`: lines of elements side by side, with the names of their columns in the first line.

Scripts write them of `div` in `div`. What a cell is called follows from its place, as in a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from agent.extract.heading_words import ALL_NAMED, HALF_NAMED, named_share, stands_over_figures
from agent.extract.miner.tree import LOOSE, Node, frames
from agent.extract.tables import cell_text

MOST_CELLS = 40  # in a line; one with more is a page
SAMPLE_LINES = 24  # of a grid that are looked at
LEAST_LINES = 3  # with the headings
LEVELS = 3  # elements around a line that may hold the grid: a line, its body, the grid
BEFORE = 2  # elements before the body in which its headings may be
LEAST_TOLD = 0.6  # of the places of a heading have a name: check boxes and buttons have none
PARTLY_NAMED = 0.3  # of the headings are names of what pages tell, in a line that is set apart from the others

_NO_GRID = frozenset({"tr", "table", "tbody", "thead"})
_SETS_APART = re.compile(r"(?<![a-z])(?:t?head(?:er|ing|s|ers|ings)?|th|labels?|titles?|columnheader)(?![a-z])", re.I)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class ElementGrid(msgspec.Struct, frozen=True):
    """`headers` are by place, empty where nothing names a column. `heading` is the line of them, by its order."""

    headers: tuple[str, ...]
    heading: int


class ElementGrids:
    """Of one page; what holds lines is looked at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], ElementGrid | None] = {}

    def of(self, row: Node) -> ElementGrid | None:
        """The headed grid in which an element is a line; None where it is in none."""
        if row.tag in _NO_GRID or row.parent is None:
            return None
        width = len(frames(row)[-1].kids)
        if not 1 < width <= MOST_CELLS:
            return None
        key = row.parent.order, width
        if key not in self._known:
            self._known[key] = _grid(row, width)
        return self._known[key]

    def is_heading(self, row: Node) -> bool:
        grid = self.of(row)
        if grid is None:
            return False
        line = frames(row)[-1]
        return line.order == grid.heading or (_text(line.kids[0]) == grid.headers[0] and _texts(line) == grid.headers)


def _grid(row: Node, width: int) -> ElementGrid | None:
    holder = row.parent
    for _ in range(LEVELS):
        if holder is None or holder.tag in _NO_GRID:
            return None
        lines = list(islice(_lines(holder, width), SAMPLE_LINES))
        if len(lines) >= LEAST_LINES:
            break
        holder = holder.parent
    else:
        return None
    if holder is None:
        return None
    for first in (lines[0], *_before(holder, width)):
        headers = _texts(first)
        if _heads(first, headers, [line for line in lines if line is not first]):
            return ElementGrid(headers, first.order)
    return None


def _lines(holder: Node, width: int) -> Iterator[Node]:
    """The lines of so many cells in an element, or in the bodies of which it is made."""
    for kid in holder.kids:
        line = frames(kid)[-1]
        if _is_line(line, width):
            yield line
        elif len(kid.kids) != width:
            yield from (core for below in kid.kids if _is_line(core := frames(below)[-1], width))


def _is_line(node: Node, width: int) -> bool:
    """A line of preformatted text has its columns as loose texts; any other has elements alone."""
    if len(node.kids) != width or node.tag in _NO_GRID:
        return False
    return node.tag == LOOSE or all(kid.tag not in {LOOSE, "br"} for kid in node.kids)


def _before(holder: Node, width: int) -> Iterator[Node]:
    """What stands right before the body of a grid, or before what holds that."""
    for node in (holder, *islice(holder.ancestors(), 1)):
        kids = node.parent.kids if node.parent is not None else []
        place = kids.index(node) if kids else 0
        for kid in reversed(kids[max(0, place - BEFORE) : place]):
            line = frames(kid)[-1]
            if _is_line(line, width):
                yield line


def _texts(line: Node) -> tuple[str, ...]:
    """Also of buttons, by which readers sort."""
    return tuple(map(_text, line.kids))


def _text(cell: Node) -> str:
    return cell.text if cell.tag == LOOSE else cell_text(cell.element)


def _heads(line: Node, headers: Sequence[str], body: Sequence[Node]) -> bool:
    told = [text for text in headers if text]
    if len(told) < LEAST_TOLD * len(headers):
        return False
    named = named_share(told)
    if named >= ALL_NAMED:
        return True
    if named < PARTLY_NAMED or not stands_over_figures([[kid.text for kid in below.kids] for below in body]):
        return False
    return named >= HALF_NAMED or line.tag == LOOSE or _is_apart(line, body)


def _is_apart(line: Node, body: Sequence[Node]) -> bool:
    """Whether its markup says that it heads, and that of the other lines does not."""
    return _says_head(line) and not any(map(_says_head, body))


def _says_head(line: Node) -> bool:
    """By the element, what holds nothing else, or all of its cells; bold ones say it too."""
    around = line.parent
    alone = around is not None and (around.first, around.last) == (line.first, line.last)
    tops = (line, around) if alone and around is not None else (line,)
    if any(map(_is_called_head, tops)) or all(map(_is_called_head, line.kids)):
        return True
    return all(kid.length == 0 or kid.tag in {"b", "strong"} or _is_bold(kid) for kid in line.kids)


def _is_called_head(node: Node) -> bool:
    written = f"{node.get('class')} {node.get('role')}"
    return _SETS_APART.search(_CAMEL.sub("-", written).replace("_", "-")) is not None


def _is_bold(node: Node) -> bool:
    return any(below.tag in {"b", "strong"} and below.length >= node.length for below in node.walk())
