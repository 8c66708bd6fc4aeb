"""Rows of a table that sum others up: totals and subtotals stand among its records and are none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.extract.miner.tree import Node, Row
from fetch.dom import CELLS

MAX_TOTAL = 60  # characters of the words that say so, with the name of what is summed up

_TOTAL = re.compile(
    r"(?:(?:grand|sub|page|section|overall|zwischen|gesamt|sous|sub)[\s-]?)?"
    r"(?:totale?n?|totaux|sum(?:me|ma?)?|gesamt|insgesamt|totaal|totais|totales|razem|łącznie|итого|всего|合計|小計|総計|总计|小计)"
    r"(?:\s+(?:general|général|generale|geral|ogółem))?(?:\s*[:：.]?|(?:\s+(?:for|of|per|für|pour|del?|di)\b|\s*[-–(:]).*)",
    re.I,
)
_AMOUNT = re.compile(r"[^\w]*(?:[^\W\d_]{1,3}\W*)?\d[\d\s.,'’]*+\W*+(?:[^\W\d_]{1,5}\W*)?")


def without_totals(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows, less those of a table that begin with the word for a sum and else hold amounts alone."""
    kept = tuple(row for row in rows if not (len(row) == 1 and row[0].tag == "tr" and _is_total(row[0])))
    return kept if len(kept) > 1 else tuple(rows)


def _is_total(row: Node) -> bool:
    cells = (kid for kid in row.kids if kid.tag in CELLS and kid.last > kid.first)
    first = next(cells, None)
    if first is None or first.length > MAX_TOTAL or not _TOTAL.fullmatch(first.text):
        return False
    amounts = [_AMOUNT.fullmatch(cell.text) is not None for cell in cells]
    return bool(amounts) and all(amounts)
