"""A goal's words while they are read: each step cuts out what it understood."""

from __future__ import annotations

import re


class GoalText:
    """What is not yet understood of the goal."""

    def __init__(self, rest: str) -> None:
        self.rest = rest

    def cut(self, start: int, end: int) -> str:
        """Takes out what stands there, and tells it."""
        words = self.rest[start:end].strip(" ,;")
        self.rest = " ".join(f"{self.rest[:start]} {self.rest[end:]}".split())
        return words

    def take(self, pattern: re.Pattern[str] | str) -> re.Match[str] | None:
        match = re.search(pattern, self.rest, 0 if isinstance(pattern, re.Pattern) else re.I)
        if match:
            self.cut(match.start(), match.end())
        return match

    def take_all(self, pattern: re.Pattern[str], group: int = 0) -> tuple[str, ...]:
        found = []
        while (match := self.take(pattern)) is not None:
            found.append(match[group])
        return tuple(found)
