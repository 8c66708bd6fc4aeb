"""Bodies of archived pages: content-addressed, compressed, one account's apart from another's."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import re
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import zstandard

from domain.errors import NotFound
from store.places import Listed, Place, open_place

LEVEL = 3  # zstd's default: HTML to a sixth at some 300 MB/s; more costs CPU that pages need
_OWNER = "database-id"
_NAME = re.compile(r"([0-9a-f]{32})/[0-9a-f]{2}/([0-9a-f]{64})\.zst")
MAX_BODY = 64 * 1024 * 1024  # above the 50 MB to which a fetched page may unpack


class Stored(msgspec.Struct, frozen=True):
    """A body's name (SHA-256 of it, uncompressed, hex) and its compressed size in bytes."""

    sha256: str
    size: int


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A blob that is in the store, of `size` bytes there."""

    account_id: str
    sha256: str
    size: int


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Some of what is in the store, in its order. `last` is the name that the next stretch comes after, empty at the
    end."""

    blobs: tuple[Found, ...]
    unfinished: tuple[str, ...]
    last: str


class Blobs:
    """Raises StorageFull and StorageUnavailable."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def put(self, account_id: str, body: bytes) -> Stored:
        """Keeps `body`; the same body of the same account is kept once."""
        sha256, packed = await asyncio.to_thread(_pack, body)
        await self._place.write(_name(account_id, sha256), packed)
        return Stored(sha256, len(packed))

    async def put_all(self, bodies: Sequence[tuple[str, bytes]]) -> Sequence[Stored]:
        """Keeps many bodies, each after the account that owns it, for about the price of one."""
        packed = await asyncio.to_thread(lambda: [_pack(body) for _, body in bodies])
        await self._place.write_all(
            {_name(account_id, sha256): body for (account_id, _), (sha256, body) in zip(bodies, packed, strict=True)}
        )
        return [Stored(sha256, len(body)) for sha256, body in packed]

    async def get(self, account_id: str, sha256: str) -> bytes:
        """The body, byte for byte as it was put. Raises NotFound where it is gone or damaged."""
        packed = await self._place.read(_name(account_id, sha256))
        body = None if packed is None else await asyncio.to_thread(_unpack, packed, sha256)
        if body is None:
            raise NotFound("This page is no longer in the archive.")
        return body

    async def has(self, account_id: str, sha256: str) -> bool:
        return await self._place.has(_name(account_id, sha256))

    async def delete(self, account_id: str, sha256: str) -> None:
        await self._place.delete(_name(account_id, sha256))

    async def written_before(self, moment: dt.datetime, after: str, limit: int) -> Stretch:
        """Looks at `limit` names, and tells of those that were written before this moment: blobs, and files that
        nobody finished. What is not of the store's making is passed over."""
        listed = await self._place.list(after, limit)
        old = [each for each in listed if each.written_at < moment]
        return Stretch(
            blobs=_found(old),
            unfinished=tuple(each.name for each in old if not each.is_whole),
            last=listed[-1].name if len(listed) == limit else "",
        )

    async def drop_unfinished(self, names: Collection[str]) -> None:
        for name in names:
            await self._place.delete(name)

    async def some(self, after: str, limit: int) -> tuple[Found, ...]:
        """The blobs among the first `limit` names after that one."""
        return _found(await self._place.list(after, limit))

    async def owner(self) -> str | None:
        """The id of the database that has claimed what is here."""
        owner = await self._place.read(_OWNER)
        return None if owner is None else owner.decode("utf-8", "replace").strip()

    async def claim(self, database_id: str) -> None:
        await self._place.write(_OWNER, database_id.encode())


def open_blobs(place: str, **bucket_options: Any) -> Blobs:
    """Blobs at a path, a `file:///…` URL or `s3://bucket/prefix`: see `open_place`."""
    return Blobs(open_place(place, **bucket_options))


def _found(listed: Sequence[Listed]) -> tuple[Found, ...]:
    named = ((_NAME.fullmatch(each.name), each.size) for each in listed)
    return tuple(Found(account_id=match[1], sha256=match[2], size=size) for match, size in named if match is not None)


def _name(account_id: str, sha256: str) -> str:
    # Two levels, so that no directory grows past what a file system lists well.
    return f"{account_id}/{sha256[:2]}/{sha256}.zst"


def _pack(body: bytes) -> tuple[str, bytes]:
    return hashlib.sha256(body).hexdigest(), zstandard.ZstdCompressor(level=LEVEL).compress(body)


def _unpack(packed: bytes, sha256: str) -> bytes | None:
    try:
        body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=MAX_BODY)
    except zstandard.ZstdError:
        return None
    return body if hashlib.sha256(body).hexdigest() == sha256 else None
