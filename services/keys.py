"""API keys: made, shown once, kept as hashes, checked."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
import string
import zlib

import msgspec

from domain.accounts import Account, ApiKey, Scope
from domain.errors import InvalidInput, NotFound, Unauthenticated
from domain.ids import new_id
from services.listing import Listing, checked_limit, id_cursor, listed
from services.service import Service
from store.unit import UnitOfWork

PREFIX = "sk_live_"
SECRET_CHARACTERS = 30  # 178 bits
CHECK_CHARACTERS = 6  # holds 32 bits: 62**6 > 2**32
MIN_SEEDED = 16
MAX_TOKEN = 512  # longer ones are not hashed
MAX_KEY_NAME = 200

# One account owns a service that its operator alone uses. Its id is fixed, so that several processes which start at
# once on an empty database make one.
OWNER_ACCOUNT = "0" * 31 + "1"
SEEDED_NAME = "FORAGE_API_KEY"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


class Principal(msgspec.Struct, frozen=True):
    """Who is asking."""

    account: Account
    key: ApiKey


class NewKey(msgspec.Struct, frozen=True):
    """A key just made. `token` is its secret text: it is shown now and cannot be shown again."""

    key: ApiKey
    token: str


def make_token() -> str:
    """`sk_live_`, 30 random base62 characters, 6 that check them (CRC-32), so that scanners know a leaked one."""
    secret = "".join(secrets.choice(_BASE62) for _ in range(SECRET_CHARACTERS))
    return f"{PREFIX}{secret}{checksum(PREFIX + secret)}"


def checksum(text: str) -> str:
    number = zlib.crc32(text.encode())
    characters = []
    for _ in range(CHECK_CHARACTERS):
        number, digit = divmod(number, len(_BASE62))
        characters.append(_BASE62[digit])
    return "".join(reversed(characters))


def masked(token: str) -> str:
    """`sk_live_xxxx_449x`: what may be shown of a key."""
    prefix = PREFIX if token.startswith(PREFIX) else ""
    return f"{prefix}xxxx_{token[-4:]}"


async def ensure_account(service: Service) -> str:
    """The id of the owner's account, made where there is none. It needs no key: the command line works for it."""
    async with service.database.write() as uow:
        await _add_owner(service, uow)
    return OWNER_ACCOUNT


async def _add_owner(service: Service, uow: UnitOfWork) -> None:
    await uow.accounts.add(
        Account(id=OWNER_ACCOUNT, name="owner", created_at=service.clock.now()),
        webhook_secret="whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
    )


async def ensure_owner(service: Service, key: str | None) -> str | None:
    """Makes sure that there is an account with a key, at each start.

    With `key` (any text of 16 characters or more) that one opens it, and an earlier one given so opens it no more.
    Without, a key is made where the account has none, and returned: the only time that it is seen.
    """
    if key is not None and not MIN_SEEDED <= len(key) <= MAX_TOKEN:
        raise InvalidInput(f"FORAGE_API_KEY: {MIN_SEEDED} to {MAX_TOKEN} characters")
    now = service.clock.now()
    async with service.database.write() as uow:
        await _add_owner(service, uow)
        await uow.accounts.lock(OWNER_ACCOUNT)
        keys = uow.keys(OWNER_ACCOUNT)
        if key is not None:
            await keys.revoke_named(SEEDED_NAME, but=_sha256(key), at=now)
            await keys.add(_key(OWNER_ACCOUNT, SEEDED_NAME, key, (), now), _sha256(key))
            return None
        if await keys.list(1):
            return None
        token = make_token()
        await keys.add(_key(OWNER_ACCOUNT, "owner", token, (), now), _sha256(token))
        return token


async def authenticate(service: Service, token: str) -> Principal:
    """Who holds this key. Raises Unauthenticated for one that is absent, malformed, unknown or revoked."""
    if not token or len(token) > MAX_TOKEN:
        raise Unauthenticated
    async with service.database.read() as uow:
        found = await uow.accounts.by_key(_sha256(token))
    if found is None or found[1].revoked_at is not None:
        raise Unauthenticated
    return Principal(*found)


async def create_key(service: Service, account_id: str, *, name: str, scopes: tuple[Scope, ...] = ()) -> NewKey:
    """A new key; without scopes it opens everything."""
    if not 1 <= len(name.strip()) <= MAX_KEY_NAME:
        raise InvalidInput(fields={"name": f"1 to {MAX_KEY_NAME} characters"})
    token = make_token()
    key = _key(account_id, name.strip(), token, scopes, service.clock.now())
    async with service.database.write() as uow:
        await uow.keys(account_id).add(key, _sha256(token))
    return NewKey(key, token)


async def list_keys(service: Service, account_id: str, *, limit: int, cursor: str = "") -> Listing[ApiKey]:
    """Newest first, revoked ones too."""
    async with service.database.read() as uow:
        keys = await uow.keys(account_id).list(checked_limit(limit) + 1, id_cursor(cursor))
    return listed(keys, limit, [key.id for key in keys])


async def revoke_key(service: Service, account_id: str, key_id: str) -> None:
    """Raises NotFound, for one that is revoked already too."""
    async with service.database.write() as uow:
        if not await uow.keys(account_id).revoke(key_id, service.clock.now()):
            raise NotFound("No such API key.")


def _key(account_id: str, name: str, token: str, scopes: tuple[Scope, ...], now: dt.datetime) -> ApiKey:
    return ApiKey(id=new_id(), account_id=account_id, name=name, masked=masked(token), created_at=now, scopes=scopes)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
