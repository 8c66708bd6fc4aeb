"""Arrays of similar objects, wherever they lie in a document, as column tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from agent.extract.columns import TEXT, Cell, ColumnTable, column_table
from agent.extract.embedded.entities import Entity, Property
from agent.extract.embedded.lenient_json import Json, plain
from agent.extract.embedded.state import Document
from domain.evidence import Method

MIN_ROWS = 2
MIN_COLUMNS = 2
MAX_ROWS = 3_000  # a table
MAX_TABLES = 40  # a page; the largest are kept
MAX_CELLS = 60  # a row
MAX_CELL = 20_000  # characters
ROW_DEPTH = 4  # objects within a row that become columns of their own
MAX_NODES = 400_000  # walked in one document
SHARED_KEYS = 0.5  # of the usual keys, for an object to be of the array's kind

# Keys that say nothing without the name of what they belong to: "brand/name" is a brand.
_VAGUE = frozenset({"name", "value", "text", "label", "title", "id", "url", "@id", "content", "raw", "rendered", "0"})
_URL = re.compile(r"(?:https?:)?//\S+|/[\w.~%-]+(?:/[\w.~%-]*)*(?:\?\S*)?", re.I)
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)", re.I)
_SKIPPED = frozenset({"__typename", "@type", "@context", "type"})


def document_tables(documents: Iterable[Document], method: Method) -> tuple[ColumnTable, ...]:
    """A table for each array of similar objects, and for each object whose values are such (a normalised cache), the
    largest first."""
    tables = [table for document in documents for table in _tables(document, method)]
    tables.sort(key=lambda table: -table.rows * len(table.columns))
    return tuple(tables[:MAX_TABLES])


def _tables(document: Document, method: Method) -> Iterator[ColumnTable]:
    references = document.value if isinstance(document.value, dict) else {}
    pending: list[tuple[Json, str, str]] = [(document.value, document.path, "")]
    walked = 0
    while pending and walked < MAX_NODES:
        value, path, name = pending.pop()
        walked += 1
        if isinstance(value, list):
            pending.extend((item, f"{path}[{index}]", name) for index, item in enumerate(value) if _is_node(item))
            rows = [(item, f"{path}[{index}]") for index, item in enumerate(value)]
        elif isinstance(value, dict):
            pending.extend((item, f"{path}.{key}", key) for key, item in value.items() if _is_node(item))
            rows = [(item, f"{path}.{key}") for key, item in value.items()] if len(value) > MIN_ROWS else []
        else:
            continue
        for of_kind, kind in _similar(rows):
            flat = [dict(_cells(row, place, _cache(references))) for row, place in of_kind[:MAX_ROWS]]
            table = column_table(flat, method=method, name=kind or name, source_path=path)
            if len(table.columns) >= MIN_COLUMNS:
                yield labelled(table)


def _is_node(value: Json) -> bool:
    return isinstance(value, dict | list)


def _cache(references: Mapping[str, Json]) -> Mapping[str, Json]:
    """Where a reference `{"__ref": key}` is looked up: the document's top, or the Apollo state within it."""
    for key in ("ROOT_QUERY", "apolloState", "__APOLLO_STATE__"):
        inner = references.get(key)
        if isinstance(inner, dict) and key != "ROOT_QUERY":
            return inner
    return references


def _similar(rows: Sequence[tuple[Json, str]]) -> Iterator[tuple[list[tuple[dict[str, Json], str]], str]]:
    """The objects that share most of their keys, by their `__typename` where they have one, and that name."""
    objects = [(row, path) for row, path in rows if isinstance(row, dict) and len(row) >= MIN_COLUMNS]
    if len(objects) < MIN_ROWS:
        return
    by_type: dict[str, list[tuple[dict[str, Json], str]]] = {}
    for row, path in objects:
        of_type = row.get("__typename") or row.get("@type")
        by_type.setdefault(of_type if isinstance(of_type, str) else "", []).append((row, path))
    for kind, members in by_type.items():
        counts = Counter(key for row, _ in members for key in row)
        usual = {key for key, count in counts.items() if count >= len(members) / 2}
        alike = [(row, path) for row, path in members if len(usual & row.keys()) >= SHARED_KEYS * len(usual)]
        if len(alike) >= MIN_ROWS and len(alike) >= len(objects) / 2 - len(by_type) and len(usual) >= MIN_COLUMNS:
            yield alike, kind


