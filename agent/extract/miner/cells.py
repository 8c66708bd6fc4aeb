"""What the rows of a group hold, as columns: a cell for each text, link, image and telling attribute, by its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

import lxml.html
import msgspec

from agent.extract.columns import MACHINE_ATTRIBUTES, TEXT, Cell, Column
from agent.extract.miner.addresses import address_of
from agent.extract.miner.grids import ElementGrids
from agent.extract.miner.tree import LOOSE, Node, Row, frames
from agent.extract.tables import GridCell, Table, read_table
from domain.fields import FieldKind
from domain.recognise import recognise

MAX_REPEATS = 6  # cells of one place in one row: more are a list within the record
MAX_CELLS = 400  # in one row: a "record" with more is a page
MAX_CELL = 5_000  # characters
RARE, PRICE_LENGTH = 3, 20  # values of a place in few rows, and characters of each, for it to tell prices
CAPTION = 32  # characters; a longer text with a colon is a sentence
SHARED_CAPTION = 0.6  # of a column's values begin with the same "Caption:"
SHOWN_ATTRIBUTES = ("datetime", "content", "title", "aria-label")

_CAPTION_TAGS = frozenset(
    {"b", "strong", "span", "dt", "label", "em", LOOSE, "h4", "h5", "h6", "div", "td", "th", "i", "small", "p"}
)
_INLINE_CAPTION = re.compile(r"([^\W\d_][^:#\n]{1,28}?)\s*[:#]\s*\S")
ROW = "row"  # how the path of a cell begins, whatever frames its row
_LOOSE_EDGES = re.compile(r"^(?:[–—|·•,;-]\s+)+|\s*[,;|·•–—]+$")  # what parts a loose text from the cells beside it
_FRAMING = frozenset({"div", "section", "article", "li"})
_TERMS = frozenset({"dd", "dt"})
_CELL_TAGS = frozenset({"td", "th"})
_NAMING = ("itemprop", "data-label", "data-title", "data-field", "data-testid", "data-th")
_WORD_ID = re.compile(r"[a-z][a-z_-]*", re.I)

Key = tuple[str, str]  # path within the row, attribute


class FoundCell(msgspec.Struct, frozen=True, gc=False):
    """A value in a row. `names` are what its element is called, worked out only for the first of a column."""

    text: str
    node: Node
    attribute: str


class TableCache:
    """Grids of the page's tables, read when a row of one is."""

    def __init__(self) -> None:
        self._tables: dict[lxml.html.HtmlElement, Table] = {}
        self._places: dict[lxml.html.HtmlElement, int] = {}
        self._rows: dict[lxml.html.HtmlElement, tuple[Table, int]] = {}

    def row(self, element: lxml.html.HtmlElement) -> tuple[Table, int] | None:
        """The table that a row belongs to, and its number in the grid."""
        if element not in self._rows:
            table_element = next(element.iterancestors("table"), None)
            if table_element is None or table_element in self._tables:
                return None
            table = self._tables[table_element] = read_table(table_element)
            for number, row in enumerate(table.rows):
                self._rows[row] = table, number
                for column, cell in enumerate(table.grid[number]):
                    if cell is not None:
                        self._places.setdefault(cell.element, column + 1)
        return self._rows.get(element)

    def column(self, cell: lxml.html.HtmlElement) -> int | None:
        """The number of a cell's first column, from 1, in a table whose rows were asked for."""
        return self._places.get(cell)


