"""Cases: saved pages with what a right reading of them gives. A set is a folder with a `cases.jsonl`, a case a line.

{"id", "url", "html": "html/x.html.gz", "task": "detail", "fields": [{"name", "type"}], "kind"?, "gold": ...}

Tasks and their gold: `detail` one record in a list (a scalar field may list all acceptable values), `list` records,
`content` {"main_content", "with", "without"}, `pagination` {"next": CSS selector of the next link, or empty},
`table` rows of cells, the first is the header. `goal` has "goal", optionally "pages": [{"url", "html"}] (recorded;
without them it runs live) and records as gold.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from domain.errors import InvalidInput
from domain.fields import Field, make_field

CASES_FILE = "cases.jsonl"


class TaskName(StrEnum):
    DETAIL = "detail"
    LIST = "list"
    CONTENT = "content"
    PAGINATION = "pagination"
    TABLE = "table"
    GOAL = "goal"


class FieldSpec(msgspec.Struct, frozen=True):
    """A field as a case writes it."""

    name: str
    type: str | None = None


class RecordedPage(msgspec.Struct, frozen=True):
    """A page of a goal case: `html` is a path from the set's folder."""

    url: str
    html: str


Scalar = str | int | float | bool | None
GoldRecord = Mapping[str, Scalar | list[Scalar]]


class ContentGold(msgspec.Struct, frozen=True, rename={"must_have": "with", "must_lack": "without"}):
    main_content: str
    must_have: tuple[str, ...] = ()
    must_lack: tuple[str, ...] = ()


class PaginationGold(msgspec.Struct, frozen=True):
    next: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `cases.jsonl`. `gold` is kept as written: the task's scorer gives it its type."""

    id: str
    task: TaskName
    gold: msgspec.Raw
    address: str | None = msgspec.field(name="url", default=None)
    html: str = ""
    kind: str = ""
    goal: str = ""
    min_results: int | None = None
    max_results: int = 100
    fields: tuple[FieldSpec, ...] = ()
    pages: tuple[RecordedPage, ...] = ()

    @property
    def url(self) -> str:
        """Where the page was saved from; empty where that is not known."""
        return self.address or ""

    @property
    def asked(self) -> tuple[Field, ...]:
        return tuple(make_field(field.name, field.type) for field in self.fields)

    def records(self) -> tuple[GoldRecord, ...]:
        return tuple(msgspec.json.decode(self.gold, type=list[dict[str, Scalar | list[Scalar]]]))


class CaseSet(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of cases; `total` counts those that a limit left out as well."""

    name: str
    folder: Path
    cases: tuple[Case, ...]
    total: int

    def source(self, path: str) -> str:
        """The decoded HTML of a page of this set, gzipped or plain. Paths out of the set's folder are refused."""
        file = (self.folder / path).resolve()
        if not path or not file.is_relative_to(self.folder.resolve()):
            raise InvalidInput(f"a page of {self.name} is outside its folder: {path!r}")
        content = file.read_bytes()
        is_gzip = content[:2] == b"\x1f\x8b"
        return (gzip.decompress(content) if is_gzip else content).decode("utf-8", "replace")


def read_sets(cases: Path, limit: int | None = None) -> tuple[CaseSet, ...]:
    """The set that `cases` is, or the sets in it, by name. `limit` keeps so many cases of each, spread evenly over it.

    Raises InvalidInput where there is no set, or a line is not a case.
    """
    files = [cases / CASES_FILE] if (cases / CASES_FILE).is_file() else sorted(cases.glob(f"*/{CASES_FILE}"))
    if not files:
        raise InvalidInput(f"no {CASES_FILE} in {cases} or in a folder of it")
    return tuple(_read_set(file, limit) for file in files)


def _read_set(file: Path, limit: int | None) -> CaseSet:
    decoder = msgspec.json.Decoder(Case)
    cases: list[Case] = []
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                cases.append(decoder.decode(line))
            except msgspec.DecodeError as fault:
                raise InvalidInput(f"{file}, line {number}: {fault}") from fault
    total = len(cases)
    if limit is not None and limit < total:
        cases = [cases[index * total // limit] for index in range(limit)]
    return CaseSet(name=file.parent.resolve().name, folder=file.parent, cases=tuple(cases), total=total)
