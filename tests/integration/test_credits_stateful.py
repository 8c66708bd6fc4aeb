"""The ledger against a model of it in plain numbers: any order of what may happen to an account, on both databases."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from store_support import ManualClock, opened_service

from domain.accounts import Account
from domain.budgets import Spend
from domain.credits import MONTHLY, CreditPlan, TransactionKind, month_of
from domain.errors import Conflict, NotEnoughCredits
from domain.ids import new_id
from domain.prices import cost_of, estimate
from domain.requests import GoalRequest
from domain.runs import Run, RunKind, RunStatus, TerminationReason
from services.credits import (
    change_plan,
    charge_api_request,
    charge_webhook,
    get_balance,
    grant_credits,
    hold_for_run,
    list_transactions,
    refund_transaction,
    settle_run,
)
from services.service import Service

T = TypeVar("T")

STEPS, EXAMPLES = 50, 100  # 10,000 steps in all: on each database other ones
SEEDS = {"sqlite": 1, "postgresql": 2}
LOOK_EVERY = 5  # steps: what is wrong once stays wrong, and a look costs as much as a step
GOAL = GoalRequest(goal="things")
ENDS = (RunStatus.COMPLETED, RunStatus.PARTIAL, RunStatus.CANCELLED, RunStatus.FAILED)
MONTH_S = 31 * 24 * 3600
few = st.integers(0, 3)


class _GivenUp(Exception):
    pass


class World:
    """A service on one database, and the loop that drives it."""

    def __init__(self, url: str, blobs: Path) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.clock = ManualClock()
        opened = self._stack.enter_async_context(opened_service(url, blobs, clock=self.clock))
        service = self.do(opened)
        self.service: Service = _metered(service)

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(what)

    def close(self) -> None:
        self.do(self._stack.aclose())
        self._runner.close()


def _metered(service: Service) -> Service:
    return dataclasses.replace(service, metered=True, new_plan=CreditPlan.STARTER)


class LedgerMachine(RuleBasedStateMachine):
    world: World
    going = Bundle("going")
    over = Bundle("over")

    def __init__(self) -> None:
        super().__init__()
        self.service, self.clock = self.world.service, self.world.clock
        self.account = new_id()
        self.world.do(self._add_account())
        self.plan = CreditPlan.STARTER
        self.available = self.held = self.spent = self.given = self.used = 0
        self.granted_month = self.used_month = 0
        self.keys: set[str] = set()
        self.holds: dict[str, tuple[int, int]] = {}  # of runs that are going: what is held, what they had cost before
        self.endings = itertools.count(1)
        self.looks = itertools.count(1)
        self._month_begins()

    async def _add_account(self) -> None:
        account = Account(id=self.account, name="x", created_at=self.clock.now())
        async with self.service.database.write() as uow:
            await uow.accounts.add(account, "whsec_" + "a" * 32)

    # The model

    @property
    def limited(self) -> bool:
        return MONTHLY[self.plan] is not None

    def _month_begins(self) -> None:
        """Whatever is done first in a month makes the plan's grant."""
        if self.limited and self.granted_month < month_of(self.clock.now()):
            self.granted_month = month_of(self.clock.now())
            self._give(max(0, (MONTHLY[self.plan] or 0) - self.available))

    def _give(self, amount: int) -> None:
        if amount:
            self.given += amount
            self.available += amount
            self._spend(0)  # any movement opens the month's count

    def _spend(self, amount: int) -> None:
        month = month_of(self.clock.now())
        self.used = (self.used if self.used_month == month else 0) + amount
        self.used_month = month
        self.spent += amount

    def _pay(self, key: str, price: int) -> None:
        if key in self.keys:
            return
        if not self.limited:
            self.keys.add(key)
            self.given += price
            self._spend(price)
        elif amount := min(price, self.available):
            self.keys.add(key)
            self.available -= amount
            self._spend(amount)

    # What may happen

    @rule(target=going, cap=st.none() | st.integers(1, 3_000), share=st.sampled_from([1, 1, 3]), given_up=st.booleans())
    def start(self, cap: int | None, share: int, given_up: bool):
        run = Run(
            id=new_id(),
            account_id=self.account,
            kind=RunKind.GOAL,
            status=RunStatus.QUEUED,
            request=msgspec.structs.replace(GOAL, max_credits=cap),
            created_at=self.clock.now(),
        )
        return self._hold(run, cap, share=share, given_up=given_up)

    @rule(target=going, run=consumes(over), cap=st.none() | st.integers(1, 3_000))
    def extend(self, run: Run, cap: int | None):
        if run.status is RunStatus.CANCELLED:
            return multiple()
        run = msgspec.structs.replace(
            run, attempt=run.attempt + 1, request=msgspec.structs.replace(run.request, max_credits=cap)
        )
        return self._hold(run, cap)

    def _hold(self, run: Run, cap: int | None, *, share: int = 1, given_up: bool = False):
        before = cost_of(run.spend, self.service.prices)
        amount = estimate(run.request, self.service.prices).high
        amount = min(amount, cap) if cap else amount
        least = min(amount, self.service.prices.least_hold)
        if self.limited:
            amount = min(amount, max(self._after_grant() // share, self.service.prices.least_hold), self._after_grant())

        async def hold() -> GoalRequest:
            async with self.service.database.write() as uow:
                asked = await hold_for_run(
                    uow,
                    self.service,
                    self.account,
                    run.id,
                    run.request,
                    number=run.attempt + 1,
                    before=before,
                    share=share,
                )
                if given_up:
                    raise _GivenUp
                return asked

        if self.limited and self._after_grant() < least:
            with pytest.raises(NotEnoughCredits):
                self.world.do(hold())
            return multiple()
        if given_up:
            with pytest.raises(_GivenUp):
                self.world.do(hold())
            return multiple()
        self._month_begins()
        request = self.world.do(hold())
        if self.limited:
            self.available -= amount
            self.held += amount
            self._spend(0)
            assert request.max_credits == before + amount
        self.holds[run.id] = (amount if self.limited else 0, before)
        return msgspec.structs.replace(run, request=request)

    def _after_grant(self) -> int:
        if self.granted_month < month_of(self.clock.now()):
            return max(self.available, MONTHLY[self.plan] or 0)
        return self.available

    @rule(
        target=over, run=consumes(going), status=st.sampled_from(ENDS), ms=st.integers(0, 90_000), twice=st.booleans()
    )
    def end(self, run: Run, status: RunStatus, ms: int, twice: bool) -> Run:
        held, before = self.holds.pop(run.id)
        run = msgspec.structs.replace(
            run,
            status=status,
            termination_reason=TerminationReason.BUDGET,
            spend=run.spend + Spend(worked_ms=ms, input_tokens=ms),
        )
        ending = next(self.endings)
        self.world.do(self._settle(run, ending))
        if twice:
            self.world.do(self._settle(run, ending))
        cost = 0 if status is RunStatus.FAILED else cost_of(run.spend, self.service.prices) - before
        if run.request.max_credits is not None:
            cost = min(cost, run.request.max_credits - before)
        if held:
            self.held -= held
            self.available += held - cost
            self._spend(cost)
            if twice and status is not RunStatus.FAILED and cost_of(run.spend, self.service.prices):
                self._month_begins()  # told again it finds no hold, looks whether it was paid for, pays nothing
        elif cost or before:
            self._month_begins()
            self.given += cost
            self._spend(cost)
        return run

    async def _settle(self, run: Run, ending: int) -> None:
        async with self.service.database.write() as uow:
            await settle_run(uow, self.service, run, ending=ending)

    @rule(name=few)
    def ask(self, name: int) -> None:
        self.world.do(charge_api_request(self.service, self.account, str(name)))
        self._month_begins()
        self._pay(f"request {name}", self.service.prices.api_request)

    @rule(name=few)
    def deliver(self, name: int) -> None:
        async def taken() -> None:
            async with self.service.database.write() as uow:
                await charge_webhook(uow, self.service, str(name), self.account)

        self.world.do(taken())
        self._month_begins()
        self._pay(f"webhook {name}", self.service.prices.webhook_request)

    @rule(name=few, amount=st.integers(1, 2_000))
    def grant(self, name: int, amount: int) -> None:
        self.world.do(grant_credits(self.service, self.account, amount, key=str(name)))
        self._month_begins()
        if (key := f"grant {name}") not in self.keys:
            self.keys.add(key)
            self._give(amount)

    @rule(pick=st.integers(0, 4))
    def refund(self, pick: int) -> None:
        kept = self.world.do(list_transactions(self.service, self.account, limit=5)).items
        if pick >= len(kept):
            return
        transaction = kept[pick]
        books, key = transaction.movement.books, f"refund {transaction.id}"
        if books.spent <= 0 or transaction.movement.kind is TransactionKind.REFUND or key in self.keys:
            with pytest.raises(Conflict):
                self.world.do(refund_transaction(self.service, self.account, transaction.id))
            return
        self.world.do(refund_transaction(self.service, self.account, transaction.id))
        self.keys.add(key)
        self._spend(0)
        self.spent -= books.spent
        self.used -= books.spent if month_of(transaction.at) == month_of(self.clock.now()) else 0
        if books.issued < 0:
            self.given -= books.spent
        else:
            self.available += books.spent

    @rule()
    def a_month_passes(self) -> None:
        self.clock.advance(MONTH_S)

    @rule(plan=st.sampled_from(CreditPlan))
    def plan_changes(self, plan: CreditPlan) -> None:
        self.world.do(change_plan(self.service, self.account, plan))
        self._month_begins()
        month = month_of(self.clock.now())
        more = (MONTHLY[plan] or 0) - (MONTHLY[self.plan] or 0)
        if self.granted_month == month and more > 0 and (key := f"month {month} {plan}") not in self.keys:
            self.keys.add(key)
            self._give(more)
        self.plan = plan

    @invariant()
    def the_books_are_those_of_the_model_at_every_few_steps(self) -> None:
        if next(self.looks) % LOOK_EVERY == 0:
            self.the_books_are_those_of_the_model()

    def the_books_are_those_of_the_model(self) -> None:
        async def look() -> tuple[int, int, int, int, int] | None:
            async with self.service.database.read() as uow:
                standing = await uow.ledger(self.account).standing()
            if standing is None:
                return None
            books = standing.books
            assert books.is_sound
            return books.issued, books.available, books.held, books.spent, standing.used

        seen = self.world.do(look())
        if seen is not None:
            assert seen == (-self.given, self.available, self.held, self.spent, self.used)

    def teardown(self) -> None:
        if not hasattr(self, "looks"):
            return
        self.the_books_are_those_of_the_model()
        for run_id in list(self.holds):
            run = Run(
                id=run_id,
                account_id=self.account,
                kind=RunKind.GOAL,
                status=RunStatus.FAILED,
                request=GOAL,
                created_at=self.clock.now(),
            )
            self.world.do(self._settle(run, 0))
        self.world.do(self._the_sum_of_all())

    async def _the_sum_of_all(self) -> None:
        """When all runs have ended nothing is held, and the books are what all transactions come to."""
        balance = await get_balance(self.service, self.account)
        assert balance.held == 0
        transactions, cursor = [], ""
        while cursor is not None:
            listing = await list_transactions(self.service, self.account, limit=500, cursor=cursor)
            transactions += listing.items
            cursor = listing.next_cursor
        keys = [transaction.movement.key for transaction in transactions]
        assert len(keys) == len(set(keys))
        async with self.service.database.read() as uow:
            standing = await uow.ledger(self.account).standing()
            assert [await uow.ledger(self.account).hold_of(run_id) for run_id in self.holds] == [None] * len(self.holds)
        assert standing is not None
        total = standing.books
        for transaction in transactions:
            books = transaction.movement.books
            assert books.issued + books.available + books.held + books.spent == 0
        for name in ("issued", "available", "held", "spent"):
            assert sum(getattr(each.movement.books, name) for each in transactions) == getattr(total, name)


@pytest.mark.slow
def test_no_order_of_events_makes_or_loses_a_credit(database_url: str, tmp_path: Path):
    with contextlib.closing(World(database_url, tmp_path / "blobs")) as world:
        machine = type("Machine", (LedgerMachine,), {"world": world})
        # Without shrinking to the last step a failure is long, and still tells its steps.
        run_state_machine_as_test(
            seed(SEEDS[world.service.database.dialect])(machine),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
            ),
        )
