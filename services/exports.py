"""Records as files: JSON, JSON lines, CSV, XLSX; streamed, in the columns that were asked for."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from domain.clock import iso_seconds
from domain.errors import InvalidInput
from domain.fields import flat_fields
from domain.invisible import visible
from domain.pools import PoolRecord
from domain.records import Record, Value
from domain.runs import Run
from services.pool_listing import list_pool_records
from services.pools import get_pool
from services.records import list_records
from services.runs import get_run
from services.service import Service
from store.columns import encode

RECORDS_AT_ONCE = 200
CHUNK = 64 * 1024
JOINED_BY = "; "  # a comma is in too many values

# A spreadsheet takes a cell that begins so for a formula, whoever wrote it; an East Asian one the wide forms, too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
MAX_XLSX_ROWS = 1_048_575  # Excel's own limit, beside the row of names
CHECKS = "checks"  # after the fields, where none of them has the name
SEEN = ("first_seen", "last_seen")  # after the fields, where none of them has the name
MAX_XLSX_CELL = 32_767  # Excel's own limit in characters
BYTE_ORDER_MARK = "﻿"


@dataclass(frozen=True, slots=True)
class Export:
    """A file on its way. `chunks` can be read once."""

    filename: str
    content_type: str
    chunks: AsyncIterator[bytes]


Row = Mapping[str, Value]
Batches = Callable[[], AsyncIterator[Sequence[Row]]]
Writer = Callable[[Batches, tuple[str, ...]], AsyncIterator[bytes]]


async def export_records(
    service: Service,
    account_id: str,
    run_id: str,
    format: str,  # noqa: A002
    *,
    apart: bool = False,
    with_checks: bool = False,
) -> Export:
    """A run's records as a file, also while it is running; with `apart` those beside the result. `with_checks` adds a
    column that says what became of the goal's conditions. Raises NotFound; InvalidInput for another format."""
    checked_format(format)
    run = await get_run(service, account_id, run_id)

    async def batches() -> AsyncIterator[Sequence[Row]]:
        cursor: str | None = ""
        while cursor is not None:
            listing = await list_records(service, account_id, run_id, limit=RECORDS_AT_ONCE, cursor=cursor, apart=apart)
            yield [_row(record, with_checks, format) for record in listing.items]
            cursor = listing.next_cursor

    columns = await _columns(run, batches) if format in TABULAR else ()
    return written(f"job_{run_id}", format, batches, columns)


def _row(record: Record, with_checks: bool, format: str) -> Row:  # noqa: A002
    values = record.values()
    if not with_checks or CHECKS in values:
        return values
    if format in TABULAR:
        return {**values, CHECKS: [f"{each.condition}: {each.verdict} ({each.reason})" for each in record.checks]}
    return {**values, CHECKS: [msgspec.to_builtins(each) for each in record.checks]}


async def export_pool(service: Service, account_id: str, pool_id: str, format: str) -> Export:  # noqa: A002
    """What a pool holds now as a file, with when each record was first and last seen. Raises NotFound, InvalidInput."""
    checked_format(format)
    pool = await get_pool(service, account_id, pool_id)
    if format == "xlsx" and pool.records > MAX_XLSX_ROWS:
        raise InvalidInput(fields={"format": f"a sheet has at most {MAX_XLSX_ROWS:,} rows; csv has no limit"})

    async def batches() -> AsyncIterator[Sequence[Row]]:
        cursor: str | None = ""
        while cursor is not None:
            page = await list_pool_records(service, account_id, pool_id, limit=RECORDS_AT_ONCE, cursor=cursor)
            yield [{**_seen(record), **record.plain()} for record in page.items]
            cursor = page.next_cursor

    return written(f"pool_{pool_id}", format, batches, tuple(dict.fromkeys((*pool.fields, *SEEN))))


def checked_format(format: str) -> None:  # noqa: A002
    """Raises InvalidInput for a format that there is not."""
    if format not in _FORMATS:
        raise InvalidInput(fields={"format": f"one of {', '.join(_FORMATS)}"})


