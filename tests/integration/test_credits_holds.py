"""What a start holds of a balance, whoever else starts at that moment. On both databases."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter

import msgspec
import pytest
from credits_support import FREE, GOAL, LONG, Spender, kinds, ran
from store_support import ScriptedAgent, executor_of

from agent.state import Ending
from domain.budgets import Spend
from domain.captures import CaptureRequest
from domain.credits import Hold
from domain.errors import NotEnoughCredits
from domain.ids import new_id
from domain.prices import Prices, estimate
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus, TerminationReason
from services.captures import AskedCapture, request_capture
from services.credits import (
    audit,
    get_balance,
    grant_credits,
)
from services.keys import OWNER_ACCOUNT
from services.runs import cancel_run, extend_run, list_runs, submit_run
from services.service import Service


async def test_two_hundred_starts_at_once_on_a_balance_for_ten_admit_ten(metered: Service):
    starts = (submit_run(metered, OWNER_ACCOUNT, GOAL) for _ in range(200))
    outcomes = Counter(type(outcome) for outcome in await asyncio.gather(*starts, return_exceptions=True))

    assert outcomes == {Run: 10, NotEnoughCredits: 190}
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.held) == (0, 1_000)
    assert len((await list_runs(metered, OWNER_ACCOUNT, limit=500)).items) == 10
    assert Counter(await kinds(metered)) == {"grant": 1, "hold": 10}
    assert (await audit(metered)).is_clean


async def test_a_start_that_cannot_be_paid_starts_nothing_and_moves_nothing(metered: Service):
    costly = dataclasses.replace(metered, prices=Prices(least_hold=FREE + 1))
    high = estimate(LONG, metered.prices).high
    with pytest.raises(NotEnoughCredits, match=rf"at least 1001 credits, and may cost {high}; 1000 are available\.$"):
        await submit_run(costly, OWNER_ACCOUNT, LONG)
    assert (await list_runs(metered, OWNER_ACCOUNT, limit=10)).items == ()
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == FREE
    assert await kinds(metered) == ["grant"]


async def test_a_run_that_may_cost_more_than_there_is_holds_all_and_the_next_hears_who_holds_it(metered: Service):
    first = await submit_run(metered, OWNER_ACCOUNT, LONG)
    assert (first.request.max_credits, (await get_balance(metered, OWNER_ACCOUNT)).available) == (FREE, 0)
    with pytest.raises(NotEnoughCredits, match=r"at least 60 .* 0 are available\. 1000 more are held"):
        await submit_run(metered, OWNER_ACCOUNT, LONG)
    await cancel_run(metered, OWNER_ACCOUNT, first.id)
    assert (await submit_run(metered, OWNER_ACCOUNT, LONG)).request.max_credits == FREE


async def test_a_run_that_costs_less_than_the_least_hold_starts_on_what_it_costs(metered: Service):
    await submit_run(metered, OWNER_ACCOUNT, msgspec.structs.replace(LONG, max_credits=FREE - 30))
    with pytest.raises(NotEnoughCredits, match=r"needs at least 60"):
        await submit_run(metered, OWNER_ACCOUNT, LONG)
    with pytest.raises(NotEnoughCredits, match=r"needs 31 credits; 30 are"):
        await submit_run(metered, OWNER_ACCOUNT, msgspec.structs.replace(LONG, max_credits=31))
    assert await submit_run(metered, OWNER_ACCOUNT, msgspec.structs.replace(LONG, max_credits=30))
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == 0


async def test_long_runs_started_at_once_share_a_balance_and_never_go_below_it(metered: Service):
    starts = (submit_run(metered, OWNER_ACCOUNT, msgspec.structs.replace(LONG, max_credits=300)) for _ in range(20))
    outcomes = await asyncio.gather(*starts, return_exceptions=True)
    holds = sorted(outcome.request.max_credits or 0 for outcome in outcomes if isinstance(outcome, Run))
    assert holds == [100, 300, 300, 300]
    assert {type(outcome) for outcome in outcomes} == {Run, NotEnoughCredits}
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.held) == (0, FREE)
    assert (await audit(metered)).is_clean


async def test_a_run_whose_hold_was_cut_to_the_balance_ends_with_what_it_has_and_says_budget(metered: Service):
    async def works_on(state, tools, journal) -> Ending:
        ending = await ScriptedAgent(1)(state, tools, journal)
        await journal.sources_found((), (), Spend(input_tokens=200_000))
        await journal.check()
        return ending

    run = await submit_run(metered, OWNER_ACCOUNT, LONG)
    run = await executor_of(metered, works_on).execute(OWNER_ACCOUNT, run.id)
    assert (run.status, run.termination_reason) == (RunStatus.PARTIAL, TerminationReason.BUDGET)
    assert (run.records_found, run.credits) == (2, FREE)
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == 0


async def test_pictures_asked_for_while_runs_end_do_not_wait_for_each_other_for_ever(metered: Service):
    await grant_credits(metered, OWNER_ACCOUNT, 50_000)
    asked = AskedCapture(request=CaptureRequest(url="https://shop.example/"))
    for _ in range(4):
        runs = [await submit_run(metered, OWNER_ACCOUNT, GOAL) for _ in range(8)]
        executor = executor_of(metered, Spender(100), slots=8)
        works = (executor.execute(OWNER_ACCOUNT, run.id) for run in runs)
        pictures = [asyncio.create_task(request_capture(metered, OWNER_ACCOUNT, asked)) for _ in range(8)]
        assert {run.status for run in await asyncio.gather(*works)} == {RunStatus.COMPLETED}
        for capture in await asyncio.gather(*pictures):  # one that had to be given up raises StorageUnavailable
            await cancel_run(metered, OWNER_ACCOUNT, capture.id)
    assert (await audit(metered)).is_clean


async def test_an_extension_is_cut_to_the_balance_too(metered: Service):
    first = await ran(metered, 3_000)
    rest = FREE - first.credits
    extended = await extend_run(metered, OWNER_ACCOUNT, first.id, max_results=1_000)
    assert (extended.request.max_credits, (await get_balance(metered, OWNER_ACCOUNT)).available) == (FREE, 0)
    last = await executor_of(metered, Spender(900_000)).execute(OWNER_ACCOUNT, first.id)
    assert last.credits == first.credits + rest
    assert (await audit(metered)).is_clean


async def test_an_estimate_is_held_where_the_caller_caps_nothing(metered: Service):
    request = GoalRequest(goal="things")
    run = await submit_run(metered, OWNER_ACCOUNT, request)
    high = estimate(request, metered.prices).high
    assert (run.request.max_credits, (await get_balance(metered, OWNER_ACCOUNT)).held) == (high, high)


async def test_a_repeat_under_its_key_gives_the_run_that_the_last_credits_paid_for(metered: Service):
    first = await submit_run(metered, OWNER_ACCOUNT, GoalRequest(goal="x", max_credits=500), idempotency_key="k")
    await submit_run(metered, OWNER_ACCOUNT, GoalRequest(goal="y", max_credits=500))
    again = await submit_run(metered, OWNER_ACCOUNT, GoalRequest(goal="x", max_credits=500), idempotency_key="k")
    assert again.id == first.id
    assert await kinds(metered) == ["grant", "hold", "hold"]
    with pytest.raises(NotEnoughCredits):
        await submit_run(metered, OWNER_ACCOUNT, GOAL, idempotency_key="another")


async def test_a_hold_that_no_run_ends_is_found_out(metered: Service):
    run = await submit_run(metered, OWNER_ACCOUNT, GOAL)
    assert (await audit(metered)).is_clean
    stray = new_id()
    async with metered.database.write() as uow:
        await uow.ledger(OWNER_ACCOUNT).keep_hold(stray, Hold(credits=5))
    found = await audit(metered)
    assert (found.accounts, found.runs) == ((OWNER_ACCOUNT,), (stray,))
    assert run.id not in found.runs
