"""Register, log in, log out, who am I."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import argon2
import httpx
import pytest
from api_harness import OWNER_KEY, calling, serving

from api.config import ApiConfig
from domain.clock import SystemClock
from services.accounts import SESSION_LIFE, TRIES_AT_EMAIL, TRIES_OF_PEER
from services.rates import LocalRates, RedisRates
from services.service import Service

AUTH = "/api/v1/auth"
ADA = {"email": "ada@example.com", "password": "a long pass phrase", "name": "Ada"}
LOGIN = {"email": "ada@example.com", "password": "a long pass phrase"}


@pytest.fixture
async def nobody(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(base_url) as client:
        yield client


async def test_who_registers_gets_an_account_a_key_and_a_login_that_all_work(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.post(f"{AUTH}/register", json=ADA)
    made = answer.json()
    assert answer.status_code == 201
    assert re.fullmatch(r"fs_[0-9A-Za-z]{36}", made["token"])
    assert made["user"]["email"] == "ada@example.com"
    assert "password" not in answer.text
    for header in ({"X-API-KEY": made["api_key"]["key"]}, {"Authorization": f"Bearer {made['token']}"}):
        me = (await nobody.get(f"{AUTH}/me", headers=header)).json()
        assert me["account"] == made["account"]
        assert (await nobody.get("/api/v1/jobs", headers=header)).json() == []
    other = (await nobody.get(f"{AUTH}/me", headers={"X-API-KEY": OWNER_KEY})).json()
    assert other["account"]["account_id"] != made["account"]["account_id"]


async def test_a_login_opens_every_route_until_it_is_ended(nobody: httpx.AsyncClient) -> None:
    await nobody.post(f"{AUTH}/register", json=ADA)
    answer = await nobody.post(f"{AUTH}/login", json={"email": " ADA@example.com", "password": ADA["password"]})
    assert answer.status_code == 200
    token = answer.json()["token"]
    for header in ({"X-Token": token}, {"X-API-KEY": token}, {"Authorization": f"Bearer {token}"}):
        me = (await nobody.get(f"{AUTH}/me", headers=header)).json()
        assert (me["user"]["name"], me["key_id"]) == ("Ada", None)
        assert "keys:write" in me["scopes"]
    bearer = {"Authorization": f"Bearer {token}"}
    made = await nobody.post("/api/v1/keys", headers=bearer, json={"name": "from the console"})
    assert made.status_code == 201
    assert (await nobody.post(f"{AUTH}/logout", headers=bearer)).json() == {"message": "Logged out"}
    assert (await nobody.get(f"{AUTH}/me", headers=bearer)).status_code == 401
    kept = {"X-API-KEY": made.json()["data"]["key"]}
    assert (await nobody.get(f"{AUTH}/me", headers=kept)).status_code == 200
    assert (await nobody.post(f"{AUTH}/logout", headers=kept)).status_code == 409


class LaterClock(SystemClock):
    later = dt.timedelta()

    def now(self) -> dt.datetime:
        return super().now() + self.later


async def test_a_login_ends_by_itself_after_fourteen_days(service: Service) -> None:
    clock = LaterClock()
    async with serving(replace(service, clock=clock)) as url, calling(url) as nobody:
        made = (await nobody.post(f"{AUTH}/register", json=ADA)).json()
        bearer = {"Authorization": f"Bearer {made['token']}"}
        clock.later = SESSION_LIFE - dt.timedelta(minutes=1)
        assert (await nobody.get(f"{AUTH}/me", headers=bearer)).status_code == 200
        clock.later = SESSION_LIFE + dt.timedelta(seconds=1)
        assert (await nobody.get(f"{AUTH}/me", headers=bearer)).status_code == 401


async def test_neither_token_nor_password_lies_in_the_database(nobody: httpx.AsyncClient, service: Service) -> None:
    made = (await nobody.post(f"{AUTH}/register", json=ADA)).json()
    async with service.database.read() as uow:
        found = await uow.accounts.by_email("ada@example.com")
    assert found is not None
    assert found.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    path = service.database.url.database
    assert path is not None
    held = b""
    for suffix in ("", "-wal"):
        with open(path + suffix, "rb") as file:  # noqa: ASYNC230 - a small file of a test
            held += file.read()
    for secret in (made["token"], made["api_key"]["key"], ADA["password"]):
        assert secret.encode() not in held


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_new_password_ends_all_other_logins_and_leaves_the_keys(nobody: httpx.AsyncClient) -> None:
    made = (await nobody.post(f"{AUTH}/register", json=ADA)).json()
    mine = (await nobody.post(f"{AUTH}/login", json=LOGIN)).json()["token"]
    eve = (await nobody.post(f"{AUTH}/register", json=ADA | {"email": "eve@example.com"})).json()
    asked = {"current_password": ADA["password"], "new_password": "another pass phrase"}
    answer = await nobody.post(f"{AUTH}/password", json=asked, headers=bearer(mine))
    assert (answer.status_code, "password" in answer.text.lower()) == (200, True)
    for token, status in ((mine, 200), (made["token"], 401), (eve["token"], 200), (made["api_key"]["key"], 200)):
        assert (await nobody.get(f"{AUTH}/me", headers=bearer(token))).status_code == status
    for password, status in ((ADA["password"], 401), ("another pass phrase", 200)):
        tried = await nobody.post(f"{AUTH}/login", json=LOGIN | {"password": password})
        assert tried.status_code == status


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"current_password": "not my pass phrase"}, "current_password"),
        ({"current_password": "x" * 100_000}, "current_password"),
        ({"new_password": "short"}, "new_password"),
        ({"new_password": "x" * 201}, "new_password"),
        ({"new_password": "ADA@example.com"}, "new_password"),
        ({"email": "eve@example.com"}, "email"),
    ],
)
async def test_a_password_that_cannot_be_changed_stays_and_the_field_says_why(
    nobody: httpx.AsyncClient, change: dict[str, str], field: str
) -> None:
    token = (await nobody.post(f"{AUTH}/register", json=ADA)).json()["token"]
    asked = {"current_password": ADA["password"], "new_password": "another pass phrase"} | change
    answer = await nobody.post(f"{AUTH}/password", json=asked, headers=bearer(token))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert (await nobody.post(f"{AUTH}/login", json=LOGIN)).status_code == 200


async def test_a_stolen_login_cannot_be_used_to_guess_the_password(nobody: httpx.AsyncClient) -> None:
    token = (await nobody.post(f"{AUTH}/register", json=ADA)).json()["token"]
    asked = {"current_password": "guessed by somebody", "new_password": "another pass phrase"}
    statuses = [
        (await nobody.post(f"{AUTH}/password", json=asked, headers=bearer(token))).status_code
        for _ in range(TRIES_AT_EMAIL.limit + 1)
    ]
    assert (statuses[0], statuses[-1]) == (422, 429)


async def test_a_key_has_no_password_to_change(nobody: httpx.AsyncClient) -> None:
    asked = {"current_password": "a long pass phrase", "new_password": "another pass phrase"}
    answer = await nobody.post(f"{AUTH}/password", json=asked, headers={"X-API-KEY": OWNER_KEY})
    assert answer.status_code == 409
    assert (await nobody.post(f"{AUTH}/password", json=asked)).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"password": "123456789"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"password": "ADA@example.com"}, "password"),
        ({"name": "x" * 201}, "name"),
        ({"max_concurrent_runs": 1000}, "max_concurrent_runs"),
        ({"scopes": ["jobs:read"]}, "scopes"),
    ],
)
async def test_a_bad_registration_is_told_by_field(
    nobody: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    answer = await nobody.post(f"{AUTH}/register", json=ADA | change)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


async def test_an_email_is_taken_in_whatever_spelling_and_the_first_account_stays(nobody: httpx.AsyncClient) -> None:
    await nobody.post(f"{AUTH}/register", json=ADA)
    again = await nobody.post(
        f"{AUTH}/register", json=ADA | {"email": "ADA@EXAMPLE.com", "password": "other words here"}
    )
    assert again.status_code == 409
    right = await nobody.post(f"{AUTH}/login", json={"email": ADA["email"], "password": ADA["password"]})
    wrong = await nobody.post(f"{AUTH}/login", json={"email": ADA["email"], "password": "other words here"})
    assert (right.status_code, wrong.status_code) == (200, 401)


async def test_an_unknown_email_is_answered_like_a_wrong_password_and_costs_the_same_hash(
    nobody: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await nobody.post(f"{AUTH}/register", json=ADA)
    asked = {
        "wrong": {"email": ADA["email"], "password": "not the pass phrase"},
        "unknown": {"email": "eve@example.com", "password": "not the pass phrase"},
        "malformed": {"email": "eve", "password": "not the pass phrase"},
        "short": {"email": "eve@example.com", "password": ""},
        "endless": {"email": ADA["email"], "password": "x" * 100_000},
    }
    verify, hashes = argon2.PasswordHasher.verify, []

    def counted(self: argon2.PasswordHasher, kept: str, password: bytes) -> bool:
        hashes.append(argon2.extract_parameters(kept))
        return verify(self, kept, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    answers, costs = {}, []
    for name, body in asked.items():
        hashes.clear()
        answers[name] = await nobody.post(f"{AUTH}/login", json=body)
        costs.append(tuple(hashes))
    assert {answer.status_code for answer in answers.values()} == {401}
    assert len({answer.text for answer in answers.values()}) == 1
    assert len(costs[0]) == 1
    assert costs == [costs[0]] * len(asked)


async def test_tries_are_limited_by_email_whoever_asks(nobody: httpx.AsyncClient) -> None:
    await nobody.post(f"{AUTH}/register", json=ADA)
    bad = {"email": ADA["email"], "password": "not the pass phrase"}
    statuses = [(await nobody.post(f"{AUTH}/login", json=bad)).status_code for _ in range(TRIES_AT_EMAIL.limit)]
    assert statuses == [401] * (TRIES_AT_EMAIL.limit - 1) + [429]  # the registration was one
    answer = await nobody.post(f"{AUTH}/login", json={"email": "ADA@EXAMPLE.COM", "password": ADA["password"]})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= TRIES_AT_EMAIL.period_s
    eve = await nobody.post(f"{AUTH}/login", json={"email": "eve@example.com", "password": "x"})
    assert eve.status_code == 401


async def test_tries_are_limited_by_peer_whatever_the_headers_say(nobody: httpx.AsyncClient) -> None:
    statuses = []
    for number in range(TRIES_OF_PEER.limit + 2):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        body = {"email": f"eve{number}@example.com", "password": "x"}
        statuses.append((await nobody.post(f"{AUTH}/login", json=body, headers=headers)).status_code)
    assert statuses == [401] * TRIES_OF_PEER.limit + [429, 429]
    assert (await nobody.post(f"{AUTH}/register", json=ADA)).status_code == 429


async def test_registration_that_is_off_says_how_it_is_turned_on_and_logins_go_on(service: Service) -> None:
    async with serving(service) as url, calling(url) as nobody:
        await nobody.post(f"{AUTH}/register", json=ADA)
    async with (
        serving(service, ApiConfig(registration=False)) as url,
        calling(url) as nobody,
    ):
        refused = await nobody.post(f"{AUTH}/register", json={"anything": "at all"})
        assert refused.status_code == 403
        assert "FORAGE_REGISTRATION=on" in refused.json()["message"]
        login = await nobody.post(f"{AUTH}/login", json={"email": ADA["email"], "password": ADA["password"]})
        assert login.status_code == 200


async def test_nobody_gets_in_while_redis_cannot_count_the_tries_but_keys_work(service: Service) -> None:
    rates = RedisRates("redis://127.0.0.1:1")  # nothing listens there
    async with (
        serving(replace(service, rates=rates)) as url,
        calling(url, headers={"X-API-KEY": OWNER_KEY}) as client,
    ):
        for path in ("register", "login"):
            body = ADA if path == "register" else {"email": ADA["email"], "password": ADA["password"]}
            answer = await client.post(f"{AUTH}/{path}", json=body)
            assert answer.status_code == 503, path
            assert "retry-after" in answer.headers
        answer = await client.get("/api/v1/jobs")
        assert answer.status_code == 200
        assert answer.headers["x-ratelimit-limit"] == str(1_000_000)
    await rates.close()


async def test_a_hash_of_older_costs_is_renewed_at_the_next_login(nobody: httpx.AsyncClient, service: Service) -> None:
    from argon2 import PasswordHasher

    await nobody.post(f"{AUTH}/register", json=ADA)
    async with service.database.write() as uow:
        found = await uow.accounts.by_email(ADA["email"])
        assert found is not None
        old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(ADA["password"])
        await uow.users(found.user.account_id).set_password(found.user.id, old)
    login = {"email": ADA["email"], "password": ADA["password"]}
    for _ in range(2):
        assert (await nobody.post(f"{AUTH}/login", json=login)).status_code == 200
    async with service.database.read() as uow:
        found = await uow.accounts.by_email(ADA["email"])
    assert found is not None
    assert "m=19456,t=2,p=1" in found.password


def test_a_service_counts_within_itself_where_there_is_no_redis(service: Service) -> None:
    assert isinstance(service.rates, LocalRates)
