"""Lists of objects within the rows of a page that is data: the array of a row that is called as the field is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.extract.embedded.arrays import document_tables
from agent.extract.embedded.lenient_json import Json
from agent.extract.embedded.state import Document
from agent.extract.nested import MAX_ROWS, list_of_tables, with_lists
from agent.extract.setting import PageSetting
from domain.evidence import Method
from domain.fields import Field, words_of
from domain.records import Candidate, FieldValue

_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")


def with_lists_of_data(
    candidates: Sequence[Candidate], value: Json, rows_path: str, fields: Sequence[Field], setting: PageSetting
) -> tuple[Candidate, ...]:
    """The records, each with the lists that its own object in the page's `value` has; `rows_path` is that of the array
    whose rows they are, or of the one object."""
    found: list[Candidate] = []
    for candidate in candidates[:MAX_ROWS]:
        path = _path_of(candidate, rows_path)
        row = _at(value, path)
        lists = {field.name: _listed(field, row, path, setting) for field in fields} if isinstance(row, dict) else {}
        found.append(with_lists(candidate, lists))
    return (*found, *candidates[len(found) :])


def _listed(field: Field, row: dict[str, Json], path: str, setting: PageSetting) -> FieldValue | None:
    called = {words_of(name) for name in (field.name, *field.synonyms)}
    for key, items in row.items():
        if isinstance(items, list) and words_of(key) in called:
            document = Document(f"{path}.{key}", items)
            if tables := document_tables((document,), Method.STATE, is_whole=True):
                return list_of_tables(field, tables[:1], setting)
    return None


def _path_of(candidate: Candidate, rows_path: str) -> str:
    """Of the object that the candidate was read of, as its evidence names it."""
    paths = [proof.source_path for value in candidate.fields.values() for proof in value.evidence]
    row = re.compile(re.escape(rows_path) + r"(?:\[\d+\])?")
    return next((match[0] for path in paths if (match := row.match(path))), rows_path)


def _at(value: Json, path: str) -> Json:
    for key, number in _STEP.findall(path):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and number and int(number) < len(value):
            value = value[int(number)]
        else:
            return None
    return value
