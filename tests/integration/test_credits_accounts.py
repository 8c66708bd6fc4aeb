"""Plans, grants, charges and refunds of an account, and the list of them. On both databases."""

from __future__ import annotations

import asyncio
import dataclasses

import msgspec
import pytest
from credits_support import FREE, GOAL, movements, ran
from sqlalchemy.exc import IntegrityError
from store_support import ManualClock

from domain.accounts import Account
from domain.credits import Books, CreditPlan, TransactionKind
from domain.errors import Conflict, InvalidInput, NotFound
from domain.ids import new_id
from services.credits import (
    change_plan,
    charge_api_request,
    charge_webhook,
    get_balance,
    grant_credits,
    list_transactions,
    refund_transaction,
)
from services.keys import OWNER_ACCOUNT
from services.runs import get_run, submit_run
from services.service import Service


async def test_the_first_acts_of_a_month_at_once_make_one_grant(metered: Service, clock: ManualClock):
    for _ in range(2):
        await asyncio.gather(*(get_balance(metered, OWNER_ACCOUNT) for _ in range(10)))
        await asyncio.gather(*(charge_api_request(metered, OWNER_ACCOUNT, new_id()) for _ in range(10)))
        clock.advance(31 * 24 * 3600)
    grants = [each.books.available for each in await movements(metered) if each.kind is TransactionKind.GRANT]
    assert grants == [FREE, 200]  # what is left of a month is not carried over on top
    assert (await get_balance(metered, OWNER_ACCOUNT)).used_this_month == 0


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


def test_a_movement_that_does_not_sum_to_zero_cannot_be_made():
    with pytest.raises(ValueError, match="zero"):
        Books(available=-5, spent=4)
