"""Arrays of similar objects, wherever they lie in a document, as column tables."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from agent.extract.columns import TEXT, Cell, ColumnTable, column_table
from agent.extract.embedded.entities import Entity, Property, present_prices
from agent.extract.embedded.lenient_json import Json, plain
from agent.extract.embedded.state import Document
from agent.extract.embedded.things import variant_places
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
_ENUMERATED = re.compile(r"https?://schema\.org/\w+/?", re.I)  # a word of schema.org's, and no link
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)", re.I)
_IN_STOCK = re.compile(r"(?:is_?)?(?:in_?stock|available(?:_?for_?sale)?)", re.I)
_AMOUNTS = frozenset({"price", "compare_at_price", "price_min", "price_max"})
_SKIPPED = frozenset({"__typename", "@type", "@context", "type"})


class _Array(NamedTuple):
    """The rows of one array, flat; `place` is its path within its document, `total` counts the rows that are left out
    as well."""

    place: str
    kind: str
    name: str
    path: str
    rows: list[dict[str, Cell]]
    total: int


def document_tables(
    documents: Iterable[Document], method: Method, *, is_whole: bool = False
) -> tuple[ColumnTable, ...]:
    """A table for each array of similar objects, and for each object whose values are such (a normalised cache), the
    largest first. An array that several pages of one list have is one table. `is_whole`: the document is the page, so
    that an array counts with a single row or column too."""
    columns = 1 if is_whole else MIN_COLUMNS
    arrays: dict[tuple[str, str, str], list[_Array]] = {}
    for number, document in enumerate(documents):
        series = document.series or str(number)
        known = frozenset(place for of_series, place, _ in arrays if of_series == series)
        for array in _arrays(document, known, is_whole=is_whole):
            arrays.setdefault((series, array.place, array.kind), []).append(array)
    tables = [table for pages in arrays.values() if len((table := _table(pages, method)).columns) >= columns]
    tables.sort(key=lambda table: -table.rows * len(table.columns))
    return tuple(tables[:MAX_TABLES])


def _table(pages: Sequence[_Array], method: Method) -> ColumnTable:
    first, *others = pages
    rows, total = list(first.rows), first.total
    told = {_said(row) for row in rows} if others else set()
    for page in others:
        new = [row for row in page.rows if _said(row) not in told]
        told.update(_said(row) for row in new)
        rows += new
        total += page.total - len(page.rows) + len(new)
    table = column_table(rows[:MAX_ROWS], method=method, name=first.kind or first.name, source_path=first.path)
    return counted(labelled(table), total)


def _said(row: Mapping[str, Cell]) -> tuple[tuple[str, str], ...]:
    return tuple((column, cell.text) for column, cell in row.items())


def _arrays(document: Document, known: Collection[str], *, is_whole: bool) -> Iterator[_Array]:
    """Also of a single row where it stands at a `known` place: the last page of a list may have no more."""
    references = _cache(document.value if isinstance(document.value, dict) else {})
    pending: list[tuple[Json, str, str]] = [(document.value, document.path, "")]
    walked = 0
    while pending and walked < MAX_NODES:
        value, path, name = pending.pop()
        walked += 1
        if isinstance(value, list):
            nodes = [(item, f"{path}[{index}]", name) for index, item in enumerate(value) if _is_node(item)]
        elif isinstance(value, dict):
            nodes = [(item, f"{path}.{key}", key) for key, item in value.items() if _is_node(item)]
        else:
            continue
        pending += nodes
        if isinstance(value, dict) and len(value) <= MIN_ROWS:
            continue
        place = path.removeprefix(document.path)
        is_enough = place in known or (is_whole and isinstance(value, list))
        for of_kind, kind in _similar(nodes, 1 if is_enough else MIN_ROWS, 1 if is_whole else MIN_COLUMNS):
            flat = [_less_cents(dict(cells_of(row, of_row, references))) for row, of_row in of_kind[:MAX_ROWS]]
            yield _Array(place, kind, name, path, flat, len(of_kind))


def _less_cents(row: dict[str, Cell]) -> dict[str, Cell]:
    """The row without amounts that are likely cents: themes of the shop software that calls its choices "option1" write
    18900 for 189.00, and nothing in the data says so."""
    if "option1" not in row:
        return row
    return {path: cell for path, cell in row.items() if not (path in _AMOUNTS and cell.text.isdecimal())}


def counted(table: ColumnTable, total: int) -> ColumnTable:
    """The table, with how many rows its source has where those are more."""
    return msgspec.structs.replace(table, total=total) if total > table.rows else table


def _is_node(value: Json) -> bool:
    return isinstance(value, dict | list)


def _cache(references: Mapping[str, Json]) -> Mapping[str, Json]:
    """Where a reference `{"__ref": key}` is looked up: the document's top, or the Apollo state within it."""
    for key in ("ROOT_QUERY", "apolloState", "__APOLLO_STATE__"):
        inner = references.get(key)
        if isinstance(inner, dict) and key != "ROOT_QUERY":
            return inner
    return references


