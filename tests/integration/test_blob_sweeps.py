"""Blobs that no row points at go, and no other: on both databases, on disk and in a bucket."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
import random
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select
from store_support import ManualClock, opened_service

from domain.errors import StorageUnavailable
from services import blobs_owner, retention_blobs
from services.blobs import SETTLED, sweep_blobs, use_blobs
from services.blobs_owner import Owner, Ownership, claim_store, look_at_store
from services.keys import OWNER_ACCOUNT
from services.retention import Janitor
from services.retention_blobs import StrayWalk
from services.service import Service
from store.blobs import Blobs, Stored, open_blobs
from store.models import BlobRow
from store.places import UNFINISHED

DAY_S = SETTLED.total_seconds() + 60


@pytest.fixture
def clock() -> ManualClock:
    """As the file system's: what is written now was written now."""
    return ManualClock(dt.datetime.now(dt.UTC))


async def point_at(service: Service, body: bytes, stored: Stored, account_id: str = OWNER_ACCOUNT) -> None:
    async with service.database.write() as uow:
        await use_blobs(uow, service, account_id, [stored], {stored.sha256: body})


async def let_go(service: Service, stored: Stored) -> None:
    async with service.database.write() as uow:
        await uow.blobs.release(OWNER_ACCOUNT, [stored.sha256], service.clock.now())


async def tidied(service: Service, janitor: Janitor | None = None) -> None:
    janitor = janitor or Janitor(service)
    for _ in range(100):
        if not await janitor.turn():
            return
    raise AssertionError("the janitor comes to no end")


async def is_there(service: Service, stored: Stored) -> bool:
    return await service.blobs.has(OWNER_ACCOUNT, stored.sha256)


async def rows(service: Service) -> int:
    async with service.database.reader.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(BlobRow))).scalar_one()


@pytest.fixture(params=["disk", "bucket"])
def stored_anywhere(request: pytest.FixtureRequest, service: Service, tmp_path: Path) -> tuple[Service, ManualClock]:
    clock = service.clock
    assert isinstance(clock, ManualClock)
    if request.param == "bucket":
        blobs = open_blobs(f"s3://archive/{tmp_path.name}", **dict(request.getfixturevalue("s3")))
        service = dataclasses.replace(service, blobs=blobs)
    return service, clock


async def test_what_a_killed_worker_stored_goes_after_a_day_and_what_a_row_points_at_stays(
    stored_anywhere: tuple[Service, ManualClock], monkeypatch: pytest.MonkeyPatch
):
    service, clock = stored_anywhere
    await claim_store(service)
    monkeypatch.setattr(retention_blobs, "NAMES_AT_ONCE", 3)
    used = [await service.blobs.put(OWNER_ACCOUNT, b"used %d" % number) for number in range(4)]
    strays = [await service.blobs.put(OWNER_ACCOUNT, b"stray %d" % number) for number in range(4)]
    nobody = await service.blobs.put("f" * 32, b"of an account that is not here")
    for number, stored in enumerate(used):
        await point_at(service, b"used %d" % number, stored)
    janitor = Janitor(service)
    await tidied(service, janitor)
    assert [await is_there(service, each) for each in strays] == [True] * 4
    clock.advance(DAY_S)
    await tidied(service, janitor)
    assert [await is_there(service, each) for each in strays] == [False] * 4
    assert [await is_there(service, each) for each in used] == [True] * 4
    assert await service.blobs.has("f" * 32, nobody.sha256)
    clock.advance(DAY_S)
    await tidied(service, janitor)
    assert await rows(service) == len(used)


