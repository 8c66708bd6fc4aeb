"""A run in this process: submitted like any other, claimed at once, worked on here, told as it happens."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from agent.planner import make_plan
from domain.errors import Conflict
from domain.requests import GoalRequest, Request
from domain.runs import Run
from forage.compose import open_lone_executor, open_models, open_service
from forage.output import write_records
from forage.pools import find_pool
from forage.process import on_stop
from forage.progress import Progress
from forage.settings import Settings
from forage.tables import console, plan_view
from services.events import follow
from services.keys import ensure_account
from services.runs import cancel_run, get_run, submit_run
from services.service import Service

if TYPE_CHECKING:
    from workers.executor import Executor


async def show_plan(request: GoalRequest, settings: Settings) -> int:
    """Prints what a goal is understood to mean; only a model, where one is set, is asked."""
    async with open_models(settings) as models:
        planned = await make_plan(request, models)
    console().print(plan_view(planned.plan))
    return 0


async def run_to_output(
    request: GoalRequest, settings: Settings, form: str, out: Path | None, *, quiet: bool = False, pool: str = ""
) -> Run:
    """Runs a request and writes its records; what was found is kept and written when it is interrupted too.

    `pool` names the pool that remembers them.
    """
    async with open_service(settings) as service:
        if pool:
            found = await find_pool(service, await ensure_account(service), pool)
            request = msgspec.structs.replace(request, pool_id=found.id)
        run = await submit_here(service, request)
        return await run_submitted(service, run, settings, form, out, quiet=quiet)


async def run_submitted(
    service: Service, run: Run, settings: Settings, form: str, out: Path | None, *, quiet: bool
) -> Run:
    """Works on a run that `submit_here` gave until it is over, and writes its records."""
    with Progress(quiet=quiet) as progress:
        async with open_lone_executor(settings, service) as executor:
            run = await run_here(service, executor, run, progress)
    await write_records(service, run, form, out)
    return run


async def submit_here(service: Service, request: Request) -> Run:
    """The run, accepted and waiting for this process. Raises InvalidInput and UnsafeUrl before anything is opened."""
    return await submit_run(service, await ensure_account(service), request, claim_by="this process")


async def run_here(service: Service, executor: Executor, run: Run, progress: Progress) -> Run:
    """The run at its end. The first Ctrl-C cancels it and keeps what was found; the second ends the process."""
    account_id = run.account_id
    stopping: set[asyncio.Task[None]] = set()

    def stop() -> None:
        progress.say("stopping; what was found is kept (Ctrl-C again ends at once)")
        stopping.add(asyncio.create_task(_cancel(service, run)))

    work = asyncio.create_task(executor.execute(account_id, run.id))
    with on_stop(stop):
        async for event in follow(service, account_id, run.id):
            progress.tell(event, await get_run(service, account_id, run.id))
            if work.done():
                work.result()
        await work
        await asyncio.gather(*stopping)
    return await get_run(service, account_id, run.id)


async def _cancel(service: Service, run: Run) -> None:
    try:
        await cancel_run(service, run.account_id, run.id)
    except Conflict:
        return  # it came to its end in the meantime
