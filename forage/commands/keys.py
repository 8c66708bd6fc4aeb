"""`forage keys`."""

from __future__ import annotations

import click

from domain.accounts import Scope

ACCOUNT = click.option("--account", default="", help="Id or name; default: the owner's.")


@click.group("keys")
def command() -> None:
    """API keys: list, create, revoke."""


@command.command("list")
@ACCOUNT
@click.option("--all", "revoked", is_flag=True, help="Revoked ones too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
def list_(account: str, revoked: bool, limit: int) -> int:
    """List keys, newest first."""
    from forage.owners import show_keys
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_keys(settings, account, limit, revoked=revoked), settings)


@command.command("create")
@click.argument("name")
@ACCOUNT
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="May be given several times; left out, the key opens everything.",
)
def create(name: str, account: str, scopes: tuple[str, ...]) -> int:
    """Make a key, which is printed this once."""
    from forage.owners import make_key
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(make_key(settings, account, name, scopes), settings)


@command.command("revoke")
@click.argument("key")
@ACCOUNT
def revoke(key: str, account: str) -> int:
    """Revoke a key, by its id or the beginning of it: it opens nothing any more."""
    from forage.owners import drop_key
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(drop_key(settings, account, key), settings)
