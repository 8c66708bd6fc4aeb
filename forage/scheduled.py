"""Schedules, looked at and changed from the command line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from rich import box
from rich.table import Table
from rich.text import Text

from domain.errors import InvalidInput, NotFound
from domain.schedules import Scheduled, Tick, TickOutcome
from forage.compose import open_service
from forage.settings import Settings
from forage.tables import STATUS_STYLE, TIME_OF_ID, console
from services.keys import ensure_account
from services.schedules import (
    NewSchedule,
    create_schedule,
    delete_schedule,
    due_times,
    get_schedule,
    list_schedules,
    list_ticks,
    pause_schedule,
    resume_schedule,
)
from services.service import Service
from services.ticks import run_schedule

SEARCHED = 1000  # schedules among which the beginning of an id is looked for: as many as an account may have


async def list_scheduled(settings: Settings, limit: int) -> int:
    async with open_service(settings) as service:
        listing = await list_schedules(service, await ensure_account(service), limit=limit)
    if listing.items:
        console().print(_overview(listing.items))
    else:
        console(stderr=True).print("no schedules yet: forage schedules create makes one")
    return 0


async def create_scheduled(settings: Settings, asked: NewSchedule) -> int:
    async with open_service(settings) as service:
        schedule = await create_schedule(service, await ensure_account(service), asked)
    console().print(_overview([Scheduled(schedule=schedule)]))
    return 0


async def show_scheduled(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        found = await _found(service, name)
        ticks = await list_ticks(service, found.schedule.account_id, found.schedule.id)
        due = due_times(found.schedule, service.clock.now())
    shown = console()
    shown.print(_overview([found]))
    for moment in due:
        shown.print(Text.assemble(("due   ", "bright_black"), _local(moment)))
    for tick in ticks:
        shown.print(_told(tick))
    return 0


async def switch_scheduled(settings: Settings, name: str, *, on: bool) -> int:
    act = resume_schedule if on else pause_schedule
    async with open_service(settings) as service:
        schedule = (await _found(service, name)).schedule
        changed = await act(service, schedule.account_id, schedule.id)
    console().print(_overview([changed]))
    return 0


async def run_scheduled(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        schedule = (await _found(service, name)).schedule
        run = await run_schedule(service, schedule.account_id, schedule.id)
    console().print(f"queued {run.id}; forage show {run.id[:TIME_OF_ID]} tells how it went")
    return 0


async def delete_scheduled(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        schedule = (await _found(service, name)).schedule
        await delete_schedule(service, schedule.account_id, schedule.id)
    console().print(Text(f"deleted {schedule.name}"))
    return 0


async def _found(service: Service, name: str) -> Scheduled:
    """By id, with or without the API's `sched_`, by the beginning of it, or by its name."""
    account_id = await ensure_account(service)
    wanted = name.removeprefix("sched_")
    listing = await list_schedules(service, account_id, limit=SEARCHED)
    fitting = [
        each
        for each in listing.items
        if wanted and (each.schedule.id.startswith(wanted.lower()) or each.schedule.name == name)
    ]
    if not fitting:
        raise NotFound(f"no schedule {name!r} here: `forage schedules list` lists them")
    if len(fitting) > 1:
        raise InvalidInput(f"{name!r} fits {len(fitting)} schedules: write more of the id")
    return await get_schedule(service, account_id, fitting[0].schedule.id)


def _overview(found: Iterable[Scheduled]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("schedule", "name", "when", "next", "last run", "what"):
        table.add_column(name, overflow="fold")
    for each in found:
        schedule = each.schedule
        table.add_row(
            schedule.id[:TIME_OF_ID],
            Text(schedule.name),
            f"{schedule.cron} {schedule.timezone}",
            _local(schedule.next_due_at) if schedule.next_due_at else Text("paused", "yellow"),
            _last(each),
            Text(schedule.title or f"flow {schedule.flow_id[:TIME_OF_ID]}"),
        )
    return table


def _last(each: Scheduled) -> Text:
    if each.schedule.last_error:
        return Text(each.schedule.last_error, style="yellow")
    if each.last_status is None:
        return Text("–", style="bright_black")
    status = each.last_status
    return Text(f"{each.schedule.last_run_id[:TIME_OF_ID]} {status.value}", style=STATUS_STYLE.get(status, ""))


def _told(tick: Tick) -> Text:
    style = "green" if tick.outcome is TickOutcome.STARTED else "yellow"
    what = tick.run_id[:TIME_OF_ID] or tick.reason
    return Text.assemble(
        ("was   ", "bright_black"), f"{_local(tick.due_at)}  ", (tick.outcome.value, style), f"  {what}"
    )


def _local(moment: dt.datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
