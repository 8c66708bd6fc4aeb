"""What a worker's journal keeps of steps, of their pictures, and of the time that a run was worked on."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from store_support import ended, executor_of

from agent.state import Ending, Journal, RunState, StepResult, Tools
from domain.actions import StepOutcome
from domain.budgets import Spend
from domain.errors import NotFound
from domain.events import EventType
from domain.plans import Plan, PlannedBy
from domain.requests import FlowMode, FlowRequest
from domain.runs import Run, TerminationReason
from services.blobs import sweep_blobs
from services.events import all_events
from services.keys import OWNER_ACCOUNT
from services.runs import delete_run, submit_run
from services.screenshots import get_screenshot
from services.service import Service
from workers.executor import Pursue

FLOW = FlowRequest(flow_id="f" * 32, flow_name="f", mode=FlowMode.INTERACT, url="http://127.0.0.1:8000/")
PICTURE = b"\x89PNG\r\n\x1a\n picture"
WORKED_S = 0.05


def step(index: int, *, png: bytes = b"", picture: int = 0, outcome: StepOutcome = StepOutcome.DONE) -> StepResult:
    return StepResult(
        index=index, type="screenshot", outcome=outcome, png=png, picture=picture, spend=Spend(browser_ms=7)
    )


async def take_pictures(state: RunState, tools: Tools, journal: Journal) -> Ending:
    await journal.planned(Plan(goal="", fields=(), planned_by=PlannedBy.CALLER), Spend())
    await journal.stepped(step(0, png=PICTURE, picture=1))
    await journal.stepped(step(1, png=PICTURE, picture=2))
    await asyncio.sleep(WORKED_S)
    await journal.stepped(step(2, outcome=StepOutcome.NOT_FOUND))
    return Ending(reason=TerminationReason.STEP_FAILED)


async def done(service: Service, agent: Pursue, **more: object) -> Run:
    run = await submit_run(service, OWNER_ACCOUNT, msgspec.structs.replace(FLOW, **more))
    assert await executor_of(service, agent).offer(run.id)
    return await ended(service, run.id)


async def test_a_picture_that_two_steps_took_outlives_a_sweep_and_goes_with_its_run(service: Service):
    run = await done(service, take_pictures)
    await sweep_blobs(service)
    assert [await get_screenshot(service, OWNER_ACCOUNT, run.id, number) for number in (1, 2)] == [PICTURE, PICTURE]
    other = await done(service, take_pictures)
    await delete_run(service, OWNER_ACCOUNT, run.id)
    with pytest.raises(NotFound):
        await get_screenshot(service, OWNER_ACCOUNT, run.id, 1)
    assert await get_screenshot(service, OWNER_ACCOUNT, other.id, 2) == PICTURE
    sha256 = msgspec.to_builtins((await all_events(service, OWNER_ACCOUNT, other.id))[3].data)["screenshot"]["sha256"]
    await delete_run(service, OWNER_ACCOUNT, other.id)
    assert not await service.blobs.has(OWNER_ACCOUNT, sha256)


async def test_a_picture_of_another_account_is_like_none(service: Service):
    run = await done(service, take_pictures)
    with pytest.raises(NotFound) as foreign:
        await get_screenshot(service, "a" * 32, run.id, 1)
    with pytest.raises(NotFound) as absent:
        await get_screenshot(service, "a" * 32, "b" * 32, 1)
    assert foreign.value.message == absent.value.message


async def test_each_step_is_told_with_its_outcome(service: Service):
    run = await done(service, take_pictures)
    told = [
        (event.type, event.data["index"], event.data["outcome"])
        for event in await all_events(service, OWNER_ACCOUNT, run.id)
        if event.type in {EventType.STEP_DONE, EventType.STEP_FAILED}
    ]
    assert told == [
        (EventType.STEP_DONE, 0, "done"),
        (EventType.STEP_DONE, 1, "done"),
        (EventType.STEP_FAILED, 2, "not_found"),
    ]


async def test_the_time_that_a_worker_was_at_it_is_spent(service: Service):
    run = await done(service, take_pictures)
    assert WORKED_S * 1000 * 0.9 <= run.spend.worked_ms < 5_000
    assert run.spend.browser_ms == 21


async def test_a_run_is_stopped_once_its_credits_are_used_up_and_keeps_what_it_told(service: Service):
    async def go_on(state: RunState, tools: Tools, journal: Journal) -> Ending:
        await journal.planned(Plan(goal="", fields=(), planned_by=PlannedBy.CALLER), Spend())
        await journal.check()
        await journal.stepped(msgspec.structs.replace(step(0), spend=Spend(worked_ms=60_000)))
        await journal.check()
        raise AssertionError("it went on")

    run = await done(service, go_on, max_credits=500)
    assert run.termination_reason is TerminationReason.BUDGET
    assert run.spend.worked_ms >= 60_000
