"""API keys: made, shown once, kept as hashes, checked. And who asks, by a key or by a login's token."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
import string
import zlib

import msgspec
import structlog

from domain.accounts import Account, ApiKey, Scope, Session
from domain.errors import Conflict, ForageError, Forbidden, InvalidInput, NotFound, Unauthenticated
from domain.ids import new_id
from services.listing import Listing, checked_limit, id_cursor, listed
from services.service import Service
from store.unit import UnitOfWork

_log = structlog.get_logger("forage.keys")

PREFIX = "sk_live_"
SESSION_PREFIX = "fs_"
SECRET_CHARACTERS = 30  # 178 bits
CHECK_CHARACTERS = 6  # holds 32 bits: 62**6 > 2**32
MIN_SEEDED = 16
MAX_TOKEN = 512  # longer ones are not hashed
MAX_KEY_NAME = 200
MAX_KEYS = 500  # active ones of one account

# One account owns a service that its operator alone uses. Its id is fixed, so that several processes which start at
# once on an empty database make one.
OWNER_ACCOUNT = "0" * 31 + "1"
SEEDED_NAME = "FORAGE_API_KEY"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


class Principal(msgspec.Struct, frozen=True):
    """Who is asking: an account, by one of its keys or by a login, which may do all that the account may."""

    account: Account
    key: ApiKey | None = None
    session: Session | None = None

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return self.key.granted if self.key else tuple(Scope)

    @property
    def credential(self) -> str:
        """What it was let in by: `key:<id>`, `session:<id>`."""
        if self.session:
            return f"session:{self.session.id}"
        return f"key:{self.key.id}" if self.key else f"account:{self.account.id}"

    def allows(self, scope: Scope) -> bool:
        return scope in self.scopes


class NewKey(msgspec.Struct, frozen=True):
    """A key just made. `token` is its secret text: it is shown now and cannot be shown again."""

    key: ApiKey
    token: str


def make_token(prefix: str = PREFIX) -> str:
    """`sk_live_`, 30 random base62 characters, 6 that check them (CRC-32), so that scanners know a leaked one."""
    secret = "".join(secrets.choice(_BASE62) for _ in range(SECRET_CHARACTERS))
    return f"{prefix}{secret}{checksum(prefix + secret)}"


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
    await uow.accounts.add(new_account(service, "owner", OWNER_ACCOUNT), make_webhook_secret())


def new_account(service: Service, name: str, account_id: str = "") -> Account:
    """An account with the limits that new ones have here."""
    return Account(
        id=account_id or new_id(),
        name=name,
        created_at=service.clock.now(),
        max_concurrent_runs=service.limits.max_concurrent_runs,
    )


def make_webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


async def ensure_owner(service: Service, key: str | None) -> str | None:
    """Makes sure that there is an account with a key, at each start.

    With `key` (any text of 16 characters or more) that one opens it, and an earlier one given so opens it no more.
    Without, a key is made where the account has none, and returned: the only time that it is seen.
    """
    if key is not None and not MIN_SEEDED <= len(key) <= MAX_TOKEN:
        raise InvalidInput(f"FORAGE_API_KEY: {MIN_SEEDED} to {MAX_TOKEN} characters")
    if key is not None and key.startswith(SESSION_PREFIX):
        raise InvalidInput(f"FORAGE_API_KEY: begins with {SESSION_PREFIX}, as tokens of logins do; take another")
    now = service.clock.now()
    async with service.database.write() as uow:
        await _add_owner(service, uow)
        await uow.accounts.lock(OWNER_ACCOUNT)
        keys = uow.keys(OWNER_ACCOUNT)
        if key is not None:
            await keys.revoke_named(SEEDED_NAME, but=sha256_of(key), at=now)
            await keys.add(_key(OWNER_ACCOUNT, SEEDED_NAME, key, (), now), sha256_of(key))
            return None
        if await keys.list(1):
            return None
        token = make_token()
        await keys.add(_key(OWNER_ACCOUNT, "owner", token, (), now), sha256_of(token))
        return token


async def authenticate(service: Service, token: str) -> Principal:
    """Who holds this key or this login's token. Raises Unauthenticated for one that is absent, malformed, unknown,
    revoked or expired."""
    if not token or len(token) > MAX_TOKEN:
        raise Unauthenticated
    now = service.clock.now()
    if token.startswith(SESSION_PREFIX):
        async with service.database.read() as uow:
            login = await uow.accounts.by_session(sha256_of(token))
        if login is None or login[1].expires_at <= now:
            raise Unauthenticated
        return Principal(login[0], session=login[1])
    async with service.database.read() as uow:
        found = await uow.accounts.by_key(sha256_of(token))
    if found is None or found[1].revoked_at is not None:
        raise Unauthenticated
    service.key_uses.note(found[1], now)
    return Principal(found[0], key=found[1])


def make_key(service: Service, account_id: str, *, name: str, scopes: tuple[Scope, ...] = ()) -> NewKey:
    """A key that nobody keeps yet. Raises InvalidInput."""
    token = make_token()
    return NewKey(_key(account_id, checked_name(name), token, scopes, service.clock.now()), token)


async def create_key(service: Service, account_id: str, *, name: str, scopes: tuple[Scope, ...] = ()) -> NewKey:
    """A new key; without scopes it opens everything. Raises InvalidInput, and Conflict where there are too many."""
    made = make_key(service, account_id, name=name, scopes=scopes)
    async with service.database.write() as uow:
        await uow.accounts.lock(account_id)
        if await uow.keys(account_id).count_active() >= MAX_KEYS:
            raise Conflict(f"This account has {MAX_KEYS} keys, the most that it may; revoke one first.")
        await uow.keys(account_id).add(made.key, sha256_of(made.token))
    return made


async def grant_key(service: Service, by: Principal, *, name: str, scopes: tuple[Scope, ...] | None = None) -> NewKey:
    """A key that `by` makes for its own account: with `scopes`, or all that it has itself where they are left out.

    Raises InvalidInput; Forbidden where it asks for a scope that it lacks.
    """
    if scopes is not None and not scopes:
        raise InvalidInput(fields={"scopes": "at least one; leave it out for all that your own key has"})
    lacking = [scope.value for scope in scopes or () if not by.allows(scope)]
    if lacking:
        raise Forbidden(f"Your key lacks {', '.join(lacking)} itself, so it cannot give it to another.")
    own = by.key.scopes if by.key else ()
    return await create_key(service, by.account.id, name=name, scopes=own if scopes is None else scopes)


async def list_keys(
    service: Service, account_id: str, *, limit: int, cursor: str = "", active: bool = False
) -> Listing[ApiKey]:
    """Newest first; with `active` no revoked ones."""
    async with service.database.read() as uow:
        keys = await uow.keys(account_id).list(checked_limit(limit) + 1, id_cursor(cursor), active=active)
    return listed([service.key_uses.newest(key) for key in keys], limit, [key.id for key in keys])


async def count_keys(service: Service, account_id: str) -> int:
    """How many keys open the account."""
    async with service.database.read() as uow:
        return await uow.keys(account_id).count_active()


async def save_key_uses(service: Service) -> None:
    """Writes down when keys were last used. What cannot be written now is kept for the next time."""
    uses = service.key_uses.taken()
    if not uses:
        return
    try:
        async with service.database.write() as uow:
            await uow.accounts.mark_used(uses)
    except ForageError as fault:
        service.key_uses.put_back(uses)
        _log.warning("key_uses.kept", why=fault.message)


async def revoke_key(service: Service, account_id: str, key_id: str) -> None:
    """Raises NotFound, for one that is revoked already too."""
    async with service.database.write() as uow:
        if not await uow.keys(account_id).revoke(key_id, service.clock.now()):
            raise NotFound("No such API key.")


def checked_name(name: str) -> str:
    if not 1 <= len(name.strip()) <= MAX_KEY_NAME:
        raise InvalidInput(fields={"name": f"1 to {MAX_KEY_NAME} characters"})
    return name.strip()


def _key(account_id: str, name: str, token: str, scopes: tuple[Scope, ...], now: dt.datetime) -> ApiKey:
    return ApiKey(id=new_id(), account_id=account_id, name=name, masked=masked(token), created_at=now, scopes=scopes)


def sha256_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