class RowReader:
    """Reads the cells of rows. Places are paths of tags and classes from the row's top, so rows of one kind agree."""

    def __init__(self, tables: TableCache) -> None:
        self._tables = tables
        self._grids = ElementGrids()

    def read(self, row: Row, captions: Collection[str] = ()) -> dict[Key, FoundCell]:
        """The cells of a row. Lines that begin with one of `captions` are called by it, wherever they stand."""
        found: dict[Key, FoundCell] = {}
        seen: dict[Key, int] = {}
        for place, node in enumerate(row):
            *around, core = frames(node)
            tag = ROW if node.tag in _FRAMING else node.tag
            lead = tag if len(row) == 1 else f"{min(place, 6)}:{tag}"
            for frame in around:
                for attribute, text in _attributes(frame):
                    _put(found, seen, lead, attribute, text, frame)
            is_line = len(row) == 1 and (node.tag == LOOSE or self._grids.of(node) is not None)
            self._walk(core, lead, found, seen, captions, is_line=is_line)
        if len(row) == 1 and row[0].tag == "tr":
            self._add_spanned(row[0], found)
        return found

    def is_header(self, row: Row) -> bool:
        """A row of a table that heads its columns."""
        if len(row) != 1:
            return False
        if row[0].tag != "tr":
            return self._grids.is_heading(row[0])
        place = self._tables.row(row[0].element)
        if place is not None and (place[1] < place[0].header_rows or place[0].is_heading_again(place[1])):
            return True
        cells = [kid for kid in row[0].kids if kid.tag in {"td", "th"}]
        return bool(cells) and all(cell.tag == "th" for cell in cells)

    def headers(self, row: Row) -> tuple[str, ...]:
        if len(row) != 1:
            return ()
        if row[0].tag != "tr":
            grid = self._grids.of(row[0])
            return grid.headers if grid is not None else ()
        place = self._tables.row(row[0].element)
        return place[0].headers() if place else ()

    def _walk(
        self,
        node: Node,
        path: str,
        found: dict[Key, FoundCell],
        seen: dict[Key, int],
        captions: Collection[str],
        lead: int = 0,
        *,
        is_line: bool = False,
    ) -> None:
        """`lead` is the length of the caption with which the node's text begins. `is_line`: its parts are the cells of
        a grid."""
        if len(found) >= MAX_CELLS:
            return
        for attribute, text in _attributes(node):
            _put(found, seen, path, attribute, text, node)
        if node.last > node.first and not node.holds_blocks:
            text = node.text[lead:].lstrip(" :#：")
            _put(found, seen, path, TEXT, _LOOSE_EDGES.sub("", text) if node.tag == LOOSE else text, node)
        caption = ""
        places: dict[str, int] = {}
        for place, kid in enumerate(node.kids):
            heading = _caption_of(kid)
            if heading:
                caption = heading
                continue
            if caption and kid.last > kid.first:
                self._walk(kid, f"{path}/{kid.tag}[{caption.lower()}]", found, seen, captions)
                if kid.tag not in {"br", "dd"}:
                    caption = ""
                continue
            told = _line_caption(kid) if captions else ""
            if told.lower() in captions:
                self._walk(kid, f"{path}/{kid.tag}[{told.lower()}]", found, seen, captions, len(told))
                continue
            if is_line:
                self._walk(kid, f"{path}/cell{place + 1}", found, seen, captions)
                continue
            is_cell = kid.tag in {"td", "th"}
            counted = "td" if is_cell else kid.tag if kid.tag in _TERMS else kid.signature
            number = places[counted] = places.get(counted, 0) + (columns_across(kid) if is_cell else 1)
            name = f"td{self._column(kid, number)}" if is_cell else _name_of(kid, number, is_first=kid is node.kids[0])
            self._walk(kid, f"{path}/{name}", found, seen, captions)

    def _column(self, cell: Node, place: int) -> int:
        """The number of a table cell's column, from 1, spans above it counted."""
        row = cell.parent
        if row is None or row.tag != "tr" or self._tables.row(row.element) is None:
            return place
        return self._tables.column(cell.element) or place

    def _add_spanned(self, node: Node, found: dict[Key, FoundCell]) -> None:
        """Values of cells above that span down into this row."""
        at = self._tables.row(node.element)
        if at is None:
            return
        table, number = at
        line: tuple[GridCell | None, ...] = table.grid[number] if number < len(table.grid) else ()
        own = {id(kid.element) for kid in node.kids}
        for column, cell in enumerate(line):
            if len(found) >= MAX_CELLS:
                return
            if cell is not None and cell.text and id(cell.element) not in own:
                key = f"tr/td{column + 1}", TEXT
                if key not in found:
                    found[key] = FoundCell(cell.text, _standing_for(cell.element, node), TEXT)


def _name_of(kid: Node, number: int, *, is_first: bool) -> str:
    """What a child is called among its siblings: by its classes, else by its number. The line with which an element
    begins stands first in every row, whatever it holds."""
    if kid.tag == LOOSE and is_first:
        return f"{LOOSE}1"
    if kid.classes and kid.tag not in _TERMS:
        return kid.signature
    return f"{kid.signature}{number}"


def _standing_for(element: lxml.html.HtmlElement, row: Node) -> Node:
    return Node(row.tree, "td", element, row, row.order)


def columns_across(cell: Node) -> int:
    written = cell.get("colspan")[:9]  # past 4,300 digits int() refuses them, and with them the page
    return min(int(written), 100) if written.isdecimal() and written != "0" else 1


def _put(found: dict[Key, FoundCell], seen: dict[Key, int], path: str, attribute: str, text: str, node: Node) -> None:
    folded = " ".join(text.split()) if attribute != TEXT else text
    if not folded:
        return
    key = path, attribute
    repeat = seen.get(key, 0)
    seen[key] = repeat + 1
    if repeat < MAX_REPEATS:
        found[(f"{path}#{repeat}" if repeat else path, attribute)] = FoundCell(folded[:MAX_CELL], node, attribute)


def _attributes(node: Node) -> Iterator[tuple[str, str]]:
    if node.tag == LOOSE:
        return
    element = node.element
    if node.tag == "a" or element.get("onclick"):
        yield "href", address_of(element)
    elif node.tag == "img":
        yield "src", _image_address(element)
        yield "alt", element.get("alt") or ""
    for name in SHOWN_ATTRIBUTES:
        text = element.get(name)
        if text:
            yield name, text


