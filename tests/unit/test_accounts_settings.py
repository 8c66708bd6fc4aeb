"""What the operator may set about accounts and limits."""

from __future__ import annotations

import pytest

from domain.errors import InvalidInput
from forage.settings import Settings


def test_without_a_word_people_may_register_and_no_header_is_believed() -> None:
    settings = Settings.from_environment({})
    assert settings.registration
    assert (settings.rate_limit, settings.max_runs, settings.trusted_proxies) == (600, 10, ())


def test_proxies_are_addresses_or_networks() -> None:
    settings = Settings.from_environment({"FORAGE_TRUSTED_PROXIES": "10.0.0.1, 172.16.0.0/12, ::1"})
    assert settings.trusted_proxies == ("10.0.0.1", "172.16.0.0/12", "::1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORAGE_TRUSTED_PROXIES", "*"),
        ("FORAGE_TRUSTED_PROXIES", "proxy.internal"),
        ("FORAGE_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("FORAGE_RATE_LIMIT", "0"),
        ("FORAGE_RATE_LIMIT", "many"),
        ("FORAGE_MAX_RUNS", "0"),
        ("FORAGE_MAX_RUNS", "1001"),
        ("FORAGE_REGISTRATION", "maybe"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        Settings.from_environment({name: value})
