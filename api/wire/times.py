"""Moments as each document writes them. Inside, every time is UTC with its zone attached."""

from __future__ import annotations

import datetime as dt


def iso_seconds(moment: dt.datetime) -> str:
    """`2026-01-27T10:30:00Z`: ISO 8601 in UTC, whole seconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_seconds_or_none(moment: dt.datetime | None) -> str | None:
    return None if moment is None else iso_seconds(moment)
