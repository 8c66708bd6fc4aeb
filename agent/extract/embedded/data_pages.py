"""Pages that are data themselves, and no markup to look at: JSON, JSON lines, comma-separated values, XML feeds."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)

from agent.extract.columns import Cell, ColumnTable, column_table
from agent.extract.embedded.arrays import (
    MAX_CELL,
    MAX_CELLS,
    MAX_ROWS,
    attribute_of,
    cells_of,
    counted,
    document_tables,
    labelled,
)
from agent.extract.embedded.lenient_json import Json, plain, read_several
from agent.extract.embedded.state import Document
from domain.evidence import Method
from domain.pages import Page

MAX_ELEMENTS = 400_000  # of an XML document
HEAD = 1_000  # characters that tell what a page is
ROW_DEPTH = 3  # elements within a row that become columns of their own
SAMPLE_LINES = 20  # by which a text is known to be comma-separated values
DELIMITERS = ",;\t|"

_GUARD = re.compile(
    r"\s*\)\]\}',?\s*|\ufeff"
)  # what APIs put before JSON, so that no script of another site can read it
_CSV_TYPES = frozenset({"text/csv", "application/csv", "text/tab-separated-values"})
_CSV_ADDRESS = re.compile(r"\.(?:csv|tsv)(?:[?#]|$)", re.I)
_SHOWN_START = re.compile(r"<(?:!doctype\s+)?(?:html|svg)\b", re.I)
_XML_START = re.compile(r"<(?:\?xml\b|rss\b|feed\b|rdf:RDF\b|urlset\b)", re.I)
_ENVELOPE = re.compile(
    r"(?:total|count|next|prev(?:ious)?|has_?(?:more|next)|page|pages|per_?page|limit|offset|error|errors|message)\w*",
    re.I,
)


def page_json(page: Page) -> Json:
    """The value that a page of JSON is, or the list of those that its lines are; None where it is none."""
    head = _GUARD.sub("", page.html[:HEAD]).lstrip()
    if head[:1] not in {"{", "["}:
        return None
    text = head + page.html[HEAD:]
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return read_several(text) if _is_lines(text) else None


class Data(NamedTuple):
    """`tables` of what repeats, the largest first; `lone` is the one object that the page may be about."""

    tables: tuple[ColumnTable, ...]
    lone: ColumnTable | None = None


def page_data(page: Page) -> Data | None:
    """What a page tells that is data; None where it is markup or prose, and is to be looked at."""
    value = page_json(page)
    if isinstance(value, dict | list):
        return Data(document_tables((Document("$", value),), Method.STATE, is_whole=True), _lone_object(value))
    head = page.html[:HEAD].lstrip()
    if head.startswith("<"):
        return _feed(page.html) if _XML_START.match(head) and not _SHOWN_START.search(head) else None
    if page.content_type in _CSV_TYPES or _CSV_ADDRESS.search(page.final_url or page.url):
        return _separated(page.html)
    return None


def _is_lines(text: str) -> bool:
    """Whether each of the first lines is a JSON value of its own, the last one of a text maybe cut off."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:SAMPLE_LINES]
    try:
        return all(isinstance(json.loads(line), dict | list) for line in lines[:-1]) and len(lines) > 1
    except (ValueError, RecursionError):
        return False


def _lone_object(value: Json) -> ColumnTable | None:
    """The object that the page is about, as a table of one row. One that counts things or names a next page is the
    envelope of a list."""
    path = "$"
    while isinstance(value, dict) and len(value) == 1 and isinstance(inner := next(iter(value.values())), dict):
        path, value = f"{path}.{next(iter(value))}", inner
    if not isinstance(value, dict) or any(_ENVELOPE.fullmatch(key) for key in value):
        return None
    table = column_table([dict(cells_of(value, path, {}))], method=Method.STATE, source_path=path)
    return labelled(table)


def _separated(text: str) -> Data | None:
    """Comma-separated values, or those parted by another sign; their first line names the columns."""
    sample = [line for line in text[:100_000].splitlines() if line.strip()][:SAMPLE_LINES]
    delimiter = max(DELIMITERS, key=lambda sign: min((line.count(sign) for line in sample[:2]), default=0))
    if len(sample) < 2 or delimiter not in sample[0]:
        return None
    try:
        names, *lines = [line for line in csv.reader(text.splitlines(), delimiter=delimiter) if any(line)]
    except csv.Error:
        return None
    names = [" ".join(name.split()) or f"column {place}" for place, name in enumerate(names)]
    rows = [
        {
            name: Cell(said[:MAX_CELL], attribute_of(said), f"$[{number}].{name}")
            for name, cell in zip(names, line, strict=False)
            if (said := " ".join(cell.split()))
        }
        for number, line in enumerate(lines[:MAX_ROWS])
    ]
    table = column_table(rows, method=Method.STATE, source_path="$", labels={name: (name,) for name in names})
    return Data((counted(table, len(lines)),))


def _feed(text: str) -> Data | None:
    """The largest group of elements of one name side by side, each with what it holds."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.strip().encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None:
        return None
    rows = _largest(root)
    tree = root.getroottree()
    cells = [dict(_cells(row, tree)) for row in rows[:MAX_ROWS]]
    name = _name(rows[0]) if rows else ""
    return Data((counted(labelled(column_table(cells, method=Method.STATE, name=name)), len(rows)),))


def _largest(root: etree._Element) -> Sequence[etree._Element]:
    """A feed with a single entry has it below its root."""
    best: Sequence[etree._Element] = ()
    for number, parent in enumerate(root.iter(etree.Element)):
        if number == MAX_ELEMENTS:
            break
        groups: dict[str, list[etree._Element]] = {}
        for child in parent.iterchildren(etree.Element):
            if len(child) > 1 or child.attrib:
                groups.setdefault(_name(child), []).append(child)
        for group in groups.values():
            is_entry = _name(group[0]) in {"item", "entry", "url"}
            if len(group) > len(best) and (len(group) > 1 or is_entry):
                best = group
    return best


def _cells(row: etree._Element, tree: etree._ElementTree) -> Iterator[tuple[str, Cell]]:
    made: Counter[str] = Counter()
    pending: list[tuple[str, etree._Element, int]] = [("", row, 0)]
    while pending and len(made) < MAX_CELLS:
        around, element, depth = pending.pop(0)
        for name, value in element.attrib.items():
            if value.strip() and (element is row or name in {"href", "src", "url"}):
                column = around if name == "href" and around else f"{around}/{name}" if around else name
                made[column] += 1
                if made[column] == 1 or element.get("rel") == "alternate":
                    yield column, Cell(plain(value[:MAX_CELL]), attribute_of(value), f"{tree.getpath(element)}/@{name}")
        for child in element.iterchildren(etree.Element):
            column = f"{around}/{_name(child)}" if around else _name(child)
            said = plain((child.text or "")[:MAX_CELL])
            if said and not made[column]:
                made[column] += 1
                yield column, Cell(said, attribute_of(said), tree.getpath(child))
            if depth + 1 < ROW_DEPTH:
                pending.append((column, child, depth + 1))


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def next_in_feed(page: Page) -> str:
    """The address of the next part of a feed (RFC 5005), as it stands there; empty where it names none."""
    if not _XML_START.match(page.html[:HEAD].lstrip()):
        return ""
    found = re.search(r"<(?:atom:)?link\b[^>]{0,500}?\brel=[\"']next[\"'][^>]{0,500}", page.html)
    href = re.search(r"\bhref=[\"']([^\"']+)", found[0]) if found else None
    return href[1].replace("&amp;", "&") if href else ""