def _similar(
    nodes: Sequence[tuple[Json, str, str]], least: int, columns: int
) -> Iterator[tuple[list[tuple[dict[str, Json], str]], str]]:
    """The objects that share most of their keys, by their `__typename` where they have one, and that name; `least` rows
    of `columns` keys at least."""
    if len(nodes) < least:
        return
    objects = [(row, path) for row, path, _ in nodes if isinstance(row, dict) and len(row) >= columns]
    if len(objects) < least:
        return
    by_type: dict[str, list[tuple[dict[str, Json], str]]] = {}
    for row, path in objects:
        of_type = row.get("__typename") or row.get("@type")
        by_type.setdefault(of_type if isinstance(of_type, str) else "", []).append((row, path))
    for kind, members in by_type.items():
        counts = Counter(key for row, _ in members for key in row)
        usual = {key for key, count in counts.items() if count >= len(members) / 2}
        alike = [(row, path) for row, path in members if len(usual & row.keys()) >= SHARED_KEYS * len(usual)]
        if len(alike) >= least and len(alike) >= len(objects) / 2 - len(by_type) and len(usual) >= columns:
            yield alike, kind


def cells_of(row: dict[str, Json], path: str, references: Mapping[str, Json]) -> Iterator[tuple[str, Cell]]:
    """(column path, cell) for the scalars of a row and of the objects in it."""
    pending: deque[tuple[str, dict[str, Json], str, int]] = deque([("", row, path, 0)])
    made = 0
    while pending and made < MAX_CELLS:
        around, current, place, depth = pending.popleft()
        for key, value in current.items():
            if key in _SKIPPED or made >= MAX_CELLS:
                continue
            column = f"{around}/{key}" if around else key
            if isinstance(value, dict):
                target = references.get(str(value["__ref"])) if "__ref" in value else value
                if isinstance(target, dict) and depth + 1 < ROW_DEPTH:
                    pending.append((column, target, f"{place}.{key}", depth + 1))
                continue
            if isinstance(value, list):
                first = value[0] if value and all(isinstance(item, dict) for item in value) else None
                if isinstance(first, dict) and depth + 2 < ROW_DEPTH:
                    pending.append((column, first, f"{place}.{key}[0]", depth + 2))
                items = tuple(text for item in value if (text := _item_text(item)))
                cell = (
                    Cell(", ".join(items)[:MAX_CELL], attribute_of(items[0]), f"{place}.{key}", items)
                    if items
                    else None
                )
            else:
                text = _scalar_text(value) or _answer_of(key, value)
                cell = Cell(text, attribute_of(text), f"{place}.{key}") if text else None
            if cell is not None:
                made += 1
                yield column, cell


