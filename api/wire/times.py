"""Moments as each document writes them. Inside, every time is UTC with its zone attached."""

from __future__ import annotations

import datetime as dt

from domain.clock import iso_seconds


def iso_seconds_or_none(moment: dt.datetime | None) -> str | None:
    return None if moment is None else iso_seconds(moment)


def epoch_ms(moment: dt.datetime) -> int:
    """Milliseconds since 1970, as JavaScript counts."""
    return int(moment.timestamp() * 1000)
