"""Emails, scopes and keys as values."""

from __future__ import annotations

import pytest

from domain.accounts import Scope, normal_email, parse_scopes
from domain.errors import InvalidInput
from services.keys import PREFIX, SESSION_PREFIX, checksum, make_token, masked


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Ada@Example.COM ", "ada@example.com"),
        ("ａｄａ@example.com", "ada@example.com"),
        ("ada+shop@bücher.example", "ada+shop@xn--bcher-kva.example"),
        ("o'neil@example.co.uk", "o'neil@example.co.uk"),
        ("ÉLODIE@example.com", "élodie@example.com"),
    ],
)
def test_one_mailbox_has_one_spelling(written: str, kept: str) -> None:
    assert normal_email(written) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "ada@ex ample.com",
        "a b@example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@exa_mple.com",
        "a@b@example.com",
        "ada@example.com\r\nBcc: x",
        "ada\x00@example.com",
        "ada\ud800@example.com",
        "x" * 65 + "@example.com",
        "a@" + "b" * 250 + ".com",
        "<script>@example.com",
    ],
)
def test_what_is_no_address_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        normal_email(text)
    assert "name@example.com" in refused.value.fields["email"]


def test_an_unknown_scope_is_named_beside_all_known_ones() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_scopes(["jobs:read", "jobs:own", "admin"])
    told = refused.value.fields["scopes"]
    assert told.startswith("unknown: jobs:own, admin; known are ")
    assert all(scope in told for scope in Scope)


def test_a_scope_named_twice_counts_once_and_order_is_kept() -> None:
    assert parse_scopes(["runs:read", "jobs:read", "runs:read"]) == (Scope.RUNS_READ, Scope.JOBS_READ)


def test_a_token_carries_its_check_and_its_mask_hides_the_rest() -> None:
    for prefix in (PREFIX, SESSION_PREFIX):
        token = make_token(prefix)
        assert token == token[:-6] + checksum(token[:-6])
        assert token.startswith(prefix)
    token = make_token()
    assert masked(token) == f"sk_live_xxxx_{token[-4:]}"
    assert len({make_token() for _ in range(200)}) == 200
