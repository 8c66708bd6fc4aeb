"""The page on accounts names what there is."""

from __future__ import annotations

from pathlib import Path

from domain.accounts import Scope
from services.accounts import MAX_PASSWORD, MIN_PASSWORD, SESSION_LIFE, TRIES_AT_EMAIL, TRIES_OF_PEER
from services.passwords import MEMORY_KIB

PAGE = (Path(__file__).parents[2] / "docs/accounts.md").read_text()


def test_every_scope_is_in_the_table() -> None:
    assert [scope for scope in Scope if f"`{scope.value}`" not in PAGE] == []


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"for {SESSION_LIFE.days} days" in PAGE
    assert f"have {MIN_PASSWORD} to {MAX_PASSWORD} characters" in PAGE
    assert f"({MEMORY_KIB // 1024} MiB, two passes)" in PAGE
    assert f"{TRIES_OF_PEER.limit} tries in a quarter of an hour" in PAGE
    assert f"and {TRIES_AT_EMAIL.limit} at one email" in PAGE
