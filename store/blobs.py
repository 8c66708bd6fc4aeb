"""Bodies of archived pages: content-addressed, compressed, one account's apart from another's."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import zstandard

from domain.errors import NotFound
from store.places import Place, open_place

LEVEL = 3  # zstd's default: HTML to a sixth at some 300 MB/s; more costs CPU that pages need
MAX_BODY = 64 * 1024 * 1024  # above the 50 MB to which a fetched page may unpack


class Stored(msgspec.Struct, frozen=True):
    """A body's name (SHA-256 of it, uncompressed, hex) and its compressed size in bytes."""

    sha256: str
    size: int


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

    async def missing(self, account_id: str, hashes: Collection[str]) -> Collection[str]:
        """Those of these bodies that are not there."""
        by_name = {_name(account_id, sha256): sha256 for sha256 in hashes}
        return [by_name[name] for name in await self._place.missing(by_name)]

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


def open_blobs(place: str, **bucket_options: Any) -> Blobs:
    """Blobs at a path, a `file:///…` URL or `s3://bucket/prefix`: see `open_place`."""
    return Blobs(open_place(place, **bucket_options))


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