def _cells(row: dict[str, Json], path: str, references: Mapping[str, Json]) -> Iterator[tuple[str, Cell]]:
    """(column path, cell) for the scalars of a row and of the objects in it."""
    pending: list[tuple[str, Json, str, int]] = [("", row, path, 0)]
    made = 0
    while pending and made < MAX_CELLS:
        column, value, place, depth = pending.pop(0)
        if isinstance(value, dict):
            target = references.get(str(value["__ref"])) if "__ref" in value else value
            if isinstance(target, dict) and depth < ROW_DEPTH:
                pending.extend(
                    (f"{column}/{key}" if column else key, item, f"{place}.{key}", depth + 1)
                    for key, item in target.items()
                    if key not in _SKIPPED
                )
        elif isinstance(value, list):
            if value and all(isinstance(item, dict) for item in value):
                pending.append((column, value[0], f"{place}[0]", depth + 1))
            items = tuple(text for item in value if (text := _item_text(item)))
            if items:
                made += 1
                yield column, Cell(", ".join(items)[:MAX_CELL], _attribute(items[0]), place, items)
        elif value is not None and not isinstance(value, bool) and (text := plain(str(value)[:MAX_CELL])):
            made += 1
            yield column, Cell(text, _attribute(text), place)


def _item_text(item: Json) -> str:
    """The text of one item of a list: of an object its name, or whatever names it."""
    if isinstance(item, dict):
        named = next((item[key] for key in ("name", "title", "text", "label", "value", "url") if item.get(key)), None)
        return plain(str(named)[:MAX_CELL]) if isinstance(named, str | int | float) else ""
    return plain(str(item)[:MAX_CELL]) if isinstance(item, str | int | float) and not isinstance(item, bool) else ""


def _attribute(text: str) -> str:
    if not _URL.fullmatch(text):
        return TEXT
    return "src" if _IMAGE.search(text) else "href"


def labelled(table: ColumnTable) -> ColumnTable:
    """The table with each column called by its key, and a vague key by what it belongs to."""
    return ColumnTable(
        columns=tuple(
            type(column)(
                path=column.path,
                cells=column.cells,
                labels=_labels(column.path),
                attribute=column.attribute,
                headed=column.headed,
            )
            for column in table.columns
        ),
        rows=table.rows,
        method=table.method,
        name=table.name,
        source_path=table.source_path,
    )


def _labels(path: str) -> tuple[str, ...]:
    *around, leaf = path.split("/")
    if not around:
        return (leaf,)
    whole = f"{around[-1]} {leaf}"
    return (around[-1], whole) if leaf in _VAGUE else (leaf, whole)


def entity_tables(entities: Sequence[Entity], least: int = MIN_ROWS) -> tuple[ColumnTable, ...]:
    """A table for each type of which the page describes several things, or at `least` so many, in page order."""
    by_kind: dict[tuple[str, Method], list[Entity]] = {}
    for top in entities:
        for entity in top.walk():
            if entity.types and len(entity.properties) >= MIN_COLUMNS:
                by_kind.setdefault((entity.types[0], entity.method), []).append(entity)
    tables = (
        labelled(
            column_table(
                [dict(_entity_cells(entity)) for entity in of_kind[:MAX_ROWS]],
                method=method,
                name=kind,
                source_path=of_kind[0].path,
            )
        )
        for (kind, method), of_kind in by_kind.items()
        if len(of_kind) >= least
    )
    return tuple(table for table in tables if len(table.columns) >= MIN_COLUMNS)


def _entity_cells(entity: Entity) -> Iterator[tuple[str, Cell]]:
    pending: list[tuple[str, Entity, int]] = [("", entity, 0)]
    made = 0
    while pending and made < MAX_CELLS:
        around, current, depth = pending.pop(0)
        for name, found in current.properties.items():
            column = f"{around}/{name}" if around else name
            cell = _property_cell(found)
            if cell.text:
                made += 1
                yield column, cell
            inner = found[0].value
            if isinstance(inner, Entity) and depth < ROW_DEPTH:
                pending.append((column, inner, depth + 1))


def _property_cell(found: Sequence[Property]) -> Cell:
    texts = tuple(text for value in found if (text := plain(value.text[:MAX_CELL])))
    if not texts:
        return Cell("")
    leaf = found[0].leaf
    attribute = _attribute(texts[0]) if leaf.attribute in (TEXT, "content") else leaf.attribute
    return Cell(", ".join(texts)[:MAX_CELL], attribute, leaf.path, texts if len(texts) > 1 else ())