async def test_a_file_that_nobody_finished_goes_and_what_is_not_ours_stays(
    service: Service, clock: ManualClock, tmp_path: Path
):
    await claim_store(service)
    await service.blobs.put(OWNER_ACCOUNT, b"a body")
    [folder] = (tmp_path / "blobs" / OWNER_ACCOUNT).iterdir()
    unfinished, young = folder / f"{UNFINISHED}x1", folder / f"{UNFINISHED}x2"
    foreign = [tmp_path / "blobs" / "README", folder / "notes.txt", tmp_path / "blobs" / "zzz" / "a.zst"]
    for path in (unfinished, young, *foreign):
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    clock.advance(DAY_S)
    now = clock.now().timestamp()
    os.utime(young, (now, now))
    await tidied(service)
    assert [path.exists() for path in (unfinished, young, *foreign)] == [False, True, True, True, True]


async def test_a_store_that_has_anothers_blobs_is_not_swept(service: Service, migrated_sqlite: Path, tmp_path: Path):
    """All services that an operator alone uses have the same account in them."""
    await tidied(service)
    theirs = await service.blobs.put(OWNER_ACCOUNT, b"theirs")
    await point_at(service, b"theirs", theirs)
    other = tmp_path / "other.sqlite3"
    shutil.copy(migrated_sqlite, other)
    late = ManualClock(dt.datetime.now(dt.UTC) + 2 * SETTLED)
    async with opened_service(f"sqlite:///{other}", tmp_path / "blobs", clock=late) as mistaken:
        await tidied(mistaken)
    assert await is_there(service, theirs)


async def kept_by(service: Service, name: str, count: int) -> list[Stored]:
    """Bodies that the service's database points at."""
    bodies = [f"{name} {number}".encode() for number in range(count)]
    stored = [await service.blobs.put(OWNER_ACCOUNT, body) for body in bodies]
    for body, each in zip(bodies, stored, strict=True):
        await point_at(service, body, each)
    return stored


async def test_the_first_to_walk_over_a_store_that_two_services_share_from_before_deletes_nothing_of_the_other(
    stored_anywhere: tuple[Service, ManualClock], migrated_sqlite: Path, tmp_path: Path
):
    service, clock = stored_anywhere
    mine = await kept_by(service, "mine", 5)
    other = tmp_path / "other.sqlite3"
    shutil.copy(migrated_sqlite, other)
    async with opened_service(f"sqlite:///{other}", tmp_path / "unused", clock=clock) as opened:
        sharing = dataclasses.replace(opened, blobs=service.blobs)
        theirs = await kept_by(sharing, "theirs", 5)
        clock.advance(DAY_S)
        await tidied(service)
        await tidied(sharing)
        assert await look_at_store(service) == Ownership(owner=Owner.IN_DOUBT, sampled=10, known=5)
        await claim_store(service)  # as the operator says
        assert (await look_at_store(service)).owner is Owner.OURS
        assert (await look_at_store(sharing)).owner is Owner.OTHERS
        await tidied(sharing)
    assert [await is_there(service, each) for each in (*mine, *theirs)] == [True] * 10


async def test_a_store_from_before_is_claimed_by_the_database_that_knows_nearly_all_of_it(
    stored_anywhere: tuple[Service, ManualClock],
):
    service, clock = stored_anywhere
    mine = await kept_by(service, "mine", 19)
    stray = await service.blobs.put(OWNER_ACCOUNT, b"of a worker that was killed")
    assert await look_at_store(service) == Ownership(owner=Owner.NOBODY, sampled=20, known=19)
    clock.advance(DAY_S)
    await tidied(service)
    assert [await is_there(service, each) for each in (stray, *mine)] == [False] + [True] * 19
    assert (await look_at_store(service)).owner is Owner.OURS


