"""Pages of lists. A cursor is opaque to callers: it names the last item that was given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from domain.errors import InvalidInput

T = TypeVar("T")

MAX_PAGE = 1_000  # rows held in memory for one reply

_ID = re.compile(r"[0-9a-f]{32}")
_PLACE = re.compile(r"(\d{1,9})\.([0-9A-Za-z_-]{1,64})")


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """`next_cursor` is None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None = None


def checked_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(fields={"limit": f"between 1 and {MAX_PAGE}"})
    return limit


def id_cursor(cursor: str) -> str:
    """The id in a cursor, empty for the first page."""
    if cursor and not _ID.fullmatch(cursor):
        raise InvalidInput(fields={"cursor": "not a cursor of this list"})
    return cursor


def place_cursor(cursor: str) -> tuple[int, str] | None:
    """The (position, id) in a cursor, None for the first page."""
    if not cursor:
        return None
    found = _PLACE.fullmatch(cursor)
    if not found:
        raise InvalidInput(fields={"cursor": "not a cursor of this list"})
    return int(found[1]), found[2]


def listed(rows: Sequence[T], limit: int, cursors: Sequence[str]) -> Listing[T]:
    """The first `limit` of `rows`, of which there is one more where another page follows; `cursors` are theirs."""
    more = len(rows) > limit
    return Listing(tuple(rows[:limit]), cursors[limit - 1] if more else None)
