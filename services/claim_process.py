"""Values looked for in pages, in processes of their own: a page of the wild web must hold up nobody else.

A process checks the claims on some pages, a batch, and is killed at its deadline. To start one costs half a second, so
that pages share one as long as they are small together.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from domain.claims import Claim, holds
from domain.corrections import Grounded, Wish, grounded
from domain.errors import TookTooLong
from domain.pages import Page
from services.children import answer_of

AT_ONCE = 2  # batches of all callers together
BATCH_BYTES = 32 * 1024 * 1024  # of pages: a batch is in memory twice, here and in the process
TOO_LONG = "The pages of this job take too long to be checked."


class Batch(msgspec.Struct, frozen=True, tag=True):
    """Pages, and for each the claims on it."""

    pages: tuple[Page, ...]
    claims: tuple[tuple[Claim, ...], ...]


class Search(msgspec.Struct, frozen=True, tag=True):
    """A value that a person gave, and the pages that may say it."""

    pages: tuple[Page, ...]
    wish: Wish


Answer = list[list[bool]]
SEARCH_S = 30.0  # five pages take a second


class ClaimProcesses:
    """Checks up to `at_once` batches at a time; more wait, within their caller's deadline."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._slots = asyncio.Semaphore(at_once)

    async def check(self, batch: Batch) -> Answer:
        """Whether each claim holds, page by page. Raises TookTooLong where the process came to no answer."""
        return msgspec.msgpack.decode(await self._answer(batch), type=Answer)

    async def search(self, search: Search) -> Grounded:
        """Raises TookTooLong."""
        try:
            async with asyncio.timeout(SEARCH_S):
                return msgspec.msgpack.decode(await self._answer(search), type=Grounded)
        except TimeoutError:
            raise TookTooLong(TOO_LONG) from None

    async def _answer(self, call: Batch | Search) -> bytes:
        async with self._slots:
            answer = await answer_of("services.claim_process", msgspec.msgpack.encode(call))
        if not answer:
            raise TookTooLong(TOO_LONG)
        return answer


def main(call: bytes) -> bytes:
    """The child: one batch, or one search."""
    asked = msgspec.msgpack.decode(call, type=Batch | Search)
    if isinstance(asked, Search):
        return msgspec.msgpack.encode(grounded(asked.wish, asked.pages))
    pages = zip(asked.pages, asked.claims, strict=True)
    return msgspec.msgpack.encode([[holds(claim, page) for claim in claims] for page, claims in pages])


if __name__ == "__main__":
    sys.stdout.buffer.write(main(sys.stdin.buffer.read()))
