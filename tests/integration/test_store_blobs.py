"""Blobs on disk and in a bucket."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from domain.errors import InvalidInput, NotFound, StorageFull, StorageUnavailable
from store import places
from store.blobs import Blobs, open_blobs
from store.places import Bucket, open_place

ME, OTHER = "a" * 32, "b" * 32


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(params=["path", "file-url", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "s3":
        return open_blobs(f"s3://archive/{tmp_path.name}", **dict(request.getfixturevalue("s3")))
    place = tmp_path / "with space"
    return open_blobs(place.as_uri() if request.param == "file-url" else str(place))


async def test_a_group_is_kept_as_one_by_one(blobs: Blobs):
    bodies = [(ME if number % 2 else OTHER, f"body {number % 5}".encode()) for number in range(12)]
    stored = await blobs.put_all(bodies)
    for (account_id, body), kept in zip(bodies, stored, strict=True):
        assert await blobs.get(account_id, kept.sha256) == body
        assert await blobs.put(account_id, body) == kept


async def test_a_group_that_finds_no_room_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(places, "sync_file_system", full)
    with pytest.raises(StorageFull):
        await open_blobs(str(tmp_path)).put_all([(ME, f"body {number}".encode()) for number in range(8)])
    assert files_in(tmp_path) == []


async def test_a_slow_disk_keeps_the_files_of_a_group_apart_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    synced: list[Path] = []
    monkeypatch.setattr(places, "sync_file_system", synced.append)
    monkeypatch.setattr(places, "SLOW_S", -1.0)
    blobs = open_blobs(str(tmp_path))
    for group in ("first", "second"):
        stored = await blobs.put_all([(ME, f"{group} {number}".encode()) for number in range(8)])
        assert all([await blobs.has(ME, kept.sha256) for kept in stored])
    assert len(synced) == 2  # both of the first group


async def test_a_blob_comes_back_byte_for_byte_under_its_hash(blobs: Blobs):
    body = bytes(range(256)) * 1000
    stored = await blobs.put(ME, body)
    assert await blobs.get(ME, stored.sha256) == body
    assert stored.size < len(body)
    assert await blobs.put(ME, body) == stored
    assert await blobs.has(ME, stored.sha256)


async def test_an_account_does_not_get_anothers_blob_by_knowing_its_hash(blobs: Blobs):
    stored = await blobs.put(ME, b"secret")
    assert not await blobs.has(OTHER, stored.sha256)
    with pytest.raises(NotFound):
        await blobs.get(OTHER, stored.sha256)


async def test_a_deleted_blob_is_gone_and_may_be_deleted_again(blobs: Blobs):
    stored = await blobs.put(ME, b"x")
    await blobs.delete(ME, stored.sha256)
    await blobs.delete(ME, stored.sha256)
    assert not await blobs.has(ME, stored.sha256)


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
async def test_a_truncated_or_damaged_file_is_never_served(tmp_path: Path, damage: bytes | None):
    blobs = open_blobs(str(tmp_path))
    stored = await blobs.put(ME, b"page " * 1000)
    [path] = files_in(tmp_path)
    path.write_bytes(path.read_bytes()[:-4] if damage is None else damage)
    with pytest.raises(NotFound):
        await blobs.get(ME, stored.sha256)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_is_told_as_such_and_leaves_no_part_of_a_file(tmp_path: Path, monkeypatch, code: int):
    def no_room(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(places.os, "fsync", no_room)
    with pytest.raises(StorageFull):
        await open_blobs(str(tmp_path)).put(ME, b"x")
    assert files_in(tmp_path) == []


async def test_a_place_that_cannot_be_written_is_unavailable(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable):
        await open_blobs(str(tmp_path / "file")).put(ME, b"x")


async def test_a_bucket_that_is_not_there_is_unavailable(s3: dict[str, object]):
    blobs = open_blobs("s3://nothing", **dict(s3))
    with pytest.raises(StorageUnavailable):
        await blobs.put(ME, b"x")


@pytest.mark.parametrize("place", ["s3://", "ftp://x/y", "gs://bucket"])
def test_a_place_that_is_not_supported_is_refused_in_words(place: str):
    with pytest.raises(InvalidInput):
        open_place(place)


def test_a_bucket_finds_its_credentials_where_every_client_looks(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert isinstance(open_place("s3://bucket/some/prefix/"), Bucket)
