"""Ids as this dialect writes them: UUIDs with their dashes."""

from __future__ import annotations

import re
import uuid

_DASHED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def dashed(id_: str) -> str:
    return str(uuid.UUID(hex=id_))


def undashed(text: str) -> str | None:
    """The bare id, None for what can be none."""
    lowered = text.lower()
    return lowered.replace("-", "") if _DASHED.fullmatch(lowered) else None
