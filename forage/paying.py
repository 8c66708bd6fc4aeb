"""Credits, from the command line: for the operator, who needs no key."""

from __future__ import annotations

import click
from rich import box
from rich.table import Table
from rich.text import Text

from domain.credits import CreditPlan
from domain.prices import in_currency
from forage.compose import open_service
from forage.owners import find_account
from forage.settings import Settings
from forage.tables import console
from services.credits import audit, change_plan, get_balance, grant_credits, list_transactions, refund_transaction
from services.service import Service

PREFIX = "txn_"  # as the API names transactions


async def show_balance(settings: Settings, account: str) -> int:
    async with open_service(settings) as service:
        await _tell(service, (await find_account(service, account)).id)
    return 0


async def show_transactions(settings: Settings, account: str, limit: int) -> int:
    async with open_service(settings) as service:
        listing = await list_transactions(service, (await find_account(service, account)).id, limit=limit)
    if not listing.items:
        console(stderr=True).print("no transactions yet")
        return 0
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("transaction", "at", "what", "balance", "held", "spent", "run or note"):
        table.add_column(name, justify="right" if name in {"balance", "held", "spent"} else "left")
    for each in listing.items:
        movement, books = each.movement, each.movement.books
        numbers = (f"{number:+,}" if number else "" for number in (books.available, books.held, books.spent))
        about = Text(movement.note or movement.run_id)
        table.add_row(f"{PREFIX}{each.id}", f"{each.at:%Y-%m-%d %H:%M}", movement.kind.value, *numbers, about)
    console().print(table)
    return 0


async def give(settings: Settings, account: str, amount: int, note: str) -> int:
    async with open_service(settings) as service:
        account_id = (await find_account(service, account)).id
        await grant_credits(service, account_id, amount, note=note)
        await _tell(service, account_id)
    return 0


async def give_back(settings: Settings, account: str, transaction: str) -> int:
    async with open_service(settings) as service:
        account_id = (await find_account(service, account)).id
        await refund_transaction(service, account_id, transaction.removeprefix(PREFIX))
        await _tell(service, account_id)
    return 0


async def move_to_plan(settings: Settings, account: str, plan: CreditPlan) -> int:
    async with open_service(settings) as service:
        account_id = (await find_account(service, account)).id
        await change_plan(service, account_id, plan)
        if not service.metered:
            click.echo(f"on the plan {plan.value} from when FORAGE_METER is on")
        await _tell(service, account_id)
    return 0


async def check_books(settings: Settings) -> int:
    async with open_service(settings) as service:
        found = await audit(service)
    for account_id in found.accounts:
        click.echo(f"account {account_id}: its balance is not what its transactions and holds come to", err=True)
    for run_id in found.runs:
        click.echo(f"run {run_id}: credits are held for it, and it is over", err=True)
    if found.is_clean:
        click.echo("all ledgers are sound")
    return 0 if found.is_clean else 1


async def _tell(service: Service, account_id: str) -> None:
    balance = await get_balance(service, account_id)
    worth = in_currency(balance.used_this_month, service.prices)
    limit = "unlimited" if balance.monthly_limit is None else f"{balance.monthly_limit:,} credits a month"
    click.echo(f"plan {balance.plan.value}: {limit}")
    click.echo(f"balance {balance.available:,}, held {balance.held:,}")
    click.echo(f"used this month {balance.used_this_month:,}, worth {worth:f}")
    if not service.metered:
        click.echo("nothing is metered: FORAGE_METER is off, so that every account is unlimited, whatever its plan")