def written(stem: str, format: str, batches: Batches, columns: tuple[str, ...]) -> Export:  # noqa: A002
    """Rows as a file of this format. A table has `columns`; `batches` are read when the file is."""
    content_type, write = _FORMATS[format]
    return Export(f"{stem}.{format}", content_type, write(batches, columns))


def _seen(record: PoolRecord) -> Row:
    return {"first_seen": iso_seconds(record.first_seen), "last_seen": iso_seconds(record.last_seen)}


async def _columns(run: Run, batches: Batches) -> tuple[str, ...]:
    """The asked fields in their order, then the others as they come."""
    asked = flat_fields(run.request.fields) or (run.plan.fields if run.plan else ())
    names = dict.fromkeys(field.name for field in asked)
    async for rows in batches():
        for row in rows:
            names.update(dict.fromkeys(row))
    return tuple(names)


async def _json(batches: Batches, _columns: tuple[str, ...]) -> AsyncIterator[bytes]:
    separator = b"["
    async for records in batches():
        for record in records:
            yield separator + b"\n" + encode(record)
            separator = b","
    yield b"[]\n" if separator == b"[" else b"\n]\n"


async def _jsonl(batches: Batches, _columns: tuple[str, ...]) -> AsyncIterator[bytes]:
    async for records in batches():
        for record in records:
            yield encode(record) + b"\n"


async def _csv(batches: Batches, columns: tuple[str, ...]) -> AsyncIterator[bytes]:
    # The mark tells Excel that this is UTF-8: without it, it reads the machine's old code page.
    yield (BYTE_ORDER_MARK + _csv_rows([[csv_cell(name) for name in columns]])).encode()
    async for records in batches():
        rows = [[csv_cell(record.get(name)) for name in columns] for record in records]
        yield _csv_rows(rows).encode("utf-8", "replace")


def _csv_rows(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def csv_cell(value: Value | None) -> str:
    """A value as a cell. Numbers stay numbers, negative ones too; text that a spreadsheet would take for a formula
    gets the apostrophe that OWASP advises."""
    if value is None:
        return ""
    text = _text(value)
    is_number = isinstance(value, (int, float))
    is_formula = visible(text).startswith(FORMULA_STARTS)  # a spreadsheet may drop what nobody sees before the sign
    return "'" + text if is_formula and not is_number else text


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return JOINED_BY.join(_text(item) for item in value)
    if isinstance(value, dict):
        return encode(value).decode()
    return str(value)


async def _xlsx(batches: Batches, columns: tuple[str, ...]) -> AsyncIterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="forage-export-") as folder:
        path = Path(folder) / "records.xlsx"
        # One row in memory at a time; text that looks like a formula or a link stays text.
        book = xlsxwriter.Workbook(
            path,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder},
        )
        sheet = book.add_worksheet("records")
        for column, name in enumerate(columns):
            sheet.write_string(0, column, name[:MAX_XLSX_CELL])
        row = 1
        async for records in batches():
            await asyncio.to_thread(_write_rows, sheet, row, records, columns)
            row += len(records)
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk


def _write_rows(sheet: Worksheet, first: int, records: Sequence[Row], columns: tuple[str, ...]) -> None:
    for row, record in enumerate(records, first):
        for column, name in enumerate(columns):
            value = record.get(name)
            if value is None:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            elif isinstance(value, (int, float)) and abs(value) < 1e15:  # above, Excel's numbers lose digits
                sheet.write_number(row, column, value)
            else:
                sheet.write_string(row, column, _text(value)[:MAX_XLSX_CELL])


_FORMATS: dict[str, tuple[str, Writer]] = {
    "json": ("application/json", _json),
    "jsonl": ("application/x-ndjson", _jsonl),
    "csv": ("text/csv", _csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
}
TABULAR = frozenset({"csv", "xlsx"})
