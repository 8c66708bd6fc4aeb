"""Each row of a table of scores to a column of its own, so that the sum of the scores is greatest.

SciPy has the same, but its import is three quarters of a second and 50 MB in every process that reads pages. The tables
here are of ten fields by a few dozen columns, where plain Python takes a millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Table = Sequence[Sequence[float]]


def best_pairs(scores: Table) -> list[tuple[int, int]]:
    """(row, column) of each row that has a column, by row: all rows, or as many as there are columns.

    Shortest augmenting paths, after D. F. Crouse, "On implementing 2D rectangular assignment algorithms" (2016), as in
    SciPy's `linear_sum_assignment`, with its choice among equals. Scores are finite.
    """
    if not scores or not scores[0]:
        return []
    if len(scores) > len(scores[0]):
        return sorted((row, column) for column, row in best_pairs(list(zip(*scores, strict=True))))
    costs = [[-score for score in row] for row in scores]
    return list(enumerate(_Search(costs).columns()))


class _Search:
    """The pairs so far and the prices of rows and columns under which each pair is the cheapest of its row."""

    def __init__(self, costs: Table) -> None:
        self._costs = costs
        self._width = len(costs[0])
        self._row_prices = [0.0] * len(costs)
        self._column_prices = [0.0] * self._width
        self._column_of = [-1] * len(costs)
        self._row_of = [-1] * self._width

    def columns(self) -> list[int]:
        """The column of each row."""
        for row in range(len(self._costs)):
            self._add(row)
        return self._column_of

    def _add(self, row: int) -> None:
        """Gives a row a column, moving others along the cheapest chain of moves that ends at a free column."""
        reached_from = [-1] * self._width
        distances = [math.inf] * self._width
        waiting = list(range(self._width - 1, -1, -1))
        rows, columns = [row], []
        distance, free = 0.0, -1
        while free < 0:
            here = rows[-1]
            costs, price = self._costs[here], self._row_prices[here]
            nearest, place = math.inf, -1
            for at, column in enumerate(waiting):
                through = distance + costs[column] - price - self._column_prices[column]
                if through < distances[column]:
                    distances[column], reached_from[column] = through, here
                if distances[column] < nearest or (distances[column] == nearest and self._row_of[column] < 0):
                    nearest, place = distances[column], at
            distance, column = nearest, waiting[place]
            waiting[place] = waiting[-1]
            waiting.pop()
            columns.append(column)
            if self._row_of[column] < 0:
                free = column
            else:
                rows.append(self._row_of[column])
        self._reprice(rows, columns, distances, distance)
        self._move(row, free, reached_from)

    def _reprice(self, rows: list[int], columns: list[int], distances: list[float], distance: float) -> None:
        self._row_prices[rows[0]] += distance
        for row in rows[1:]:
            self._row_prices[row] += distance - distances[self._column_of[row]]
        for column in columns:
            self._column_prices[column] -= distance - distances[column]

    def _move(self, row: int, column: int, reached_from: list[int]) -> None:
        moved = -1
        while moved != row:
            moved = reached_from[column]
            self._row_of[column] = moved
            self._column_of[moved], column = column, self._column_of[moved]
