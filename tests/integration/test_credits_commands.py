"""`forage credits`, as an operator types it."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from domain.errors import Conflict, NotFound
from forage.cli import cli


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "FORAGE_BLOBS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": str(tmp_path), "METER": "on", "PLAN": "free"}.items():
        monkeypatch.setenv(f"FORAGE_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")


def forage(*arguments: str, standalone_mode: bool = True) -> Result:
    return CliRunner().invoke(cli, ["credits", *arguments], standalone_mode=standalone_mode)


def test_credits_are_granted_listed_and_a_plan_changed():
    assert "balance 1,000" in forage("balance").output
    assert "balance 1,250" in forage("grant", "250", "--note", "welcome").output
    listed = forage("transactions").output
    assert re.search(r"txn_[0-9a-f]{32}.*grant.*\+250.*welcome", listed)
    assert "10,000 credits a month\nbalance 10,250" in forage("plan", "growth").output


def test_a_plan_that_was_set_while_nothing_is_metered_is_told_to_hold_later(monkeypatch):
    monkeypatch.setenv("FORAGE_METER", "off")
    assert "on the plan growth from when FORAGE_METER is on" in forage("plan", "growth").output


def test_what_spent_nothing_is_not_refunded():
    forage("grant", "250")
    name = re.findall(r"txn_[0-9a-f]{32}", forage("transactions").output)[0]
    assert isinstance(forage("refund", name).exception, Conflict)
    assert isinstance(forage("refund", "txn_" + "0" * 32).exception, NotFound)


@pytest.mark.parametrize("wrong", [["grant", "-5"], ["grant", "0"], ["grant", "much"], ["plan", "gold"]])
def test_what_cannot_be_is_refused_as_usage(wrong: list[str]):
    assert forage(*wrong).exit_code == 2


def test_an_account_that_is_not_there_is_named():
    assert "nobody" in str(forage("grant", "5", "--account", "nobody").exception)


def test_books_that_were_tampered_with_are_found_out(tmp_path: Path):
    forage("grant", "250")
    assert forage("check").exit_code == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "forage.sqlite3")) as database:
        database.execute("UPDATE credit_balances SET available = available + 5, issued = issued - 5")
        database.commit()
    result = forage("check", standalone_mode=False)
    assert result.return_value == 1
    assert "0001: its balance" in result.output


def test_an_operator_who_meters_nothing_is_told_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORAGE_METER", "off")
    for asked in (("balance",), ("grant", "5"), ("plan", "growth")):
        assert "FORAGE_METER is off" in forage(*asked).output
