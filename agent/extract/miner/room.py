"""Columns of a list that may tell what nothing names: a list that has none for an asked text is likely of other things.

They say which of two lists is meant, and no value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from agent.extract.columns import TEXT, Column, ColumnTable
from agent.extract.labels import Match
from domain.fields import Field, FieldKind

SAMPLE = 12  # texts of a column that are looked at
LONGEST = 60  # characters, median: a longer text describes
MOSTLY = 0.8
ROOM, NO_ROOM = 0.8, 0.5  # of a told field

_TEXTS = frozenset({FieldKind.TEXT, FieldKind.ADDRESS, FieldKind.PERSON})


def room_for(fields: Sequence[Field], table: ColumnTable, matches: Mapping[str, Match]) -> float:
    """What the texts that no column tells count as told: much of one where a column that no field has could tell it,
    less than nothing where none could."""
    untold = sum(field.kind in _TEXTS and not field.many and field.name not in matches for field in fields)
    if not untold:
        return 0.0
    taken = {match.column.path.partition("@")[0] for match in matches.values()}
    paths = [column.path for column in table.columns if column.attribute == TEXT]
    spare = (column for column in table.columns if _is_spare(column, table.rows, taken, paths))
    room = min(untold, len({tuple(column.texts(SAMPLE)) for column in spare}))
    return ROOM * room - NO_ROOM * (untold - room)


def _is_spare(column: Column, rows: int, taken: Collection[str], paths: Collection[str]) -> bool:
    """Whether a column is of short words, under no caption, in nearly all rows, and in no other column."""
    if column.attribute != TEXT or column.headed or column.fill(rows) < MOSTLY:
        return False
    path = column.path
    if any(path == each or path.startswith(f"{each}/") or each.startswith(f"{path}/") for each in taken):
        return False
    if any(each.startswith(f"{path}/") for each in paths):
        return False
    texts = column.texts(SAMPLE)
    wordy = sum(not any(map(str.isdigit, text)) and any(map(str.isalpha, text)) for text in texts)
    return wordy >= MOSTLY * len(texts) and sorted(map(len, texts))[len(texts) // 2] <= LONGEST
