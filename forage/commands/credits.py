"""`forage credits`."""

from __future__ import annotations

import click

from domain.credits import CreditPlan

ACCOUNT = click.option("--account", default="", help="Id or name; default: the owner's.")


@click.group("credits")
def command() -> None:
    """Credits: balance, transactions, grant, refund, plan, check."""


@command.command("balance")
@ACCOUNT
def balance(account: str) -> int:
    """Show what an account has, and what it used this month."""
    from forage.paying import show_balance
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_balance(settings, account), settings)


@command.command("transactions")
@ACCOUNT
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def transactions(account: str, limit: int) -> int:
    """List movements of credits, newest first."""
    from forage.paying import show_transactions
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_transactions(settings, account, limit), settings)


@command.command("grant")
@click.argument("credits_", metavar="CREDITS", type=click.IntRange(min=1))
@ACCOUNT
@click.option("--note", default="", help="A line for people.")
def grant(credits_: int, account: str, note: str) -> int:
    """Give an account credits beside those of its plan."""
    from forage.paying import give
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(give(settings, account, credits_, note), settings)


@command.command("refund")
@click.argument("transaction")
@ACCOUNT
def refund(transaction: str, account: str) -> int:
    """Take back what a transaction spent."""
    from forage.paying import give_back
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(give_back(settings, account, transaction), settings)


@command.command("plan")
@click.argument("name", type=click.Choice([plan.value for plan in CreditPlan]))
@ACCOUNT
def plan(name: str, account: str) -> int:
    """Put an account on a plan."""
    from forage.paying import move_to_plan
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(move_to_plan(settings, account, CreditPlan(name)), settings)


@command.command("check")
def check() -> int:
    """Add up the ledgers of all accounts; exit code 1 where something is wrong with them."""
    from forage.paying import check_books
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(check_books(settings), settings)
