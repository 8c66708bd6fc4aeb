"""Time as a value that is handed in, so that a test can move it."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    def now(self) -> dt.datetime:
        """The present, in UTC, with its zone attached."""
        ...


class SystemClock:
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


def iso_seconds(moment: dt.datetime) -> str:
    """`2026-01-27T10:30:00Z`: ISO 8601 in UTC, whole seconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
