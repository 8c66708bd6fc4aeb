"""Which of two shown prices is the earlier one, where the page tells no more than how much is taken off: "-20 %"."""

from __future__ import annotations

import re
from collections.abc import Collection

from agent.extract.detail.scene import Scene

ROUNDED = 0.006  # of the earlier price: so far may the later one be from what the percentage leaves, rounded
LEAST_OFF, MOST_OFF = 5, 90  # percent
MAX_AMOUNTS = 12  # compared with each other

_OFF = re.compile(
    r"[-−–]\s?(?P<less>\d{1,2})\s?%|(?:save )?(?P<off>\d{1,2})\s?% (?:off|rabatt|korting|sconto|dto\.?)", re.I
)


def amounts_before(scene: Scene, amounts: Collection[float]) -> frozenset[float]:
    """Those of these amounts of which a shown percentage leaves just another."""
    offs = {off for off in _percentages(scene) if LEAST_OFF <= off <= MOST_OFF}
    known = list(dict.fromkeys(amounts))[:MAX_AMOUNTS]
    return frozenset(
        high
        for high in known
        for low in known
        if low < high and any(abs(high * (1 - off / 100) - low) <= ROUNDED * high for off in offs)
    )


def _percentages(scene: Scene) -> set[int]:
    found: set[int] = set()
    for element, text in scene.texts.short():
        match = _OFF.fullmatch(text) if "%" in text else None
        if match and not scene.elsewhere.is_told(element):
            found.add(int(match["less"] or match["off"]))
    return found
