"""What to read when nothing is asked: every well-filled column, under a sensible name and of the kind that its values
have."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable

from agent.extract.columns import TEXT, Column, ColumnTable
from agent.extract.labels import Match
from agent.extract.vocabulary import CONCEPTS, canonical_name
from domain.fields import MAX_NAME, Field, FieldKind, kind_of_name, words_of
from domain.recognise import recognise

MAX_FIELDS = 20  # a record with more columns is read by asking for them
LEAST_FILL = 0.5  # of the rows have it
SAMPLE = 30
OF_KIND = 0.7  # of the values are of a kind, and little else
PURE = 0.6  # of a value's characters are what was recognised in it

_KINDS = (
    FieldKind.EMAIL,
    FieldKind.PRICE,
    FieldKind.DATE,
    FieldKind.RATING,
    FieldKind.AVAILABILITY,
    FieldKind.DURATION,
    FieldKind.PHONE,
)
_NAME = re.compile(r"[^\W\d_][\w-]{1,40}")
_VAGUE_NAMES = frozenset(
    """left right center main inner outer wrap wrapper container content text info body block item card row col column
    cell value field data detail details link a p div span li td small large bold title-link clearfix""".split()  # noqa: SIM905
)


def default_fields(table: ColumnTable, tag: str) -> tuple[tuple[Field, ...], dict[str, Match]]:
    """Fields for a table's own columns, and which column gives which. The best title comes first as `title`."""
    columns = [column for column in table.columns if column.fill(table.rows) >= LEAST_FILL and "#" not in column.path]
    fields: list[Field] = []
    matches: dict[str, Match] = {}
    told: set[tuple[str, ...]] = set()
    title = _title_column(columns, table.rows)
    ordered = [title, *(column for column in columns if column is not title)] if title else columns
    for column in ordered:
        values = tuple(value.removeprefix("mailto:").removeprefix("tel:") for value in column.texts(SAMPLE))
        if values in told or (len(set(values)) == 1 and len(values) > 2):
            continue  # the same again, or the same for every row
        kind = _kind_of(column, tag)
        name = "title" if column is title and not column.headed else _name_of(column, kind)
        if not name:
            continue
        told.add(values)
        unique = name if name not in matches else f"{name}_{sum(key.startswith(name) for key in matches) + 1}"
        fields.append(Field(name=unique[:MAX_NAME], kind=FieldKind.TITLE if column is title else kind))
        matches[fields[-1].name] = Match(column, 1.0, is_composite=True)
        if len(fields) >= MAX_FIELDS:
            break
    return tuple(fields), matches


def _title_column(columns: Iterable[Column], rows: int) -> Column | None:
    """The text that tells rows apart and reads as a name."""
    best: tuple[float, Column] | None = None
    for column in columns:
        if column.attribute != TEXT:
            continue
        values = column.texts(SAMPLE)
        length = statistics.median(map(len, values))
        letters = statistics.fmean(sum(map(str.isalpha, value)) / len(value) for value in values)
        score = len(set(values)) / len(values) + column.fill(rows) + (letters > 0.6) + (3 <= length <= 120)
        called = {canonical_name(label) for label in column.labels}
        score += 1.0 * ("title" in called) + 0.7 * (re.search(r"/h[1-6]", column.path) is not None)
        element = next(iter(column.cells.values())).element
        score += 0.4 * (element is not None and element.tag == "a")
        if best is None or score > best[0]:
            best = score, column
    return best[1] if best else None


def _kind_of(column: Column, tag: str) -> FieldKind:
    if column.attribute == "href":
        starts = [value.split(":", 1)[0] for value in column.texts(SAMPLE)]
        if starts.count("mailto") > len(starts) / 2:
            return FieldKind.EMAIL
        return FieldKind.PHONE if starts.count("tel") > len(starts) / 2 else FieldKind.URL
    if column.attribute == "src":
        return FieldKind.IMAGE
    values = column.texts(SAMPLE)
    for kind in _KINDS:
        spans = [(recognise(kind, value, tag), value) for value in values]
        pure = sum(span is not None and len(span.text) >= PURE * len(value) for span, value in spans)
        if pure >= OF_KIND * len(values):
            return kind
    named = kind_of_name(column.labels[0]) if column.headed and column.labels else FieldKind.TEXT
    called = {kind_of_name(canonical_name(label)) for label in column.labels}
    for (
        kind
    ) in _KINDS:  # "Rated 4.6 / 5 (173 reviews)" under the class "rating": the name makes up for the words around
        if kind in called and sum(recognise(kind, value, tag) is not None for value in values) >= OF_KIND * len(values):
            return kind
    return (
        named if named in {FieldKind.PRICE, FieldKind.INTEGER, FieldKind.DATE, FieldKind.IDENTIFIER} else FieldKind.TEXT
    )


def _name_of(column: Column, kind: FieldKind) -> str:
    """The page's own caption, else a class or key that means something, else the kind; empty where nothing names it."""
    if column.headed and column.labels:
        return "_".join(words_of(column.labels[0]))[:MAX_NAME]
    of_kind = {FieldKind.URL: "url", FieldKind.IMAGE: "image", FieldKind.EMAIL: "email", FieldKind.PHONE: "phone"}
    if kind in of_kind:
        return of_kind[kind]
    if column.attribute not in {TEXT, "datetime", "content"}:
        return ""
    for label in column.labels:
        canonical = canonical_name(label)
        if canonical:
            return canonical
    for label in column.labels:
        words = words_of(label)
        known = next((word for word in reversed(words) if word in CONCEPTS), "")
        if known:
            return known
    if kind is not FieldKind.TEXT:
        return kind.value
    for label in column.labels:
        if _NAME.fullmatch(label) and label.lower() not in _VAGUE_NAMES and len(words_of(label)) <= 3:
            return "_".join(words_of(label))
    return "text" if column.attribute == TEXT else ""