def _image_address(element: lxml.html.HtmlElement) -> str:
    """Where the picture is: lazy pages keep it beside a placeholder."""
    for name in ("data-src", "data-original", "data-lazy-src", "src"):
        address = element.get(name)
        if address and not address.startswith("data:"):
            return address
    return (element.get("srcset") or element.get("data-srcset") or "").split(",")[0].split(" ")[0]


def _caption_of(node: Node) -> str:
    """What a child says of its next sibling: "Filed:", a term, a label."""
    if node.tag not in _CAPTION_TAGS or node.length > 2 * CAPTION:
        return ""
    text = node.text
    if not text or len(text) > CAPTION or any(map(str.isdigit, text)):
        return ""
    if text.endswith((":", "：")) or node.tag in {"dt", "label"}:
        return text.rstrip(":： ")
    return ""


def _line_caption(node: Node) -> str:
    """The words before the colon with which a line of a row begins ("Filed" of "Filed: 3 May 2024"); else empty."""
    if node.last == node.first or node.holds_blocks or node.tag in _CELL_TAGS:
        return ""
    told = _INLINE_CAPTION.match(node.text)
    return told[1] if told else ""


def shared_captions(rows: Sequence[Row], least: float) -> frozenset[str]:
    """The captions, in lower case, with which lines of at least the share `least` of the rows begin, two at least."""
    counts: Counter[str] = Counter()
    for row in rows:
        if any(mark in top.text for top in row for mark in ":#"):
            counts.update({_line_caption(node).lower() for top in row for node in top.walk()})
    enough = max(2.0, least * len(rows))
    return frozenset(caption for caption, count in counts.items() if caption and count >= enough)


def columns_of(rows: Sequence[Mapping[Key, FoundCell]], headers: Sequence[str], least: float) -> tuple[Column, ...]:
    """The cells of all rows by place. Places that fewer than the share `least` of the rows have are left out."""
    by_place: dict[Key, dict[int, FoundCell]] = {}
    for number, row in enumerate(rows):
        for key, cell in row.items():
            by_place.setdefault(key, {})[number] = cell
    enough = max(1.0, least * len(rows))
    columns: list[Column] = []
    for (path, attribute), cells in by_place.items():
        if len(cells) < enough and not _is_rare_price(attribute, cells):
            continue
        caption = _shown_caption(path, attribute, cells, headers)
        names = _names(next(iter(cells.values())).node)
        columns.append(
            Column(
                path=f"{path}@{attribute}" if attribute != TEXT else path,
                cells={
                    number: Cell(cell.text, cell.attribute, "", (), cell.node.element) for number, cell in cells.items()
                },
                labels=tuple(dict.fromkeys((caption, *names) if caption else names)),
                attribute=attribute,
                headed=bool(caption),
            )
        )
    return tuple(columns)


def _is_rare_price(attribute: str, cells: Mapping[int, FoundCell]) -> bool:
    """Whether a place that few rows have tells what these cost: the others are sold out, or not for sale."""
    if attribute != TEXT or len(cells) < 2:
        return False
    texts = [cell.text for cell in islice(cells.values(), RARE)]
    return all(len(text) <= PRICE_LENGTH and recognise(FieldKind.PRICE, text) is not None for text in texts)


def _shown_caption(path: str, attribute: str, cells: Mapping[int, FoundCell], headers: Sequence[str]) -> str:
    """What the page shows readers as the name of the column: an inline caption, the table's header, or the words with
    which its values begin."""
    inline = re.search(r"\[([^\]]+)\](?!.*\[)", path)
    if inline:
        return inline[1]
    place = re.match(r"(?:tr/td|[^/]+/cell)(\d+)", path)
    if place and int(place[1]) <= len(headers) and headers[int(place[1]) - 1]:
        return headers[int(place[1]) - 1]
    if attribute in MACHINE_ATTRIBUTES:
        return ""
    leads = Counter(
        match[1] for cell in list(cells.values())[:60] if (match := _INLINE_CAPTION.match(cell.text)) is not None
    )
    if leads:
        words, count = leads.most_common(1)[0]
        if count >= SHARED_CAPTION * min(60, len(cells)) and count > 1:
            return words
    return ""


def _names(node: Node) -> tuple[str, ...]:
    """What the source calls an element and the one around it."""
    names: list[str] = []
    around = node.element.getparent()
    for element in (node.element, around):
        if element is None:
            break
        names.extend(element.get(name) or "" for name in _NAMING)
        identity = element.get("id") or ""
        if _WORD_ID.fullmatch(identity):
            names.append(identity)
        names.extend((element.get("class") or "").replace("__", " ").split()[:6])
        if element is node.element and element.getparent() is not None and len(element.getparent()) > 4:
            break  # the parent holds the whole row
    return tuple(name for name in names if name)
