"""Where blobs lie: a directory, or a bucket."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import errno
import os
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from domain.errors import ForageError, InvalidInput, StorageFull, StorageUnavailable
from store.file_systems import CAN_SYNC_ALL, sync_file_system

UNFINISHED = ".new-"  # begins the name of a file that is being written
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
BUCKET_TIMEOUT = "20s"
BUCKET_RETRIES = 3
PUTS_AT_ONCE = 16
TOGETHER = 4  # files from which on one sync of the file system costs less than two for each
SLOW_S = 0.5
APART_S = 60.0


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a place, of `size` bytes. Not whole: who wrote it is at it, or was killed at it."""

    name: str
    size: int
    written_at: dt.datetime
    is_whole: bool = True


class Place(Protocol):
    """Named bytes, written whole or not at all. All methods raise StorageFull and StorageUnavailable."""

    async def write(self, name: str, body: bytes) -> None: ...

    async def write_all(self, bodies: Mapping[str, bytes]) -> None:
        """The same for a group: each is whole or absent, and all are there when this returns."""
        ...

    async def read(self, name: str) -> bytes | None: ...

    async def has(self, name: str) -> bool: ...

    async def delete(self, name: str) -> None:
        """Does nothing where there is none of this name."""
        ...

    async def list(self, after: str, limit: int) -> Sequence[Listed]:
        """The first `limit` of what is there, in the place's own order, after the one of that name."""
        ...


class Directory:
    """Files under a root. A file appears under its name only when all of it is on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._apart_until = 0.0

    async def write(self, name: str, body: bytes) -> None:
        await asyncio.to_thread(self._write, self.root / name, body)

    async def write_all(self, bodies: Mapping[str, bytes]) -> None:
        await asyncio.to_thread(self._write_all, {self.root / name: body for name, body in bodies.items()})

    async def read(self, name: str) -> bytes | None:
        return await asyncio.to_thread(self._read, self.root / name)

    async def has(self, name: str) -> bool:
        return await asyncio.to_thread((self.root / name).is_file)

    async def delete(self, name: str) -> None:
        with _typed_os_faults():
            await asyncio.to_thread((self.root / name).unlink, missing_ok=True)

    async def list(self, after: str, limit: int) -> Sequence[Listed]:
        with _typed_os_faults():
            return await asyncio.to_thread(lambda: list(islice(self._files("", tuple(after.split("/"))), limit)))

    def _files(self, folder: str, after: Sequence[str]) -> Iterator[Listed]:
        """All files of a folder and of those in it, in the order of their names. `after` are the steps of the way from
        here to the file that they come after."""
        first, rest = (after[0], after[1:]) if after else ("", ())
        for entry in sorted(_entries(self.root / folder), key=lambda entry: entry.name):
            name = folder + entry.name
            if entry.name < first:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._files(f"{name}/", rest if entry.name == first else ())
            elif entry.name > first and (listed := _listed(entry, name)) is not None:
                yield listed

    def _write(self, path: Path, body: bytes) -> None:
        with _typed_os_faults():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
            try:
                with open(descriptor, "wb") as file:
                    file.write(body)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, path)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)
                raise
            _sync_directory(path.parent)

    def _write_all(self, bodies: Mapping[Path, bytes]) -> None:
        if len(bodies) < TOGETHER or not CAN_SYNC_ALL or time.monotonic() < self._apart_until:
            for path, body in bodies.items():
                self._write(path, body)
            return
        with _typed_os_faults():
            written: list[tuple[str, Path]] = []
            try:
                for path, body in bodies.items():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
                    written.append((temporary, path))
                    with open(descriptor, "wb") as file:
                        file.write(body)
                self._sync_all()
                for temporary, path in written:
                    os.replace(temporary, path)
                self._sync_all()
            except BaseException:
                for temporary, _ in written:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(temporary)
                raise

    def _sync_all(self) -> None:
        """Two of these keep a group, in place of two syncs for each file of it. What others have just written to the
        same disk goes along: where that takes long, files are kept apart for a while."""
        began = time.monotonic()
        sync_file_system(self.root)
        if time.monotonic() - began > SLOW_S:
            self._apart_until = time.monotonic() + APART_S

    @staticmethod
    def _read(path: Path) -> bytes | None:
        with _typed_os_faults():
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None


class Bucket:
    """Objects under a prefix of an S3 bucket. A put is atomic by S3's own rules."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    async def write(self, name: str, body: bytes) -> None:
        with _typed_bucket_faults():
            # In one piece: of an upload in parts, those of a writer that is killed stay, unseen, and are paid for.
            await obstore.put_async(self._store, name, body, use_multipart=False)

    async def write_all(self, bodies: Mapping[str, bytes]) -> None:
        turns = asyncio.Semaphore(PUTS_AT_ONCE)

        async def put(name: str, body: bytes) -> None:
            async with turns:
                await self.write(name, body)

        await asyncio.gather(*(put(name, body) for name, body in bodies.items()))

    async def read(self, name: str) -> bytes | None:
        with _typed_bucket_faults():
            try:
                return bytes(await (await obstore.get_async(self._store, name)).bytes_async())
            except FileNotFoundError:
                return None

    async def has(self, name: str) -> bool:
        with _typed_bucket_faults():
            try:
                await obstore.head_async(self._store, name)
            except FileNotFoundError:
                return False
            return True

    async def delete(self, name: str) -> None:
        with _typed_bucket_faults(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, name)

    async def list(self, after: str, limit: int) -> Sequence[Listed]:
        with _typed_bucket_faults():
            async for found in obstore.list(self._store, offset=after or None, chunk_size=limit):
                return [
                    Listed(name=each["path"], size=each["size"], written_at=each["last_modified"]) for each in found
                ]
        return ()


