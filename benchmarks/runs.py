"""Whole goal runs a second: accepted, claimed, read, merged, archived, ended, on SQLite in one process."""

from __future__ import annotations

import asyncio
import tempfile
import time

from domain.requests import GoalRequest
from forage.compose import open_executor, open_service
from forage.demo.web import DemoWeb, demo_web_in_background
from forage.process import run_async
from forage.settings import Settings
from services.keys import ensure_account
from services.runs import submit_run
from workers.background import running

RUNS = 40
SLOTS = 4
WARM_UP = 2


def measure() -> dict[str, object]:
    """Runs a second and records a second, each run a shop of four list pages."""
    with tempfile.TemporaryDirectory(prefix="forage-bench-") as home, demo_web_in_background() as demo:
        settings = Settings.from_environment(
            {
                "FORAGE_HOME": home,
                "FORAGE_EGRESS_ALLOW": demo.egress_allow,
                "FORAGE_SEARCH": "searxng",
                "SEARXNG_URL": demo.search_url,
                "FORAGE_HOST_DELAY": "0",
                "FORAGE_LOG": "error",
            }
        )
        return run_async(_measured(settings, demo), settings)


async def _measured(settings: Settings, demo: DemoWeb) -> dict[str, object]:
    request = GoalRequest(url=f"{demo.origins['shop']}/kitchen", max_results=100)
    async with (
        open_service(settings) as service,
        open_executor(settings, service, SLOTS) as executor,
        running(executor.keep_leases()),
    ):
        account = await ensure_account(service)
        free = asyncio.Semaphore(SLOTS)

        async def one() -> int:
            async with free:
                run = await submit_run(service, account, request, claim_by=executor.name)
                return (await executor.execute(account, run.id)).records_found

        await asyncio.gather(*(one() for _ in range(WARM_UP)))
        started = time.perf_counter()
        records = sum(await asyncio.gather(*(one() for _ in range(RUNS))))
        seconds = time.perf_counter() - started
        await executor.stop()
    return {
        "runs": RUNS,
        "runs a second": round(RUNS / seconds, 2),
        "records a second": round(records / seconds, 1),
        "records a run": records / RUNS,
    }
