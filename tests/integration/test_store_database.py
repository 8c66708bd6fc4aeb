"""Schema, transactions and faults, on both databases."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import StatementError
from store_support import START, ScriptedAgent, ended, executor_of, opened_service

from domain.accounts import Account
from domain.errors import InvalidInput, StorageFull, StorageUnavailable
from domain.ids import new_id
from domain.requests import GoalRequest
from services.keys import OWNER_ACCOUNT
from services.queue import LocalDoorbell
from services.runs import list_runs, submit_run
from services.service import Service
from store.database import open_database, open_engines, parse_url, session_settings
from store.frozen import end_frozen_sessions
from store.migrations import is_current, migrate
from store.models import Base
from workers.leases import Terms
from workers.local import open_local_worker
from workers.webhooks import Deliverer

NO_POST: Any = None  # no webhook is sent


def account() -> Account:
    return Account(id=new_id(), name="someone", created_at=START)


async def add(service: Service, made: Account) -> None:
    async with service.database.write() as uow:
        await uow.accounts.add(made, "s")


async def differences(url: str) -> list[object]:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)

    writer, reader = open_engines(parse_url(url))
    try:
        async with reader.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await reader.dispose()
        await writer.dispose()


async def test_the_migrations_make_just_what_the_models_say(database_url: str):
    assert await differences(database_url) == []


async def test_migrating_twice_changes_nothing(database_url: str):
    await migrate(database_url)
    assert await is_current(database_url)
    assert await differences(database_url) == []


async def test_an_empty_sqlite_file_is_not_current_until_it_is_migrated(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'deep' / 'new.sqlite3'}"
    assert not await is_current(url)
    await migrate(url)
    assert await is_current(url)


async def test_processes_that_migrate_one_sqlite_file_at_once_all_succeed(tmp_path: Path):
    await _migrate_in_processes(f"sqlite:///{tmp_path / 'new.sqlite3'}")


@pytest.mark.postgres
async def test_processes_that_migrate_one_postgres_at_once_all_succeed(postgres_url: str):
    await _migrate_in_processes(postgres_url)


async def _migrate_in_processes(url: str) -> None:
    script = f"import asyncio; from store.migrations import migrate; asyncio.run(migrate({url!r}))"
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", script) for _ in range(3)]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    assert await is_current(url)


@pytest.mark.parametrize("url", ["mysql://x/y", "not a url", "sqlite://", "sqlite:///:memory:"])
async def test_a_database_that_forage_cannot_use_is_refused_in_words(url: str):
    with pytest.raises(InvalidInput):
        async with open_database(url):
            pass


def test_an_async_driver_is_chosen_whatever_the_url_says():
    assert parse_url("postgres://u:p@h/d").drivername == "postgresql+asyncpg"
    assert parse_url("postgresql+psycopg2://h/d").drivername == "postgresql+asyncpg"
    assert parse_url("sqlite:////a/b").drivername == "sqlite+aiosqlite"


async def test_a_block_that_fails_leaves_nothing_behind(service: Service):
    made = account()

    async def fail() -> None:
        async with service.database.write() as uow:
            await uow.accounts.add(made, "s")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with service.database.read() as uow:
        assert await uow.accounts.get(made.id) is None


async def test_many_tasks_that_read_and_then_write_do_not_lock_each_other_out(service: Service):
    async def read_then_write() -> None:
        async with service.database.write() as uow:
            await uow.accounts.get(OWNER_ACCOUNT)
            await uow.accounts.add(account(), "s")

    await asyncio.gather(*(read_then_write() for _ in range(100)))


async def test_readers_go_on_while_a_writer_writes(service: Service):
    async with service.database.write() as uow:
        await uow.accounts.add(account(), "s")
        listing = await asyncio.wait_for(list_runs(service, OWNER_ACCOUNT, limit=1), 30)
    assert listing.items == ()


async def test_a_writer_that_is_cancelled_lets_the_next_one_in(service: Service):
    entered = asyncio.Event()

    async def stuck() -> None:
        async with service.database.write() as uow:
            await uow.accounts.add(account(), "s")
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stuck())
    await entered.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x")), 30)


async def test_a_moment_without_a_zone_is_refused_and_others_come_back_in_utc(service: Service):
    naive = Account(id=new_id(), name="x", created_at=dt.datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(StatementError, match="zone"):
        await add(service, naive)
    tokyo = dt.timezone(dt.timedelta(hours=9))
    made = Account(id=new_id(), name="x", created_at=dt.datetime(2026, 1, 1, 9, 0, 0, 5, tzinfo=tokyo))
    await add(service, made)
    async with service.database.read() as uow:
        kept = await uow.accounts.get(made.id)
    assert kept is not None
    assert kept.created_at == made.created_at
    assert kept.created_at.utcoffset() == dt.timedelta(0)


async def test_a_full_disk_under_sqlite_is_told_as_such_and_reads_go_on(migrated_sqlite: Path, tmp_path: Path):
    path = shutil.copy(migrated_sqlite, tmp_path / "full.sqlite3")
    async with opened_service(f"sqlite:///{path}", tmp_path / "blobs") as service:
        run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x"))
        async with service.database.writer.connect() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")

        async def fill() -> None:
            for _ in range(200):
                await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x" * 2000))

        with pytest.raises(StorageFull):
            await fill()
        assert run in (await list_runs(service, OWNER_ACCOUNT, limit=1000)).items
    check = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone()
    assert check == ("ok",)


async def test_a_postgres_that_is_not_there_is_told_as_unavailable():
    async with open_database("postgresql://nobody@127.0.0.1:1/none") as database:
        with pytest.raises(StorageUnavailable):
            async with database.read() as uow:
                await uow.accounts.get("x")
        with pytest.raises(StorageUnavailable):
            async with database.write() as uow:
                await uow.accounts.get("x")


@pytest.mark.postgres
@pytest.mark.parametrize("ask", [migrate, is_current])
async def test_a_postgres_database_that_was_never_made_is_named_with_how_to_make_it(postgres_url: str, ask):
    absent = f"{postgres_url.rpartition('/')[0]}/never_made"
    with pytest.raises(StorageUnavailable, match=r"never_made does not exist.*createdb .*never_made"):
        await ask(absent)


@pytest.mark.postgres
async def test_connections_that_the_server_cuts_are_unavailable_once_and_then_mended(
    migrated_postgres_url: str, tmp_path: Path
):
    async with opened_service(migrated_postgres_url, tmp_path) as service:
        admin = await asyncpg.connect(migrated_postgres_url)

        async def cut() -> None:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            await admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")

        async def cut_while_writing() -> None:
            async with service.database.write() as uow:
                await uow.accounts.get(OWNER_ACCOUNT)
                await cut()
                await uow.accounts.add(account(), "s")

        with pytest.raises(StorageUnavailable):
            await cut_while_writing()
        await cut()
        run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x"))
        done = await executor_of(service, ScriptedAgent()).execute(OWNER_ACCOUNT, run.id)
        assert done.records_found == 4
        await admin.close()


@pytest.mark.postgres
@pytest.mark.slow
async def test_a_process_frozen_in_a_transaction_does_not_keep_its_locks(migrated_postgres_url: str, tmp_path: Path):
    async with (
        opened_service(migrated_postgres_url, tmp_path) as frozen,
        opened_service(migrated_postgres_url, tmp_path) as service,
    ):
        run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x"))
        locked, thaw = asyncio.Event(), asyncio.Event()

        async def freeze() -> None:
            async with frozen.database.write() as uow:
                await uow.accounts.lock(OWNER_ACCOUNT)
                locked.set()
                await thaw.wait()
                await uow.accounts.add(account(), "s")

        freezing = asyncio.create_task(freeze())
        await locked.wait()
        done = await asyncio.wait_for(executor_of(service, ScriptedAgent()).execute(OWNER_ACCOUNT, run.id), 30)
        assert done.records_found == 4
        thaw.set()
        with pytest.raises(StorageUnavailable):
            await freezing


@pytest.mark.postgres
async def test_a_process_frozen_before_a_prepared_statement_runs_does_not_keep_its_locks(
    migrated_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.frozen.IDLE_TIMEOUT_S", 0.5)
    async with opened_service(migrated_postgres_url, tmp_path) as service:
        run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x"))
        frozen = await asyncpg.connect(migrated_postgres_url, server_settings=session_settings())
        await frozen.execute("BEGIN")
        await frozen.execute("SELECT id FROM accounts FOR UPDATE")
        await frozen.prepare("SELECT 1, 2")  # the server waits to run it, and does not call that idle
        executor = executor_of(service, ScriptedAgent(), terms=Terms(sweep_s=0.2))
        async with open_local_worker(executor, LocalDoorbell(), Deliverer(service, NO_POST)):
            done = await ended(service, run.id)
        assert done.records_found == 4
        frozen.terminate()


@pytest.mark.postgres
async def test_a_session_at_work_or_at_rest_is_not_taken_for_a_frozen_one(
    migrated_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.frozen.IDLE_TIMEOUT_S", 0)
    async with (
        opened_service(migrated_postgres_url, tmp_path) as service,
        opened_service(migrated_postgres_url, tmp_path) as other,
        other.database.write() as uow,
    ):
        await uow.accounts.get(OWNER_ACCOUNT)
        foreign = await asyncpg.connect(migrated_postgres_url)
        await foreign.execute("BEGIN")
        await foreign.prepare("SELECT 1, 2")  # no session of Forage's
        assert await end_frozen_sessions(service.database) == 0
        assert await foreign.fetchval("SELECT 1") == 1
        assert await uow.accounts.get(OWNER_ACCOUNT) is not None
        await foreign.close()
