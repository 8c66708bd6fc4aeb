"""Who owns things, and the keys that open them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec


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


class Account(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    created_at: dt.datetime
    max_concurrent_runs: int = 10


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret. `scopes` empty means all of them: an owner's key."""

    id: str
    account_id: str
    name: str
    masked: str
    created_at: dt.datetime
    scopes: tuple[Scope, ...] = ()
    revoked_at: dt.datetime | None = None

    def allows(self, scope: Scope) -> bool:
        return not self.scopes or scope in self.scopes
