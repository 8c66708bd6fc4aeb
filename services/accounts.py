"""Accounts: made, by their users or by the operator; logged in to; limited."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec

from domain.accounts import Account, Session, User, normal_email
from domain.errors import Conflict, InvalidInput, NotFound, RateLimited, Unauthenticated
from domain.ids import new_id
from services.keys import (
    SESSION_PREFIX,
    NewKey,
    Principal,
    make_key,
    make_token,
    make_webhook_secret,
    new_account,
    sha256_of,
)
from services.listing import Listing, checked_limit, id_cursor, listed
from services.passwords import is_outdated
from services.rates import Allowance
from services.service import Service

MIN_PASSWORD = 10
MAX_PASSWORD = 200  # characters; a longer one would only be work for the hash
MAX_NAME = 200
MAX_RUNS = 1000  # at once, of one account
SESSION_LIFE = dt.timedelta(days=14)
MAX_SESSIONS = 50  # of one user; the oldest ends when a further one begins
SWEPT_SESSIONS = 200  # expired ones forgotten at each login
# Tries in a quarter of an hour. An office behind one address logs in, and a guesser gets some 3,000 a day at most.
TRIES_OF_PEER = Allowance(30, 900)
TRIES_AT_EMAIL = Allowance(10, 900)


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """A login just made. `token` is its secret text: it is shown now and cannot be shown again."""

    account: Account
    user: User
    session: Session
    token: str


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A new account with its first key and its first login."""

    login: NewSession
    key: NewKey


async def email_of(service: Service, account_id: str) -> str:
    """Where an account's first user is reached; empty for an account that nobody logs in to."""
    async with service.database.read() as uow:
        user = await uow.users(account_id).first()
    return user.email if user else ""


async def register(service: Service, *, email: str, password: str, name: str = "", peer: str) -> Registered:
    """An account of one's own, with its first key.

    Raises InvalidInput; Conflict where the email has an account; RateLimited; StorageUnavailable where tries cannot be
    counted: then nobody gets in.
    """
    address = _checked(email, password, name)
    await _count_try(service, peer, address)
    hashed = await service.passwords.hashed(password)  # before anything is known of the email: it takes the same time
    account = new_account(service, name.strip() or address)
    user = User(id=new_id(), account_id=account.id, email=address, name=name.strip(), created_at=account.created_at)
    key = make_key(service, account.id, name="first key")
    session, token = _make_session(service, user)
    async with service.database.write() as uow:
        await uow.accounts.add(account, make_webhook_secret())
        if not await uow.users(account.id).add(user, hashed):
            raise Conflict("No account can be made with this email. If it is yours, log in.")
        await uow.keys(account.id).add(key.key, sha256_of(key.token))
        await uow.sessions(account.id).add(session, sha256_of(token))
    return Registered(login=NewSession(account=account, user=user, session=session, token=token), key=key)


async def login(service: Service, *, email: str, password: str, peer: str) -> NewSession:
    """A login for a user's email and password. Whatever is wrong with them, the answer and its time are the same.

    Raises Unauthenticated; RateLimited; StorageUnavailable where tries cannot be counted: then nobody gets in.
    """
    address = _address(email)
    await _count_try(service, peer, address or email)
    async with service.database.read() as uow:
        found = await uow.accounts.by_email(address)
    good = await service.passwords.matches(password[: MAX_PASSWORD + 1], found.password if found else None)
    if found is None or not good:
        raise Unauthenticated("Wrong email or password.")
    account_id = found.user.account_id
    async with service.database.read() as uow:
        account = await uow.accounts.get(account_id)
    if account is None:
        raise Unauthenticated("Wrong email or password.")
    if is_outdated(found.password):
        hashed = await service.passwords.hashed(password)
        async with service.database.write() as uow:
            await uow.users(account_id).set_password(found.user.id, hashed)
    return await _begin(service, account, found.user)


async def logout(service: Service, principal: Principal) -> None:
    """Ends the login that asks. Raises Conflict where a key asks: it is revoked, not logged out."""
    if principal.session is None:
        raise Conflict("An API key has no login to end; DELETE /api-keys/{key_id} revokes it.")
    async with service.database.write() as uow:
        await uow.sessions(principal.account.id).end(principal.session.id)


async def change_password(service: Service, principal: Principal, *, current: str, new: str, peer: str) -> None:
    """Gives the user who asks another password, and ends their other logins. The account's keys go on.

    Raises Conflict where a key asks, or the password was changed meanwhile; InvalidInput for a `current_password` that
    is not theirs and a `new_password` that cannot be one; RateLimited, counted as tries to log in are.
    """
    user = await who_is(service, principal)
    if user is None or principal.session is None:
        raise Conflict("An API key has no password; log in, and change it with the login's token.")
    if mistake := _password_mistake(new, user.email):
        raise InvalidInput(fields={"new_password": mistake})
    await _count_try(service, peer, user.email)
    async with service.database.read() as uow:
        found = await uow.accounts.by_email(user.email)
    good = await service.passwords.matches(current[: MAX_PASSWORD + 1], found.password if found else None)
    if found is None or not good:
        raise InvalidInput(fields={"current_password": "is not your password"})
    hashed = await service.passwords.hashed(new)
    async with service.database.write() as uow:
        if not await uow.users(user.account_id).set_password(user.id, hashed, before=found.password):
            raise Conflict("The password was changed in the meantime.")
        await uow.sessions(user.account_id).end_all(user.id, but=principal.session.id)


