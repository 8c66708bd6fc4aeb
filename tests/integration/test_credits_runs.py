"""What a run pays at its end, however it ends. On both databases."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter

import pytest
from credits_support import FREE, GOAL, Spender, kinds, movements, open_holds, ran
from store_support import ManualClock, ScriptedAgent, executor_of

from agent.goal import pursue
from agent.state import Ending, Tools
from domain.budgets import Spend
from domain.credits import Books, CreditPlan
from domain.errors import Conflict
from domain.fields import parse_fields
from domain.ids import new_id
from domain.pages import FetchOutcome, Page, Via
from domain.prices import cost_of
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus, TerminationReason
from fetch.dom import describe
from fetch.offload import InlineOffload
from services.credits import (
    credits_of,
    get_balance,
)
from services.keys import OWNER_ACCOUNT
from services.runs import cancel_run, delete_run, extend_run, get_run, submit_run
from services.service import Service
from store.repositories.leases import Held
from workers.executor import Executor
from workers.leases import Terms, claim_run
from workers.sweeper import Sweeper

SHOP = "https://shop.example/"


async def test_a_run_pays_what_it_used_and_gets_the_rest_of_its_hold_back(metered: Service):
    run = await submit_run(metered, OWNER_ACCOUNT, GOAL)
    assert run.request.max_credits == 100
    assert (await credits_of(metered, run)).held == 100
    run = await executor_of(metered, Spender(3_000)).execute(OWNER_ACCOUNT, run.id)

    assert run.status is RunStatus.COMPLETED
    assert 30 <= run.credits == cost_of(run.spend, metered.prices) < 100
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.held, balance.used_this_month) == (FREE - run.credits, 0, run.credits)
    assert await kinds(metered) == ["grant", "hold", "settle"]
    told = await credits_of(metered, run)
    assert (told.held, told.used) == (0, run.credits)
    assert await open_holds(metered) == 0


@pytest.mark.parametrize("reason", [TerminationReason.NOTHING_FOUND, TerminationReason.INTERNAL_ERROR])
async def test_a_run_that_fails_costs_nothing(metered: Service, reason: TerminationReason):
    run = await ran(metered, 3_000, reason)

    assert (run.status, run.credits) == (RunStatus.FAILED, 0)
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.held, balance.used_this_month) == (FREE, 0, 0)
    assert await kinds(metered) == ["grant", "hold", "void"]


async def test_nobody_pays_more_than_was_held(metered: Service):
    run = await ran(metered, 50_000)
    assert (run.credits, cost_of(run.spend, metered.prices) > 100) == (100, True)
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == FREE - 100


async def test_a_run_that_was_cancelled_in_the_queue_gets_its_hold_back(metered: Service):
    run = await submit_run(metered, OWNER_ACCOUNT, GOAL)
    await cancel_run(metered, OWNER_ACCOUNT, run.id)
    await delete_run(metered, OWNER_ACCOUNT, run.id)
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.held, await open_holds(metered)) == (FREE, 0, 0)


async def test_a_run_whose_workers_are_killed_leaves_no_hold_and_costs_nothing(metered: Service, clock: ManualClock):
    run = await submit_run(metered, OWNER_ACCOUNT, GOAL)
    sweeper = Sweeper(executor_of(metered, Spender(0), slots=0))
    for number in range(3):
        assert isinstance(await claim_run(metered, run.id, f"worker {number}", Terms()), Held)
        assert await open_holds(metered) == 1
        clock.advance(60)
        await sweeper.sweep()

    run = await get_run(metered, OWNER_ACCOUNT, run.id)
    assert (run.termination_reason, run.credits) == (TerminationReason.WORKER_CRASHED, 0)
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.held, await open_holds(metered)) == (FREE, 0, 0)


async def test_a_run_that_another_worker_takes_up_is_held_for_and_settled_once(metered: Service, clock: ManualClock):
    run = await submit_run(metered, OWNER_ACCOUNT, GOAL)
    await claim_run(metered, run.id, "the one that is killed", Terms())
    clock.advance(60)
    await Sweeper(executor_of(metered, Spender(0), slots=0)).sweep()
    run = await executor_of(metered, Spender(3_000)).execute(OWNER_ACCOUNT, run.id)
    assert run.credits >= 30
    assert await kinds(metered) == ["grant", "hold", "settle"]


async def test_an_extended_run_is_held_for_anew_and_pays_for_what_it_did_more(metered: Service):
    first = await ran(metered, 3_000)
    extended = await extend_run(metered, OWNER_ACCOUNT, first.id, max_results=20, max_credits=80)
    assert extended.request.max_credits == first.credits + 80
    assert (await get_balance(metered, OWNER_ACCOUNT)).held == 80

    last = await executor_of(metered, Spender(2_000)).execute(OWNER_ACCOUNT, first.id)

    assert last.credits == cost_of(last.spend, metered.prices) > first.credits
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.held, balance.used_this_month) == (FREE - last.credits, 0, last.credits)
    assert await kinds(metered) == ["grant", "hold", "settle", "hold", "settle"]


async def test_what_a_run_used_before_it_failed_is_not_charged_when_it_is_extended(metered: Service):
    failed = await ran(metered, 5_000, TerminationReason.NOTHING_FOUND)
    await extend_run(metered, OWNER_ACCOUNT, failed.id, max_results=20, max_credits=90)
    run = await executor_of(metered, Spender(1_000)).execute(OWNER_ACCOUNT, failed.id)
    assert run.credits == cost_of(run.spend, metered.prices) - cost_of(failed.spend, metered.prices) < 50


async def test_two_who_extend_one_run_at_once_hold_for_it_once(metered: Service):
    run = await ran(metered, 1_000)
    tries = (extend_run(metered, OWNER_ACCOUNT, run.id, max_results=20, max_credits=50) for _ in range(5))
    outcomes = Counter(type(outcome) for outcome in await asyncio.gather(*tries, return_exceptions=True))
    assert outcomes == {Run: 1, Conflict: 4}
    assert ((await get_balance(metered, OWNER_ACCOUNT)).held, await open_holds(metered)) == (50, 1)


@pytest.mark.parametrize("metered_", [False, True])
async def test_an_unlimited_account_is_refused_nothing_and_its_use_is_written_down(service: Service, metered_: bool):
    service = dataclasses.replace(service, metered=metered_)
    run = await ran(service, 9_000_000, request=GoalRequest(goal="x"))

    assert (run.request.max_credits, run.credits) == (None, cost_of(run.spend, service.prices))
    assert run.credits >= 90_000
    balance = await get_balance(service, OWNER_ACCOUNT)
    assert (balance.plan, balance.monthly_limit, balance.held) == (CreditPlan.UNLIMITED, None, 0)
    assert balance.used_this_month == run.credits
    [used] = await movements(service)
    assert used.books == Books(issued=-run.credits, spent=run.credits)


class StuckShop:
    """Its list comes at once; the pages of its things never do."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    async def fetch(self, request) -> Page:
        if request.url != SHOP:
            await asyncio.Event().wait()
        rows = "".join(
            f"<li class='row'><a href='/thing/{n}'>Thing {n}</a> <b class='price'>&pound;{n}.00</b></li>"
            for n in range(1, 9)
        )
        html = f"<html lang='en'><head><title>Shop</title></head><body><main><ul>{rows}</ul></main></body></html>"
        return Page(
            id=new_id(),
            url=SHOP,
            final_url=SHOP,
            outcome=FetchOutcome.OK,
            via=Via.HTTP,
            fetched_at=self._clock.now(),
            html=html,
            text=describe(html, SHOP).text,
            title="Shop",
            language="en",
        )

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        return ()


