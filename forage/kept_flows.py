"""Flows, looked at, made and run from the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from api.wire.scraperbot.flows import read_flow, render_flow
from domain.errors import InvalidInput, NotFound
from domain.flows import Flow, FlowChange, FlowStatus
from domain.runs import Run
from forage.compose import open_service
from forage.local import run_submitted, submit_here
from forage.settings import Settings
from forage.tables import TIME_OF_ID, console
from services.flows import change_flow, create_flow, delete_flow, get_flow, list_flows, request_of_flow
from services.keys import ensure_account
from services.service import Service

SEARCHED = 1000  # flows among which a name or the beginning of an id is looked for
_STYLE = {
    FlowStatus.ACTIVE: "green",
    FlowStatus.DRAFT: "bright_black",
    FlowStatus.PAUSED: "yellow",
    FlowStatus.ERROR: "red",
}


async def list_kept(settings: Settings, limit: int) -> int:
    async with open_service(settings) as service:
        listing, _ = await list_flows(service, await ensure_account(service), limit=limit)
    if listing.items:
        console().print(_overview(listing.items))
    else:
        console(stderr=True).print("no flows yet: forage flows create makes one from a JSON file")
    return 0


async def show_kept(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        flow = await _found(service, name)
    click.echo(msgspec.json.format(msgspec.json.encode(render_flow(flow).data), indent=2))
    return 0


async def create_kept(settings: Settings, body: bytes, *, activate: bool) -> int:
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        flow = await create_flow(service, account_id, read_flow(body, service.policy))
        if activate:
            flow = await change_flow(service, account_id, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    console().print(_overview([flow]))
    return 0


async def switch_kept(settings: Settings, name: str, *, on: bool) -> int:
    change = FlowChange(status=FlowStatus.ACTIVE if on else FlowStatus.PAUSED)
    async with open_service(settings) as service:
        flow = await _found(service, name)
        flow = await change_flow(service, flow.account_id, flow.id, change)
    console().print(_overview([flow]))
    return 0


async def run_kept(settings: Settings, name: str, form: str, out: Path | None, *, quiet: bool) -> Run:
    """Raises NotFound; Conflict for a flow that is paused."""
    async with open_service(settings) as service:
        flow = await _found(service, name)
        async with service.database.read() as uow:
            request = await request_of_flow(uow, flow.account_id, flow.id)
        run = await submit_here(service, request)
        return await run_submitted(service, run, settings, form, out, quiet=quiet)


async def delete_kept(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        flow = await _found(service, name)
        await delete_flow(service, flow.account_id, flow.id)
    console().print(Text(f"deleted {flow.name}"))
    return 0


async def _found(service: Service, name: str) -> Flow:
    """By id, with or without the API's `flow-`, by the beginning of it, or by its name."""
    account_id = await ensure_account(service)
    wanted = name.removeprefix("flow-").lower()
    listing, _ = await list_flows(service, account_id, limit=SEARCHED)
    fitting = [flow for flow in listing.items if wanted and (flow.id.startswith(wanted) or flow.name == name)]
    if not fitting:
        raise NotFound(f"no flow {name!r} here: `forage flows list` lists them")
    if len(fitting) > 1:
        raise InvalidInput(f"{name!r} fits {len(fitting)} flows: write more of the id")
    return await get_flow(service, account_id, fitting[0].id)


def _overview(flows: Iterable[Flow]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("flow", "name", "mode", "status", "runs", "page"):
        table.add_column(name, overflow="fold")
    for flow in flows:
        counts = flow.counts
        runs = f"{counts.total}, {counts.success_rate:g} % good" if counts.total else "–"
        status = Text(flow.status.value, _STYLE[flow.status])
        table.add_row(flow.id[:TIME_OF_ID], Text(flow.name), flow.mode.value, status, runs, Text(flow.url))
    return table
