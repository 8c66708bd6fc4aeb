"""Who owns things, and the keys that open them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from domain.errors import InvalidInput

MAX_EMAIL = 254  # RFC 5321's longest path, without its brackets
_MAX_LOCAL = 64
_EMAIL = re.compile(r"(?P<local>[^\s@\x00-\x1f\x7f\ud800-\udfff\"(),:;<>\[\]\\]+)@(?P<domain>[^\s@]+\.[^\s@]+)")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Scope(StrEnum):
    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    FLOWS_READ = "flows:read"
    FLOWS_WRITE = "flows:write"
    RUNS_READ = "runs:read"
    RUNS_WRITE = "runs:write"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    POOLS_READ = "pools:read"
    POOLS_WRITE = "pools:write"
    SCHEDULES_READ = "schedules:read"
    SCHEDULES_WRITE = "schedules:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    CREDITS_READ = "credits:read"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    created_at: dt.datetime
    max_concurrent_runs: int = 10


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret. `scopes` empty means all of them: an owner's key.

    `last_used_at` is known to the minute.
    """

    id: str
    account_id: str
    name: str
    masked: str
    created_at: dt.datetime
    scopes: tuple[Scope, ...] = ()
    revoked_at: dt.datetime | None = None
    last_used_at: dt.datetime | None = None

    @property
    def granted(self) -> tuple[Scope, ...]:
        """Every scope that it has."""
        return self.scopes or tuple(Scope)

    def allows(self, scope: Scope) -> bool:
        return scope in self.granted


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who logs in to an account. `email` is as `normal_email` writes it."""

    id: str
    account_id: str
    email: str
    name: str
    created_at: dt.datetime


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A login, without its secret. It has every scope."""

    id: str
    account_id: str
    user_id: str
    created_at: dt.datetime
    expires_at: dt.datetime


def parse_scopes(names: Iterable[str]) -> tuple[Scope, ...]:
    """Scopes by name, each once. Raises InvalidInput that names the unknown ones and lists the known."""
    asked = tuple(dict.fromkeys(names))
    known = {scope.value: scope for scope in Scope}
    unknown = [name for name in asked if name not in known]
    if unknown:
        told = ", ".join(name[:40] for name in unknown[:5])
        raise InvalidInput(fields={"scopes": f"unknown: {told}; known are {', '.join(known)}"})
    return tuple(known[name] for name in asked)


def normal_email(text: str) -> str:
    """One spelling for each address: NFKC, lower case, the domain in ASCII. Raises InvalidInput on what is none."""
    folded = unicodedata.normalize("NFKC", text.strip()).lower()
    found = _EMAIL.fullmatch(folded) if len(folded) <= MAX_EMAIL else None
    domain = _ascii_domain(found["domain"]) if found else None
    if not found or domain is None or len(found["local"]) > _MAX_LOCAL:
        raise InvalidInput(
            fields={"email": f"expected an address like name@example.com, at most {MAX_EMAIL} characters"}
        )
    return f"{found['local']}@{domain}"


def _ascii_domain(domain: str) -> str | None:
    try:
        written = domain.encode("idna").decode()
    except UnicodeError:
        return None
    return written if _DOMAIN.fullmatch(written) else None
