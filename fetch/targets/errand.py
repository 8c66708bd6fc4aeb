"""What a Target is performed with, beside its options. Light to import."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from domain.bulk import TargetResult


async def _no_rotation() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """`key` decides which proxy serves: the same one for all Targets of a session. `cookies` are those that the session
    has so far, as `Performed.cookies` gave them.

    `rotate` is awaited before a try over another proxy. `has_turn`: the first request's turn at its host has been taken
    among all processes, and has come.
    """

    scope: str
    key: str = ""
    cookies: str = ""
    rotate: Callable[[], Awaitable[None]] = _no_rotation
    has_turn: bool = False


class Performed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a Target, and the cookies of its session after it."""

    result: TargetResult
    cookies: str = ""
