"""Claims checked against pages in processes of their own: a page of the wild web must hold up nobody else.

A process checks the claims on some pages, a batch, and is killed at its deadline. To start one costs half a second, so
that pages share one as long as they are small together.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from domain.claims import Claim, holds
from domain.errors import TookTooLong
from domain.pages import Page
from services.children import answer_of

AT_ONCE = 2  # batches of all callers together
BATCH_BYTES = 32 * 1024 * 1024  # of pages: a batch is in memory twice, here and in the process
TOO_LONG = "The pages of this job take too long to be checked."


class Batch(msgspec.Struct, frozen=True):
    """Pages, and for each the claims on it."""

    pages: tuple[Page, ...]
    claims: tuple[tuple[Claim, ...], ...]


Answer = list[list[bool]]


class ClaimProcesses:
    """Checks up to `at_once` batches at a time; more wait, within their caller's deadline."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._slots = asyncio.Semaphore(at_once)

    async def check(self, batch: Batch) -> Answer:
        """Whether each claim holds, page by page. Raises TookTooLong where the process came to no answer."""
        async with self._slots:
            answer = await answer_of("services.claim_process", msgspec.msgpack.encode(batch))
        if not answer:
            raise TookTooLong(TOO_LONG)
        return msgspec.msgpack.decode(answer, type=Answer)


def main(call: bytes) -> bytes:
    """The child: one batch."""
    batch = msgspec.msgpack.decode(call, type=Batch)
    told = [[holds(claim, page) for claim in claims] for page, claims in zip(batch.pages, batch.claims, strict=True)]
    return msgspec.msgpack.encode(told)


if __name__ == "__main__":
    sys.stdout.buffer.write(main(sys.stdin.buffer.read()))
