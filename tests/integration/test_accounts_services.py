"""Accounts, logins, keys and usage on both databases."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
from dataclasses import replace

import pytest
from store_support import START, ManualClock, ScriptedAgent, ended, executor_of

from domain.errors import Conflict, NotFound, RateLimited, Unauthenticated
from domain.requests import GoalRequest
from domain.runs import Run, RunKind, RunStatus
from services.accounts import MAX_SESSIONS, SESSION_LIFE, login, logout, register, set_limits
from services.keys import OWNER_ACCOUNT, authenticate, create_key, list_keys, revoke_key, save_key_uses
from services.passwords import MAX_WAITING, Passwords
from services.rates import Allowance, LocalRates, Rate
from services.runs import cancel_run, delete_run, extend_run, submit_run
from services.service import Service
from services.stats import DAYS, dashboard
from store.database import open_database

EMAIL, PASSWORD = "ada@example.com", "a long pass phrase"


class NoLimits(LocalRates):
    """Counts that let everybody in, where the limits are not what is tested."""

    async def take(self, bucket: str, allowance: Allowance, now: dt.datetime) -> Rate:
        return Rate(limit=1, used=0, resets_at=0)


async def test_two_who_register_one_email_at_once_make_one_account(service: Service) -> None:
    async def attempt(number: int) -> str | None:
        try:
            made = await register(service, email=EMAIL, password=PASSWORD, name=f"{number}", peer="p")
        except Conflict:
            return None
        return made.login.account.id

    made = [account_id for account_id in await asyncio.gather(*map(attempt, range(5))) if account_id]
    assert len(made) == 1
    async with service.database.read() as uow:
        accounts = await uow.accounts.list(10)
    assert {account.id for account in accounts} == {OWNER_ACCOUNT, made[0]}  # nothing is left of the others


async def test_a_user_has_a_bounded_number_of_logins_and_the_oldest_end(service: Service, clock: ManualClock) -> None:
    service = replace(service, rates=NoLimits())
    first = (await register(service, email=EMAIL, password=PASSWORD, peer="p")).login.token
    for _ in range(MAX_SESSIONS):
        clock.advance(1)
        last = await login(service, email=EMAIL, password=PASSWORD, peer="p")
    with pytest.raises(Unauthenticated):
        await authenticate(service, first)
    principal = await authenticate(service, last.token)
    await logout(service, principal)
    with pytest.raises(Unauthenticated):
        await authenticate(service, last.token)


async def test_expired_logins_are_forgotten_when_somebody_logs_in(service: Service, clock: ManualClock) -> None:
    old = (await register(service, email=EMAIL, password=PASSWORD, peer="p")).login
    clock.advance(SESSION_LIFE.total_seconds())
    with pytest.raises(Unauthenticated):
        await authenticate(service, old.token)
    await login(service, email=EMAIL, password=PASSWORD, peer="p")
    async with service.database.write() as uow:
        assert not await uow.sessions(old.account.id).end(old.session.id)


async def test_a_key_is_noted_once_a_minute_and_never_back_in_time(service: Service, clock: ManualClock) -> None:
    key = await create_key(service, OWNER_ACCOUNT, name="k")

    async def last_used() -> dt.datetime | None:
        (found,) = [each for each in (await list_keys(service, OWNER_ACCOUNT, limit=9)).items if each.id == key.key.id]
        return found.last_used_at

    assert await last_used() is None
    await authenticate(service, key.token)
    clock.advance(59)
    await authenticate(service, key.token)
    assert await last_used() == START
    await save_key_uses(service)
    clock.advance(1)
    await authenticate(service, key.token)
    assert await last_used() == START + dt.timedelta(seconds=60)
    await save_key_uses(service)
    async with service.database.write() as uow:
        await uow.accounts.mark_used({key.key.id: START})  # a slower process comes later
    assert await last_used() == START + dt.timedelta(seconds=60)


async def test_uses_that_cannot_be_written_are_kept_for_the_next_time(service: Service) -> None:
    key = await create_key(service, OWNER_ACCOUNT, name="k")
    await authenticate(service, key.token)
    async with open_database("postgresql://nobody@127.0.0.1:1/none") as unreachable:
        await save_key_uses(replace(service, database=unreachable))
    await save_key_uses(service)
    async with service.database.read() as uow:
        kept = {each.id: each.last_used_at for each in await uow.keys(OWNER_ACCOUNT).list(9)}
    assert kept[key.key.id] == START


async def test_a_revoked_key_is_revoked_once(service: Service) -> None:
    key = await create_key(service, OWNER_ACCOUNT, name="k")
    await revoke_key(service, OWNER_ACCOUNT, key.key.id)
    with pytest.raises(NotFound):
        await revoke_key(service, OWNER_ACCOUNT, key.key.id)


async def test_a_limit_of_an_account_that_is_not_there_is_told(service: Service) -> None:
    with pytest.raises(NotFound):
        await set_limits(service, "0" * 32, max_concurrent_runs=3)
    assert (await set_limits(service, OWNER_ACCOUNT, max_concurrent_runs=3)).max_concurrent_runs == 3


async def test_passwords_that_wait_in_a_queue_too_long_are_turned_away() -> None:
    passwords = Passwords()
    results = await asyncio.gather(
        *(passwords.matches("a password", None) for _ in range(MAX_WAITING + 10)), return_exceptions=True
    )
    assert sum(isinstance(result, RateLimited) for result in results) == 10
    assert results.count(False) == MAX_WAITING


async def run_to_end(service: Service, **asked: int) -> Run:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things", **asked))
    await executor_of(service, ScriptedAgent(sources=3)).execute(OWNER_ACCOUNT, run.id)
    return await ended(service, run.id)


async def test_the_dashboard_counts_every_run_once_however_often_it_is_sent_back(
    service: Service, clock: ManualClock
) -> None:
    completed = await run_to_end(service, max_results=4)
    assert completed.status is RunStatus.COMPLETED
    clock.advance(86_400)
    partial = await run_to_end(service, max_results=100, min_results=50)
    assert partial.status is RunStatus.PARTIAL
    cancelled = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x"))
    await cancel_run(service, OWNER_ACCOUNT, cancelled.id)
    await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="waits"))
    await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="looks", preview=True))

    told = await dashboard(service, OWNER_ACCOUNT)
    assert {status: number for status, number in told.by_status.items() if number} == {
        RunStatus.COMPLETED: 1,
        RunStatus.PARTIAL: 1,
        RunStatus.CANCELLED: 1,
        RunStatus.QUEUED: 1,
    }
    assert told.by_kind[RunKind.GOAL] == told.runs == 4
    assert (told.records, told.success_rate) == (completed.records_found + partial.records_found, 50.0)
    assert len(told.days) == DAYS
    assert [(day.date, day.runs, day.completed) for day in told.days[-2:]] == [
        (START.date(), 1, 1),
        (START.date() + dt.timedelta(days=1), 2, 0),
    ]
    assert sum(day.records for day in told.days) == told.records

    await extend_run(service, OWNER_ACCOUNT, partial.id, max_results=200)
    told = await dashboard(service, OWNER_ACCOUNT)
    assert (told.runs, told.by_status[RunStatus.PARTIAL], told.by_status[RunStatus.QUEUED]) == (4, 0, 2)
    await executor_of(service, ScriptedAgent(sources=3)).execute(OWNER_ACCOUNT, partial.id)
    again = await ended(service, partial.id)
    told = await dashboard(service, OWNER_ACCOUNT)
    assert told.runs == 4
    assert told.records == completed.records_found + again.records_found

    await delete_run(service, OWNER_ACCOUNT, completed.id)
    after = await dashboard(service, OWNER_ACCOUNT)
    assert after.records == told.records  # what was used stays used


async def test_one_accounts_use_is_not_anothers(service: Service) -> None:
    await run_to_end(service, max_results=4)
    other = (await register(service, email=EMAIL, password=PASSWORD, peer="p")).login.account
    told = await dashboard(service, other.id)
    assert (told.runs, told.records, told.pages, told.success_rate) == (0, 0, 0, None)


async def test_the_counts_of_runs_that_ended_before_are_carried_over_by_the_migration(service: Service) -> None:
    """The migration's own statement, on rows as they lie, gives what was counted as they ended."""
    await run_to_end(service, max_results=4)
    await run_to_end(service, max_results=100, min_results=50)
    before = await dashboard(service, OWNER_ACCOUNT)
    migration = importlib.import_module("store.migrations.versions.0004_accounts")
    async with service.database.writer.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM usage_days")
        await connection.exec_driver_sql(migration.counted_so_far(service.database.dialect))
    assert await dashboard(service, OWNER_ACCOUNT) == before
