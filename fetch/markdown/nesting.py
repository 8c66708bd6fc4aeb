"""Which of the elements on a tape is within which: all of them at once, from where they open and close."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]


class Nesting:
    """Elements that open and close in turn, numbered as they open.

    `bounds` are places on the tape in order, `opens` tells which of them open an element; the others close the last one
    that is open. `starts` and `stops` are the places of each element, `depths` how many are open around it, `parents`
    the innermost of these (-1: none)."""

    def __init__(self, bounds: Places, opens: NDArray[np.bool_]) -> None:
        self.bounds = bounds
        self._depth = np.cumsum(np.where(opens, 1, -1))
        self._opened = np.cumsum(opens, dtype=np.intp)
        self.starts = bounds[opens]
        self._count = count = len(self.starts)
        self.depths = self._depth[opens] - 1
        keys = self.depths * count + np.arange(count)
        self._order = np.argsort(keys)
        self._keys = keys[self._order]
        self.parents = self._innermost(self.depths, np.arange(count))
        self.stops = np.empty(count, dtype=np.intp)
        self.stops[self._innermost(self._depth[~opens] + 1, self._opened[~opens])] = bounds[~opens]

    def _innermost(self, depth: Places, opened: Places) -> Places:
        """The element that is open where so many are open, and so many were opened until there: of those at that depth
        the last one."""
        place = np.searchsorted(self._keys, (depth - 1) * self._count + opened - 1, side="right") - 1
        return np.where(depth > 0, self._order[np.maximum(place, 0)] if self._count else -1, -1)

    def around(self, places: Places) -> Places:
        """The innermost element that is open behind each place of the tape, -1 for none."""
        last = np.searchsorted(self.bounds, places, side="right") - 1
        is_within = last >= 0
        if not len(self.bounds):
            return np.full(len(places), -1)
        last = np.maximum(last, 0)
        return self._innermost(self._depth[last] * is_within, self._opened[last])


def gathered(own: NDArray[np.int64], parents: Places) -> NDArray[np.int64]:
    """The bits of each element with those of all around it."""
    bits, above = np.append(own, 0), np.append(parents, -1)  # what has no parent has the last one, which has no bits
    while (above >= 0).any():  # each step doubles how far up these reach
        bits |= bits[above]
        above = above[above]
    return bits[:-1]
