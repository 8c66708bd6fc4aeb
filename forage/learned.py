"""Templates of sites, looked at from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from domain.errors import InvalidInput
from domain.templates import PROOFS, Template
from forage.compose import open_service
from forage.settings import Settings
from forage.tables import console
from services.keys import OWNER_ACCOUNT, ensure_account
from services.templates import MAX_IMPORTED, find_template, forget_templates, import_templates, list_templates
from store.repositories.templates import Kept


async def list_learned(settings: Settings, site: str) -> int:
    async with open_service(settings) as service:
        kept = await list_templates(service, OWNER_ACCOUNT, site=site)
    if kept:
        console().print(_overview(kept))
    else:
        console(stderr=True).print("no templates yet: a run learns them from a site's pages")
    return 0


async def show_learned(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        kept = await find_template(service, OWNER_ACCOUNT, name)
    shown = console()
    shown.print(_overview([kept]))
    shown.print(_whereabouts(kept.template))
    if kept.template.drift:
        shown.print(Text(f"demoted: {kept.template.drift}", style="yellow"))
    return 0


async def forget_learned(settings: Settings, name: str, site: str) -> int:
    async with open_service(settings) as service:
        if name:
            chosen = [await find_template(service, OWNER_ACCOUNT, name)]
        else:
            chosen = list(await list_templates(service, OWNER_ACCOUNT, site=site))
        count = await forget_templates(service, OWNER_ACCOUNT, [kept.template.id for kept in chosen])
    console().print(f"forgot {_counted(count)}")
    return 0


async def export_learned(settings: Settings, site: str, out: Path | None) -> int:
    async with open_service(settings) as service:
        kept = await list_templates(service, OWNER_ACCOUNT, site=site)
    lines = b"".join(msgspec.json.encode(each.template) + b"\n" for each in kept)
    if out is None:
        click.echo(lines, nl=False)
    else:
        await asyncio.to_thread(out.write_bytes, lines)
        console(stderr=True).print(f"{_counted(len(kept))} in {out.name}", soft_wrap=True)
    return 0


def _counted(count: int) -> str:
    return f"{count} template{'' if count == 1 else 's'}"


async def import_learned(settings: Settings, file: Path) -> int:
    """Takes in what `export_learned` wrote. Raises InvalidInput, naming the line that is no template."""
    try:
        lines = (await asyncio.to_thread(file.read_bytes)).splitlines()
    except OSError as fault:
        raise InvalidInput(f"{file} cannot be read: {fault.strerror}") from None
    templates = [_template_of(line, number) for number, line in enumerate(lines, start=1) if line.strip()]
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        count = 0
        for start in range(0, len(templates), MAX_IMPORTED):
            count += await import_templates(service, account_id, templates[start : start + MAX_IMPORTED])
    console().print(f"took in {_counted(count)}")
    return 0


def _template_of(line: bytes, number: int) -> Template:
    try:
        return msgspec.json.decode(line, type=Template)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise InvalidInput(f"line {number} is no template: {fault}") from None


def _overview(kept: Iterable[Kept]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("template", "site", "pages", "state", "changed", "fields"):
        table.add_column(name, no_wrap=name != "fields")
    for template, updated_at in kept:
        changed = updated_at.astimezone().strftime("%Y-%m-%d %H:%M")
        kind = "lists" if template.many else "of one thing"
        fields = Text(", ".join(template.fields))
        table.add_row(template.id[:12], Text(template.site), kind, _state(template), changed, fields)
    return table


def _state(template: Template) -> Text:
    if template.is_proven:
        return Text(f"proven on {template.proofs}", style="green")
    drifted = " (drifted)" if template.drift else ""
    return Text(f"{template.proofs} of {PROOFS}{drifted}", style="yellow")


def _whereabouts(template: Template) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("field", "seen on", "where"):
        table.add_column(name)
    for name, column in sorted(template.columns.items()):
        table.add_row(Text(name), str(column.proofs), Text(" ".join(column.anchors) or column.path))
    for name, places in sorted(template.places.items()):
        for place in places:
            where = f"beside “{place.caption}”" if place.caption else f"at {place.path}"
            table.add_row(Text(name), str(place.proofs), Text(where))
    return table
