"""What tests of the executor, of leases and of the journal look at."""

from __future__ import annotations

import asyncio

from agent.state import RunState
from domain.requests import GoalRequest
from services.events import list_events
from services.keys import OWNER_ACCOUNT
from services.records import list_records
from services.service import Service
from workers.executor import Executor

GOAL = GoalRequest(goal="things of the shop")


async def event_types(service: Service, run_id: str) -> list[str]:
    events = await list_events(service, OWNER_ACCOUNT, run_id, limit=1000)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    return [event.type.value for event in events]


async def record_ids(service: Service, run_id: str) -> list[str]:
    return [record.id for record in (await list_records(service, OWNER_ACCOUNT, run_id, limit=1000)).items]


class Gate:
    """Holds the scripted agent before a page until the test lets it go on."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, state: RunState, number: int) -> None:
        if number == self.at and not self.open.is_set():
            self.reached.set()
            await self.open.wait()


async def is_free(executor: Executor) -> bool:
    return executor.free == executor.slots