async def reset_password(service: Service, *, email: str, new: str) -> User:
    """Gives a user another password and ends all of their logins: for the operator. Raises NotFound, InvalidInput."""
    address = normal_email(email)
    if mistake := _password_mistake(new, address):
        raise InvalidInput(fields={"password": mistake})
    hashed = await service.passwords.hashed(new)
    async with service.database.write() as uow:
        found = await uow.accounts.by_email(address)
        if found is None:
            raise NotFound(f"nobody registered with {address}")
        await uow.users(found.user.account_id).set_password(found.user.id, hashed)
        await uow.sessions(found.user.account_id).end_all(found.user.id)
    return found.user


async def who_is(service: Service, principal: Principal) -> User | None:
    """The user who is logged in; None where a key asks."""
    if principal.session is None:
        return None
    async with service.database.read() as uow:
        return await uow.users(principal.account.id).get(principal.session.user_id)


async def create_account(service: Service, *, name: str, max_concurrent_runs: int | None = None) -> Account:
    """An account without a user, which its keys alone open: for the operator."""
    if not 1 <= len(name.strip()) <= MAX_NAME:
        raise InvalidInput(fields={"name": f"1 to {MAX_NAME} characters"})
    account = new_account(service, name.strip())
    if max_concurrent_runs is not None:
        account = msgspec.structs.replace(account, max_concurrent_runs=_checked_runs(max_concurrent_runs))
    async with service.database.write() as uow:
        await uow.accounts.add(account, make_webhook_secret())
    return account


async def list_accounts(service: Service, *, limit: int, cursor: str = "") -> Listing[Account]:
    """All accounts, newest first: for the operator."""
    async with service.database.read() as uow:
        accounts = await uow.accounts.list(checked_limit(limit) + 1, id_cursor(cursor))
    return listed(accounts, limit, [account.id for account in accounts])


async def get_account(service: Service, account_id: str) -> Account:
    """Raises NotFound."""
    async with service.database.read() as uow:
        account = await uow.accounts.get(account_id)
    if account is None:
        raise NotFound("No such account.")
    return account


async def set_limits(service: Service, account_id: str, *, max_concurrent_runs: int) -> Account:
    """Changes how many runs the account may have going at once. Raises NotFound and InvalidInput."""
    runs = _checked_runs(max_concurrent_runs)
    async with service.database.write() as uow:
        if not await uow.accounts.set_limits(account_id, max_concurrent_runs=runs):
            raise NotFound("No such account.")
    return await get_account(service, account_id)


def _checked(email: str, password: str, name: str) -> str:
    """The email as it is kept. Raises InvalidInput with all mistakes at once."""
    mistakes: dict[str, str] = {}
    address = ""
    try:
        address = normal_email(email)
    except InvalidInput as fault:
        mistakes |= fault.fields
    if mistake := _password_mistake(password, email, address):
        mistakes["password"] = mistake
    if len(name.strip()) > MAX_NAME:
        mistakes["name"] = f"at most {MAX_NAME} characters"
    if mistakes:
        raise InvalidInput(fields=mistakes)
    return address


def _password_mistake(password: str, *emails: str) -> str:
    """What is wrong with a new password of somebody with these emails; empty where nothing is."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        return f"{MIN_PASSWORD} to {MAX_PASSWORD} characters"
    return "not your email" if password.strip().lower() in {email.strip().lower() for email in emails} else ""


def _address(email: str) -> str:
    """The email as it would be kept; "" for what is none, which nobody has."""
    try:
        return normal_email(email)
    except InvalidInput:
        return ""


def _checked_runs(number: int) -> int:
    if not 1 <= number <= MAX_RUNS:
        raise InvalidInput(fields={"max_concurrent_runs": f"1 to {MAX_RUNS}"})
    return number


async def _count_try(service: Service, peer: str, email: str) -> None:
    """A peer that is over its own limit is stopped first: it locks nobody's email."""
    now = service.clock.now()
    address = hashlib.sha256(email.encode("utf-8", "surrogatepass")).hexdigest()
    for bucket, allowance in ((f"login:peer:{peer}", TRIES_OF_PEER), (f"login:email:{address}", TRIES_AT_EMAIL)):
        rate = await service.rates.take(bucket, allowance, now)
        if not rate.allowed:
            raise RateLimited("Too many tries to log in; try again later.", retry_after_s=rate.retry_after_s(now))


async def _begin(service: Service, account: Account, user: User) -> NewSession:
    session, token = _make_session(service, user)
    async with service.database.write() as uow:
        sessions = uow.sessions(account.id)
        await sessions.add(session, sha256_of(token))
        await sessions.keep_newest(user.id, MAX_SESSIONS)
        await uow.accounts.forget_sessions(session.created_at, SWEPT_SESSIONS)
    return NewSession(account=account, user=user, session=session, token=token)


def _make_session(service: Service, user: User) -> tuple[Session, str]:
    now = service.clock.now()
    session = Session(
        id=new_id(), account_id=user.account_id, user_id=user.id, created_at=now, expires_at=now + SESSION_LIFE
    )
    return session, make_token(SESSION_PREFIX)