def open_place(place: str, **bucket_options: Any) -> Place:
    """A place from a path, a `file:///…` URL or `s3://bucket/prefix`.

    A bucket's region, credentials and endpoint are in the environment (`AWS_REGION`, `AWS_ACCESS_KEY_ID`,
    `AWS_ENDPOINT_URL`, …) as every S3 client expects them; `bucket_options` (obstore's own names) win over it.
    """
    parts = urlsplit(place)
    if parts.scheme == "s3":
        if not parts.netloc:
            raise InvalidInput("FORAGE_BLOBS: an s3:// URL names a bucket")
        return Bucket(
            S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                client_options={"timeout": BUCKET_TIMEOUT, "allow_http": bucket_options.pop("allow_http", False)},
                retry_config={"max_retries": BUCKET_RETRIES, "retry_timeout": dt.timedelta(seconds=30)},
                **bucket_options,
            )
        )
    if parts.scheme == "file":
        return Directory(Path(unquote(parts.path)))
    if "://" in place:
        raise InvalidInput(f"FORAGE_BLOBS: {parts.scheme}:// is not supported; use a path, file:// or s3://")
    return Directory(Path(place).expanduser())


def _entries(folder: Path) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return ()


def _listed(entry: os.DirEntry[str], name: str) -> Listed | None:
    """None: it has gone in the meantime."""
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return Listed(
        name=name,
        size=status.st_size,
        written_at=dt.datetime.fromtimestamp(status.st_mtime, dt.UTC),
        is_whole=not entry.name.startswith(UNFINISHED),
    )


def _sync_directory(path: Path) -> None:
    """Makes a rename in this directory outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _typed_os_faults() -> Generator[None]:
    try:
        yield
    except OSError as fault:
        raise _of_os(fault) from fault


def _of_os(fault: OSError) -> ForageError:
    if fault.errno in _NO_ROOM:
        return StorageFull()
    return StorageUnavailable("The blob store cannot be reached right now; it is safe to try again.")


@contextmanager
def _typed_bucket_faults() -> Generator[None]:
    try:
        yield
    except (BaseError, OSError, TimeoutError) as fault:
        raise StorageUnavailable("The blob store cannot be reached right now; it is safe to try again.") from fault