async def test_files_of_accounts_that_stand_before_ours_in_the_store_do_not_hide_what_is_shared(
    service: Service, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(blobs_owner, "SAMPLE", 4)
    for number in range(4):
        await service.blobs.put("0" * 32, b"first %d" % number)
    monkeypatch.setattr(blobs_owner, "KNOWN_AT_LEAST", 0.5)
    await kept_by(service, "mine", 4)
    assert await look_at_store(service) == Ownership(owner=Owner.NOBODY, sampled=8, known=4)


async def test_what_is_swept_between_its_storing_and_the_row_that_points_at_it_is_put_back(
    service: Service, clock: ManualClock
):
    body = b"the same twice"
    stored = await service.blobs.put(OWNER_ACCOUNT, body)
    await point_at(service, body, stored)
    await let_go(service, stored)
    again = await service.blobs.put(OWNER_ACCOUNT, body)
    assert await sweep_blobs(service) == 1
    assert not await is_there(service, again)
    await point_at(service, body, again)
    assert await service.blobs.get(OWNER_ACCOUNT, again.sha256) == body
    assert await sweep_blobs(service) == 0
    await let_go(service, again)
    assert (await sweep_blobs(service), await is_there(service, again)) == (1, False)


async def test_a_sweep_that_was_killed_half_way_leaves_no_row_without_its_bytes_and_no_bytes_for_ever(
    service: Service, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    bodies = [b"first", b"second"]
    first, second = [await service.blobs.put(OWNER_ACCOUNT, body) for body in bodies]
    for body, stored in zip(bodies, (first, second), strict=True):
        await point_at(service, body, stored)
        await let_go(service, stored)

    has_failed = asyncio.Event()

    async def killed(self: Blobs, account_id: str, sha256: str) -> None:
        if sha256 == second.sha256:
            has_failed.set()
            raise StorageUnavailable
        await has_failed.wait()
        for _ in range(2_000):  # turns of the loop: the slower of the two, and the rows are held until it has ended too
            await asyncio.sleep(0)
        await self._place.delete(f"{account_id}/{sha256[:2]}/{sha256}.zst")

    with monkeypatch.context() as broken:
        broken.setattr(Blobs, "delete", killed)
        with pytest.raises(StorageUnavailable):
            await sweep_blobs(service)
    assert [await is_there(service, each) for each in (first, second)] == [False, True]
    await point_at(service, bodies[0], first)
    assert await service.blobs.get(OWNER_ACCOUNT, first.sha256) == bodies[0]
    janitor = Janitor(service)
    for _ in range(3):  # its row is forgotten after a day, and then it is a stray
        clock.advance(DAY_S)
        await tidied(service, janitor)
    assert [await is_there(service, each) for each in (first, second)] == [True, False]


async def test_workers_and_sweeps_at_once_leave_no_row_without_its_bytes(
    service: Service, clock: ManualClock, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Few bodies, stored and let go of by several, some of whom are killed in between, while two others sweep."""
    await claim_store(service)
    clock.advance(DAY_S)  # so that strays are swept at once, too; files at which somebody writes for a day are not here

    async def left_alone(self: Blobs, names: object) -> None: ...

    monkeypatch.setattr(Blobs, "drop_unfinished", left_alone)
    bodies = [b"body %d" % number for number in range(3)]
    lost: list[bytes] = []
    over = asyncio.Event()

    async def work(dice: random.Random) -> None:
        for _ in range(10):
            body = dice.choice(bodies)
            stored = await service.blobs.put(OWNER_ACCOUNT, body)
            if dice.random() < 0.2:
                continue  # killed
            await asyncio.sleep(dice.choice((0, 0.002)))
            await point_at(service, body, stored)
            await asyncio.sleep(dice.choice((0, 0.002)))
            if not await is_there(service, stored):
                lost.append(body)
            await let_go(service, stored)

    async def sweep(opened: Service) -> None:
        while not over.is_set():
            await StrayWalk(opened).step()
            await sweep_blobs(opened)

    async with opened_service(database_url, tmp_path / "blobs", clock=clock) as other:
        sweeping = asyncio.gather(sweep(service), sweep(other))
        await asyncio.gather(*(work(random.Random(seed)) for seed in range(4)))
        over.set()
        await sweeping
    assert lost == []
