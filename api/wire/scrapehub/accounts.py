"""Registering, logging in and out: the document names the calls, the shapes are ours."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from api.wire.message import Message
from api.wire.scrapehub.keys import ApiKeyCreated, render_new_api_key
from api.wire.times import iso_seconds, iso_seconds_or_none
from domain.accounts import Account, Scope, User
from services.accounts import MAX_NAME, MAX_PASSWORD, MIN_PASSWORD, NewSession, Registered
from services.keys import Principal

LOGGED_OUT = Message(message="Logged out")
PASSWORD_CHANGED = Message(message="Password changed; all other logins have ended")


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """An account of one's own."""

    email: str
    password: Annotated[str, Meta(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]
    name: Annotated[str, Meta(max_length=MAX_NAME)] = ""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What an account was registered with."""

    email: str
    password: str


class ChangePassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The password that you have, and the one that you want."""

    current_password: str
    new_password: Annotated[str, Meta(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]


class UserOut(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who logs in."""

    email: str
    name: str
    created_at: str


class AccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns things here. `max_concurrent_runs` is how many of its runs go on at once; the others wait."""

    account_id: str
    name: str
    created_at: str
    max_concurrent_runs: int


class LoggedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A login. `token` goes where a key does, until `expires_at`; it is shown this once."""

    token: str
    expires_at: str
    user: UserOut
    account: AccountOut


class RegisteredOut(msgspec.Struct, frozen=True, kw_only=True):
    """A new account, with its first key and a login; both are shown this once."""

    token: str
    expires_at: str
    user: UserOut
    account: AccountOut
    api_key: ApiKeyCreated


class MeOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: the account, what it may do by this key or login, and the user where it is a login."""

    account: AccountOut
    user: UserOut | None
    key_id: str | None
    scopes: list[Scope]
    expires_at: str | None


def render_login(login: NewSession) -> LoggedIn:
    return LoggedIn(
        token=login.token,
        expires_at=iso_seconds(login.session.expires_at),
        user=_user(login.user),
        account=_account(login.account),
    )


def render_registered(made: Registered) -> RegisteredOut:
    return RegisteredOut(
        token=made.login.token,
        expires_at=iso_seconds(made.login.session.expires_at),
        user=_user(made.login.user),
        account=_account(made.login.account),
        api_key=render_new_api_key(made.key),
    )


def render_me(principal: Principal, user: User | None) -> MeOut:
    return MeOut(
        account=_account(principal.account),
        user=_user(user) if user else None,
        key_id=f"key_{principal.key.id}" if principal.key else None,
        scopes=list(principal.scopes),
        expires_at=iso_seconds_or_none(principal.session.expires_at if principal.session else None),
    )


def _user(user: User) -> UserOut:
    return UserOut(email=user.email, name=user.name, created_at=iso_seconds(user.created_at))


def _account(account: Account) -> AccountOut:
    return AccountOut(
        account_id=account.id,
        name=account.name,
        created_at=iso_seconds(account.created_at),
        max_concurrent_runs=account.max_concurrent_runs,
    )
