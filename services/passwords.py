"""Passwords: hashed with argon2id, in threads of their own, a few at a time."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from domain.errors import RateLimited

if TYPE_CHECKING:  # imported where used: the command line needs no password
    from argon2 import PasswordHasher

T = TypeVar("T")

MEMORY_KIB = 19 * 1024  # OWASP's first choice for argon2id: 19 MiB, two passes, one lane
PASSES = 2
LANES = 1
THREADS = 2  # hashes at once: 38 MiB, and a core is left to serve on a machine of more than two
MAX_WAITING = 64  # for a thread; at some 50 ms each that is under two seconds


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _nobodys() -> str:
    """A hash to check against where there is no user, so that the answer takes as long."""
    return _hasher().hash("nobody has this password")


class Passwords:
    """Raises RateLimited where too many wait already."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "passwords")  # threads start with the first password
        self._waiting = 0

    async def hashed(self, password: str) -> str:
        return await self._run(lambda: _hasher().hash(_bytes_of(password)))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether `kept` is a hash of this password. Without one it is not, and that takes the same time to say."""
        return await self._run(lambda: _verified(kept or _nobodys(), _bytes_of(password)) and kept is not None)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise RateLimited("Too many are logging in right now; try again in a few seconds.", retry_after_s=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def is_outdated(kept: str) -> bool:
    """Whether a hash was made at other costs than today's."""
    return _hasher().check_needs_rehash(kept)


def _verified(kept: str, password: bytes) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _bytes_of(password: str) -> bytes:
    """The same bytes however a keyboard composes its accents."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
