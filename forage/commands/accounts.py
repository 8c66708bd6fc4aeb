"""`forage accounts`."""

from __future__ import annotations

import click


@click.group("accounts")
def command() -> None:
    """Accounts: list, create, limit, give a new password."""


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
def list_(limit: int) -> int:
    """List accounts, newest first."""
    from forage.owners import show_accounts
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_accounts(settings, limit), settings)


@command.command("create")
@click.argument("name")
@click.option("--max-runs", type=click.IntRange(1, 1000), help="Runs at once; default: FORAGE_MAX_RUNS.")
def create(name: str, max_runs: int | None) -> int:
    """Make an account and its first key, which is printed this once."""
    from forage.owners import make_account
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(make_account(settings, name, max_runs), settings)


@command.command("set")
@click.argument("account")
@click.option("--max-runs", type=click.IntRange(1, 1000), required=True, help="Runs at once.")
def set_(account: str, max_runs: int) -> int:
    """Limit an account, by its id or name."""
    from forage.owners import limit_account
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(limit_account(settings, account, max_runs), settings)


@command.command("password")
@click.argument("email")
@click.password_option(help="The new one; asked for where it is left out, so that no history keeps it.")
def password_(email: str, password: str) -> int:
    """Give a user another password, and end all of their logins."""
    from forage.owners import give_password
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(give_password(settings, email, password), settings)
