"""A schedule of every minute, and the runs that it started."""

from __future__ import annotations

import datetime as dt

from domain.requests import GoalRequest
from domain.runs import Run
from domain.schedules import Schedule
from services.keys import OWNER_ACCOUNT
from services.runs import cancel_run, list_runs
from services.schedules import (
    NewSchedule,
    create_schedule,
)
from services.service import Service

GOAL = GoalRequest(goal="prices of the shop")
MINUTE = dt.timedelta(minutes=1)


async def made(service: Service, cron: str = "* * * * *", **asked: object) -> Schedule:
    new = NewSchedule(**{"name": "prices", "cron": cron, "request": GOAL, **asked})
    return await create_schedule(service, OWNER_ACCOUNT, new)


async def runs(service: Service) -> tuple[Run, ...]:
    return (await list_runs(service, OWNER_ACCOUNT, limit=1000)).items


async def end_all(service: Service) -> None:
    for run in await runs(service):
        if not run.status.is_terminal:
            await cancel_run(service, OWNER_ACCOUNT, run.id)
