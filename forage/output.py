"""Where a run's records go: a table for people, or a format that programs read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from domain.errors import ForageError, InvalidInput
from domain.records import Record
from domain.runs import Run
from forage.tables import console, count, footer, found_nowhere, records_view
from services.exports import export_records
from services.records import count_apart, list_records
from services.service import Service

FORMATS = ("table", "json", "jsonl", "csv", "xlsx")
AT_ONCE = 500


def chosen_format(asked: str | None, out: Path | None) -> str:
    """The format asked for, else the one that the file's name says, else a table. Raises InvalidInput."""
    told = out.suffix.removeprefix(".").lower() if out else ""
    if asked == "table" and out is not None:
        raise InvalidInput("--format table goes to the terminal; a file is json, jsonl, csv or xlsx")
    if asked is None and told and told not in FORMATS:
        raise InvalidInput(
            f"--out {out}: no format is called {told!r}; name it .json, .jsonl, .csv or .xlsx, or add --format"
        )
    chosen = asked or told or ("table" if out is None else "json")
    if chosen == "xlsx" and out is None and sys.stdout.isatty():
        raise InvalidInput("--format xlsx writes a file: add --out FILE")
    return chosen


def check_writable(out: Path) -> None:
    """Raises InvalidInput where `out` could not be written: told before a run is paid for, not after it."""
    place = out if out.exists() else next(folder for folder in out.absolute().parents if folder.exists())
    if not os.access(place, os.W_OK) or (place != out and not place.is_dir()):
        raise InvalidInput(f"--out {out}: {place} cannot be written to")


async def all_records(service: Service, run: Run, *, apart: bool = False) -> tuple[Record, ...]:
    """Every record of a run, in its order: at most the 1,000 that a run may have; with `apart` those beside its
    result, as many at most."""
    records: list[Record] = []
    cursor = ""
    while True:
        listing = await list_records(service, run.account_id, run.id, limit=AT_ONCE, cursor=cursor, apart=apart)
        records += listing.items
        if not listing.next_cursor:
            return tuple(records)
        cursor = listing.next_cursor


async def write_records(
    service: Service, run: Run, form: str, out: Path | None, *, kept: bool = True, apart: bool = False
) -> None:
    """Writes a run's records to `out` or stdout, and tells how the run ended: under a table, else on stderr. With
    `apart` those beside its result, and why they are there."""
    number = await count_apart(service, run.account_id, run.id)
    if form == "table":
        await _print_table(service, run, footer(run, kept=kept, apart=number), apart=apart)
        return
    export = await export_records(service, run.account_id, run.id, form, apart=apart, with_checks=apart)
    chunks = [chunk async for chunk in export.chunks]
    shown = console(stderr=True)
    if out is None:
        sys.stdout.buffer.write(b"".join(chunks))
        sys.stdout.buffer.flush()
    else:
        _write(out, chunks)
    shown.print(footer(run, kept=kept, apart=number))
    if out is not None:
        shown.print(f"{count(number if apart else run.records_found, 'record')} in {out}", style="bright_black")


async def _print_table(service: Service, run: Run, told: RenderableType, *, apart: bool) -> None:
    shown = console()
    records = await all_records(service, run, apart=apart)
    if records:
        shown.print(records_view(records, run, shown))
        if not apart and (nowhere := found_nowhere(records, run)):
            shown.print(Text(f"found on no page: {', '.join(nowhere)}", style="yellow"))
    elif apart:
        shown.print("no record of this run is unclear")
    shown.print(told)


def _write(out: Path, chunks: list[bytes]) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("wb") as file:
            file.writelines(chunks)
    except OSError as fault:
        raise ForageError(f"{out} cannot be written: {fault.strerror}") from None
