"""`forage accounts` and `forage keys`, as an operator types them."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from domain.errors import ForageError, InvalidInput, NotFound, Unauthenticated
from forage.cli import cli
from forage.compose import open_service
from forage.settings import Settings
from services.accounts import NewSession, login, register
from services.keys import Principal, authenticate

EMAIL = "ada@example.com"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "REDIS_URL", "FORAGE_BLOBS", "FORAGE_MAX_RUNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORAGE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def forage(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def told(result: Result, name: str) -> str:
    found = re.search(rf"^{name} (\S+)$", result.output, re.M)
    assert found, result.output
    return found[1]


def test_an_account_is_made_with_the_limit_of_new_ones_and_limited_anew(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORAGE_MAX_RUNS", "4")
    made = forage("accounts", "create", "Acme Ltd")
    account_id = told(made, "account")
    database = sqlite3.connect(home / "forage.sqlite3")
    limit = "SELECT max_concurrent_runs FROM accounts WHERE id = ?"
    assert database.execute(limit, [account_id]).fetchone() == (4,)
    assert forage("accounts", "set", "Acme Ltd", "--max-runs", "7").exit_code == 0
    assert database.execute(limit, [account_id]).fetchone() == (7,)
    listed = forage("accounts", "list").output
    assert account_id in listed
    assert "Acme Ltd" in listed
    database.close()


def test_a_key_is_shown_once_and_revoked_by_the_beginning_of_its_id(home: Path) -> None:
    forage("accounts", "create", "Acme Ltd")
    made = forage("keys", "create", "ci", "--account", "Acme Ltd", "--scope", "jobs:read")
    key_id, token = told(made, "id"), told(made, "key")
    listed = forage("keys", "list", "--account", "Acme Ltd").output
    assert key_id in listed
    assert token not in listed
    assert key_id not in forage("keys", "list").output  # the owner's are others
    revoked = forage("keys", "revoke", key_id[:30], "--account", "Acme Ltd")
    assert "revoked sk_live_xxxx_" in revoked.output
    assert key_id not in forage("keys", "list", "--account", "Acme Ltd").output
    assert key_id in forage("keys", "list", "--account", "Acme Ltd", "--all").output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["keys", "revoke", "zzz"], "opens this account"),
        (["keys", "list", "--account", "nobody"], "forage accounts list"),
        (["accounts", "set", "nobody", "--max-runs", "3"], "forage accounts list"),
        (["accounts", "create", "  "], "1 to 200 characters"),
    ],
)
def test_what_is_not_there_is_told_with_where_to_look(home: Path, arguments: list[str], why: str) -> None:
    result = forage(*arguments)
    assert isinstance(result.exception, ForageError)
    assert why in result.exception.message


def test_two_accounts_of_one_name_are_told_apart_by_id(home: Path) -> None:
    first = told(forage("accounts", "create", "twin"), "account")
    forage("accounts", "create", "twin")
    ambiguous = forage("accounts", "set", "twin", "--max-runs", "3")
    assert isinstance(ambiguous.exception, ForageError)
    assert "fits 2 accounts" in ambiguous.exception.message
    assert forage("accounts", "set", first, "--max-runs", "3").exit_code == 0


async def registered() -> str:
    """Ada's login, in the service that the environment tells of."""
    async with open_service(Settings.from_environment(os.environ)) as service:
        return (await register(service, email=EMAIL, password="a long pass phrase", peer="p")).login.token


async def opens(token: str, password: str) -> tuple[bool, bool]:
    """Whether her login and her password still open anything."""
    async with open_service(Settings.from_environment(os.environ)) as service:
        outcomes = await asyncio.gather(
            authenticate(service, token),
            login(service, email=EMAIL, password=password, peer="p"),
            return_exceptions=True,
        )
    assert {type(outcome) for outcome in outcomes} <= {Principal, NewSession, Unauthenticated}
    return isinstance(outcomes[0], Principal), isinstance(outcomes[1], NewSession)


def test_the_operator_gives_a_new_password_and_every_login_ends(home: Path) -> None:
    token = asyncio.run(registered())
    assert asyncio.run(opens(token, "a long pass phrase")) == (True, True)
    words = "another pass phrase"
    given = CliRunner().invoke(cli, ["accounts", "password", "Ada@Example.com"], input=f"{words}\n{words}\n")
    assert given.exit_code == 0, given.output
    assert words not in given.output
    assert asyncio.run(opens(token, words)) == (False, True)
    assert asyncio.run(opens(token, "a long pass phrase")) == (False, False)
    nobody = forage("accounts", "password", "eve@example.com", "--password", words)
    assert isinstance(nobody.exception, NotFound)
    short = forage("accounts", "password", EMAIL, "--password", "short")
    assert isinstance(short.exception, InvalidInput)
