"""Questions that come while another is being asked go together in the next call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class _Waiting(Generic[Q, A]):
    def __init__(self, question: Q) -> None:
        self.question = question
        self.answers: list[A] = []  # none yet, or the one


class Together(Generic[Q, A]):
    """Asks one call at a time, of at most `most` questions. Nobody waits for others to come: the first question goes at
    once, and what comes until it is answered goes in the call after it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: list[_Waiting[Q, A]] = []
        self._asking = asyncio.Lock()

    async def ask(self, question: Q, call: Callable[[Sequence[Q]], Awaitable[Sequence[A]]]) -> A:
        """The answer to a question. `call` gives one for each question, in their order; what it raises is raised to the
        one that made the call, and the others make their own."""
        own: _Waiting[Q, A] = _Waiting(question)
        self._waiting.append(own)
        try:
            async with self._asking:
                if not own.answers:
                    await self._call(own, call)
        finally:
            if own in self._waiting:
                self._waiting.remove(own)
        return own.answers[0]

    async def _call(self, own: _Waiting[Q, A], call: Callable[[Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        others = [each for each in self._waiting if each is not own and not each.answers]
        batch = [own, *others[: self._most - 1]]
        answers = await call([each.question for each in batch])
        for each, answer in zip(batch, answers, strict=True):
            each.answers.append(answer)
