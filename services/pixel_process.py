"""Comparisons in processes of their own: a large picture must hold up neither the event loop nor its neighbours.

One process for each comparison, a few at once. It is killed at its deadline, and with it goes all memory that it took;
to start one costs a third of a second, and what it finds is kept. It reads both pictures from standard input.
"""

from __future__ import annotations

import asyncio
import io
import resource
import struct
import sys
from collections.abc import Sequence
from typing import BinaryIO

import msgspec

from domain.diffs import Comparison, Mask
from domain.errors import InvalidInput, TookTooLong
from services.children import answer_of

AT_ONCE = 2
DEADLINE_S = 30.0  # the largest pictures take three seconds on a quiet machine
MEMORY_BYTES = 4 << 30  # address space: two pictures of 4,000 x 16,384 take a third of it
_HEADER = struct.Struct("!QQQ")  # lengths of what is asked and of both pictures
NO_RESULT = "The pictures are too large to be compared."


class Asked(msgspec.Struct, frozen=True):
    threshold: float
    masks: tuple[Mask, ...]


class Told(msgspec.Struct, frozen=True):
    """What the process says before the PNG: how they compare, or why they cannot be."""

    comparison: Comparison | None = None
    refusal: str = ""


class PixelProcesses:
    """Compares up to `at_once` pairs at a time; more wait, within their deadline."""

    def __init__(self, at_once: int = AT_ONCE, deadline_s: float = DEADLINE_S) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._deadline_s = deadline_s

    async def compare(
        self, first: bytes, second: bytes, threshold: float, masks: Sequence[Mask] = ()
    ) -> tuple[Comparison, bytes]:
        """As `services.pixels.compare`. Raises InvalidInput where one is no picture, TookTooLong past the deadline."""
        asked = msgspec.json.encode(Asked(threshold, tuple(masks)))
        call = _HEADER.pack(len(asked), len(first), len(second)) + asked
        try:
            async with asyncio.timeout(self._deadline_s), self._slots:
                answer = await answer_of("services.pixel_process", b"".join((call, first, second)))
        except TimeoutError:
            raise TookTooLong("The comparison takes too long; try again, or compare smaller pictures.") from None
        told, _, png = answer.partition(b"\n")
        if not told:
            raise InvalidInput(NO_RESULT)
        said = msgspec.json.decode(told, type=Told)
        if said.comparison is None:
            raise InvalidInput(said.refusal)
        return said.comparison, png


def main(calls: BinaryIO, answers: BinaryIO) -> None:
    """The child: one comparison."""
    from services.pixels import compare

    asked_size, first_size, second_size = _HEADER.unpack(calls.read(_HEADER.size))
    asked = msgspec.json.decode(calls.read(asked_size), type=Asked)
    first, second = calls.read(first_size), calls.read(second_size)
    png = b""
    try:
        comparison, png = compare(first, second, asked.threshold, asked.masks)
        told = Told(comparison)
    except InvalidInput as fault:
        told = Told(refusal=fault.message)
    except MemoryError:
        told = Told(refusal=NO_RESULT)
    answers.write(b"".join((msgspec.json.encode(told), b"\n", png)))
    answers.flush()


if __name__ == "__main__":
    _, _hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES if _hard < 0 else min(MEMORY_BYTES, _hard), _hard))
    main(io.BytesIO(sys.stdin.buffer.read()), sys.stdout.buffer)