def _scalar_text(value: Json) -> str:
    if isinstance(value, str):
        return plain(value[:MAX_CELL])
    return "" if value is None or isinstance(value, bool) else str(value)


def _answer_of(key: str, value: Json) -> str:
    """A yes or a no to whether there is any, as JSON spells it; of other questions it is no value to read."""
    return ("true" if value else "false") if isinstance(value, bool) and _IN_STOCK.fullmatch(key) else ""


def _item_text(item: Json) -> str:
    """The text of one item of a list: of an object its name, or whatever names it."""
    if isinstance(item, dict):
        named = next((item[key] for key in ("name", "title", "text", "label", "value", "url") if item.get(key)), None)
        return plain(str(named)[:MAX_CELL]) if isinstance(named, str | int | float) else ""
    return "" if isinstance(item, list) else _scalar_text(item)


def attribute_of(text: str) -> str:
    """What a text would stand in, were it of a page: `href` for an address, `src` for a picture's, else `text`."""
    if text[0] not in "/hH" or not _URL.fullmatch(text) or _ENUMERATED.fullmatch(text):
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
    unread: Counter[tuple[str, Method]] = Counter()
    parts = variant_places(entities, least=MIN_ROWS)  # of several groups, each is a thing
    seen: set[tuple[str, Method]] = set()  # what several refer to is one thing
    for top in entities:
        for entity in top.walk():
            if entity.path in parts or (entity.path and (entity.path, entity.method) in seen):
                continue
            seen.add((entity.path, entity.method))
            if entity.is_unread and entity.types:
                unread[entity.types[0], entity.method] += 1
            if entity.types and len(entity.properties) >= MIN_COLUMNS and not _is_wrapper(entity):
                by_kind.setdefault((entity.types[0], entity.method), []).append(entity)
    tables = (
        counted(
            labelled(
                column_table(
                    [dict(_entity_cells(entity)) for entity in of_kind[:MAX_ROWS]],
                    method=method,
                    name=kind,
                    source_path=of_kind[0].path,
                )
            ),
            len(of_kind) + unread[kind, method],
        )
        for (kind, method), of_kind in by_kind.items()
        if len(of_kind) >= least
    )
    return tuple(table for table in tables if len(table.columns) >= MIN_COLUMNS)


def _is_wrapper(entity: Entity) -> bool:
    """Whether an entity only says at which place of a list a thing stands: the thing has a row of its own."""
    return entity.is_a("listitem") and any(len(item.properties) >= MIN_COLUMNS for item in entity.nested("item"))


def _entity_cells(entity: Entity) -> Iterator[tuple[str, Cell]]:
    pending: list[tuple[str, Entity, int]] = [("", entity, 0)]
    made = 0
    while pending and made < MAX_CELLS:
        around, current, depth = pending.pop(0)
        for name, found in current.properties.items():
            if name == "hasVariant":  # a code of the first of them is none of the whole
                continue
            column = f"{around}/{name}" if around else name
            cell = _property_cell(found)
            if cell.text:
                made += 1
                yield column, cell
            if isinstance(found[0].value, Entity) and depth < ROW_DEPTH:
                inner = present_prices([each.value for each in found if isinstance(each.value, Entity)])[0]
                pending.append((column, inner, depth + 1))


def _property_cell(found: Sequence[Property]) -> Cell:
    first = found[0].value
    if isinstance(first, Entity) and first.address:
        return Cell(first.address[:MAX_CELL], TEXT, found[0].path)
    texts = tuple(text for value in found if (text := plain(value.text[:MAX_CELL])))
    if not texts:
        return Cell("")
    leaf = found[0].leaf
    is_read = leaf.attribute in (TEXT, "content") or _ENUMERATED.fullmatch(texts[0])
    attribute = attribute_of(texts[0]) if is_read else leaf.attribute
    return Cell(", ".join(texts)[:MAX_CELL], attribute, leaf.path, texts if len(texts) > 1 else ())
