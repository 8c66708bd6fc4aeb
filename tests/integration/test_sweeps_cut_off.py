"""A sweeper that is killed between taking the runs that wait and ringing for them. On both databases."""

from __future__ import annotations

import dataclasses

import pytest
from executor_support import GOAL
from store_support import ManualClock, ScriptedAgent, executor_of

from services.keys import OWNER_ACCOUNT
from services.queue import LocalDoorbell
from services.runs import submit_run
from services.service import Service
from store.repositories.outbox import Waiting
from workers.sweeper import Sweeper


class Killed(BaseException):
    """No code of ours runs after it."""


class DeadlyDoorbell(LocalDoorbell):
    async def ring(self, waiting: Waiting) -> bool:
        raise Killed


def sweeper_of(service: Service) -> Sweeper:
    return Sweeper(executor_of(service, ScriptedAgent(), slots=0))


async def test_a_run_whose_sweeper_was_killed_before_it_rang_waits_for_the_next_sweeps_and_no_minute(
    service: Service, clock: ManualClock
):
    await submit_run(service, OWNER_ACCOUNT, GOAL)
    clock.advance(service.limits.ring_again.total_seconds() + 1)
    with pytest.raises(Killed):
        await sweeper_of(dataclasses.replace(service, doorbell=DeadlyDoorbell())).sweep()
    assert (await sweeper_of(service).sweep()).rung == 0  # it may be ringing still
    clock.advance(service.limits.ring_lost.total_seconds() + 1)
    assert (await sweeper_of(service).sweep()).rung == 1


async def test_a_run_that_was_rung_for_is_left_alone_for_the_whole_pause(service: Service, clock: ManualClock):
    await submit_run(service, OWNER_ACCOUNT, GOAL)
    clock.advance(service.limits.ring_again.total_seconds() + 1)
    assert (await sweeper_of(service).sweep()).rung == 1
    clock.advance(service.limits.ring_lost.total_seconds() + 1)
    assert (await sweeper_of(service).sweep()).rung == 0