async def test_a_run_stops_at_its_hold_with_what_it_has(metered: Service, clock: ManualClock):
    tools = Tools(fetcher=StuckShop(clock), search=None, models=None, offload=InlineOffload(), clock=clock)
    fields = parse_fields("name,price,weight")  # the weight is on the pages that never come
    request = GoalRequest(url=SHOP, fields=fields, max_results=20, max_credits=10)
    run = await submit_run(metered, OWNER_ACCOUNT, request)

    run = await Executor(metered, tools, pursue).execute(OWNER_ACCOUNT, run.id)

    assert (run.status, run.termination_reason) == (RunStatus.PARTIAL, TerminationReason.BUDGET)
    assert run.records_found == 8
    assert run.spend.worked_ms > 1_000
    assert run.credits == 10
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.held, await open_holds(metered)) == (FREE - 10, 0, 0)


async def test_a_run_that_uses_its_hold_before_it_is_done_is_partial(metered: Service):
    async def works_on(state, tools, journal) -> Ending:
        ending = await ScriptedAgent(1)(state, tools, journal)
        await journal.sources_found((), (), Spend(input_tokens=50_000))
        await journal.check()
        return ending

    run = await submit_run(metered, OWNER_ACCOUNT, GOAL)
    run = await executor_of(metered, works_on).execute(OWNER_ACCOUNT, run.id)
    assert (run.status, run.termination_reason) == (RunStatus.PARTIAL, TerminationReason.BUDGET)
    assert (run.records_found, run.credits) == (2, 100)


async def test_an_unlimited_account_that_caps_a_run_itself_pays_no_more(service: Service):
    run = await ran(service, 50_000)
    assert (run.request.max_credits, run.credits) == (100, 100)
