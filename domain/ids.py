"""Identifiers. One UUIDv7 per thing, so ids sort by the time they were made; each dialect dresses it its own way."""

from __future__ import annotations

import re

import uuid_utils

_HEX32 = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """A UUIDv7 (RFC 9562) as 32 lower-case hex digits."""
    return uuid_utils.uuid7().hex


def prefixed(prefix: str, id_: str, separator: str = "_") -> str:
    """`prefixed("job", id)` is `job_<id>`, `prefixed("flow", id, "-")` is `flow-<id>`."""
    return f"{prefix}{separator}{id_}"


def unprefixed(prefix: str, text: str, separator: str = "_") -> str | None:
    """The bare id in `text`, or None where it is not an id of that prefix: then it names nothing at all."""
    head, _, id_ = text.partition(separator)
    return id_ if head == prefix and _HEX32.fullmatch(id_) else None
