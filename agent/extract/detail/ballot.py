"""Several sources name a value, each with a weight. The heaviest value wins, and remembers who did not agree."""

from __future__ import annotations

from typing import NamedTuple

from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.records import Value

MAX_CONFLICTS = 3  # other values kept beside the chosen one


class Vote(NamedTuple):
    """One source's word for a value. `raw` is the text as it stands there."""

    weight: float
    raw: str
    method: Method
    path: str = ""
    attribute: str = "text"


class Ballot:
    def __init__(self) -> None:
        self._votes: dict[Value, list[Vote]] = {}

    def add(self, value: Value, vote: Vote) -> None:
        self._votes.setdefault(value, []).append(vote)

    def weight(self, value: Value) -> float:
        return sum(vote.weight for vote in self._votes.get(value, ()))

    def values(self, *methods: Method) -> list[Value]:
        """The values that any of these methods voted for, all where none are given; heaviest first."""
        named = (
            value
            for value, votes in self._votes.items()
            if not methods or any(vote.method in methods for vote in votes)
        )
        return sorted(named, key=lambda value: -self.weight(value))

    def elected(self, value: Value, unit: str = "", chosen_for: str = "") -> FoundValue:
        """The chosen value with its best source, its other sources as agreeing, and the losers as conflicts.
        `chosen_for` is why, where it is not for the votes."""
        conflicts = tuple(self._found(other) for other in self.values() if other != value)
        found = self._found(value)
        best = found.method
        agreeing = dict.fromkeys(vote.method for vote in self._votes[value] if vote.method is not best)
        return FoundValue(
            raw=found.raw,
            method=best,
            source_path=found.source_path,
            attribute=found.attribute,
            value=value,
            unit=unit,
            agreeing=tuple(agreeing),
            conflicts=conflicts[:MAX_CONFLICTS],
            chosen_for=(chosen_for or self._why(value)) if conflicts else "",
        )

    def _why(self, value: Value) -> str:
        """Why the votes chose a value."""
        sources = {vote.method for vote in self._votes[value]}
        return f"{len(sources)} sources agree on it" if len(sources) > 1 else "more on the page speaks for it"

    def _found(self, value: Value) -> FoundValue:
        best = max(self._votes[value], key=lambda vote: vote.weight)
        return FoundValue(
            raw=best.raw, method=best.method, source_path=best.path, attribute=best.attribute, value=value
        )
