"""Whether a page tells of anything that its source had not told yet."""

from __future__ import annotations

from domain.records import Candidate


class Echoes:
    """What each source has told. A page that adds nothing to it is an echo: to page on from it would go round in a loop
    or through an endless calendar."""

    def __init__(self) -> None:
        self._told: dict[str, set[str]] = {}

    def tells_anew(self, source_id: str, candidates: tuple[Candidate, ...]) -> bool:
        """Whether any of the candidates is new to its source. From now on all of them are known."""
        told = self._told.setdefault(source_id, set())
        fresh = {_content(candidate) for candidate in candidates} - told
        told |= fresh
        return bool(fresh)

    def told_by(self, source_id: str) -> int:
        """How many different things a source has told of."""
        return len(self._told.get(source_id, ()))


def _content(candidate: Candidate) -> str:
    values = sorted((name, repr(found.value)) for name, found in candidate.fields.items())
    return f"{candidate.detail_url}\n{values}"
