"""Credits of runs and requests through their use cases, on both databases."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from store_support import ManualClock, ScriptedAgent, executor_of

from agent.goal import pursue
from agent.state import Ending, Tools
from domain.accounts import Account
from domain.budgets import Spend
from domain.captures import CaptureRequest
from domain.credits import Books, CreditPlan, Hold, Movement, TransactionKind
from domain.errors import Conflict, InvalidInput, NotEnoughCredits, NotFound
from domain.fields import parse_fields
from domain.ids import new_id
from domain.pages import FetchOutcome, Page, Via
from domain.plans import Plan, PlannedBy
from domain.prices import Prices, cost_of, estimate
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus, TerminationReason
from fetch.dom import describe
from fetch.offload import InlineOffload
from services.captures import AskedCapture, request_capture
from services.credits import (
    audit,
    change_plan,
    charge_api_request,
    charge_webhook,
    credits_of,
    get_balance,
    grant_credits,
    list_transactions,
    refund_transaction,
)
from services.keys import OWNER_ACCOUNT
from services.runs import cancel_run, delete_run, extend_run, get_run, list_runs, submit_run
from services.service import Service
from store.models import CreditHoldRow
from store.repositories.leases import Held
from workers.executor import Executor
from workers.leases import Terms, claim_run
from workers.sweeper import Sweeper

GOAL = GoalRequest(goal="things of the shop", max_credits=100)
LONG = GoalRequest(goal="all things of the shop", max_results=1_000)  # which may cost more than the free plan gives
FREE = 1_000  # credits a month
SHOP = "https://shop.example/"


@pytest.fixture
def metered(service: Service) -> Service:
    return dataclasses.replace(service, metered=True, new_plan=CreditPlan.FREE)


class Spender:
    """Uses model tokens, and ends as it is told; 1,000 tokens read cost 10 credits."""

    def __init__(self, tokens: int, reason: TerminationReason = TerminationReason.STEPS_DONE) -> None:
        self.tokens, self.reason = tokens, reason

    async def __call__(self, state, tools, journal) -> Ending:
        plan = Plan(goal=state.request.goal, fields=(), planned_by=PlannedBy.RULES)
        await journal.planned(plan, Spend(input_tokens=self.tokens))
        return Ending(reason=self.reason)


async def ran(service: Service, tokens: int, reason=TerminationReason.STEPS_DONE, request: GoalRequest = GOAL) -> Run:
    run = await submit_run(service, OWNER_ACCOUNT, request)
    return await executor_of(service, Spender(tokens, reason)).execute(OWNER_ACCOUNT, run.id)


async def movements(service: Service) -> list[Movement]:
    """Oldest first."""
    return [each.movement for each in (await list_transactions(service, OWNER_ACCOUNT, limit=100)).items][::-1]


async def kinds(service: Service) -> list[str]:
    return [movement.kind.value for movement in await movements(service)]


async def open_holds(service: Service) -> int:
    async with service.database.reader.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(CreditHoldRow))).scalar_one()


async def test_two_hundred_starts_at_once_on_a_balance_for_ten_admit_ten(metered: Service):
    starts = (submit_run(metered, OWNER_ACCOUNT, GOAL) for _ in range(200))
    outcomes = Counter(type(outcome) for outcome in await asyncio.gather(*starts, return_exceptions=True))

    assert outcomes == {Run: 10, NotEnoughCredits: 190}
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.held) == (0, 1_000)
    assert len((await list_runs(metered, OWNER_ACCOUNT, limit=500)).items) == 10
    assert Counter(await kinds(metered)) == {"grant": 1, "hold": 10}
    assert (await audit(metered)).is_clean


async def test_the_first_acts_of_a_month_at_once_make_one_grant(metered: Service, clock: ManualClock):
    for _ in range(2):
        await asyncio.gather(*(get_balance(metered, OWNER_ACCOUNT) for _ in range(10)))
        await asyncio.gather(*(charge_api_request(metered, OWNER_ACCOUNT, new_id()) for _ in range(10)))
        clock.advance(31 * 24 * 3600)
    grants = [each.books.available for each in await movements(metered) if each.kind is TransactionKind.GRANT]
    assert grants == [FREE, 200]  # what is left of a month is not carried over on top
    assert (await get_balance(metered, OWNER_ACCOUNT)).used_this_month == 0


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
    asked = AskedCapture(request=CaptureRequest(url=SHOP))
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


async def test_a_request_is_charged_once_and_only_for_what_is_there(metered: Service):
    for _ in range(2):
        await charge_api_request(metered, OWNER_ACCOUNT, "one request")
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == FREE - 20
    for held in (600, FREE - 20 - 600 - 25):
        await submit_run(metered, OWNER_ACCOUNT, msgspec.structs.replace(GOAL, max_credits=held))
    for number in range(3):
        await charge_api_request(metered, OWNER_ACCOUNT, f"request {number}")
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == 0
    assert [each.books.spent for each in await movements(metered) if each.kind is TransactionKind.CHARGE] == [20, 20, 5]


async def test_one_delivery_is_charged_once_however_often_it_is_noted(metered: Service):
    async def taken() -> None:
        async with metered.database.write() as uow:
            await charge_webhook(uow, metered, "d1", OWNER_ACCOUNT)

    await asyncio.gather(*(taken() for _ in range(5)))
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == FREE - metered.prices.webhook_request


async def test_where_nothing_is_metered_requests_leave_no_trace(service: Service):
    await charge_api_request(service, OWNER_ACCOUNT, "r")
    assert await movements(service) == []


async def test_a_refund_gives_back_what_was_spent_once(metered: Service):
    run = await ran(metered, 3_000)
    settled = (await list_transactions(metered, OWNER_ACCOUNT, limit=1)).items[0]
    await refund_transaction(metered, OWNER_ACCOUNT, settled.id)
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.available, balance.used_this_month) == (FREE, 0)
    assert (await get_run(metered, OWNER_ACCOUNT, run.id)).credits == 0
    with pytest.raises(Conflict):
        await refund_transaction(metered, OWNER_ACCOUNT, settled.id)
    with pytest.raises(NotFound):
        await refund_transaction(metered, OWNER_ACCOUNT, new_id())


async def test_a_better_plan_gives_its_difference_at_once_and_only_once(metered: Service):
    await get_balance(metered, OWNER_ACCOUNT)
    for plan in (CreditPlan.GROWTH, CreditPlan.FREE, CreditPlan.GROWTH):
        await change_plan(metered, OWNER_ACCOUNT, plan)
    balance = await get_balance(metered, OWNER_ACCOUNT)
    assert (balance.plan, balance.available, balance.monthly_limit) == (CreditPlan.GROWTH, 10_000, 10_000)


async def test_an_account_that_was_unlimited_gets_its_plans_credits_when_it_is_metered(service: Service):
    await ran(service, 3_000)
    metered = dataclasses.replace(service, metered=True)
    assert (await get_balance(metered, OWNER_ACCOUNT)).plan is CreditPlan.UNLIMITED
    await change_plan(metered, OWNER_ACCOUNT, CreditPlan.STARTER)
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == 5_000


async def test_credits_are_granted_in_bounds_to_accounts_that_exist(metered: Service):
    await grant_credits(metered, OWNER_ACCOUNT, 50, key="once")
    await grant_credits(metered, OWNER_ACCOUNT, 50, key="once")
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == FREE + 50
    for amount in (0, -5, 10**16):
        with pytest.raises(InvalidInput):
            await grant_credits(metered, OWNER_ACCOUNT, amount)
    with pytest.raises(NotFound):
        await grant_credits(metered, new_id(), 5)


async def test_one_accounts_credits_are_not_anothers(metered: Service):
    other = Account(id=new_id(), name="other", created_at=metered.clock.now())
    async with metered.database.write() as uow:
        await uow.accounts.add(other, "whsec_" + "a" * 32)
    await submit_run(metered, OWNER_ACCOUNT, msgspec.structs.replace(GOAL, max_credits=FREE))
    await submit_run(metered, other.id, msgspec.structs.replace(GOAL, max_credits=FREE))
    theirs = (await list_transactions(metered, other.id, limit=10)).items
    assert [each.movement.kind.value for each in theirs] == ["hold", "grant"]
    with pytest.raises(NotFound):
        await refund_transaction(metered, OWNER_ACCOUNT, theirs[0].id)


async def test_transactions_page_newest_first(metered: Service):
    for number in range(5):
        await charge_api_request(metered, OWNER_ACCOUNT, f"{number}")
    seen, cursor = [], ""
    while cursor is not None:
        listing = await list_transactions(metered, OWNER_ACCOUNT, limit=2, cursor=cursor)
        seen += [each.movement.key for each in listing.items]
        cursor = listing.next_cursor
    assert seen == [*(f"request:{number}" for number in reversed(range(5))), "month:202611"]
    with pytest.raises(InvalidInput):
        await list_transactions(metered, OWNER_ACCOUNT, limit=2, cursor="'; --")


@pytest.mark.parametrize("wrong", ["held = held + 5", "available = -1, issued = issued + available + 1"])
async def test_the_database_itself_refuses_books_that_are_unsound(metered: Service, wrong: str):
    await get_balance(metered, OWNER_ACCOUNT)

    async def tamper() -> None:
        async with metered.database.writer.begin() as connection:
            await connection.exec_driver_sql(f"UPDATE credit_balances SET {wrong}")

    with pytest.raises(IntegrityError):
        await tamper()


async def test_a_hold_that_no_run_ends_is_found_out(metered: Service):
    run = await submit_run(metered, OWNER_ACCOUNT, GOAL)
    assert (await audit(metered)).is_clean
    stray = new_id()
    async with metered.database.write() as uow:
        await uow.ledger(OWNER_ACCOUNT).keep_hold(stray, Hold(credits=5))
    found = await audit(metered)
    assert (found.accounts, found.runs) == ((OWNER_ACCOUNT,), (stray,))
    assert run.id not in found.runs


def test_a_movement_that_does_not_sum_to_zero_cannot_be_made():
    with pytest.raises(ValueError, match="zero"):
        Books(available=-5, spent=4)
