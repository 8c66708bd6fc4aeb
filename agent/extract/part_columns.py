"""Fields whose values stand side by side in one text ("3 May 2026 – Jazz Night, Town Hall"), told by their order.

Nothing names the parts, so they are told only where there are as many of them as fields without a column of their own:
in their order, typed ones aside. Else the fields stay empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from agent.extract.columns import TEXT, Column
from agent.extract.composites import is_inner
from agent.extract.labels import Match
from agent.extract.miner.regions import Region
from agent.extract.naming import naming_field
from agent.extract.setting import PageSetting
from agent.extract.splits import ALIKE, SAMPLE, by_path, column_at, cut_of, part_path
from domain.fields import Field, FieldKind
from domain.recognise import RECOGNISED, recognise
from domain.templates import NamedBy

PART_SCORE = 0.4  # of a match that only the order of the parts speaks for
COMMA = ", "
LONGEST = 60  # characters, median: longer parts are prose that has commas in it

_TEXTS = frozenset({FieldKind.TITLE, FieldKind.TEXT, FieldKind.ADDRESS, FieldKind.PERSON})


def with_parts(region: Region, fields: Sequence[Field], setting: PageSetting) -> Region:
    """The region with the fields that parts of one of its texts tell."""
    if not region.rows:
        return region
    naming = naming_field(fields)
    open_fields = [field for field in fields if _is_open(field, region, naming)]
    if len(open_fields) < 2:
        return region
    kinds = {field.kind for field in fields} & RECOGNISED
    has_address = any(field.kind is FieldKind.ADDRESS for field in open_fields)
    for column in _whole_texts(region):
        parts = _text_parts(column, kinds, setting, has_address=has_address)
        if len(parts) == len(open_fields):
            found = {
                field.name: Match(part, PART_SCORE, named_by=NamedBy.FORM)
                for field, part in zip(open_fields, parts, strict=True)
            }
            return msgspec.structs.replace(region, matches=region.matches | found)
    return region


def _is_open(field: Field, region: Region, naming: Field | None) -> bool:
    """Whether a text has no column, or one that nothing but its form speaks for."""
    if field.kind not in _TEXTS or field.many:
        return False
    match = region.matches.get(field.name)
    return match is None or (match.named_by is NamedBy.FORM and (field.kind is FieldKind.TITLE or field == naming))


def _whole_texts(region: Region) -> Iterator[Column]:
    """Texts that nearly all rows have, with no other column in them, and which are no field's alone."""
    typed = {match.column.path for match in region.matches.values() if match.named_by is NamedBy.PAGE}
    columns = [column for column in region.table.columns if column.attribute == TEXT]
    for column in columns:
        if column.path in typed or column.fill(region.table.rows) < ALIKE:
            continue
        if not any(is_inner(other, column) for other in columns):
            yield column


def _text_parts(column: Column, kinds: set[FieldKind], setting: PageSetting, *, has_address: bool) -> list[Column]:
    """The parts of a column's texts, less those that hold what is known by its form. An address has commas of
    its own."""
    cut = cut_of(column)
    if cut is None or (cut.mark == COMMA and has_address):
        return []
    columns = by_path([column])
    parts = [column_at(columns, part_path(column, cut, place)) for place in range(1, cut.parts + 1)]
    found: list[Column] = []
    for part in parts:
        if part is None:
            return []
        texts = part.texts(SAMPLE)
        typed = any(_share(kind, texts, setting) >= ALIKE for kind in kinds)
        if not typed and sorted(map(len, texts))[len(texts) // 2] > LONGEST:
            return []
        found += [] if typed else [part]
    return found


def _share(kind: FieldKind, texts: Sequence[str], setting: PageSetting) -> float:
    return sum(recognise(kind, text, setting.tag) is not None for text in texts) / len(texts)
