"""What a run warns of, each thing as often as it is news."""

from __future__ import annotations

from agent.state import Journal
from domain.events import WarningKind

_SAID_ONCE = frozenset({WarningKind.MODEL_DEGRADED, WarningKind.MODEL_UNAVAILABLE, WarningKind.TOKENS_SPENT})


class Notices:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._said: set[WarningKind] = set()

    async def warn(self, kind: WarningKind, message: str, **data: object) -> None:
        if kind in _SAID_ONCE and kind in self._said:
            return
        self._said.add(kind)
        await self._journal.warned(message, {"kind": kind.value, **data})
