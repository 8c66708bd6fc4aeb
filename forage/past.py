"""Runs that are over, looked at again."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from domain.errors import InvalidInput, NotFound
from domain.runs import Run
from forage.compose import open_service
from forage.output import all_records, write_records
from forage.settings import Settings
from forage.tables import console, evidence_view, footer, plan_view, runs_table
from services.keys import ensure_account
from services.runs import get_run, list_runs
from services.service import Service

SEARCHED = 1000  # runs among which the beginning of an id is looked for
ID_LENGTH = 32


async def list_past(settings: Settings, limit: int) -> int:
    async with open_service(settings) as service:
        listing = await list_runs(service, await ensure_account(service), limit=limit)
    if listing.items:
        shown = console()
        shown.print(runs_table(listing.items, shown.width))
    else:
        console(stderr=True).print("no runs yet: forage demo shows one")
    return 0


async def show(
    settings: Settings,
    name: str,
    form: str,
    out: Path | None,
    evidence: bool,
    number: int | None,
    *,
    unclear: bool = False,
) -> int:
    """Prints or writes a past run; with `unclear` the records beside its result. Raises NotFound, and InvalidInput
    where the name fits several runs."""
    async with open_service(settings) as service:
        run = await find_run(service, await ensure_account(service), name)
        if evidence or number:
            await _print_evidence(service, run, number, unclear=unclear)
        else:
            if run.plan and form == "table":
                console().print(plan_view(run.plan))
            await write_records(service, run, form, out, apart=unclear)
    return 0


async def find_run(service: Service, account_id: str, name: str) -> Run:
    """By id, with or without the API's `job_`, by the beginning of it, or `last`."""
    wanted = name.removeprefix("job_").lower()
    if len(wanted) == ID_LENGTH:
        return await get_run(service, account_id, wanted)
    listing = await list_runs(service, account_id, limit=1 if wanted == "last" else SEARCHED)
    fitting = [run for run in listing.items if wanted == "last" or run.id.startswith(wanted)]
    if not fitting:
        raise NotFound(f"no run {name!r} here: `forage runs` lists them")
    if len(fitting) > 1:
        raise InvalidInput(f"{name!r} begins {len(fitting)} runs: write more of it")
    return fitting[0]


async def _print_evidence(service: Service, run: Run, number: int | None, *, unclear: bool) -> None:
    records = await all_records(service, run, apart=unclear)
    if number and number > len(records):
        raise InvalidInput(f"--record {number}: this run has {len(records)}")
    shown = console()
    for place, record in enumerate(records, start=1):
        if number in (None, place):
            shown.print(Text(f"\nrecord {place} of {len(records)}", style="bold"))
            shown.print(evidence_view(record))
    shown.print(footer(run))
