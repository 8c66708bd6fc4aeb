"""Whose a blob store is: of the one database that may delete from it what no row of it points at.

A database that shares a store with another one knows but its own blobs, and would take the other's for strays: all
single-operator services have the same account. So a store with blobs in it, which nobody has claimed, is claimed only
by a database that knows nearly all of a sample of them, or by the operator.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from enum import StrEnum

import msgspec

from services.keys import OWNER_ACCOUNT
from services.service import Service

SAMPLE = 200  # blobs looked up from each of two places: a bucket lists them in one answer
# Of the sample. Killed workers leave one blob in thousands, so even a small part that is unknown is another database's.
KNOWN_AT_LEAST = 0.9
_DATABASE_ID = "database"  # of the service's secrets


class Owner(StrEnum):
    OURS = "ours"
    OTHERS = "others"
    NOBODY = "nobody"  # claimed at the next walk
    IN_DOUBT = "in_doubt"  # nobody has claimed it, and this database does not know enough of what is in it


class Ownership(msgspec.Struct, frozen=True, kw_only=True):
    """Whose the store is. Where nobody has claimed it: of `sampled` blobs in it the database knows `known`."""

    owner: Owner
    sampled: int = 0
    known: int = 0


async def look_at_store(service: Service) -> Ownership:
    """Changes nothing. Raises StorageUnavailable."""
    async with service.database.read() as uow:
        database_id = await uow.server_secrets.get(_DATABASE_ID)
    owner_id = await service.blobs.owner()
    if owner_id is not None:
        return Ownership(owner=Owner.OURS if owner_id == database_id else Owner.OTHERS)
    sampled, known = await _sample(service)
    owner = Owner.NOBODY if known >= KNOWN_AT_LEAST * sampled else Owner.IN_DOUBT
    return Ownership(owner=owner, sampled=sampled, known=known)


async def claim_store(service: Service) -> None:
    """From now on the store is this database's, whoever had it. Raises StorageUnavailable and StorageFull."""
    async with service.database.write() as uow:
        await uow.server_secrets.keep(_DATABASE_ID, secrets.token_hex(16))
        database_id = await uow.server_secrets.get(_DATABASE_ID)
    assert database_id is not None
    await service.blobs.claim(database_id)


async def _sample(service: Service) -> tuple[int, int]:
    """How many blobs were looked up, and how many of them are known: the first in the store, and the first of the
    account that two services may both have. Names are hashes: the first of an account are as good as any."""
    hashes: defaultdict[str, set[str]] = defaultdict(set)
    for after in ("", f"{OWNER_ACCOUNT}/"):
        for blob in await service.blobs.some(after, SAMPLE):
            hashes[blob.account_id].add(blob.sha256)
    known = 0
    async with service.database.read() as uow:
        for account_id, of_account in hashes.items():
            known += len(await uow.blobs.known(account_id, of_account))
    return sum(map(len, hashes.values())), known
