"""Whether a list that scripts fetched is the one that their page shows, and not that of a menu or of nobody's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

SAMPLE = 20  # rows that are looked at
LEAST_TOLD = 4  # characters of a value: shorter ones stand on any page
MAX_VALUES = 60  # of one row, and of the objects in it
MAX_DEPTH = 3  # of a value in its row: "node.offer.name"


def is_shown(rows: Sequence[dict[str, object]], text: str) -> bool:
    """Whether at least half of the rows have a text of their own, that no other row has, among what the page shows."""
    sample = [frozenset(islice(_texts(row, 0), MAX_VALUES)) for row in rows[:SAMPLE]]
    held = Counter(said for row in sample for said in row)
    seen = _plain(text)
    found = sum(any(held[said] == 1 and said in seen for said in row) for row in sample)
    return len(sample) > 0 and 2 * found >= len(sample)


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if len(said := _plain(value)) >= LEAST_TOLD:
            yield said
    elif isinstance(value, dict) and depth < MAX_DEPTH:
        for inner in value.values():
            yield from _texts(inner, depth + 1)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
