"""Accounts and their keys, from the command line: for the operator, who needs no key."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable

import click
from rich import box
from rich.table import Table
from rich.text import Text

from domain.accounts import Account, ApiKey, parse_scopes
from domain.errors import InvalidInput, NotFound
from forage.compose import open_service
from forage.settings import Settings
from forage.tables import console
from services.accounts import create_account, list_accounts, reset_password, set_limits
from services.keys import create_key, ensure_account, list_keys, revoke_key
from services.listing import MAX_PAGE
from services.service import Service


async def show_accounts(settings: Settings, limit: int) -> int:
    async with open_service(settings) as service:
        await ensure_account(service)
        listing = await list_accounts(service, limit=limit)
    table = _table("account", "name", "runs at once", "made")
    for account in listing.items:
        table.add_row(account.id, Text(account.name), str(account.max_concurrent_runs), _when(account.created_at))
    console().print(table)
    return 0


async def make_account(settings: Settings, name: str, max_runs: int | None) -> int:
    async with open_service(settings) as service:
        account = await create_account(service, name=name, max_concurrent_runs=max_runs)
        key = await create_key(service, account.id, name="first key")
    click.echo(f"account {account.id}\nkey {key.token}")
    return 0


async def limit_account(settings: Settings, name: str, max_runs: int) -> int:
    async with open_service(settings) as service:
        account = await find_account(service, name)
        account = await set_limits(service, account.id, max_concurrent_runs=max_runs)
    click.echo(f"account {account.id} may have {account.max_concurrent_runs} runs going at once")
    return 0


async def give_password(settings: Settings, email: str, password: str) -> int:
    async with open_service(settings) as service:
        user = await reset_password(service, email=email, new=password)
    click.echo(f"{user.email} has a new password; all of their logins have ended")
    return 0


async def show_keys(settings: Settings, account: str, limit: int, *, revoked: bool) -> int:
    async with open_service(settings) as service:
        owner = await find_account(service, account)
        listing = await list_keys(service, owner.id, limit=limit, active=not revoked)
    table = _table("key", "id", "name", "scopes", "made", "last used", *(["revoked"] if revoked else []))
    for key in listing.items:
        scopes = ", ".join(key.scopes) or "all"
        ended = [_when(key.revoked_at)] if revoked else []
        used = _when(key.last_used_at)
        table.add_row(Text(key.masked), key.id, Text(key.name), scopes, _when(key.created_at), used, *ended)
    console().print(table)
    return 0


async def make_key(settings: Settings, account: str, name: str, scopes: Iterable[str]) -> int:
    async with open_service(settings) as service:
        owner = await find_account(service, account)
        key = await create_key(service, owner.id, name=name, scopes=parse_scopes(scopes))
    click.echo(f"id {key.key.id}\nkey {key.token}")
    return 0


async def drop_key(settings: Settings, account: str, name: str) -> int:
    async with open_service(settings) as service:
        owner = await find_account(service, account)
        key = await _find_key(service, owner.id, name)
        await revoke_key(service, owner.id, key.id)
    click.echo(f"revoked {key.masked} ({key.name})")
    return 0


async def find_account(service: Service, name: str) -> Account:
    """By id, the beginning of it, or name; the owner's where none is named. Raises NotFound and InvalidInput."""
    owner = await ensure_account(service)
    wanted = name or owner
    found = [account async for account in _all_accounts(service) if _names(account, wanted)]
    if not found:
        raise NotFound(f"no account {name!r}: `forage accounts list` shows them")
    exact = [account for account in found if wanted in {account.id, account.name}]
    if len(exact or found) > 1:
        raise InvalidInput(f"{name!r} fits {len(exact or found)} accounts: name one by its id")
    return (exact or found)[0]


async def _all_accounts(service: Service) -> AsyncIterator[Account]:
    cursor: str | None = ""
    while cursor is not None:
        listing = await list_accounts(service, limit=MAX_PAGE, cursor=cursor)
        for account in listing.items:
            yield account
        cursor = listing.next_cursor


def _names(account: Account, wanted: str) -> bool:
    return wanted == account.name or account.id.startswith(wanted.lower())


async def _find_key(service: Service, account_id: str, name: str) -> ApiKey:
    wanted = name.removeprefix("key_").removeprefix("key-").lower()
    listing = await list_keys(service, account_id, limit=MAX_PAGE, active=True)
    found = [key for key in listing.items if wanted and key.id.startswith(wanted)]
    if not found:
        raise NotFound(f"no key {name!r} opens this account: `forage keys list` shows those that do")
    if len(found) > 1:
        raise InvalidInput(f"{name!r} begins {len(found)} keys: write more of it")
    return found[0]


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=name not in {"name", "scopes"}, overflow="fold")
    return table


def _when(moment: dt.datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else "–"
