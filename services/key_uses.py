"""When keys were last used, kept in memory until it is written down: a request waits for no write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from domain.accounts import ApiKey

COARSE = dt.timedelta(minutes=1)  # a use so soon after the last known one is not worth a write
MAX_NOTED = 10_000  # keys between two writes; further ones are noted at their next use


class KeyUses:
    def __init__(self) -> None:
        self._noted: dict[str, dt.datetime] = {}

    def note(self, key: ApiKey, now: dt.datetime) -> None:
        known = self._noted.get(key.id, key.last_used_at)
        if known is not None and now - known < COARSE:
            return
        if key.id in self._noted or len(self._noted) < MAX_NOTED:
            self._noted[key.id] = now

    def newest(self, key: ApiKey) -> ApiKey:
        """The key with the newest use that is known here."""
        noted = self._noted.get(key.id)
        if noted is None or (key.last_used_at is not None and key.last_used_at >= noted):
            return key
        return msgspec.structs.replace(key, last_used_at=noted)

    def taken(self) -> dict[str, dt.datetime]:
        """What was noted since the last time; it is no longer kept here."""
        taken, self._noted = self._noted, {}
        return taken

    def put_back(self, uses: Mapping[str, dt.datetime]) -> None:
        self._noted = {**uses, **self._noted}
