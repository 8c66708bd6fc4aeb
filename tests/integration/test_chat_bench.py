"""The bench of `forage mcp`: what becomes of a run that this process cannot work on."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from store_support import ScriptedAgent, ended, executor_of

from domain.errors import ForageError, StorageFull, StorageUnavailable
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus, TerminationReason
from forage import chat
from forage.settings import Settings
from services.keys import OWNER_ACCOUNT
from services.service import Service
from workers.executor import Executor

GOAL = GoalRequest(goal="things")
Opened = Callable[..., AbstractAsyncContextManager[Executor]]


@pytest.fixture
async def bench(service: Service) -> AsyncIterator[chat.Bench]:
    bench = chat.Bench(Settings.from_environment({}), service, OWNER_ACCOUNT)
    yield bench
    await bench.close()


def opening(monkeypatch: pytest.MonkeyPatch, *outcomes: Executor | Exception) -> None:
    """What comes of each try to open the tools."""
    left = list(outcomes)

    @contextlib.asynccontextmanager
    async def opened(*_: object) -> AsyncIterator[Executor]:
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        yield outcome
        await outcome.stop()

    monkeypatch.setattr(chat, "open_lone_executor", opened)


class Faulty(Executor):
    """Raises once, then works."""

    def __init__(self, like: Executor, fault: Exception) -> None:
        super().__init__(like.service, like.tools, ScriptedAgent(1))
        self.faults = [fault]

    async def execute(self, account_id: str, run_id: str) -> Run:
        if self.faults:
            raise self.faults.pop()
        return await super().execute(account_id, run_id)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (ForageError("No Chromium answers at /opt/chromium."), "No Chromium answers at /opt/chromium."),
        (FileNotFoundError("no such file: searches.json"), "FileNotFoundError: no such file: searches.json"),
    ],
)
async def test_tools_that_do_not_open_fail_the_run_with_the_reason_and_are_tried_anew_for_the_next(
    service: Service, bench: chat.Bench, monkeypatch: pytest.MonkeyPatch, fault: Exception, told: str
) -> None:
    opening(monkeypatch, fault, executor_of(service, ScriptedAgent(1)))
    run = await ended(service, (await bench.start(GOAL)).id)
    assert (run.status, run.termination_reason) == (RunStatus.FAILED, TerminationReason.INTERNAL_ERROR)
    assert run.error == f"What runs work with could not be opened. {told}"
    assert (await ended(service, (await bench.start(GOAL)).id)).status is RunStatus.COMPLETED


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (StorageFull(), "The disk is full"),
        (StorageUnavailable(), "The database cannot be reached"),
        (RuntimeError("our secret"), "Something went wrong in Forage; its log tells it under "),
    ],
)
async def test_a_fault_on_the_way_to_work_is_told_to_the_client_by_its_kind(
    service: Service, bench: chat.Bench, monkeypatch: pytest.MonkeyPatch, fault: Exception, told: str
) -> None:
    opening(monkeypatch, Faulty(executor_of(service, ScriptedAgent(1)), fault))
    run = await ended(service, (await bench.start(GOAL)).id)
    assert (run.status, run.termination_reason) == (RunStatus.FAILED, TerminationReason.INTERNAL_ERROR)
    assert run.error.startswith(told)
    assert "secret" not in run.error
    assert (await ended(service, (await bench.start(GOAL)).id)).status is RunStatus.COMPLETED
