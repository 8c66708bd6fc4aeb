"""Rows of a table that one cell fills from side to side: notes and advertisements between its records."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from agent.extract.miner.cells import columns_across
from agent.extract.miner.tree import Node, Row
from fetch.dom import CELLS

LEAST_COLUMNS = 2  # of most rows: in a table of one column, every row is as wide


def without_full_width(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows, less those of one cell that spans all the columns which most rows have."""
    cells = {number: _cells(row[0]) for number, row in enumerate(rows) if len(row) == 1 and row[0].tag == "tr"}
    if not cells or statistics.median(map(len, cells.values())) < LEAST_COLUMNS:
        return tuple(rows)
    width = statistics.median(sum(map(columns_across, own)) for own in cells.values())
    return tuple(
        row
        for number, row in enumerate(rows)
        if len(own := cells.get(number, [])) != 1 or columns_across(own[0]) < width
    )


def _cells(row: Node) -> list[Node]:
    return [kid for kid in row.kids if kid.tag in CELLS]
